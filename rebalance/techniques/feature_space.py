"""The space in which distances between rows are computed."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.table.columns import Distance
from rebalance.table.table import Table, sample
from rebalance.table.typed import TypedColumn, TypedRows

_MAX_DENSE_LEVELS = 1000
"""With more levels than this in all, coordinates are a sparse matrix: most of them are zero."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """The location and scale of one measured column, over the sampled rows."""

    median: float
    """What stands in for a missing cell."""

    mean: float
    standard_deviation: float


class FeatureSpace:
    """Coordinates in which every number and every date has a standard deviation of 1.

    A missing cell gets the median's coordinate, and a second coordinate of 0 or 1 says which cells are missing. A
    category has one coordinate for each level, so scaled that two different levels are one standard deviation apart.
    Columns in other roles, and those that the user has excluded, take no part. The scales are those of a sample of the
    records that a technique may use, and of no other record.
    """

    def __init__(self, table: Table, records: Int64) -> None:
        """Compute the scales. Raises DataError if no column can take part."""
        self._table, self._records = table, records
        typed = table.read_typed(sample(records))
        cells = [column for column in typed.columns if table.column_options.in_distance(column.column.index)]
        scales = {column.column.index: _scale(column) for column in cells if column.values is not None}
        self._scales = {index: scale for index, scale in scales.items() if scale.standard_deviation}
        self._categories = {c.column.index for c in cells if c.column.role.distance is Distance.MISMATCH}
        if not self._scales and not self._categories:
            raise DataError(
                "distances cannot be computed: there is no number, category or date that varies"
                + (", or the distance options exclude it" if table.column_options.restricts_distance else ""),
                "give a column a role with --role NAME=category, or use --technique random-over",
            )

    def pair_distances(self, first: Int64, second: Int64) -> tuple[Float64, Float64]:
        """Return, for each pair of records, the squared distance in numbers and dates, and the differing categories.

        Missing cells count among the numbers.
        """
        records = np.union1d(first, second)
        typed = self._table.read_typed(records)
        first_at, second_at = np.searchsorted(records, first), np.searchsorted(records, second)
        squares, mismatches = np.zeros(len(first)), np.zeros(len(first))
        for coordinates in self._measured_coordinates(typed).T:  # by column: pairs may be many times the records
            squares += (coordinates[first_at] - coordinates[second_at]) ** 2
        for cells in typed.columns:
            if cells.column.index in self._categories and cells.codes is not None:
                mismatches += cells.codes[first_at] != cells.codes[second_at]
        return squares, mismatches

    @property
    def measured(self) -> int:
        """How many columns of numbers or dates take part."""
        return len(self._scales)

    def points(self, records: Int64) -> Float64:
        """Return the coordinates of some records (records x coordinates)."""
        return self.coordinates(self._table.read_typed(records))

    @cached_property
    def all_points(self) -> Float64:
        """The coordinates of all records that a technique may use."""
        return self.points(self._records)

    def coordinates(self, rows: TypedRows) -> Float64:
        """Return the coordinates of rows (rows x coordinates); a SciPy sparse matrix if there are many levels."""
        parts: list[Any] = [self._measured_coordinates(rows)]
        categories = [cells for cells in rows.columns if cells.column.index in self._categories]
        if sum(len(cells.levels) for cells in categories) <= _MAX_DENSE_LEVELS:
            dense: Float64 = np.hstack([*parts, *map(_dense_levels, categories)])
            return dense
        from scipy import sparse

        parts = [*map(sparse.csr_matrix, parts), *map(_sparse_levels, categories)]
        stacked: Any = sparse.hstack(parts, format="csr")
        return cast("Float64", stacked)

    def _measured_coordinates(self, rows: TypedRows) -> Float64:
        parts = [
            _standardize(cells, self._scales[cells.column.index])
            for cells in rows.columns
            if cells.column.index in self._scales
        ]
        return np.hstack(parts) if parts else np.empty((len(rows), 0))


def _standardize(cells: TypedColumn, scale: _Scale) -> Float64:
    assert cells.values is not None  # noqa: S101  the caller has checked
    missing = np.isnan(cells.values)
    standard = (np.where(missing, scale.median, cells.values) - scale.mean) / scale.standard_deviation
    return np.column_stack([standard, missing]) if missing.any() else standard[:, None]


def _dense_levels(cells: TypedColumn) -> Float64:
    assert cells.codes is not None  # noqa: S101  a category has them
    coordinates: Float64 = (cells.codes[:, None] == np.arange(len(cells.levels))) * np.sqrt(0.5)
    return coordinates


def _sparse_levels(cells: TypedColumn) -> Any:
    from scipy import sparse

    assert cells.codes is not None  # noqa: S101  a category has them
    size = len(cells.codes)
    triplets = (np.full(size, np.sqrt(0.5)), (np.arange(size), cells.codes))
    return sparse.csr_matrix(triplets, shape=(size, len(cells.levels)))


def _scale(cells: TypedColumn) -> _Scale:
    assert cells.values is not None  # noqa: S101  the caller has checked
    present = cells.values[~np.isnan(cells.values)]
    if not len(present):
        return _Scale(0.0, 0.0, 0.0)
    return _Scale(float(np.median(present)), float(present.mean()), float(present.std()))
