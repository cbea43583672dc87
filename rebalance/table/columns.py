"""What each column is: inferred from a sample of its cells, corrected by the user."""

import re
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Self

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


class Distance(Enum):
    """How a column takes part in the distance between two rows."""

    NONE = "not at all"
    STANDARDIZED = "as a number, in standard deviations"
    MISMATCH = "two different values are one standard deviation apart"


class SyntheticValue(Enum):
    """What a synthetic row holds in a column."""

    INTERPOLATED = "a value between those of its two source rows"
    NEARER = "the value of the nearer of its two source rows"
    BASE = "the value of its base row"
    EMPTY = "nothing"
    TARGET = "its class, or a number between the targets of its two source rows"


class Role(StrEnum):
    """What a column means, and what follows from that. A new role is a new entry here."""

    distance: Distance
    """How the column takes part in distances, unless the user excludes it."""

    synthetic: SyntheticValue
    """What a synthetic row holds in the column."""

    is_feature: bool
    """Whether models learn from the column."""

    is_assignable: bool
    """Whether the user can give a column this role with --role."""

    remark: str
    """What `inspect` says of a column in this role."""

    def __new__(  # noqa: D102  see the class
        cls,
        value: str,
        distance: Distance,
        synthetic: SyntheticValue,
        is_feature: bool,
        is_assignable: bool = True,
        remark: str = "",
    ) -> Self:
        role = str.__new__(cls, value)
        role._value_ = value
        role.distance, role.synthetic, role.is_feature = distance, synthetic, is_feature
        role.is_assignable, role.remark = is_assignable, remark
        return role

    TARGET = "target", Distance.NONE, SyntheticValue.TARGET, False, False
    NUMBER = "number", Distance.STANDARDIZED, SyntheticValue.INTERPOLATED, True
    CATEGORY = "category", Distance.MISMATCH, SyntheticValue.NEARER, True
    DATE = "date", Distance.STANDARDIZED, SyntheticValue.INTERPOLATED, True
    TEXT = (
        "text",
        Distance.NONE,
        SyntheticValue.BASE,
        False,
        True,
        "not used for nearest neighbors or by models, copied to synthetic rows",
    )
    ID = (
        "id",
        Distance.NONE,
        SyntheticValue.EMPTY,
        False,
        True,
        "not used for nearest neighbors or by models, empty in synthetic rows",
    )
    CONSTANT = "constant", Distance.NONE, SyntheticValue.BASE, False

    @property
    def is_measured(self) -> bool:
        """Whether cells are read as floats; cells of all other roles are strings."""
        return self.distance is Distance.STANDARDIZED

    @property
    def has_cells(self) -> bool:
        """Whether synthetic rows and models need the column's cells."""
        return self.synthetic not in (SyntheticValue.EMPTY, SyntheticValue.TARGET)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its position, its role, and how it writes its cells."""

    index: int
    """Its position in the file, from 0."""

    name: str
    """Its name in the header."""

    role: Role
    """What it means."""

    quoted: bool = False
    """Whether every cell is quoted, needed or not."""

    number: NumberFormat | None = None
    """How its numbers are written, if it holds numbers."""

    date: DateFormat | None = None
    """How its dates are written, if it holds dates."""

    missing: frozenset[str] = frozenset()
    """The user's own markers of missing values, trimmed and in lower case."""

    @property
    def display_name(self) -> str:
        """The name for people: a column without a name is called by its position."""
        return self.name or f"(column {self.index + 1})"


_SMALL_TABLE_ROWS = 20
"""In a table of no more rows, distinct values are no evidence of an id."""

_MAX_LEVELS, _ALWAYS_ALLOWED_LEVELS, _ROWS_PER_LEVEL = 200, 20, 10
"""A category has at most 200 levels, and at most one per ten rows where it has more than 20."""

_MAX_INVALID_SHARE = 0.01
"""The share of cells in a number column that need not be numbers."""

_MAX_ID_STEP = 1.01
"""Whole numbers that number the rows span hardly more than the number of rows."""

_ID_NAME = re.compile(
    r"(?:^|[\W_])(?i:id|ids|uuid|guid|key|rowid|row_?names?|index|idx|unnamed: 0)$|(?<=[a-z])(?:Id|ID)$"
)


def infer_column(base: Column, cells: pa.ChunkedArray, rows: int, *, comma: bool) -> Column:
    """Return the column `base` with the role that a sample of its cells shows.

    `rows`: the number of records in the whole table. `comma`: a comma may be the decimal mark, because the delimiter is
    another character.
    """
    present = present_cells(cells, base.missing)
    distinct = len(pc.unique(present))
    if not distinct or (distinct == 1 and len(present) == len(cells)):
        return replace(base, role=Role.CONSTANT)
    number = _infer_number(present, comma=comma)
    is_filled = len(present) >= len(cells) * (1 - _MAX_INVALID_SHARE)
    if number:
        if is_filled and _numbers_the_rows(present, number, base.name, rows, distinct):
            return replace(base, role=Role.ID)
        return replace(base, role=Role.NUMBER, number=number)
    date = date_format(present)
    if date:
        return replace(base, role=Role.DATE, date=date)
    return replace(base, role=_infer_string_role(present, base.name, distinct, is_filled=is_filled))


def with_role(column: Column, role: Role, cells: pa.ChunkedArray) -> Column:
    """Return `column` with the role that the user gave it; cells that cannot be read that way count as missing.

    Raises UsageError if no cell can be.
    """
    plain = replace(column, role=role, number=None, date=None)
    present = present_cells(cells, column.missing)
    if role is Role.DATE:
        date = date_format(present) if len(present) else None
        if date is None:
            raise UsageError(
                f"--role {column.display_name}=date: its cells are not all ISO 8601 dates of one format,"
                " such as 2024-12-31",
                "rewrite them, or make the column a category or text",
            )
        return replace(plain, date=date)
    if role.is_measured:
        is_number = {mark: np.isfinite(parse_numbers(present, mark)) for mark in ".,"}
        mark = max(is_number, key=lambda mark: int(is_number[mark].sum()))
        numeric = present.filter(mask(is_number[mark]))
        if not len(numeric):
            raise UsageError(
                f"--role {column.display_name}={role}: none of its cells is a number", "inspect shows the roles"
            )
        return replace(plain, number=number_format(numeric, mark))
    return plain


def _infer_number(present: pa.ChunkedArray, *, comma: bool) -> NumberFormat | None:
    for mark in (".", ",") if comma else (".",):
        is_number = np.isfinite(parse_numbers(present, mark))
        if 1 - is_number.mean() <= _MAX_INVALID_SHARE and is_number.any():
            numeric = present.filter(mask(is_number))
            return None if are_codes(numeric, mark) else number_format(numeric, mark)
    return None


def _numbers_the_rows(present: pa.ChunkedArray, number: NumberFormat, name: str, rows: int, distinct: int) -> bool:
    """Whether whole numbers, all distinct, only number the rows."""
    if not number.whole or number.decimals or distinct < len(present):
        return False
    if looks_like_id(name):
        return True
    values = parse_numbers(present, number.point)
    return len(present) > _SMALL_TABLE_ROWS and values.max() - values.min() + 1 <= _MAX_ID_STEP * rows


def _infer_string_role(present: pa.ChunkedArray, name: str, distinct: int, *, is_filled: bool) -> Role:
    if distinct == len(present) and (len(present) > _SMALL_TABLE_ROWS or (is_filled and looks_like_id(name))):
        # sentences, and numbers in a format that is not parsed (1.234,50 or $5), are copied, not emptied
        is_text = pc.match_substring_regex(trimmed(present), r"\s|^[^\w\s]?[0-9][0-9.,']*[.,'%][0-9]*[^\w\s]?$")
        return Role.TEXT if pc.mean(is_text.cast(pa.float64())).as_py() > _MAX_INVALID_SHARE else Role.ID
    limit = min(_MAX_LEVELS, max(_ALWAYS_ALLOWED_LEVELS, len(present) // _ROWS_PER_LEVEL))
    return Role.CATEGORY if distinct <= limit else Role.TEXT


def looks_like_id(name: str) -> bool:
    """Whether a column of this name identifies rows, or what they belong to."""
    return bool(_ID_NAME.search(name))
