"""What each column is: found from a sample of its cells, corrected by the user."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.errors import UsageError
from rebalance.table.arrow import mask
from rebalance.table.formats import (
    DateFormat,
    NumberFormat,
    are_codes,
    date_format,
    number_format,
    parse_numbers,
    present_cells,
    trimmed,
)


class Role(StrEnum):
    """What a column means to a technique: is it measured, and what does a made row hold there."""

    TARGET = "target"
    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"
    ID = "id"
    CONSTANT = "constant"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where it stands, its role, and how a made cell of it is written.

    `quoted`: every cell stands in quotes, needed or not. `missing`: texts that the user has named as missing.
    """

    index: int
    name: str
    role: Role
    quoted: bool = False
    number: NumberFormat | None = None
    date: DateFormat | None = None
    missing: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The name for people: a nameless column is called by its position."""
        return self.name or f"(column {self.index + 1})"


_FEW_ROWS = 20
"""In a table no longer than this, distinct values say nothing."""

_MOST_LEVELS, _FEW_LEVELS, _ROWS_PER_LEVEL = 200, 20, 10
_MOST_ODD_CELLS = 0.01
_DENSE = 1.01
_ID_NAME = re.compile(
    r"(?:^|[\W_])(?i:id|ids|uuid|guid|key|rowid|row_?names?|index|idx|unnamed: 0)$|(?<=[a-z])(?:Id|ID)$"
)


def infer_column(base: Column, cells: pa.ChunkedArray, rows: int, *, comma: bool) -> Column:
    """Return the column `base` in the role its sampled `cells` show; `rows` is the length of the whole table.

    `comma`: a comma may be the decimal point (the delimiter is another character).
    """
    name = base.name
    present = present_cells(cells, base.missing)
    distinct = len(pc.unique(present))
    if not distinct or (distinct == 1 and len(present) == len(cells)):
        return replace(base, role=Role.CONSTANT)
    number = _number(present, comma=comma)
    everywhere = len(present) >= len(cells) * (1 - _MOST_ODD_CELLS)
    if number:
        role = Role.ID if everywhere and _counts_rows(present, number, name, rows, distinct) else Role.NUMBER
        return replace(base, role=role, number=number if role is Role.NUMBER else None)
    date = date_format(present)
    if date:
        return replace(base, role=Role.DATE, date=date)
    return replace(base, role=_string_role(present, name, distinct, everywhere=everywhere))


def with_role(column: Column, role: Role, cells: pa.ChunkedArray) -> Column:
    """Return `column` in the role the user gave it; what of `cells` cannot be read so counts as missing."""
    plain = replace(column, role=role, number=None, date=None)
    present = present_cells(cells, column.missing)
    if role is Role.NUMBER:
        finite = {point: np.isfinite(parse_numbers(present, point)) for point in ".,"}
        point = max(finite, key=lambda point: int(finite[point].sum()))
        numeric = present.filter(mask(finite[point]))
        if not len(numeric):
            raise UsageError(f"--role {column.title}=number: none of its cells is a number", "inspect shows the roles")
        return replace(plain, number=number_format(numeric, point))
    if role is Role.DATE:
        found = date_format(present) if len(present) else None
        if found is None:
            raise UsageError(
                f"--role {column.title}=date: its cells are not all ISO 8601 dates of one form, as 2024-12-31",
                "rewrite them, or leave the column a category or text",
            )
        return replace(plain, date=found)
    return plain


def _number(present: pa.ChunkedArray, *, comma: bool) -> NumberFormat | None:
    for point in (".", ",") if comma else (".",):
        finite = np.isfinite(parse_numbers(present, point))
        if 1 - finite.mean() <= _MOST_ODD_CELLS and finite.any():
            numeric = present.filter(mask(finite))
            return None if are_codes(numeric, point) else number_format(numeric, point)
    return None


def _counts_rows(present: pa.ChunkedArray, number: NumberFormat, name: str, rows: int, distinct: int) -> bool:
    """Whether whole numbers, all distinct, only number the rows."""
    if not number.whole or number.decimals or distinct < len(present):
        return False
    if looks_like_id(name):
        return True
    values = parse_numbers(present, number.point)
    return len(present) > _FEW_ROWS and values.max() - values.min() + 1 <= _DENSE * rows


def _string_role(present: pa.ChunkedArray, name: str, distinct: int, *, everywhere: bool) -> Role:
    if distinct == len(present) and (len(present) > _FEW_ROWS or (everywhere and looks_like_id(name))):
        # sentences, and quantities in a writing that is not read (1.234,50 or $5): to be copied, not left out
        spaced = pc.match_substring_regex(trimmed(present), r"\s|^[^\w\s]?[0-9][0-9.,']*[.,'%][0-9]*[^\w\s]?$")
        return Role.TEXT if pc.mean(spaced.cast(pa.float64())).as_py() > _MOST_ODD_CELLS else Role.ID
    limit = min(_MOST_LEVELS, max(_FEW_LEVELS, len(present) // _ROWS_PER_LEVEL))
    return Role.CATEGORY if distinct <= limit else Role.TEXT


def looks_like_id(name: str) -> bool:
    """Whether a column of this name names rows, or what they belong to."""
    return bool(_ID_NAME.search(name))
