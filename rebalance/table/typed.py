"""Typed cells of some rows, and the one interpolation from which every made row comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rebalance.arrays import Codes, Float64, Int64, Objects
from rebalance.table.formats import is_missing, parse_dates, parse_numbers, widen
from rebalance.table.roles import Column, Role

MEASURED = (Role.NUMBER, Role.DATE)
"""Roles whose cells are floats."""


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """The cells of one column.

    `values`: a number, or a date as microseconds since 1970; NaN where the cell is neither; None for a
    column of strings. `codes`, `levels`: the cell as text, `levels[codes[i]]`; for numbers and dates only
    the cells that are neither have one, the others' code is -1 (and `codes` is None where all are numbers).
    `clamped`: how many made cells were moved back into the range of their parents.
    """

    column: Column
    values: Float64 | None
    codes: Codes | None
    levels: Objects
    clamped: int = 0

    def take(self, at: Int64) -> "TypedColumn":
        """Return the cells at the given positions, in that order."""
        return replace(
            self,
            values=None if self.values is None else self.values[at],
            codes=None if self.codes is None else self.codes[at],
        )


@dataclass(frozen=True, slots=True)
class TypedRows:
    """The cells of some rows: a column each, all of one length."""

    columns: tuple[TypedColumn, ...]
    length: int

    def __len__(self) -> int:
        return self.length

    def take(self, at: Int64) -> "TypedRows":
        """Return the rows at the given positions, in that order, repeats allowed."""
        return TypedRows(tuple(column.take(at) for column in self.columns), len(at))


def type_column(column: Column, cells: pa.ChunkedArray) -> TypedColumn:
    """Read the cells of `column`; its grid becomes one that holds all of them."""
    if column.role not in MEASURED:
        encoded = cells.combine_chunks().dictionary_encode()
        levels = encoded.dictionary.to_numpy(zero_copy_only=False).astype(object)
        return TypedColumn(column, None, encoded.indices.to_numpy().astype(np.int32), levels)
    values = parse_numbers(cells, column.number.point) if column.number else parse_dates(cells)
    if column.missing:
        values = np.where(is_missing(cells, column.missing).to_numpy(), np.nan, values)
    odd = np.isnan(values)
    if column.number:
        parsed = cells.filter(pa.array(~odd)) if odd.any() else cells
        column = replace(column, number=widen(column.number, parsed, values[~odd]))
    if not odd.any():
        return TypedColumn(column, values, None, np.empty(0, object))
    encoded = cells.filter(pa.array(odd)).combine_chunks().dictionary_encode()
    codes = np.full(len(values), -1, np.int32)
    codes[odd] = encoded.indices.to_numpy()
    return TypedColumn(column, values, codes, encoded.dictionary.to_numpy(zero_copy_only=False).astype(object))


def interpolate(
    parents: TypedRows, seed: Int64, mate: Int64, gap: Float64, offsets: Mapping[int, Float64] | None = None
) -> TypedRows:
    """Return made rows: row i lies between the parents at `seed[i]` and `mate[i]`, `gap[i]` of the way along.

    Numbers and dates are `seed + gap * (mate - seed)`, plus the column's `offsets` if there are any (by
    column index), on their column's grid and within the range of all parents (Chawla et al. 2002, p. 328);
    where a parent's cell is neither, the made cell is the nearer parent's. Categories are the nearer
    parent's; text is the seed's.
    """
    nearer = np.where(gap <= 0.5, seed, mate)  # noqa: PLR2004  half way
    columns = tuple(
        _measured_between(cells, seed, mate, gap, nearer, (offsets or {}).get(cells.column.index))
        if cells.values is not None
        else _texts_between(cells, seed, nearer)
        for cells in parents.columns
    )
    return TypedRows(columns, len(seed))


def _texts_between(cells: TypedColumn, seed: Int64, nearer: Int64) -> TypedColumn:
    assert cells.codes is not None  # noqa: S101  a column of strings has them
    return replace(cells, codes=cells.codes[nearer if cells.column.role is Role.CATEGORY else seed])


def _measured_between(
    cells: TypedColumn, seed: Int64, mate: Int64, gap: Float64, nearer: Int64, offset: Float64 | None
) -> TypedColumn:
    assert cells.values is not None  # noqa: S101  the caller has looked
    start = cells.values[seed]
    values = start + gap * (cells.values[mate] - start)
    clamped = 0
    if offset is not None or (len(gap) and gap.min() < 0):
        free = values if offset is None else values + offset
        values = np.clip(free, np.nanmin(cells.values), np.nanmax(cells.values)) if np.isfinite(free).any() else free
        clamped = int(np.count_nonzero((values != free) & ~np.isnan(free)))
    values = snap(cells.column, values)
    if cells.codes is None:
        return replace(cells, values=values, clamped=clamped)
    odd = np.isnan(values)
    return replace(
        cells, values=np.where(odd, cells.values[nearer], values), codes=cells.codes[nearer], clamped=clamped
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
        columns.append(replace(same[0], values=values, codes=codes))
    return TypedRows(tuple(columns), sum(len(part) for part in parts))
