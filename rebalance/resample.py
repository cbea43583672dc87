"""From a table, a technique and wanted counts to a plan."""

from collections.abc import Sequence
from dataclasses import dataclass

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
class Wanted:
    """The class counts the user asked for: a ratio, or exact counts, or neither (then: balance)."""

    ratio: float | None = None
    counts: dict[str, int] | None = None


def make_plan(
    table: Table, technique: Technique, rows: Int64, wanted: Wanted, seed: int, options: Options | None = None
) -> Plan:
    """Let `technique` decide over the records `rows` (labelled ones, ascending).

    Raises DataError when the classes do not allow what is wanted.
    """
    target = table.target
    counts = target.counts(rows)
    if np.count_nonzero(counts) < 2 and technique.name != "none":  # noqa: PLR2004  one class is no imbalance
        only = target.labels[int(counts.argmax())] if len(target.labels) else ""
        raise DataError(
            f"the target {target.name!r} has only one class, {only!r}: there is nothing to balance",
            "name another column with --target",
        )
    goal = _goal(counts, target.labels, technique, wanted)
    return technique.plan(Problem(table, rows, goal, seed, options or Options()))


def _goal(counts: Int64, labels: Sequence[str], technique: Technique, wanted: Wanted) -> Int64:
    ratio = parse_ratio(wanted.ratio)
    if wanted.counts:
        if wanted.ratio is not None:
            raise UsageError("--ratio and --count cannot both be followed", "give one of them")
        goal = exact_counts(counts, labels, wanted.counts)
        check_direction(counts, goal, labels, technique.name, grows=technique.grows, shrinks=technique.shrinks)
        return goal
    present = counts > 0
    goal = counts.copy()
    if technique.grows:
        goal[present] = grown_counts(counts[present], ratio)
    elif technique.shrinks:
        goal[present] = shrunk_counts(counts[present], ratio)
    elif wanted.ratio is not None:
        raise UsageError(
            f"--ratio has no meaning for {technique.name}: it changes no counts", "leave it out"
        )
    return goal


def labelled_rows(table: Table, technique: Technique, *, drop_unlabelled: bool) -> Int64:
    """Return the records a technique may use: those that have a class.

    Raises DataError if some have none and may not be dropped; `none` takes them as they are.
    """
    unlabelled = table.target.unlabelled()
    if len(unlabelled) and not drop_unlabelled:
        if technique.name == "none":
            return np.arange(len(table))
        line = line_number(table.file.data, int(table.records.starts[unlabelled[0]]))
        number = len(unlabelled)
        raise DataError(
            f"line {line}: the target {table.target.name!r} is blank"
            + (f" (as in {number:,} records)" if number > 1 else ""),
            "--drop-unlabelled leaves such records out",
        )
    return np.flatnonzero(table.target.codes >= 0)
