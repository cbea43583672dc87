"""Typed cells of some rows, and the one interpolation from which every made row comes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rebalance.arrays import Codes, Float64, Int64, Objects
from rebalance.table.arrow import as_strings, integers, marks, mask
from rebalance.table.formats import decimals_written, grid_of, is_missing, parse_dates, parse_numbers
from rebalance.table.roles import Column, Role

MEASURED = (Role.NUMBER, Role.DATE)
"""Roles whose cells are floats."""

Bounds = tuple[float, float] | tuple[Float64, Float64]
"""The least and the most that all made cells of a column may be, or each of them."""


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """The cells of one column.

    `values`: a number, or a date as microseconds since 1970; NaN where the cell is neither; None for a
    column of strings. `codes`, `levels`: the cell as text, `levels[codes[i]]`; for numbers and dates only
    the cells that are neither have one, the others' code is -1 (and `codes` is None where all are numbers).
    `decimals`: how each number is written (`formats.decimals_written`; 0 where there is none). `clamped`: how
    many made cells were moved back into the range of their parents.
    """

    column: Column
    values: Float64 | None
    codes: Codes | None
    levels: Objects
    decimals: Int64 | None = None
    clamped: int = 0

    def take(self, at: Int64) -> "TypedColumn":
        """Return the cells at the given positions, in that order."""
        return replace(
            self,
            values=None if self.values is None else self.values[at],
            codes=None if self.codes is None else self.codes[at],
            decimals=None if self.decimals is None else self.decimals[at],
        )

    def regridded(self) -> "TypedColumn":
        """Return the same cells with the grid that they lie on, whatever other cells of the column do."""
        number = self.column.number
        if number is None or self.values is None or self.decimals is None:
            return self
        present = ~np.isnan(self.values)
        grid = grid_of(number, self.values[present], self.decimals[present])
        return replace(self, column=replace(self.column, number=grid))


@dataclass(frozen=True, slots=True)
class TypedRows:
    """The cells of some rows: a column each, all of one length."""

    columns: tuple[TypedColumn, ...]
    length: int

    def __len__(self) -> int:
        return self.length

    def only(self, columns: Collection[int] | None) -> "TypedRows":
        """Return the same rows with only some columns, by position; None: with all."""
        return TypedRows(tuple(c for c in self.columns if columns is None or c.column.index in columns), self.length)

    def take(self, at: Int64) -> "TypedRows":
        """Return the rows at the given positions, in that order, repeats allowed."""
        return TypedRows(tuple(column.take(at) for column in self.columns), len(at))


def type_column(column: Column, cells: pa.ChunkedArray) -> TypedColumn:
    """Read the cells of `column`."""
    if column.role not in MEASURED:
        encoded = cells.combine_chunks().dictionary_encode()
        return TypedColumn(column, None, integers(encoded.indices), as_strings(encoded.dictionary))
    number = column.number
    values = parse_numbers(cells, number.point) if number else parse_dates(cells, column.date)
    if column.missing:
        values = np.where(marks(is_missing(cells, column.missing)), np.nan, values)
    odd = np.isnan(values)
    decimals = np.where(odd, 0, decimals_written(cells, number.point)) if number else None
    if not odd.any():
        return TypedColumn(column, values, None, np.empty(0, object), decimals)
    encoded = cells.filter(mask(odd)).combine_chunks().dictionary_encode()
    codes = np.full(len(values), -1, np.int32)
    codes[odd] = integers(encoded.indices)
    return TypedColumn(column, values, codes, as_strings(encoded.dictionary), decimals)


def interpolate(
    parents: TypedRows,
    seed: Int64,
    mate: Int64,
    gap: Float64,
    bounds: Mapping[int, Bounds],
    offsets: Mapping[int, Float64] | None = None,
) -> TypedRows:
    """Return made rows: row i lies between the parents at `seed[i]` and `mate[i]`, `gap[i]` of the way along.

    Numbers and dates are `seed + gap * (mate - seed)`, plus the column's `offsets` if there are any, on their
    column's grid and within its `bounds` (both by column index; Chawla et al. 2002, p. 328); where a parent's
    cell is neither, the made cell is the nearer parent's. Categories are the nearer parent's; text is the seed's.
    """
    nearer = np.where(gap <= 0.5, seed, mate)  # noqa: PLR2004  half way
    columns = []
    for cells in parents.columns:
        if cells.values is None:
            columns.append(_texts_between(cells, seed, nearer))
            continue
        offset = (offsets or {}).get(cells.column.index)
        own_bounds = bounds.get(cells.column.index, (-np.inf, np.inf))
        columns.append(measured_between(cells, seed, mate, gap, own_bounds, offset))
    return TypedRows(tuple(columns), len(seed))


def measured_between(
    cells: TypedColumn,
    seed: Int64,
    mate: Int64,
    gap: Float64,
    bounds: Bounds,
    offset: Float64 | None = None,
) -> TypedColumn:
    """Return what `interpolate` makes of one measured column; `bounds` are of all made cells, or of each."""
    assert cells.values is not None  # noqa: S101  measured columns have them
    start = cells.values[seed]
    free = start + gap * (cells.values[mate] - start)
    nearer = np.where(gap <= 0.5, seed, mate)  # noqa: PLR2004  half way
    return _measured_within(cells, free if offset is None else free + offset, bounds, nearer)


def _texts_between(cells: TypedColumn, seed: Int64, nearer: Int64) -> TypedColumn:
    assert cells.codes is not None  # noqa: S101  a column of strings has them
    return replace(cells, codes=cells.codes[nearer if cells.column.role is Role.CATEGORY else seed])


def _measured_within(cells: TypedColumn, free: Float64, bounds: Bounds, nearer: Int64) -> TypedColumn:
    within = np.clip(free, *bounds)
    clamped = int(np.count_nonzero(within != free) - np.count_nonzero(np.isnan(free)))
    values = snap(cells.column, within)
    if cells.codes is None:
        return replace(cells, values=values, decimals=None, clamped=clamped)
    assert cells.values is not None  # noqa: S101  the caller has looked
    odd = np.isnan(values)
    return replace(
        cells,
        values=np.where(odd, cells.values[nearer], values),
        codes=cells.codes[nearer],
        decimals=None,
        clamped=clamped,
    )


def snap(column: Column, values: Float64) -> Float64:
    """Return `values` as the column can write them."""
    grid = column.number or column.date
    return grid.snap(values) if grid else values


def concatenate(parts: Sequence[TypedRows]) -> TypedRows:
    """Return the rows of all parts, which were taken from the same typed rows, one after the other."""
    if len(parts) == 1:
        return parts[0]
    columns = []
    for same in zip(*(part.columns for part in parts), strict=True):
        values = None if same[0].values is None else np.concatenate([c.values for c in same if c.values is not None])
        codes = None if same[0].codes is None else np.concatenate([c.codes for c in same if c.codes is not None])
        columns.append(replace(same[0], values=values, codes=codes, decimals=None))
    return TypedRows(tuple(columns), sum(len(part) for part in parts))
