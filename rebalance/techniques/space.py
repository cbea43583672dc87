"""The space in which distances between rows are measured."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.table.roles import Role
from rebalance.table.table import Table, sample
from rebalance.table.typed import TypedColumn, TypedRows

_MOST_DENSE_LEVELS = 1000
"""With more levels than this in all, coordinates are a sparse matrix: most are zero."""


@dataclass(frozen=True, slots=True)
class _Spread:
    """Of one measured column, over the sampled rows: what stands in for a missing cell, and the scale."""

    median: float
    mean: float
    deviation: float


class Space:
    """Coordinates in which each number and date has a standard deviation of 1.

    A missing cell takes the median's place, and a 0/1 coordinate beside it. A category has a coordinate for
    each level, so placed that two different levels are one standard deviation apart. Text, ids and constants
    are not measured, nor columns the user has left out. Spreads are those of a sample of the records a
    technique may use, and of no other record.
    """

    def __init__(self, table: Table, records: Int64) -> None:
        self._table, self._records = table, records
        typed = table.typed(sample(records))
        cells = [column for column in typed.columns if table.choices.measures(column.column.index)]
        spreads = {column.column.index: _spread(column) for column in cells if column.values is not None}
        self._spreads = {index: spread for index, spread in spreads.items() if spread.deviation}
        self._categories = {column.column.index for column in cells if column.column.role is Role.CATEGORY}
        if not self._spreads and not self._categories:
            raise DataError(
                "no column can be measured: there is no number, category or date that varies"
                + (", or the distance options leave it out" if table.choices.restricts_distance else ""),
                "give one a role, --role NAME=category, or use --technique random-over",
            )

    def apart(self, some: Int64, others: Int64) -> tuple[Float64, Float64]:
        """Return, of each pair of records, the squared distance in what is measured, and in how many categories.

        Missing cells count as measured.
        """
        both = np.union1d(some, others)
        typed = self._table.typed(both)
        first, second = np.searchsorted(both, some), np.searchsorted(both, others)
        squares, mismatches = np.zeros(len(some)), np.zeros(len(some))
        for numbers in self._measured_part(typed).T:  # a column at a time: pairs may be many times the records
            squares += (numbers[first] - numbers[second]) ** 2
        for cells in typed.columns:
            if cells.column.index in self._categories and cells.codes is not None:
                mismatches += cells.codes[first] != cells.codes[second]
        return squares, mismatches

    @property
    def measured(self) -> int:
        """How many columns are numbers or dates that vary."""
        return len(self._spreads)

    def points(self, records: Int64) -> Float64:
        """Return the coordinates of some records (records x coordinates)."""
        return self.coordinates(self._table.typed(records))

    @cached_property
    def all_points(self) -> Float64:
        """The coordinates of all records a technique may use."""
        return self.points(self._records)

    def coordinates(self, rows: TypedRows) -> Float64:
        """Return the coordinates of rows (rows x coordinates); a scipy sparse matrix if levels are many."""
        parts: list[Any] = [self._measured_part(rows)]
        categories = [cells for cells in rows.columns if cells.column.index in self._categories]
        if sum(len(cells.levels) for cells in categories) <= _MOST_DENSE_LEVELS:
            dense: Float64 = np.hstack([*parts, *map(_dense_levels, categories)])
            return dense
        from scipy import sparse

        parts = [*map(sparse.csr_matrix, parts), *map(_sparse_levels, categories)]
        stacked: Any = sparse.hstack(parts, format="csr")
        return cast("Float64", stacked)

    def _measured_part(self, rows: TypedRows) -> Float64:
        parts = [
            self._measured(cells, self._spreads[cells.column.index])
            for cells in rows.columns
            if cells.column.index in self._spreads
        ]
        return np.hstack(parts) if parts else np.empty((len(rows), 0))

    @staticmethod
    def _measured(cells: TypedColumn, spread: _Spread) -> Float64:
        assert cells.values is not None  # noqa: S101  asked for by the caller
        missing = np.isnan(cells.values)
        standard = (np.where(missing, spread.median, cells.values) - spread.mean) / spread.deviation
        return np.column_stack([standard, missing]) if missing.any() else standard[:, None]


def _dense_levels(cells: TypedColumn) -> Float64:
    assert cells.codes is not None  # noqa: S101  a category has them
    places: Float64 = (cells.codes[:, None] == np.arange(len(cells.levels))) * np.sqrt(0.5)
    return places


def _sparse_levels(cells: TypedColumn) -> Any:
    from scipy import sparse

    assert cells.codes is not None  # noqa: S101  a category has them
    size = len(cells.codes)
    entries = (np.full(size, np.sqrt(0.5)), (np.arange(size), cells.codes))
    return sparse.csr_matrix(entries, shape=(size, len(cells.levels)))


def _spread(cells: TypedColumn) -> _Spread:
    assert cells.values is not None  # noqa: S101  asked for by the caller
    present = cells.values[~np.isnan(cells.values)]
    if not len(present):
        return _Spread(0.0, 0.0, 0.0)
    return _Spread(float(np.median(present)), float(present.mean()), float(present.std()))
