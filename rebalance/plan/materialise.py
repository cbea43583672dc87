"""A plan's rows as typed cells: what is written as text, before it is text."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Codes, Float64, Int64
from rebalance.plan.plan import Made, Noise, Plan
from rebalance.table.table import Table
from rebalance.table.typed import TypedRows, concatenate, interpolate


class Parents:
    """The typed cells of the records that made rows come from, and the rows made from them.

    What a made row may hold depends on the recipe's sources alone: their columns' grids and ranges, and for noise
    the spread of their cells. `also` are records whose cells are wanted beside.
    """

    def __init__(self, table: Table, made: Made, also: Int64 | None = None) -> None:
        parents = made.parents()
        self.rows = parents if also is None else np.union1d(parents, also)
        typed = table.typed(self.rows)
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
        self._codes = table.target.codes[parents]

    def places(self, rows: Int64) -> Int64:
        """Return where the records `rows` stand among `cells`."""
        return np.searchsorted(self.rows, rows)

    def made(self, at: Int64 | slice) -> TypedRows:
        """Return the made rows at the given positions of the recipe."""
        made = self._made.take(at)
        offsets = self._offsets(made.noise, made.label) if made.noise else None
        seed, mate = self.places(made.seed), self.places(made.mate)
        return interpolate(self.cells, seed, mate, made.gap, self._bounds, offsets)

    def _offsets(self, noise: Noise, labels: Codes) -> dict[int, Float64]:
        return {
            index: noise.spread * deviations[labels] * normal_deviates(noise.key, noise.draw, index)
            for index, deviations in self._deviations.items()
        }

    @cached_property
    def _deviations(self) -> dict[int, Float64]:
        """The standard deviation of each measured column (by index) within each class (by code)."""
        classes = range(int(self._made.label.max()) + 1)
        return {
            cells.column.index: np.array([_deviation(cells.values[self._codes == code]) for code in classes])
            for cells in self._parents.columns
            if cells.values is not None and self._measures(cells.column.index)
        }


def _deviation(values: Float64) -> float:
    present = values[~np.isnan(values)]
    return float(present.std()) if len(present) else 0.0


def typed_rows(table: Table, plan: Plan) -> TypedRows:
    """Return the cells of all rows that a plan keeps or makes, in its order."""
    if not len(plan.made):
        rows, places = np.unique(plan.keep, return_inverse=True)
        return table.typed(rows).take(places)
    parents = Parents(table, plan.made, also=plan.keep)
    return concatenate([parents.cells.take(parents.places(plan.keep)), parents.made(slice(None))])


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
