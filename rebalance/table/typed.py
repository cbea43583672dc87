"""Typed cells of some rows, and the one interpolation from which every synthetic row comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rebalance.arrays import Codes, Float64, Int64, Objects
from rebalance.table.arrow import as_strings, integers, marks, mask
from rebalance.table.columns import Column
from rebalance.table.missing import is_missing
from rebalance.table.number_format import grid_of

Bounds = tuple[float, float] | tuple[Float64, Float64]
"""The minimum and the maximum of all synthetic values of a column, or of each of them."""

HALF_WAY = 0.5
"""Up to this gap the base is the nearer of the two source rows."""


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """The cells of one column."""

    column: Column

    values: Float64 | None
    """Numbers, or dates as microseconds since 1970; NaN where a cell is neither; None for a column of strings."""

    codes: Codes | None
    """The cells as text: `levels[codes[i]]`. In a column of numbers or dates only cells that are neither have a text,
    the code of the others is -1; None if all of them are numbers or dates."""

    levels: Objects
    """The distinct texts."""

    written: Int64 | None = None
    """How each number is written (see `number_format.grid_of`; 0 where there is none)."""

    clipped: int = 0
    """How many synthetic values were moved back into the range of their class."""

    def take(self, positions: Int64) -> "TypedColumn":
        """Return the cells at the given positions, in that order."""
        return replace(
            self,
            values=None if self.values is None else self.values[positions],
            codes=None if self.codes is None else self.codes[positions],
            written=None if self.written is None else self.written[positions],
        )

    def with_own_format(self) -> "TypedColumn":
        """Return the same cells with the number format that these cells show, whatever the rest of the column does."""
        number = self.column.number
        if number is None or self.values is None or self.written is None:
            return self
        present = ~np.isnan(self.values)
        grid = grid_of(number, self.values[present], self.written[present])
        return replace(self, column=replace(self.column, number=grid))


@dataclass(frozen=True, slots=True)
class TypedRows:
    """The cells of some rows, column by column."""

    columns: tuple[TypedColumn, ...]
    length: int
    """The number of rows."""

    def __len__(self) -> int:
        return self.length

    def only(self, columns: Collection[int] | None) -> "TypedRows":
        """Return the same rows with only some columns, by position in the file; None: with all."""
        kept = tuple(c for c in self.columns if columns is None or c.column.index in columns)
        return TypedRows(kept, self.length)

    def take(self, positions: Int64) -> "TypedRows":
        """Return the rows at the given positions, in that order; repeats are allowed."""
        return TypedRows(tuple(column.take(positions) for column in self.columns), len(positions))


def parse_cells(column: Column, cells: pa.ChunkedArray) -> TypedColumn:
    """Return the typed cells of `column`, given their texts."""
    if not column.role.is_measured:
        encoded = cells.combine_chunks().dictionary_encode()
        return TypedColumn(column, None, integers(encoded.indices), as_strings(encoded.dictionary))
    number = column.number
    written = None
    if number:
        values, written = number.parse_as_written(cells)
    else:
        assert column.date  # noqa: S101  measured columns are numbers or dates
        values = column.date.parse(cells)
    if column.missing:
        values = np.where(marks(is_missing(cells, column.missing)), np.nan, values)
    absent = np.isnan(values)
    if not absent.any():
        return TypedColumn(column, values, None, np.empty(0, object), written)
    encoded = cells.filter(mask(absent)).combine_chunks().dictionary_encode()
    codes = np.full(len(values), -1, np.int32)
    codes[absent] = integers(encoded.indices)
    return TypedColumn(column, values, codes, as_strings(encoded.dictionary), written)


def interpolate(
    sources: TypedRows,
    base: Int64,
    neighbor: Int64,
    gap: Float64,
    bounds: Mapping[int, Bounds],
    offsets: Mapping[int, Float64] | None = None,
) -> TypedRows:
    """Return synthetic rows: row i lies between the source rows `base[i]` and `neighbor[i]`, `gap[i]` of the way along.

    Numbers and dates are `base + gap * (neighbor - base)` (Chawla et al. 2002, p. 328), plus the column's `offsets` if
    there are any, within its `bounds` (both by column position), rounded to the column's own digits or time step. Where
    one of the two cells is missing, the synthetic cell is that of the nearer row. Categories, text, and numbers of two
    values are the nearer row's, so that what belongs together in a row stays together.
    """
    nearer = np.where(gap <= HALF_WAY, base, neighbor)
    columns = []
    for cells in sources.columns:
        if cells.values is None:
            assert cells.codes is not None  # noqa: S101  a column of strings has them
            columns.append(replace(cells, codes=cells.codes[nearer]))
            continue
        offset = (offsets or {}).get(cells.column.index)
        column_bounds = bounds.get(cells.column.index, (-np.inf, np.inf))
        columns.append(interpolate_measured(cells, base, neighbor, gap, column_bounds, offset))
    return TypedRows(tuple(columns), len(base))


def interpolate_measured(
    cells: TypedColumn,
    base: Int64,
    neighbor: Int64,
    gap: Float64,
    bounds: Bounds,
    offset: Float64 | None = None,
) -> TypedColumn:
    """Return what `interpolate` does to one column of numbers or dates."""
    assert cells.values is not None  # noqa: S101  measured columns have them
    nearer = np.where(gap <= HALF_WAY, base, neighbor)
    if cells.column.is_two_valued:
        return replace(cells.take(nearer), written=None)
    start = cells.values[base]
    free = start + gap * (cells.values[neighbor] - start)
    if offset is not None:
        free = _reflected(free + offset, *bounds)
    within = np.clip(free, *bounds)
    clipped = int(np.count_nonzero(within != free) - np.count_nonzero(np.isnan(free)))
    values = np.clip(snap(cells.column, within), *bounds)
    if cells.codes is None:
        return replace(cells, values=values, written=None, clipped=clipped)
    values = np.where(np.isnan(values), cells.values[nearer], values)
    return replace(cells, values=values, codes=cells.codes[nearer], written=None, clipped=clipped)


def _reflected(values: Float64, low: float | Float64, high: float | Float64) -> Float64:
    """Return values, those beyond a bound as far within it: clipping alone would pile them up at the bound.

    Silverman 1986, Density Estimation for Statistics and Data Analysis, section 2.10.
    """
    values = np.where(values < low, 2 * low - values, values)
    return np.where(values > high, np.maximum(2 * high - values, low), values)


def snap(column: Column, values: Float64) -> Float64:
    """Return `values` rounded to what the column can write."""
    return column.format.snap(values) if column.format else values


def concatenate(parts: Sequence[TypedRows]) -> TypedRows:
    """Return the rows of all parts, which were taken from the same typed rows, one after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = []
    for pieces in zip(*(part.columns for part in parts), strict=True):
        first = pieces[0]
        values = None if first.values is None else np.concatenate([c.values for c in pieces if c.values is not None])
        codes = None if first.codes is None else np.concatenate([c.codes for c in pieces if c.codes is not None])
        columns.append(replace(first, values=values, codes=codes, written=None))
    return TypedRows(tuple(columns), sum(len(part) for part in parts))
