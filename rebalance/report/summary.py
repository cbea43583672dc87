"""What `resample` reports of a run."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Int64
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
    """One run of `resample`; `output` is None for a dry run, `weights` empty unless the technique weighs."""

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

    @property
    def changes_shares(self) -> bool:
        """Whether the classes have other shares than in the data the model will meet."""
        return any(change.before != change.after for change in self.classes)


def summarise(target: Target, rows: Int64, plan: Plan, technique: str, seed: int, output: str | None) -> Summary:
    """Return the summary of a plan made of the records `rows`."""
    before = target.counts(rows)
    labels = plan.labels(target.codes)
    after = np.bincount(labels[labels >= 0], minlength=len(target.labels))
    order = np.argsort(-before, kind="stable").tolist()
    weights: dict[str, float] = {}
    if plan.weight is not None:
        row_of = {code: row for row, code in enumerate(labels.tolist())}
        weights = {target.labels[code]: float(plan.weight[row_of[code]]) for code in order if code in row_of}
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
    )
