"""A plan's rows as typed cells: what a model learns from, and what is rendered as text."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from rebalance.arrays import Codes, Float64, Int64, Rows
from rebalance.plan.plan import Noise, Plan, SyntheticRows
from rebalance.plan.random import normal_deviates
from rebalance.table.columns import Column, Role
from rebalance.table.numeric_target import NumericTarget
from rebalance.table.table import Table
from rebalance.table.typed import (
    HALF_WAY,
    Bounds,
    TypedColumn,
    TypedRows,
    concatenate,
    interpolate,
    interpolate_measured,
)

_MAX_RECORDS_PER_ROW = 24
"""A lookup table of four bytes a record is used up to so many records per source row: about a hundred bytes."""


class SyntheticRowBuilder:
    """Builds synthetic rows from the typed cells of their source rows.

    What a synthetic row may hold depends on the recipes' sources alone: the number formats and ranges of their columns
    and, for noise, the standard deviations.
    """

    def __init__(
        self, table: Table, recipes: SyntheticRows, also: Int64 | None = None, only: Collection[int] | None = None
    ) -> None:
        """Read the source rows of `recipes`; `also`: further records to read, `only`: of some columns, by position."""
        sources = recipes.source_rows()
        self.rows = sources if also is None else np.union1d(sources, also)
        typed = table.read_typed(self.rows, only)
        own_formats = tuple(cells.with_own_format() for cells in typed.take(self.positions(sources)).columns)
        self._sources = TypedRows(own_formats, len(sources))
        columns = [
            replace(cells, column=source.column)
            for cells, source in zip(typed.columns, self._sources.columns, strict=True)
        ]
        self.cells = TypedRows(tuple(columns), len(self.rows))
        """The cells of all records read, in the order of `rows`."""

        self._bounds = {
            cells.column.index: (float(np.nanmin(cells.values)), float(np.nanmax(cells.values)))
            for cells in self._sources.columns
            if cells.values is not None and not np.isnan(cells.values).all()
        }
        self._recipes = recipes
        self._table = table
        self._in_distance = table.column_options.in_distance
        self._source_rows = sources
        self._codes = table.target.codes[sources]

    def positions(self, rows: Rows) -> Int64:
        """Return where the records `rows` stand among `cells`."""
        if self._position_of is not None:
            return self._position_of[rows].astype(np.int64)
        return np.searchsorted(self.rows, rows)

    @cached_property
    def _position_of(self) -> Codes | None:
        """The position of each record of the file, where a lookup table is small enough to be faster than a search."""
        if not len(self.rows) or self.rows[-1] >= _MAX_RECORDS_PER_ROW * len(self.rows):
            return None
        positions = np.zeros(int(self.rows[-1]) + 1, np.int32)
        positions[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return positions

    def build(self, positions: Int64 | slice) -> TypedRows:
        """Return the synthetic rows at the given positions of the recipes."""
        recipes = self._recipes.take(positions)
        offsets = self._noise_offsets(recipes.noise, recipes.label) if recipes.noise else None
        base, neighbor = self.positions(recipes.base), self.positions(recipes.neighbor)
        bounds = self._bounds_of(recipes, base, neighbor)
        return interpolate(self.cells, base, neighbor, recipes.gap, bounds, offsets)

    def _bounds_of(self, recipes: SyntheticRows, base: Int64, neighbor: Int64) -> Mapping[int, Bounds]:
        """Return the bounds of synthetic values by column: the range of their class, and that of their source rows.

        A value between two source rows needs no bounds of its own.
        """
        is_between = recipes.noise is None and recipes.gap.min(initial=0) >= 0 and recipes.gap.max(initial=0) <= 1
        is_other_class = self._codes_of(recipes.neighbor) != recipes.label
        if is_between and not is_other_class.any():
            return self._bounds
        bounds: dict[int, Bounds] = {}
        for cells in self.cells.columns:
            if cells.values is not None:
                low, high = self._class_bounds[cells.column.index]
                first = cells.values[base]
                second = np.where(is_other_class, first, cells.values[neighbor])
                bounds[cells.column.index] = (
                    np.fmin(low[recipes.label], np.fmin(first, second)),
                    np.fmax(high[recipes.label], np.fmax(first, second)),
                )
        return bounds

    def _codes_of(self, records: Rows) -> Codes:
        """Return the class of each of the records."""
        codes: Codes = self._table.target.codes[records]
        return codes

    @cached_property
    def _class_bounds(self) -> dict[int, tuple[Float64, Float64]]:
        """The minima and maxima of each measured column (by position), by class code."""
        return {
            cells.column.index: (self._by_class(cells, _minimum), self._by_class(cells, _maximum))
            for cells in self._sources.columns
            if cells.values is not None
        }

    def build_targets(self, positions: Int64 | slice) -> TypedColumn:
        """Return the numeric targets of synthetic rows: between those of their source rows, within their range."""
        recipes, targets = self._recipes.take(positions), self._targets
        base, neighbor = (np.searchsorted(self._source_rows, rows) for rows in (recipes.base, recipes.neighbor))
        gap = np.zeros(len(recipes)) if recipes.target_gap is None else recipes.target_gap
        offset = None
        if recipes.noise:
            deviates = normal_deviates(recipes.noise.key, recipes.noise.draw, targets.column.index)
            offset = recipes.noise.sd * self._target_deviations[recipes.label] * deviates
        low, high = self._target_bounds
        return interpolate_measured(targets, base, neighbor, gap, (low[recipes.label], high[recipes.label]), offset)

    def target_column(self) -> Column:
        """Return how the numeric targets of synthetic rows are written."""
        quoted = next(column.quoted for column in self._table.columns if column.role is Role.TARGET)
        return replace(self._targets.column, quoted=quoted)

    @cached_property
    def _targets(self) -> TypedColumn:
        """The numeric targets of the source rows."""
        return NumericTarget.of(self._table).numbers.take(self._source_rows).with_own_format()

    @cached_property
    def _target_deviations(self) -> Float64:
        return self._by_class(self._targets, _standard_deviation)

    @cached_property
    def _target_bounds(self) -> tuple[Float64, Float64]:
        return self._by_class(self._targets, np.min), self._by_class(self._targets, np.max)

    def _by_class(self, cells: TypedColumn, statistic: Callable[[Float64], float]) -> Float64:
        """Return a statistic of a column's source cells by class code; 0 for a class without a record."""
        assert cells.values is not None  # noqa: S101  measured columns have them
        classes = [cells.values[self._codes == code] for code in range(int(self._recipes.label.max()) + 1)]
        return np.array([statistic(values) if len(values) else 0.0 for values in classes], np.float64)

    def _noise_offsets(self, noise: Noise, labels: Codes) -> dict[int, Float64]:
        return {
            index: noise.sd * deviations[labels] * normal_deviates(noise.key, noise.draw, index)
            for index, deviations in self._deviations.items()
        }

    @cached_property
    def _deviations(self) -> dict[int, Float64]:
        """The standard deviation of each measured column (by position), by class code."""
        return {
            cells.column.index: self._by_class(cells, _standard_deviation)
            for cells in self._sources.columns
            if cells.values is not None and self._in_distance(cells.column.index)
        }


def _minimum(values: Float64) -> float:
    return float(np.fmin.reduce(values, initial=np.inf))


def _maximum(values: Float64) -> float:
    return float(np.fmax.reduce(values, initial=-np.inf))


def _standard_deviation(values: Float64) -> float:
    present = values[~np.isnan(values)]
    return float(present.std()) if len(present) else 0.0


def row_weights(table: Table, plan: Plan) -> Float64 | None:
    """Return the weight of each row of a plan: a technique's, or else that of the column of weights; None for none.

    A synthetic row has the weight of its nearer source row.
    """
    if plan.weight is not None:
        return plan.weight
    return given_weights(table, plan)


def given_weights(table: Table, plan: Plan) -> Float64 | None:
    """Return the weight of each row of a plan by the column of weights; None if there is none."""
    if table.weights is None:
        return None
    synthetic = plan.synthetic
    nearer = np.where(synthetic.gap <= HALF_WAY, synthetic.base, synthetic.neighbor)
    weights: Float64 = table.weights[np.concatenate([plan.keep, nearer])]
    return weights


def typed_rows(table: Table, plan: Plan, only: Collection[int] | None = None) -> TypedRows:
    """Return the cells of all rows of a plan, in its order; `only`: of some columns, by position."""
    if not len(plan.synthetic):
        rows, positions = np.unique(plan.keep, return_inverse=True)
        return table.read_typed(rows, only).take(positions)
    builder = SyntheticRowBuilder(table, plan.synthetic, plan.keep, only)
    return concatenate([builder.cells.take(builder.positions(plan.keep)), builder.build(slice(None))])


def typed_targets(table: Table, plan: Plan) -> Float64:
    """Return the numeric targets of all rows of a plan, before its transforms."""
    kept = NumericTarget.of(table).floats[plan.keep]
    if not len(plan.synthetic):
        return kept
    synthetic = SyntheticRowBuilder(table, plan.synthetic, only=()).build_targets(slice(None)).values
    assert synthetic is not None  # noqa: S101  a numeric target has values
    return np.concatenate([kept, synthetic])
