"""From a table, a chain of techniques and wanted counts to a plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rebalance.arrays import Int64, Rows, all_rows, rows_where
from rebalance.csvio.grammar import line_number
from rebalance.defaults import DEFAULT_RATIO
from rebalance.errors import DataError, UsageError
from rebalance.memory_check import check_memory_for_technique
from rebalance.plan.counts import check_direction, exact_counts
from rebalance.plan.plan import Plan
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.registry import Technique
from rebalance.text import join_some

_SEED_STEP = 0x9E3779B1
"""The seeds of a chain's steps are this far apart, so that no two of them draw the same numbers."""

_SMALL_SHARE = 0.1
"""A note says so if at most this share of the rows is left."""


@dataclass(frozen=True)
class ResampleRequest:
    """What the user asks of the techniques: a ratio or exact counts, or else classes of equal size."""

    ratio: float | None = None
    """The wanted ratio of the smaller classes to the larger, above 0 and at most 1; None: 1."""

    counts: Mapping[str, int] | None = None
    """The wanted rows of some classes, by label."""

    strict: bool = False
    """Whether adapting a technique to a small class is an error."""

    def __post_init__(self) -> None:
        """Raise UsageError for wishes that contradict each other."""
        if self.ratio is not None and self.counts:
            raise UsageError("--ratio and --count contradict each other", "give one of them")


def make_plan(table: Table, chain: Chain, rows: Rows, request: ResampleRequest, seed: int) -> Plan:
    """Apply the steps of `chain`, one after the other, to the records `rows` (labeled ones, ascending).

    Raises DataError when the classes do not allow what is wanted.
    """
    plan = Plan(rows)
    chain.check_task(table.target.task, other_is_possible=table.target.can_be_other_task)
    _check_counts(table, chain, rows, request)
    if chain.does_nothing:
        return plan
    table.target.check_balanceable(rows, counted=chain.has_wanted_counts)
    neighbors: dict[str, int] = {}
    notes: list[str] = []
    for number, step in enumerate(chain.steps):
        done = "+".join(before.name for before in chain.steps[:number])
        wanted = _wanted_counts(table, plan, step.technique, request, done)
        step_seed = (seed + number * _SEED_STEP) % 2**32
        original = table.target.counts(rows)
        context = TechniqueContext(table, plan, original, wanted, step_seed, step.params, request.strict)
        plan = step.technique.plan(context)
        neighbors.update(plan.neighbors)
        notes += [f"after {done}: {note}" if done else note for note in (*plan.notes, *context.search_notes())]
    notes += _result_notes(table, chain, rows, plan, is_counted=bool(request.ratio or request.counts))
    if not len(plan):
        raise DataError(f"{chain.name} leaves no row of this table", "--technique smote or random-over adds rows")
    return replace(plan, neighbors=neighbors, notes=tuple(dict.fromkeys(notes)))


def _wanted_counts(table: Table, plan: Plan, technique: Technique, request: ResampleRequest, done: str) -> Int64:
    """Return how many rows of each class a technique should leave; `done`: the steps before it.

    Raises DataError if the steps before have left one class, or the technique cannot have the memory it needs.
    """
    counts = plan.counts(table.target.codes, len(table.target.labels))
    counts_matter = table.target.needs_two_labels or technique.oversamples or technique.undersamples
    if counts_matter and np.count_nonzero(counts) < 2:  # noqa: PLR2004  nothing to balance any more
        raise DataError(
            f"{done} leaves one {table.target.label_noun} only: {technique.name} cannot be applied after it",
            f"--technique {done}",
        )
    wanted = _goal(counts, table, technique, request)
    grows = wanted > counts
    check_memory_for_technique(table, technique, int(counts[grows].sum()), int((wanted - counts)[grows].sum()))
    return wanted


def _goal(counts: Int64, table: Table, technique: Technique, request: ResampleRequest) -> Int64:
    ratio, target = DEFAULT_RATIO if request.ratio is None else request.ratio, table.target
    if technique.oversamples:
        if request.counts:
            return np.maximum(counts, exact_counts(counts, target.labels, request.counts, target.label_noun))
        return target.oversampled_counts(counts, ratio)
    if technique.undersamples:
        if request.counts:
            return np.minimum(counts, exact_counts(counts, target.labels, request.counts, target.label_noun))
        return target.undersampled_counts(counts, ratio)
    return counts


def _check_counts(table: Table, chain: Chain, rows: Rows, request: ResampleRequest) -> None:
    if request.counts and chain.has_wanted_counts:
        counts, labels = table.target.counts(rows), table.target.labels
        check_direction(
            counts,
            exact_counts(counts, labels, request.counts, table.target.label_noun),
            labels,
            chain.name,
            oversamples=chain.oversamples,
            undersamples=chain.undersamples,
            noun=table.target.label_noun,
        )


def _result_notes(table: Table, chain: Chain, rows: Rows, plan: Plan, *, is_counted: bool) -> list[str]:
    before = table.target.counts(rows)
    after = plan.counts(table.target.codes, len(before))
    lost = [table.target.labels[code] for code in np.flatnonzero((before > 0) & (after == 0)).tolist()]
    if lost:
        return [f"no row is left of {join_some([repr(label) for label in lost])}"]
    is_unchanged = len(plan) == len(rows) and plan.weight is None and not plan.transforms and not plan.is_added().any()
    if chain.has_wanted_counts and is_unchanged:
        lacks = "more" if chain.oversamples else "fewer"
        return [
            f"nothing was added or removed: every {table.target.label_noun} has the wanted number of rows or {lacks}"
        ]
    if len(plan) < _SMALL_SHARE * len(rows):
        remedy = "; --ratio keeps more" if chain.undersamples and not is_counted else ""
        return [f"only {len(plan):,} of {len(rows):,} rows are left{remedy}"]
    return []


def usable_rows(table: Table, chain: Chain, *, drop_unlabeled: bool) -> Rows:
    """Return the records that techniques may use: those with a label; all of them for `none`, unless dropped."""
    if chain.does_nothing and not drop_unlabeled:
        return all_rows(len(table))
    return labeled_rows(table, drop_unlabeled=drop_unlabeled)


def labeled_rows(table: Table, *, drop_unlabeled: bool) -> Rows:
    """Return the records with a label. Raises DataError if some have none and may not be dropped."""
    unlabeled = table.target.unlabeled()
    if len(unlabeled) and not drop_unlabeled:
        line = line_number(table.file.data, int(table.records.starts[unlabeled[0]]))
        number = len(unlabeled)
        raise DataError(
            f"line {line}: the target {table.target.name!r} is blank"
            + (f" ({number:,} rows in all)" if number > 1 else ""),
            "--drop-unlabeled leaves such records out",
        )
    return rows_where(table.target.codes >= 0) if len(unlabeled) else all_rows(len(table))
