"""A plan's rows as typed cells: what is written as text, before it is text."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Codes, Float64, Int64, Rows
from rebalance.plan.plan import Made, Noise, Plan
from rebalance.table.roles import Column, Role
from rebalance.table.table import Table
from rebalance.table.typed import Bounds, TypedColumn, TypedRows, concatenate, interpolate, measured_between

_RECORDS_PER_ROW = 24
"""A number for each of so many records takes about a hundred bytes."""


class Parents:
    """The typed cells of the records that made rows come from, and the rows made from them.

    What a made row may hold depends on the recipe's sources alone: their columns' grids and ranges, and for noise
    the spread of their cells. `also` are records whose cells are wanted beside; `only`: of these columns.
    """

    def __init__(
        self, table: Table, made: Made, also: Int64 | None = None, only: Collection[int] | None = None
    ) -> None:
        parents = made.parents()
        self.rows = parents if also is None else np.union1d(parents, also)
        typed = table.typed(self.rows, only)
        self._parents = TypedRows(
            tuple(cells.regridded() for cells in typed.take(self.places(parents)).columns), len(parents)
        )
        columns = [
            replace(cells, column=own.column) for cells, own in zip(typed.columns, self._parents.columns, strict=True)
        ]
        self.cells = TypedRows(tuple(columns), len(self.rows))
        self._bounds = {
            cells.column.index: (float(np.nanmin(cells.values)), float(np.nanmax(cells.values)))
            for cells in self._parents.columns
            if cells.values is not None and not np.isnan(cells.values).all()
        }
        self._made = made
        self._measures = table.choices.measures
        self._target = table.target
        self._parent_rows = parents
        self._codes = table.target.codes[parents]

    def places(self, rows: Rows) -> Int64:
        """Return where the records `rows` stand among `cells`."""
        if self._places is not None:
            return self._places[rows].astype(np.int64)
        return np.searchsorted(self.rows, rows)

    @cached_property
    def _places(self) -> Codes | None:
        """Where each record of the file stands, if these are not many more than the parents: quicker than a search."""
        if not len(self.rows) or self.rows[-1] >= _RECORDS_PER_ROW * len(self.rows):
            return None
        places = np.zeros(int(self.rows[-1]) + 1, np.int32)
        places[self.rows] = np.arange(len(self.rows), dtype=np.int32)
        return places

    def made(self, at: Int64 | slice) -> TypedRows:
        """Return the made rows at the given positions of the recipe."""
        made = self._made.take(at)
        offsets = self._offsets(made.noise, made.label) if made.noise else None
        seed, mate = self.places(made.seed), self.places(made.mate)
        return interpolate(self.cells, seed, mate, made.gap, self._bounds_of(made, seed, mate), offsets)

    def _bounds_of(self, made: Made, seed: Int64, mate: Int64) -> Mapping[int, Bounds]:
        """Return what made cells must stay within, by column: their class's range, and what their parents have.

        What lies between two parents needs no such care.
        """
        if made.noise is None and made.gap.min(initial=0) >= 0 and made.gap.max(initial=0) <= 1:
            return self._bounds
        found: dict[int, Bounds] = {}
        for cells in self.cells.columns:
            if cells.values is not None:
                low, high = self._class_bounds[cells.column.index]
                one, other = cells.values[seed], cells.values[mate]
                found[cells.column.index] = (
                    np.fmin(low[made.label], np.fmin(one, other)),
                    np.fmax(high[made.label], np.fmax(one, other)),
                )
        return found

    @cached_property
    def _class_bounds(self) -> dict[int, tuple[Float64, Float64]]:
        """The range of each measured column (by index) within each class (by code)."""
        return {
            cells.column.index: (self._by_class(cells, _least), self._by_class(cells, _most))
            for cells in self._parents.columns
            if cells.values is not None
        }

    def made_targets(self, at: Int64 | slice) -> TypedColumn:
        """Return the target of made rows, where it is a quantity: between their parents', within their range."""
        made, whole = self._made.take(at), self._quantity
        assert whole.values is not None  # noqa: S101  a quantity is of numbers
        seed, mate = (np.searchsorted(self._parent_rows, rows) for rows in (made.seed, made.mate))
        gap = np.zeros(len(made)) if made.target_gap is None else made.target_gap
        offset = None
        if made.noise:
            deviates = normal_deviates(made.noise.key, made.noise.draw, whole.column.index)
            offset = made.noise.spread * self._range_deviations[made.label] * deviates
        low, high = self._range_bounds
        return measured_between(whole, seed, mate, gap, (low[made.label], high[made.label]), offset)

    def target_column(self, table: Table) -> Column:
        """Return how the target of made rows is written, where it is a quantity."""
        quoted = next(column.quoted for column in table.columns if column.role is Role.TARGET)
        return replace(self._quantity.column, quoted=quoted)

    @cached_property
    def _quantity(self) -> TypedColumn:
        """The targets of the records that made rows come from."""
        assert self._target.quantity is not None  # noqa: S101  asked for by the caller
        return self._target.quantity.cells.take(self._parent_rows).regridded()

    @cached_property
    def _range_deviations(self) -> Float64:
        return self._by_class(self._quantity, _deviation)

    @cached_property
    def _range_bounds(self) -> tuple[Float64, Float64]:
        return self._by_class(self._quantity, np.min), self._by_class(self._quantity, np.max)

    def _by_class(self, cells: TypedColumn, figure: Callable[[Float64], float]) -> Float64:
        """Return a figure of a measured column's cells within each class, by code; 0 for one without a record."""
        assert cells.values is not None  # noqa: S101  measured columns have them
        own = [cells.values[self._codes == code] for code in range(int(self._made.label.max()) + 1)]
        return np.array([figure(values) if len(values) else 0.0 for values in own], np.float64)

    def _offsets(self, noise: Noise, labels: Codes) -> dict[int, Float64]:
        return {
            index: noise.spread * deviations[labels] * normal_deviates(noise.key, noise.draw, index)
            for index, deviations in self._deviations.items()
        }

    @cached_property
    def _deviations(self) -> dict[int, Float64]:
        """The standard deviation of each measured column (by index) within each class (by code)."""
        return {
            cells.column.index: self._by_class(cells, _deviation)
            for cells in self._parents.columns
            if cells.values is not None and self._measures(cells.column.index)
        }


def _least(values: Float64) -> float:
    return float(np.fmin.reduce(values, initial=np.inf))


def _most(values: Float64) -> float:
    return float(np.fmax.reduce(values, initial=-np.inf))


def _deviation(values: Float64) -> float:
    present = values[~np.isnan(values)]
    return float(present.std()) if len(present) else 0.0


def typed_rows(table: Table, plan: Plan, only: Collection[int] | None = None) -> TypedRows:
    """Return the cells of all rows that a plan keeps or makes, in its order; of every column, or of `only` some."""
    if not len(plan.made):
        rows, places = np.unique(plan.keep, return_inverse=True)
        return table.typed(rows, only).take(places)
    parents = Parents(table, plan.made, plan.keep, only)
    return concatenate([parents.cells.take(parents.places(plan.keep)), parents.made(slice(None))])


def typed_targets(table: Table, plan: Plan) -> Float64:
    """Return the target of all rows that a plan keeps or makes, where it is a quantity; none is written anew yet."""
    quantity = table.target.quantity
    assert quantity is not None  # noqa: S101  asked for by the caller
    kept = quantity.numbers[plan.keep]
    if not len(plan.made):
        return kept
    made = Parents(table, plan.made, only=()).made_targets(slice(None)).values
    assert made is not None  # noqa: S101  a quantity is of numbers
    return np.concatenate([kept, made])


def normal_deviates(key: int, draws: Int64, stream: int) -> Float64:
    """Return one standard normal deviate per draw number, the same for the same key, draw and stream.

    The counter goes through the finaliser of SplitMix64 (Steele, Lea and Flood 2014, fig. 17) twice, and the
    uniform it gives through the inverse of the normal distribution.
    """
    from scipy.special import ndtri

    start = _mixed(np.array([key], np.uint64) + np.array([stream + 1], np.uint64) * _GOLDEN)
    bits = _mixed(start + draws.astype(np.uint64) * _GOLDEN)
    deviates: Float64 = ndtri(((bits >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)
    return deviates


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
