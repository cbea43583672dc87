"""A plan: all that a technique decides, small enough to be drawn in one place and carried out anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64, Rows, ascends, count_codes
from rebalance.plan.rewrite import Rewrite


@dataclass(frozen=True, slots=True)
class Noise:
    """What is added to made rows, for the techniques that smooth: arrays of the made rows' length.

    Each measured cell moves by `spread` standard deviations of its class times a normal deviate, which
    depends on `key`, the row's `draw` number and the column alone: a row is the same in any block or order.
    """

    spread: Float64
    draw: Int64
    key: int


@dataclass(frozen=True, slots=True)
class Made:
    """Recipes for made rows, four arrays of one length.

    Row i lies `gap[i]` of the way from record `seed[i]` to record `mate[i]` (below 0: away from it), and is of
    class `label[i]`; `noise` is None unless the technique adds some. `sources` are the records whose cells set
    the grid, the range and the spread of made ones: those the technique chose from, whatever becomes of its rows.
    `target_gap`: of a target that is a quantity, how far it lies on the way from the seed's to the mate's; None: the
    seed's.
    """

    seed: Rows
    mate: Rows
    gap: Float64
    label: Codes
    noise: Noise | None = None
    sources: Rows | None = None
    target_gap: Float64 | None = None

    def __len__(self) -> int:
        return len(self.seed)

    def take(self, at: Int64 | Bool | slice) -> "Made":
        """Return the recipes at the given positions."""
        noise = self.noise and Noise(self.noise.spread[at], self.noise.draw[at], self.noise.key)
        target_gap = None if self.target_gap is None else self.target_gap[at]
        return Made(self.seed[at], self.mate[at], self.gap[at], self.label[at], noise, self.parents(), target_gap)

    def parents(self) -> Rows:
        """Return the records that made rows come from, ascending."""
        if self.sources is not None:
            return self.sources
        return np.union1d(self.seed, self.mate)


def joined(parts: Sequence[Made]) -> Made:
    """Return the recipes of all parts, one after the other; parts without noise have a spread of 0."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return NOTHING_MADE
    noisy = [part.noise for part in filled if part.noise]
    noise = None
    if noisy:
        spread = [part.noise.spread if part.noise else np.zeros(len(part)) for part in filled]
        draw = [part.noise.draw if part.noise else np.zeros(len(part), np.int64) for part in filled]
        noise = Noise(np.concatenate(spread), np.concatenate(draw), noisy[0].key)
    target_gap = None
    if any(part.target_gap is not None for part in filled):
        gaps = [np.zeros(len(part)) if part.target_gap is None else part.target_gap for part in filled]
        target_gap = np.concatenate(gaps)
    return Made(
        np.concatenate([part.seed for part in filled]),
        np.concatenate([part.mate for part in filled]),
        np.concatenate([part.gap for part in filled]),
        np.concatenate([part.label for part in filled]),
        noise,
        np.unique(np.concatenate([part.parents() for part in filled])),
        target_gap,
    )


NOTHING_MADE = Made(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class Plan:
    """Which records stay, which rows are made, what each weighs, and which cells are then written anew.

    `keep`: record numbers in output order, repeats allowed; `made` rows follow them. `weight`: one a row of
    the output, or None. `neighbors`: how many each class used. `notes`: sentences the user should read.
    """

    keep: Rows
    made: Made = NOTHING_MADE
    weight: Float64 | None = None
    neighbors: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()

    def __len__(self) -> int:
        return len(self.keep) + len(self.made)

    def added(self) -> Bool:
        """Return, for each output row, whether the technique added it: made, or a record's second copy."""
        repeated = np.ones(len(self.keep), np.bool_)
        repeated[np.unique(self.keep, return_index=True)[1]] = False
        return np.concatenate([repeated, np.ones(len(self.made), np.bool_)])

    def labels(self, codes: Codes) -> Codes:
        """Return each output row's class, given the class of every record."""
        if len(self.keep) == len(codes) and not len(self.made) and ascends(self.keep):  # all records as they stand
            return codes
        return np.concatenate([codes[self.keep], self.made.label])

    def counts(self, codes: Codes, classes: int) -> Int64:
        """Return how many output rows each class has, given the class of every record."""
        return count_codes(codes, classes, self.keep) + count_codes(self.made.label, classes)

    def select(self, kept: Bool) -> "Plan":
        """Return the plan with only the output rows marked in `kept`, which has one entry a row."""
        weight = None if self.weight is None else self.weight[kept]
        keep = self.keep[kept[: len(self.keep)]]
        made = self.made.take(kept[len(self.keep) :]) if len(self.made) else self.made
        return replace(self, keep=keep, made=made, weight=weight, neighbors={}, notes=())
