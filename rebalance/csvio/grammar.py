r"""The grammar of CSV, field by field: exact and slow; `scan` falls back to it where quotes are irregular.

A quoted field, `"a ""b"" c"`, has a delimiter, a newline or the end of the data after its closing quote. In an unquoted
field a quote is an ordinary character (`5" pipe`). This is what Python's `csv` reads in strict mode.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rebalance.csvio.file_bytes import Buffer
from rebalance.errors import DataError

LONGEST_RECORD = 1 << 28
"""Bytes of the longest field or record: in a longer one, a quote must be missing."""

WINDOW_BYTES = 1 << 16
"""Bytes that `fields` reads at a time: most records are far shorter."""

_COUNTED_BYTES = 1 << 20
"""Bytes in which lines are counted at a time, to keep memory small."""

_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


class Field(NamedTuple):
    """The position of one field, as byte offsets."""

    start: int
    """Offset of the first byte, which is the opening quote of a quoted field."""

    stop: int
    """Offset after the last byte, the closing quote included."""

    next: int
    """Offset of the next field, after the delimiter or newline."""

    newline: bytes | None
    """The newline that ends the record here, `b""` at the end of the data, None if the record continues."""


@cache
def _field_pattern(delimiter: bytes) -> re.Pattern[bytes]:
    mark = re.escape(delimiter)
    plain = rb'[^"\r\n' + mark + rb"][^\r\n" + mark + rb"]*+"
    return re.compile(rb"(?:" + _QUOTED.pattern + rb"|" + plain + rb"|)(" + mark + rb"|\r\n|\n|\r|\Z)")


def fields(data: Buffer, start: int, delimiter: bytes) -> Iterator[Field]:
    """Yield the fields of `data` from `start`, which must be the start of a record.

    Raises DataError, with the line, if a quote never closes or text follows a closing quote. Memory: a window of the
    data, or the longest field.
    """
    pattern, base, size = _field_pattern(delimiter), start, WINDOW_BYTES
    text, position, in_record = data[base : base + size], 0, False
    while position < len(text) or in_record:
        match = pattern.match(text, position)
        has_more = base + len(text) < len(data)
        field_end = match.end() if match else _find_quoted_end(text, position)
        if has_more and field_end >= len(text):  # the bytes after the window may belong to the field
            if position == 0:
                size *= 2
                if size > LONGEST_RECORD:
                    raise record_too_long_error(data, base)
            base, position = base + position, 0
            text = data[base : base + size]
            continue
        if match is None:
            raise _broken_quotes_error(data, base, text, position)
        separator = match.group(1)
        in_record = separator == delimiter
        yield Field(base + position, base + match.start(1), base + match.end(), None if in_record else separator)
        position = match.end()


def record_widths(data: Buffer, start: int, delimiter: bytes, max_records: int, max_bytes: int) -> list[int]:
    """Return the number of fields of the first records from `start`: 0 for a broken record, blank lines left out."""
    text = data[start : start + max_bytes]
    if b'"' not in text:  # without quotes, every line is a record
        lines = text.splitlines(keepends=True)
        complete = lines if start + len(text) == len(data) else lines[:-1]
        filled = [line for line in complete[:max_records] if line.strip(b"\r\n")]
        if filled:
            return [line.count(delimiter) + 1 for line in filled]
    widths: list[int] = []
    width = 0
    try:
        for field in fields(data, start, delimiter):
            width += 1
            if field.newline is None:
                continue
            if width > 1 or field.stop > field.start:
                widths.append(width)
            width = 0
            if len(widths) >= max_records or field.next - start > max_bytes:
                break
    except DataError:
        widths.append(0)
    return widths


def unquote(raw: bytes) -> bytes:
    """Return the content of a field: the bytes without enclosing quotes, doubled quotes made single."""
    if raw.startswith(b'"'):
        return raw[1:-1].replace(b'""', b'"')
    return raw


def line_number(data: Buffer, offset: int) -> int:
    """Return the 1-based line of the byte at `offset`, as an editor counts lines."""
    feeds = returns = 0
    for start in range(0, offset, _COUNTED_BYTES):
        piece = data[start : min(start + _COUNTED_BYTES, offset)]
        feeds += piece.count(b"\n")
        returns += piece.count(b"\r")
    return 1 + (feeds or returns)


def record_too_long_error(data: Buffer, offset: int) -> DataError:
    """Return the error for a record at `offset` that is longer than `LONGEST_RECORD`."""
    return DataError(
        f"line {line_number(data, offset)}: a record of more than {LONGEST_RECORD >> 20} MiB begins here",
        "look for a missing closing quote, or another delimiter or newline: head -c 1000 FILE | cat -A",
    )


def _find_quoted_end(text: bytes, position: int) -> int:
    """Return the end of the quoted field at `position`; a value beyond the text if the quote never closes."""
    match = _QUOTED.match(text, position)
    return match.end() if match else len(text) + 1


def _broken_quotes_error(data: Buffer, base: int, text: bytes, position: int) -> DataError:
    """Return the error for the quoted field at `position` of `text`, which starts at offset `base` of the data."""
    quoted_end = _find_quoted_end(text, position)
    if quoted_end > len(text):
        return DataError(
            f"line {line_number(data, base + position)}: a quoted field opens here and never closes",
            "close the quote; write a quote inside a quoted field twice",
        )
    return DataError(
        f"line {line_number(data, base + quoted_end)}: text after the closing quote of a field",
        "write a quote inside a quoted field twice, or name the delimiter with -d",
    )
