"""From a table, a technique and wanted counts to a plan."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Int64, Rows, all_rows, marked_rows
from rebalance.csvio.grammar import line_number
from rebalance.demand import require_for_step
from rebalance.errors import DataError, UsageError
from rebalance.plan.counts import (
    check_direction,
    exact_counts,
    grown_counts,
    grown_ranges,
    parse_ratio,
    shrunk_counts,
    shrunk_ranges,
)
from rebalance.plan.plan import Plan
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain
from rebalance.techniques.problem import Options, Problem
from rebalance.techniques.registry import Task, Technique

if TYPE_CHECKING:
    from rebalance.table.quantity import Quantity

_SHOWN = 6
_SEED_STEP = 0x9E3779B1
"""Keeps the draws of a chain's steps apart."""

_FEW = 0.1
"""A tenth of the rows or fewer left is worth a remark."""


@dataclass(frozen=True)
class Request:
    """What the user asks of a technique: a ratio, or exact counts, or neither (then: balance); its options."""

    ratio: float | None = None
    counts: dict[str, int] | None = None
    options: Options = field(default_factory=Options)


def make_plan(table: Table, chain: Chain, rows: Rows, request: Request, seed: int) -> Plan:
    """Let the steps of `chain` decide, one after the other, over the records `rows` (labelled ones, ascending).

    Raises DataError when the classes do not allow what is wanted.
    """
    plan = Plan(rows)
    chain.check_task(Task.CLASSES if table.target.quantity is None else Task.QUANTITY)
    _check_request(table, chain, rows, request)
    if chain.does_nothing:
        return plan
    require_classes(table, rows, counted=chain.grows or chain.shrinks)
    neighbors: dict[str, int] = {}
    notes: list[str] = []
    for number, step in enumerate(chain.steps):
        counts = plan.counts(table.target.codes, len(table.target.labels))
        counted = table.target.quantity is None or step.grows or step.shrinks
        done = "+".join(before.name for before in chain.steps[:number])
        if counted and np.count_nonzero(counts) < 2:  # noqa: PLR2004  nothing to balance any more
            raise DataError(f"{done} leaves one class only: {step.name} cannot follow", f"--technique {done}")
        goal = _goal(counts, table, step, request)
        grown = goal > counts
        require_for_step(table, step, int(counts[grown].sum()), int((goal - counts)[grown].sum()))
        own_seed = (seed + number * _SEED_STEP) % 2**32
        problem = Problem(table, plan, table.target.counts(rows), goal, own_seed, request.options)
        plan = step.plan(problem)
        neighbors.update(plan.neighbors)
        notes += [f"after {done}: {note}" if done else note for note in (*plan.notes, *problem.search_notes())]
    notes += _remarks(table, chain, rows, plan, asked=bool(request.ratio or request.counts))
    if not len(plan):
        raise DataError(f"{chain.name} leaves no row of this table", "--technique smote or random-over adds rows")
    return replace(plan, neighbors=neighbors, notes=tuple(dict.fromkeys(notes)))


def _remarks(table: Table, chain: Chain, rows: Rows, plan: Plan, *, asked: bool) -> list[str]:
    before = table.target.counts(rows)
    after = plan.counts(table.target.codes, len(before))
    gone = [table.target.labels[code] for code in np.flatnonzero((before > 0) & (after == 0)).tolist()]
    if gone:
        return ["no row is left of " + ", ".join(map(repr, gone[:_SHOWN]))]
    if (
        (chain.grows or chain.shrinks)
        and plan.weight is None
        and not plan.rewrites
        and len(plan) == len(rows)
        and not plan.added().any()
    ):
        lacks = "fewer" if chain.grows else "more"
        return [f"nothing was added or left out: no class has {lacks} rows than were asked for"]
    if len(plan) < _FEW * len(rows):
        return [
            f"{len(plan):,} of {len(rows):,} rows are left"
            + ("; --ratio keeps more" if chain.shrinks and not asked else "")
        ]
    return []


def _check_request(table: Table, chain: Chain, rows: Rows, request: Request) -> None:
    parse_ratio(request.ratio)
    if request.ratio is not None and request.counts:
        raise UsageError("--ratio and --count cannot both be followed", "give one of them")
    if request.counts and (chain.grows or chain.shrinks):
        counts, labels = table.target.counts(rows), table.target.labels
        goal = exact_counts(counts, labels, request.counts)
        check_direction(counts, goal, labels, chain.name, grows=chain.grows, shrinks=chain.shrinks)


def require_classes(table: Table, rows: Rows, *, counted: bool = True) -> None:
    """Raise DataError unless the records `rows` are of several classes, or of rare and of common values.

    `counted`: something is to be done to how many there are; values of a quantity may else be all common.
    """
    target = table.target
    counts = target.counts(rows)
    if target.quantity is not None:
        if counted:
            _require_rare_and_common(target.quantity, counts, target.counts())
        if not target.quantity.is_exact:
            raise DataError(
                f"the target {target.name!r} has whole numbers too long to be computed with",
                "divide or round them first",
            )
        return
    if np.count_nonzero(counts) < 2:  # noqa: PLR2004  one class is no imbalance
        only = f"only one class, {target.labels[int(counts.argmax())]!r}" if counts.sum() else "no class"
        raise DataError(
            f"the target {target.name!r} has {only}: there is nothing to balance",
            "name another column with --target",
        )
    if target.names_rows(counts):
        raise DataError(
            f"the target {target.name!r} is different in every row: it names rows, and is no class",
            "name a column of classes with --target",
        )
    if target.looks_continuous():
        raise DataError(target.continuity(), "name a column of classes with --target")


def _require_rare_and_common(quantity: "Quantity", counts: Int64, whole: Int64) -> None:
    rare = quantity.rare
    if not counts[rare].sum() or not counts[~rare].sum():
        which = "rare" if counts[~rare].sum() else "common"
        given = int(counts.sum())
        elsewhere = whole[rare].sum() and whole[~rare].sum()
        part = f" among the {given:,} rows given to it" if elsewhere else ""
        raise DataError(
            f"no value of the target {quantity.cells.column.name!r} is {which} by its relevance{part}",
            "--relevance VALUE:RELEVANCE,... sets another (inspect shows it)" + (", or fewer folds" if part else ""),
        )


def _goal(counts: Int64, table: Table, step: Technique, request: Request) -> Int64:
    ratio, labels = parse_ratio(request.ratio), table.target.labels
    present = counts > 0
    goal = counts.copy()
    if request.counts:
        exact = exact_counts(counts, labels, request.counts)
        return np.maximum(counts, exact) if step.grows else np.minimum(counts, exact) if step.shrinks else counts
    if table.target.quantity is not None:
        rare = table.target.quantity.rare
        return (
            grown_ranges(counts, rare, ratio)
            if step.grows
            else shrunk_ranges(counts, rare, ratio)
            if step.shrinks
            else goal
        )
    if step.grows:
        goal[present] = grown_counts(counts[present], ratio)
    elif step.shrinks:
        goal[present] = shrunk_counts(counts[present], ratio)
    return goal


def usable_rows(table: Table, chain: Chain, *, drop_unlabelled: bool) -> Rows:
    """Return the records a technique may use: those that have a class; for `none` all, unless told to drop some."""
    if chain.does_nothing and not drop_unlabelled:
        return all_rows(len(table))
    return labelled_rows(table, drop_unlabelled=drop_unlabelled)


def labelled_rows(table: Table, *, drop_unlabelled: bool) -> Rows:
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
    return marked_rows(table.target.codes >= 0) if len(unlabelled) else all_rows(len(table))
