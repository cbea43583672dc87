"""A plan's rows as typed cells: what is written as text, before it is text."""

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Codes, Float64, Int64
from rebalance.plan.plan import Made, Noise, Plan
from rebalance.table.table import Table
from rebalance.table.typed import TypedColumn, TypedRows, concatenate, interpolate


class Parents:
    """The typed cells of the records that made rows come from, and the rows made from them."""

    def __init__(self, table: Table, made: Made, also: Int64 | None = None) -> None:
        parts = [made.seed, made.mate, *([] if also is None else [also])]
        self.rows = np.unique(np.concatenate(parts))
        self.cells = table.typed(self.rows)
        self._made = made
        self._codes = table.target.codes[self.rows]
        self._deviations: dict[tuple[int, int], float] = {}

    def places(self, rows: Int64) -> Int64:
        """Return where the records `rows` stand among the parents."""
        return np.searchsorted(self.rows, rows)

    def made(self, at: Int64 | slice) -> TypedRows:
        """Return the made rows at the given positions of the recipe."""
        made = self._made.take(at)
        offsets = self._offsets(made.noise, made.label) if made.noise else None
        return interpolate(self.cells, self.places(made.seed), self.places(made.mate), made.gap, offsets)

    def _offsets(self, noise: Noise, labels: Codes) -> dict[int, Float64]:
        offsets = {}
        for cells in self.cells.columns:
            if cells.values is not None:
                scale = {label: self._deviation(cells, label) for label in np.unique(labels).tolist()}
                deviations = np.array([scale[label] for label in labels.tolist()])
                index = cells.column.index
                offsets[index] = noise.spread * deviations * normal_deviates(noise.key, noise.draw, index)
        return offsets

    def _deviation(self, cells: TypedColumn, label: int) -> float:
        place = (cells.column.index, label)
        if place not in self._deviations:
            assert cells.values is not None  # noqa: S101  the caller asked for measured columns
            values = cells.values[self._codes == label]
            values = values[~np.isnan(values)]
            self._deviations[place] = float(values.std()) if len(values) else 0.0
        return self._deviations[place]


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
