"""What `resample` reports of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Float64, Rows
from rebalance.plan.plan import Plan
from rebalance.table.target import Target


@dataclass(frozen=True)
class ClassChange:
    """One class before and after."""

    label: str
    before: int
    after: int


@dataclass(frozen=True)
class Summary:
    """One run of `resample`; `output` is None for a dry run, `weights` empty unless the technique weighs.

    Of a quantity, `classes` are the ranges of its values, from the lowest, `rare` those that are rare, and `weights`
    the mean ones of each.
    """

    technique: str
    seed: int
    target: str
    classes: tuple[ClassChange, ...]
    neighbors: Mapping[str, int]
    weights: Mapping[str, float]
    notes: tuple[str, ...]
    rows_before: int
    rows_after: int
    output: str | None
    rare: tuple[str, ...] = ()

    @property
    def changes_shares(self) -> bool:
        """Whether the classes have other shares than in the data the model will meet."""
        return any(change.before != change.after for change in self.classes)


def _one_or_mean(weights: Float64) -> float:
    return float(weights[0] if (weights == weights[0]).all() else weights.mean())


def summarise(target: Target, rows: Rows, plan: Plan, technique: str, seed: int, output: str | None) -> Summary:
    """Return the summary of a plan made of the records `rows`."""
    before = target.counts(rows)
    after = plan.counts(target.codes, len(target.labels))
    quantity = target.quantity
    order = (np.argsort(-before, kind="stable") if quantity is None else np.arange(len(before))).tolist()
    weights: dict[str, float] = {}
    if plan.weight is not None:
        labels = plan.labels(target.codes)
        present = {code: plan.weight[labels == code] for code in order if after[code]}
        weights = {target.labels[code]: _one_or_mean(own) for code, own in present.items()}
    return Summary(
        technique=technique,
        seed=seed,
        target=target.name,
        classes=tuple(ClassChange(target.labels[at], int(before[at]), int(after[at])) for at in order),
        neighbors=dict(plan.neighbors),
        weights=weights,
        notes=(*target.spelling_warnings(), *plan.notes),
        rows_before=len(rows),
        rows_after=len(plan),
        output=output,
        rare=() if quantity is None else tuple(one.label for one in quantity.ranges if one.rare),
    )
