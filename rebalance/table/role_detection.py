"""Which role a column has: inferred from a sample of its cells, corrected by the user."""

import re
import shlex
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Float64
from rebalance.errors import UsageError
from rebalance.table.arrow import marks, mask, strings
from rebalance.table.columns import Column, Role
from rebalance.table.date_detection import DayOrder, detect_compact_dates, detect_dates, with_pattern
from rebalance.table.date_format import DateFormat
from rebalance.table.missing import is_missing, present_cells, trimmed
from rebalance.table.number_detection import (
    LOCALES,
    MAX_INVALID_SHARE,
    Mark,
    NumberWriting,
    detect_numbers,
    plain_writing,
)
from rebalance.table.number_format import NumberFormat
from rebalance.text import count_of, join_with

_SMALL_TABLE_ROWS = 20
"""In a table of no more rows, distinct values are no evidence of an id."""

_MAX_LEVELS, _ALWAYS_ALLOWED_LEVELS, _ROWS_PER_LEVEL = 200, 20, 10
"""A category has at most 200 levels, and at most one per ten rows where it has more than 20."""

_MIN_ID_SHARE = 0.95
"""The share of cells of an id that are there, and are distinct: a few repeats and blanks are mistakes."""

_MAX_ID_STEP = 1.01
"""Whole numbers that number the rows span hardly more than the number of rows."""

_MAX_CODE_LENGTHS = 2
"""Codes have one length, or two where a counter has grown."""

_START, _NUMBER = r"(?:^|[\W_]|(?<=[a-z])(?=[A-Z]))", r"[\W_]*(?i:id|ids|no|nr|nbr|num|number|nummer|key)[.]?$"
"""Where a word begins in a name, also in camelCase; and what ends the name of an identifier."""

_NUMBERED_THINGS = (
    "customer|cust|client|user|member|passenger|patient|employee|emp|order|invoice|policy|account|acct|card|cc|serial"
    "|transaction|store|loan|kunden|konto|rechnungs|artikel|vertrags|personal|matrikel|phone|contact"
)
_ID_NAME = re.compile(
    rf"{_START}(?i:id|ids|uid|pid|uuid|guid|key|rowid|row_?names?|index|idx|unnamed: 0)$"
    rf"|(?i:{_NUMBERED_THINGS}){_NUMBER}"
)
_CODE_NAME = re.compile(
    rf"{_START}(?:"
    r"(?i:zip|zip_?code|zip[59]|post_?code|postal(?:_?code)?|plz|pin_?code|cep|fips|geoid|naics|sic|mcc|isbn|ean|upc|gtin"
    r"|sku|barcode|iban|ssn|imei|msisdn)(?=$|[\W_]|[0-9]$)(?!.*(?i:count|total|quantity))"
    r"|(?i:phone|telephone|telefon|tel|mobile|cell_?phone|fax|account|acct|mrn|codes?)[\W_]?[0-9]?$)"
)
"""Names of columns whose digits are no quantity."""

_CODE = r"^[A-Za-z0-9_./:#|{}-]*[0-9][A-Za-z0-9_./:#|{}-]*$"

_MIN_LEVELS_OF_CODES = 3
"""Of fewer whole numbers nobody can say that they are unevenly spaced."""

_MAX_INVALID_SHOWN = 3
"""Texts that are no numbers, in a note."""

ROLE_FORMATS = "number:" + "|".join(LOCALES) + " or date:%d/%m/%Y"
"""How a user names a format with a role."""


def infer_column(base: Column, cells: pa.ChunkedArray, rows: int, *, comma: bool) -> Column:
    """Return the column `base` with the role that a sample of its cells shows.

    `rows`: the number of records in the whole table. `comma`: a comma is more likely to be the decimal mark than to
    separate thousands, because the delimiter is another character.
    """
    present = present_cells(cells, base.missing)
    distinct = len(pc.unique(present))
    if not distinct or (distinct == 1 and len(present) == len(cells)):
        return replace(base, role=Role.CONSTANT)
    is_filled = len(present) >= len(cells) * _MIN_ID_SHARE
    compact = detect_compact_dates(present)
    if compact:
        column = replace(base, role=Role.DATE, date=compact.date)
        return _with_invalid_note(column, present, compact.date.parse(present))
    numbers = detect_numbers(present, comma=comma)
    if numbers:
        return _number_column(base, present, numbers, rows, distinct, is_filled=is_filled)
    dates = detect_dates(present)
    if dates:
        column = replace(
            base, role=Role.DATE, date=dates.date, other=dates.other, example=dates.example, evidence=dates.order
        )
        return _with_invalid_note(column, present, dates.date.parse(present))
    return replace(base, role=_infer_string_role(present, base.name, distinct, is_filled=is_filled))


def infer_short_columns(
    bases: Sequence[Column], cells: Sequence[pa.ChunkedArray], rows: int, *, comma: bool
) -> list[Column]:
    """Return what `infer_column` returns for each of many columns of few cells.

    Columns of plain numbers are parsed together: calling Arrow costs more than parsing a few cells.
    """
    size = len(cells[0]) if cells else 0
    together = pa.chunked_array([chunk for column in cells for chunk in column.chunks], pa.string())
    values, written = NumberFormat().parse_as_written(together)
    missing = marks(is_missing(together, bases[0].missing)) if bases else np.empty(0, np.bool_)
    is_unusual = marks(pc.match_substring_regex(together, r"^(\s|[+]|-?0[0-9])|\s$"))
    is_unusual |= (np.isnan(values) | (written & 1 > 0)) & ~missing
    columns = []
    for number, (base, texts) in enumerate(zip(bases, cells, strict=True)):
        part = slice(number * size, (number + 1) * size)
        present = ~missing[part]
        writing = None
        if not is_unusual[part].any() and present.any():
            writing = plain_writing(values[part][present], written[part][present])
        distinct = 0 if writing is None else len(np.unique(writing.values))
        if writing is None or distinct == 1:
            columns.append(infer_column(base, texts, rows, comma=comma))
        else:
            is_filled = len(writing.values) >= size * _MIN_ID_SHARE
            columns.append(_number_column(base, texts, writing, rows, distinct, is_filled=is_filled))
    return columns


def _number_column(
    base: Column, present: pa.ChunkedArray, writing: NumberWriting, rows: int, distinct: int, *, is_filled: bool
) -> Column:
    number = writing.number
    if _numbers_the_rows(writing, base.name, rows, distinct, is_filled=is_filled):
        return replace(base, role=Role.ID)
    if number.whole and number.is_common and _names_codes(base.name):
        present = present_cells(present, base.missing)
        return replace(base, role=_infer_string_role(present, base.name, distinct, is_filled=is_filled))
    column = replace(
        base,
        role=Role.NUMBER,
        number=number,
        other=writing.other,
        example=writing.example,
        evidence=writing.evidence,
    )
    return _with_invalid_note(_with_two_values(column, writing.values), present, writing.values)


def resolve_readings(columns: Sequence[Column]) -> list[Column]:
    """Return the columns, each with one reading: where its cells allow two, that of most other columns.

    A note says which was chosen, and how to choose the other.
    """
    mark = _most(Counter(column.evidence for column in columns if isinstance(column.evidence, Mark)))
    shown = [column.evidence for column in columns if not column.other]
    order = _most(Counter(evidence for evidence in shown if isinstance(evidence, DayOrder)))
    return [_with_one_reading(column, mark, order) if column.other else column for column in columns]


def _most(counts: "Counter[Any]") -> Any:
    return counts.most_common(1)[0][0] if counts else None


def _with_one_reading(column: Column, mark: Mark | None, order: DayOrder | None) -> Column:
    chosen, other = column.format, column.other
    why = "because no column shows which"
    if isinstance(chosen, NumberFormat) and isinstance(other, NumberFormat):
        if mark is not None:
            chosen, other = (chosen, other) if chosen.point == mark.value else (other, chosen)
            why = f"because other columns have a decimal {'point' if mark is Mark.POINT else 'comma'}"
        cell = pa.chunked_array([strings([column.example])])
        readings = [f"{reading.parse(cell)[0]:.15g}" for reading in (chosen, other)]
        remedy = f"{column.display_name}=number:{'en' if other.point == '.' else 'de'}"
        text = f"{column.example!r} is read as {readings[0]}, {why}; --role {shlex.quote(remedy)} reads {readings[1]}"
        return replace(column, number=chosen, other=None, notes=(*column.notes, text))
    assert isinstance(chosen, DateFormat)  # noqa: S101  the only other format
    assert isinstance(other, DateFormat)  # noqa: S101
    if order is not None:
        is_chosen = column.evidence is order
        chosen, other = (chosen, other) if is_chosen else (other, chosen)
        why = f"because other columns have the {'day' if order is DayOrder.DAY_FIRST else 'month'} first"
    remedy = shlex.quote(f"{column.display_name}=date:{other.pattern}")
    text = f"{column.example!r} is read as {chosen.pattern}, {why}; --role {remedy} reads it the other way"
    return replace(column, date=chosen, other=None, notes=(*column.notes, text))


def _with_two_values(column: Column, values: Float64) -> Column:
    low, high = np.nanmin(values), np.nanmax(values)
    is_two_valued = bool(((values == low) | (values == high) | np.isnan(values)).all())
    is_flag = {low, high} <= {0, 1}
    return replace(column, is_two_valued=is_two_valued and (is_flag or len(values) > _SMALL_TABLE_ROWS))


def _with_invalid_note(column: Column, present: pa.ChunkedArray, values: Float64) -> Column:
    """Return the column with a note on cells that are not what the others are; `values`: NaN for those."""
    invalid = np.isnan(values)
    count = int(np.count_nonzero(invalid))
    if not count:
        return column
    texts = pc.value_counts(trimmed(present.filter(mask(invalid)))).to_pylist()
    texts = sorted(texts, key=lambda text: -text["counts"])
    names = join_with("and", [repr(text["values"]) for text in texts[:_MAX_INVALID_SHOWN]])
    first = shlex.quote(texts[0]["values"])
    note = (
        f"{len(present) - count:,} of {count_of(len(present), 'cell')} are {column.role}s; {names} "
        + (f"and {len(texts) - _MAX_INVALID_SHOWN:,} other texts " if len(texts) > _MAX_INVALID_SHOWN else "")
        + f"{'is' if len(texts) == 1 else 'are'} not, and {'counts' if len(texts) == 1 else 'count'} as missing"
        + f" (--missing {first} says so)"
    )
    return replace(column, invalid_note=note)


def with_role(column: Column, role: Role, cells: pa.ChunkedArray, format_name: str = "") -> Column:
    """Return `column` with the role that the user gave it; cells that cannot be read that way count as missing.

    `format_name`: how its numbers or dates are written, if the user has said so: `de`, `%d/%m/%Y`. Raises UsageError
    if no cell can be read that way.
    """
    plain = replace(
        column, role=role, number=None, date=None, is_two_valued=False, other=None, example="", evidence=None
    )
    plain = replace(plain, notes=(), invalid_note="")
    present = present_cells(cells, column.missing)
    option = f"--role {column.display_name}={role}" + (f":{format_name}" if format_name else "")
    if role is Role.DATE:
        date = _date_named(column, format_name, present)
        if date is None:
            raise UsageError(
                f"{option}: its cells are not dates of one format, such as 2024-12-31",
                "name the format, as in date:%d/%m/%Y, or make the column a category or text",
            )
        return _with_invalid_note(replace(plain, date=date), present, date.parse(present))
    if role.is_measured:
        number = _number_named(column, format_name, present)
        if number is None:
            raise UsageError(f"{option}: none of its cells is a number", "inspect shows the roles")
        values = number.parse(present)
        return _with_invalid_note(_with_two_values(replace(plain, number=number), values), present, values)
    return plain


def _date_named(column: Column, pattern: str, present: pa.ChunkedArray) -> DateFormat | None:
    if not len(present):
        return None
    if pattern:
        return with_pattern(pattern, present)
    if column.date:
        return column.date
    writing = detect_compact_dates(present, few=True) or detect_dates(present)
    return writing.date if writing else None


def _number_named(column: Column, locale: str, present: pa.ChunkedArray) -> NumberFormat | None:
    if column.number and not locale:
        return column.number
    writing = detect_numbers(present, locale=locale, is_given=True)
    return writing.number if writing else None


def _numbers_the_rows(writing: NumberWriting, name: str, rows: int, distinct: int, *, is_filled: bool) -> bool:
    """Whether whole numbers, nearly all distinct, only number the rows."""
    number, size = writing.number, len(writing.values)
    if not number.whole or not number.is_common or distinct < _MIN_ID_SHARE * size:
        return False
    if looks_like_id(name):
        return True  # even if blanks have made pandas write 41.0
    if number.decimals or not is_filled:
        return False
    span = np.nanmax(writing.values) - np.nanmin(writing.values) + 1
    is_distinct = distinct >= (1 - MAX_INVALID_SHARE) * size
    return bool(size > _SMALL_TABLE_ROWS and span <= _MAX_ID_STEP * max(rows, size) and is_distinct)


def _infer_string_role(present: pa.ChunkedArray, name: str, distinct: int, *, is_filled: bool) -> Role:
    """Return what strings are: an id needs a reason beyond being distinct, or synthetic rows would lack its cells."""
    if distinct >= _MIN_ID_SHARE * len(present):
        is_many = is_filled and len(present) > _SMALL_TABLE_ROWS and distinct == len(present)
        if looks_like_id(name) or (is_many and _are_codes(present)):
            return Role.ID
    limit = min(_MAX_LEVELS, max(_ALWAYS_ALLOWED_LEVELS, len(present) // _ROWS_PER_LEVEL))
    return Role.CATEGORY if distinct <= limit else Role.TEXT


def _are_codes(present: pa.ChunkedArray) -> bool:
    """Whether strings are codes of one form: letters, digits and signs, of one length."""
    texts = trimmed(present)
    if not pc.all(pc.match_substring_regex(texts, _CODE)).as_py():
        return False
    return len(pc.unique(pc.utf8_length(texts))) <= _MAX_CODE_LENGTHS


def looks_like_id(name: str) -> bool:
    """Whether a column of this name identifies rows, or what they belong to."""
    return bool(_ID_NAME.search(name))


def _names_codes(name: str) -> bool:
    """Whether whole numbers in a column of this name are no quantity, however often they repeat; a UV index is one."""
    return bool(_CODE_NAME.search(name)) or (looks_like_id(name) and not re.search("(?i:index|idx)$", name))


def may_be_codes(column: Column, values: Sequence[float]) -> bool:
    """Whether whole numbers may be codes: few `values` (distinct, ascending) at uneven steps: 10, 20, 35, 99."""
    is_whole = column.number is not None and column.number.whole and column.number.is_common
    if not is_whole or len(values) < _MIN_LEVELS_OF_CODES or column.is_two_valued:
        return False
    steps = np.diff(values)
    return bool(steps.max() > steps.min() and values[-1] > len(values))
