"""What a technique is given."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64, Rows, is_increasing, rows_where
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.table.table import Table
from rebalance.techniques.settings import NEIGHBOR_SEARCH, TechniqueParams

if TYPE_CHECKING:  # distances are computed from cells, for which pyarrow is loaded; random techniques need none
    from rebalance.techniques.feature_space import FeatureSpace


@dataclass(frozen=True)
class TechniqueContext:
    """The rows as the steps before left them, and how many of each class are wanted."""

    table: Table

    before: Plan
    """The plan of the steps before: its rows are the technique's input."""

    original: Int64
    """How many rows each class had before any step."""

    wanted: Int64
    """How many rows each class should have."""

    seed: int

    params: TechniqueParams

    strict: bool = False
    """Whether adapting the technique to a small class is an error."""

    recalls: list[tuple[float, int]] = field(default_factory=list, compare=False)
    """For each approximate search: the share of the true neighbors of a sample that it found, among how many rows."""

    @cached_property
    def codes(self) -> Codes:
        """The class of each row."""
        return self.before.labels(self.table.target.codes)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self.table.target.labels

    @cached_property
    def counts(self) -> Int64:
        """How many rows each class has."""
        return self.before.counts(self.table.target.codes, len(self.labels))

    @property
    def smallest(self) -> int:
        """The class that had the fewest rows before any step: the one for whose sake the others are cleaned."""
        return int(np.where(self.original > 0, self.original, self.original.max() + 1).argmin())

    @cached_property
    def records(self) -> Rows:
        """The records among the rows, each once, ascending: the possible source rows of synthetic ones."""
        keep = self.before.keep
        return keep if is_increasing(keep) else np.unique(keep)

    @cached_property
    def feature_space(self) -> "FeatureSpace":
        """The space in which distances between the rows are computed."""
        from rebalance.techniques.feature_space import FeatureSpace

        return FeatureSpace(self.table, self.records)

    def points(self) -> Float64:
        """Return the coordinates of all rows, synthetic ones included (rows x coordinates)."""
        from rebalance.plan.rows import typed_rows

        return self.feature_space.coordinates(typed_rows(self.table, self.before))

    def nearest_others(self, points: Float64, k: int, queries: Int64 | None = None) -> Int64:
        """Return the positions of the k other points nearest to each point, or to those at `queries` (queries x k).

        The recall of an approximate search is noted.
        """
        from rebalance.techniques.neighbors import nearest_others

        result = nearest_others(points, k, queries, self._search)
        if result.recall is not None:
            self.recalls.append((result.recall, len(points)))
        return result.positions

    @property
    def _search(self) -> str:
        return self.params[NEIGHBOR_SEARCH]

    def search_notes(self) -> list[str]:
        """Return a note on approximate searches for neighbors, if there were any."""
        if not self.recalls:
            return []
        recall, rows = min(self.recalls)
        share = "all" if recall == 1 else f"{math.floor(recall * 1000) / 10} %"
        how = f"neighbors among {rows:,} rows were searched with an index, which found {share} of those of a sample"
        return [f"{how}; {NEIGHBOR_SEARCH.name}=exact finds all of them"]

    def has_same_class_neighbors(self, points: Float64, k: int, queries: Int64) -> Bool:
        """Return whether the k other points nearest to each point at `queries` are all of its class."""
        from rebalance.techniques.neighbors import EXACT, all_same_class, is_affordable

        if self._search == EXACT or (self._search == NEIGHBOR_SEARCH.default and is_affordable(points, len(queries))):
            return all_same_class(points, k, self.codes, queries)
        nearest = self.nearest_others(points, k, queries)
        same: Bool = (self.codes[nearest] == self.codes[queries, None]).all(axis=1)
        return same

    def targets(self) -> Float64:
        """Return the numeric targets of all rows, synthetic ones included."""
        from rebalance.plan.rows import typed_targets

        return typed_targets(self.table, self.before)

    def random(self) -> np.random.Generator:
        """Return a fresh generator: the same draws for the same seed."""
        return np.random.default_rng(self.seed)

    def classes_to_grow(self) -> Iterator[tuple[int, Rows, int]]:
        """Yield each class that is to grow: its code, its records, and how many rows are missing."""
        all_records = len(self.records) == len(self.table.target.codes)
        codes = self.table.target.codes if all_records else self.table.target.codes[self.records]
        for code in np.flatnonzero(self.wanted > self.counts).tolist():
            members = self.records[rows_where(codes == code)]
            if len(members):
                yield code, members, int(self.wanted[code] - self.counts[code])

    def classes_to_shrink(self) -> dict[int, int]:
        """Return the wanted rows of each class that is to shrink, by code."""
        return {code: int(self.wanted[code]) for code in np.flatnonzero(self.wanted < self.counts).tolist()}

    def note_adaptation(self, note: str, remedy: str) -> str:
        """Return a note on how the technique was adapted to the data. Raises DataError if `strict` forbids that."""
        if self.strict:
            raise DataError(note, remedy)
        return note
