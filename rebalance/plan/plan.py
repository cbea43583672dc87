"""A plan: all that a technique decides, small enough to be drawn in one place and carried out anywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64


@dataclass(frozen=True, slots=True)
class Made:
    """Recipes for made rows, four arrays of one length.

    Row i lies `gap[i]` of the way from record `seed[i]` to record `mate[i]`, and is of class `label[i]`.
    """

    seed: Int64
    mate: Int64
    gap: Float64
    label: Codes

    def __len__(self) -> int:
        return len(self.seed)


NOTHING_MADE = Made(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which records stay, which rows are made, and what each weighs.

    `keep`: record numbers in output order, repeats allowed; `made` rows follow them. `weight`: one a row of
    the output, or None. `neighbors`: how many each class used. `notes`: sentences the user should read.
    """

    keep: Int64
    made: Made = NOTHING_MADE
    weight: Float64 | None = None
    neighbors: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.keep) + len(self.made)

    def added(self) -> Bool:
        """Return, for each output row, whether the technique added it: made, or a record's second copy."""
        repeated = np.ones(len(self.keep), np.bool_)
        repeated[np.unique(self.keep, return_index=True)[1]] = False
        return np.concatenate([repeated, np.ones(len(self.made), np.bool_)])

    def labels(self, codes: Codes) -> Codes:
        """Return each output row's class, given the class of every record."""
        return np.concatenate([codes[self.keep], self.made.label])
