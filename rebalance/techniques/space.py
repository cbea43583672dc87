"""The space in which distances between rows are measured."""

from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.table.roles import Role
from rebalance.table.table import Table, sample
from rebalance.table.typed import TypedColumn
from rebalance.techniques.problem import Problem


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
    are not measured. Spreads are those of a sample of the rows a technique may use, and of no other row.
    """

    def __init__(self, table: Table, rows: Int64) -> None:
        self._table = table
        typed = table.typed(sample(rows))
        self._spreads = {cells.column.index: _spread(cells) for cells in typed.columns if cells.values is not None}
        if not any(cells.column.role is Role.CATEGORY for cells in typed.columns) and not any(
            spread.deviation for spread in self._spreads.values()
        ):
            raise DataError(
                "no column can be measured: there is no number, category or date that varies",
                "give one a role, --role NAME=category, or use --technique random-over",
            )

    @classmethod
    def of(cls, problem: Problem) -> "Space":
        """Return the space of the rows a technique was given."""
        return cls(problem.table, problem.rows)

    def points(self, rows: Int64) -> Float64:
        """Return the coordinates of the records `rows` (rows x coordinates)."""
        parts = []
        for cells in self._table.typed(rows).columns:
            if cells.values is not None:
                parts.append(self._measured(cells, self._spreads[cells.column.index]))
            elif cells.column.role is Role.CATEGORY and cells.codes is not None:
                parts.append((cells.codes[:, None] == np.arange(len(cells.levels))) * np.sqrt(0.5))
        return np.hstack(parts)

    @staticmethod
    def _measured(cells: TypedColumn, spread: _Spread) -> Float64:
        assert cells.values is not None  # noqa: S101  asked for by the caller
        missing = np.isnan(cells.values)
        scale = 1 / spread.deviation if spread.deviation else 0.0
        standard = (np.where(missing, spread.median, cells.values) - spread.mean) * scale
        return np.column_stack([standard, missing]) if missing.any() else standard[:, None]


def _spread(cells: TypedColumn) -> _Spread:
    assert cells.values is not None  # noqa: S101  asked for by the caller
    present = cells.values[~np.isnan(cells.values)]
    if not len(present):
        return _Spread(0.0, 0.0, 0.0)
    return _Spread(float(np.median(present)), float(present.mean()), float(present.std()))
