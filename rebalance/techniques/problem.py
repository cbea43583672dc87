"""What a technique is given."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64, Rows, ascends, marked_rows
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.table.table import Table

if TYPE_CHECKING:  # measuring reads cells, for which pyarrow is loaded; random techniques do not measure
    from rebalance.techniques.space import Space


@dataclass(frozen=True)
class Options:
    """What the user can set of a technique.

    `kind`: of borderline-smote. `version`: of near-miss. `beta`: of effective-number. `strict`: what would be
    adapted to a small class is an error. `perturbation`: the most noise of smogn, in standard deviations of a range.
    `alpha`: of density-weight. `fence`: of outliers, in interquartile ranges. `columns`: as typed, those looked at or
    written anew; the target if there are none. `method`: tukey or isolation-forest. `neighbor_search`: exact or
    approximate; exact where that is affordable, if empty.
    """

    neighbors: int = 5
    kind: int = 1
    version: int = 1
    beta: float = 0.999
    strict: bool = False
    perturbation: float = 0.02
    alpha: float = 1.0
    fence: float = 1.5
    columns: tuple[str, ...] = ()
    method: str = "tukey"
    neighbor_search: str = ""


@dataclass(frozen=True)
class Problem:
    """The rows as the steps before left them, and how many of each class are wanted.

    `original`: how many rows each class had before any step. `recalls`: of each search for neighbours that was not
    exact, the share of the true ones that it found, and among how many rows.
    """

    table: Table
    before: Plan
    original: Int64
    wanted: Int64
    seed: int
    options: Options
    recalls: list[tuple[float, int]] = field(default_factory=list, compare=False)

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
        """The class that had fewest rows before any step: the one that all is done for."""
        return int(np.where(self.original > 0, self.original, self.original.max() + 1).argmin())

    @cached_property
    def records(self) -> Rows:
        """The records among the rows, each once, ascending: what made rows may come from."""
        keep = self.before.keep
        return keep if ascends(keep) else np.unique(keep)

    @cached_property
    def space(self) -> "Space":
        """The space of the records."""
        from rebalance.techniques.space import Space

        return Space(self.table, self.records)

    def points(self) -> Float64:
        """Return the coordinates of all rows, made ones included."""
        from rebalance.plan.materialise import typed_rows

        return self.space.coordinates(typed_rows(self.table, self.before))

    def nearest_others(self, points: Float64, k: int, of: Int64 | None = None) -> Int64:
        """Return the positions of the k other points nearest to each, or to those at `of`; note it if not exactly."""
        from rebalance.techniques.neighbors import nearest_others

        found = nearest_others(points, k, of, self.options.neighbor_search)
        if found.recall is not None:
            self.recalls.append((found.recall, len(points)))
        return found.positions

    def search_notes(self) -> list[str]:
        """Return what the user should read of searches for neighbours that were not exact."""
        if not self.recalls:
            return []
        recall, rows = min(self.recalls)
        share = "all" if recall == 1 else f"{math.floor(recall * 1000) / 10} %"
        index = f"neighbours among {rows:,} rows were searched for in an index"
        return [f"{index}, which found {share} of the true ones of a sample; --neighbor-search exact finds all"]

    def neighbors_alike(self, points: Float64, k: int, of: Int64) -> Bool:
        """Return whether the k other points nearest to each at `of` are all of its class; note it if not exactly."""
        from rebalance.techniques.alike import all_alike
        from rebalance.techniques.neighbors import EXACT, is_affordable

        search = self.options.neighbor_search
        if search == EXACT or (not search and is_affordable(points, len(of))):
            return all_alike(points, k, self.codes, of)
        alike: Bool = (self.codes[self.nearest_others(points, k, of)] == self.codes[of, None]).all(axis=1)
        return alike

    def targets(self) -> Float64:
        """Return the numbers of all rows, made ones included, of a target that is a quantity."""
        from rebalance.plan.materialise import typed_targets

        return typed_targets(self.table, self.before)

    def random(self) -> np.random.Generator:
        """Return a fresh generator: the same draws for the same seed."""
        return np.random.default_rng(self.seed)

    def to_grow(self) -> Iterator[tuple[int, Rows, int]]:
        """Yield each class that is to grow: its code, its records, how many rows are missing."""
        whole = len(self.records) == len(self.table.target.codes)
        codes = self.table.target.codes if whole else self.table.target.codes[self.records]
        for code in np.flatnonzero(self.wanted > self.counts).tolist():
            members = self.records[marked_rows(codes == code)]
            if len(members):
                yield code, members, int(self.wanted[code] - self.counts[code])

    def to_shrink(self) -> dict[int, int]:
        """Return each class that is to shrink, and the rows it is to keep."""
        return {code: int(self.wanted[code]) for code in np.flatnonzero(self.wanted < self.counts).tolist()}

    def adapted(self, what: str, remedy: str) -> str:
        """Return the note that says what was adapted to the data. Raises DataError if nothing may be."""
        if self.options.strict:
            raise DataError(what, remedy)
        return what
