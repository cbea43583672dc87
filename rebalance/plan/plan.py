"""A plan: everything a technique decides, small enough to be made in one place and carried out anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64, Rows, count_codes, is_increasing


@dataclass(frozen=True, slots=True)
class Noise:
    """Gaussian noise that is added to synthetic rows: arrays with an entry for each of them.

    A value moves by `sd` standard deviations of its class times a normal deviate, which depends on `key`, the row's
    `draw` number and the column alone, so that a row is the same in any block and order.
    """

    sd: Float64
    draw: Int64
    key: int


@dataclass(frozen=True, slots=True)
class SyntheticRows:
    """Recipes for synthetic rows: arrays with an entry for each of them."""

    base: Rows
    """The record that the row starts from."""

    neighbor: Rows
    """The record that the row lies towards."""

    gap: Float64
    """How far the row lies on the way from base to neighbor: 0 to 1; below 0, away from the neighbor."""

    label: Codes
    """The code of the row's class (or range)."""

    noise: Noise | None = None
    """The noise to be added; None for none."""

    sources: Rows | None = None
    """The records, ascending, that the technique chose bases and neighbors from. Their cells determine the number
    format, the range and the standard deviation of synthetic values, whichever rows are removed later. None: the bases
    and neighbors themselves."""

    target_gap: Float64 | None = None
    """How far a numeric target lies on the way from base to neighbor; None: it is the base's."""

    def __len__(self) -> int:
        return len(self.base)

    def take(self, positions: Int64 | Bool | slice) -> "SyntheticRows":
        """Return the recipes at the given positions, with the same sources."""
        noise = self.noise and Noise(self.noise.sd[positions], self.noise.draw[positions], self.noise.key)
        target_gap = None if self.target_gap is None else self.target_gap[positions]
        return SyntheticRows(
            self.base[positions],
            self.neighbor[positions],
            self.gap[positions],
            self.label[positions],
            noise,
            self.source_rows(),
            target_gap,
        )

    def source_rows(self) -> Rows:
        """Return the records that synthetic rows come from, ascending."""
        return np.union1d(self.base, self.neighbor) if self.sources is None else self.sources


NO_SYNTHETIC_ROWS = SyntheticRows(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32))


def concatenate_recipes(parts: Sequence[SyntheticRows]) -> SyntheticRows:
    """Return the recipes of all parts, one after the other; parts without noise have noise of standard deviation 0."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return NO_SYNTHETIC_ROWS
    noisy = [part.noise for part in filled if part.noise]
    noise = None
    if noisy:
        sd = [part.noise.sd if part.noise else np.zeros(len(part)) for part in filled]
        draw = [part.noise.draw if part.noise else np.zeros(len(part), np.int64) for part in filled]
        noise = Noise(np.concatenate(sd), np.concatenate(draw), noisy[0].key)
    target_gap = None
    if any(part.target_gap is not None for part in filled):
        gaps = [np.zeros(len(part)) if part.target_gap is None else part.target_gap for part in filled]
        target_gap = np.concatenate(gaps)
    return SyntheticRows(
        np.concatenate([part.base for part in filled]),
        np.concatenate([part.neighbor for part in filled]),
        np.concatenate([part.gap for part in filled]),
        np.concatenate([part.label for part in filled]),
        noise,
        np.unique(np.concatenate([part.source_rows() for part in filled])),
        target_gap,
    )


@dataclass(frozen=True)
class ColumnTransform:
    """A function that is applied to all numbers of a column."""

    column: int
    """The position of the column."""

    technique: str
    """The technique that decided on it."""

    transformer: Any
    """A fitted scikit-learn transformer, with `transform` and `inverse_transform` of arrays (rows x 1)."""

    parameters: Mapping[str, Any]
    """What it takes to apply or to invert it elsewhere."""

    keeps_format: bool = False
    """Whether results are written as the column writes its numbers, or else with all their digits."""

    invertible: bool = True
    """Whether the inverse gives the numbers back."""

    def apply(self, values: Float64) -> Float64:
        """Return the transformed numbers; NaN stays NaN."""
        transformed: Float64 = self.transformer.transform(values[:, None])[:, 0]
        return transformed


def apply_transforms(transforms: Sequence[ColumnTransform], column: int, values: Float64) -> Float64:
    """Return the numbers of a column after all its transforms, one after the other."""
    for transform in transforms:
        if transform.column == column:
            values = transform.apply(values)
    return values


@dataclass(frozen=True, slots=True)
class Plan:
    """Which records are kept, which rows are added, the weight of each, and which columns are then transformed."""

    keep: Rows
    """The records kept, in output order; repeats are allowed."""

    synthetic: SyntheticRows = NO_SYNTHETIC_ROWS
    """The rows that follow them."""

    weight: Float64 | None = None
    """A weight for each row of the output; None for none."""

    neighbors: Mapping[str, int] = field(default_factory=dict)
    """How many neighbors were used for each class, by label."""

    notes: tuple[str, ...] = ()
    """Sentences that the user should read."""

    transforms: tuple[ColumnTransform, ...] = ()
    """Applied to the numbers of kept and synthetic rows, in this order."""

    def __len__(self) -> int:
        return len(self.keep) + len(self.synthetic)

    def is_added(self) -> Bool:
        """Return, for each output row, whether the technique added it: a synthetic row, or a repeated record."""
        return np.concatenate([self.is_copy(), np.ones(len(self.synthetic), np.bool_)])

    def is_copy(self) -> Bool:
        """Return, for each kept row, whether the same record stands before it."""
        repeated = np.ones(len(self.keep), np.bool_)
        repeated[np.unique(self.keep, return_index=True)[1]] = False
        return repeated

    def labels(self, codes: Codes) -> Codes:
        """Return the class of each output row, given the class of every record."""
        if len(self.keep) == len(codes) and not len(self.synthetic) and is_increasing(self.keep):  # all records
            return codes
        return np.concatenate([codes[self.keep], self.synthetic.label])

    def counts(self, codes: Codes, classes: int) -> Int64:
        """Return how many output rows each class has, given the class of every record."""
        return count_codes(codes, classes, self.keep) + count_codes(self.synthetic.label, classes)

    def select(self, kept: Bool) -> "Plan":
        """Return the plan with only the output rows marked in `kept`, which has an entry for each of them."""
        weight = None if self.weight is None else self.weight[kept]
        keep = self.keep[kept[: len(self.keep)]]
        synthetic = self.synthetic.take(kept[len(self.keep) :]) if len(self.synthetic) else self.synthetic
        return replace(self, keep=keep, synthetic=synthetic, weight=weight, neighbors={}, notes=())
