"""What a technique is given."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rebalance.arrays import Codes, Int64
from rebalance.table.table import Table


@dataclass(frozen=True)
class Options:
    """What the user can set of a technique."""

    neighbors: int = 5


@dataclass(frozen=True)
class Problem:
    """The rows a technique may use (record numbers, ascending), and how many of each class are wanted."""

    table: Table
    rows: Int64
    wanted: Int64
    seed: int
    options: Options

    @cached_property
    def codes(self) -> Codes:
        """The class of each of `rows`."""
        return self.table.target.codes[self.rows]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.table.target.labels

    @cached_property
    def counts(self) -> Int64:
        """How many of `rows` each class has."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.labels)).astype(np.int64)

    def random(self) -> np.random.Generator:
        """Return a fresh generator: the same draws for the same seed."""
        return np.random.default_rng(self.seed)

    def to_grow(self) -> Iterator[tuple[int, Int64, int]]:
        """Yield each class that is to grow: its code, its records, how many rows are missing."""
        for code in np.flatnonzero((self.wanted > self.counts) & (self.counts > 0)).tolist():
            yield code, self.rows[self.codes == code], int(self.wanted[code] - self.counts[code])
