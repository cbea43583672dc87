"""From a table, a technique and wanted counts to a plan."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.grammar import line_number
from rebalance.errors import DataError, UsageError
from rebalance.plan.counts import check_direction, exact_counts, grown_counts, parse_ratio, shrunk_counts
from rebalance.plan.plan import Plan
from rebalance.table.table import Table
from rebalance.techniques.problem import Options, Problem
from rebalance.techniques.registry import Technique


@dataclass(frozen=True)
class Request:
    """What the user asks of a technique: a ratio, or exact counts, or neither (then: balance); its options."""

    ratio: float | None = None
    counts: dict[str, int] | None = None
    options: Options = field(default_factory=Options)


def make_plan(table: Table, technique: Technique, rows: Int64, request: Request, seed: int) -> Plan:
    """Let `technique` decide over the records `rows` (labelled ones, ascending).

    Raises DataError when the classes do not allow what is request.
    """
    target = table.target
    counts = target.counts(rows)
    if technique.name != "none":
        require_classes(table, rows)
    goal = _goal(counts, target.labels, technique, request)
    return technique.plan(Problem(table, rows, goal, seed, request.options))


def require_classes(table: Table, rows: Int64) -> None:
    """Raise DataError unless the records `rows` are of several classes."""
    target = table.target
    counts = target.counts(rows)
    if np.count_nonzero(counts) < 2:  # noqa: PLR2004  one class is no imbalance
        only = f"only one class, {target.labels[int(counts.argmax())]!r}" if counts.sum() else "no class"
        raise DataError(
            f"the target {target.name!r} has {only}: there is nothing to balance",
            "name another column with --target",
        )
    if target.looks_continuous():
        raise DataError(target.continuity(), "name a column of classes with --target")


def _goal(counts: Int64, labels: Sequence[str], technique: Technique, request: Request) -> Int64:
    ratio = parse_ratio(request.ratio)
    if request.counts:
        if request.ratio is not None:
            raise UsageError("--ratio and --count cannot both be followed", "give one of them")
        goal = exact_counts(counts, labels, request.counts)
        check_direction(counts, goal, labels, technique.name, grows=technique.grows, shrinks=technique.shrinks)
        return goal
    present = counts > 0
    goal = counts.copy()
    if technique.grows:
        goal[present] = grown_counts(counts[present], ratio)
    elif technique.shrinks:
        goal[present] = shrunk_counts(counts[present], ratio)
    elif request.ratio is not None:
        raise UsageError(f"--ratio has no meaning for {technique.name}: it changes no counts", "leave it out")
    return goal


def usable_rows(table: Table, technique: Technique, *, drop_unlabelled: bool) -> Int64:
    """Return the records a technique may use: those that have a class; for `none` all, unless told to drop some."""
    if technique.name == "none" and not drop_unlabelled:
        return np.arange(len(table))
    return labelled_rows(table, drop_unlabelled=drop_unlabelled)


def labelled_rows(table: Table, *, drop_unlabelled: bool) -> Int64:
    """Return the records that have a class. Raises DataError if some have none and may not be dropped."""
    unlabelled = table.target.unlabelled()
    if len(unlabelled) and not drop_unlabelled:
        line = line_number(table.file.data, int(table.records.starts[unlabelled[0]]))
        number = len(unlabelled)
        raise DataError(
            f"line {line}: the target {table.target.name!r} is blank"
            + (f" (as in {number:,} records)" if number > 1 else ""),
            "--drop-unlabelled leaves such records out",
        )
    return np.flatnonzero(table.target.codes >= 0)
