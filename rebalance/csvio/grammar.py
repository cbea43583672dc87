r"""The grammar of CSV, field by field: exact and slow; `scan` falls back to it where quotes are irregular.

A quoted field, `"a ""b"" c"`, has a delimiter, a newline or the end of the data after its closing quote. In an unquoted
field a quote is an ordinary character (`5" pipe`). This is what Python's `csv` reads in strict mode.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rebalance.csvio.file_bytes import Buffer
from rebalance.csvio.quoting import STANDARD, Quoting, quoted_pattern
from rebalance.errors import DataError

LONGEST_RECORD = 1 << 28
"""Bytes of the longest field or record: in a longer one, a quote must be missing."""

WINDOW_BYTES = 1 << 16
"""Bytes that `fields` reads at a time: most records are far shorter."""

_COUNTED_BYTES = 1 << 20
"""Bytes in which lines are counted at a time, to keep memory small."""


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
def _field_pattern(delimiter: bytes, quoting: Quoting) -> re.Pattern[bytes]:
    mark, quote, escape = re.escape(delimiter), re.escape(quoting.quote), re.escape(quoting.escape)
    plain = rb"[^" + quote + rb"\r\n" + mark + rb"][^\r\n" + mark + rb"]*+"
    if escape:
        escaped = escape + rb"(?s:.)"
        plain = rb"(?:[^" + quote + escape + rb"\r\n" + mark + rb"]|" + escaped + rb")"
        plain += rb"(?:[^" + escape + rb"\r\n" + mark + rb"]|" + escaped + rb")*+"
    return re.compile(rb"(?:" + quoted_pattern(quoting) + rb"|" + plain + rb"|)(" + mark + rb"|\r\n|\n|\r|\Z)")


def fields(data: Buffer, start: int, delimiter: bytes, quoting: Quoting = STANDARD) -> Iterator[Field]:
    """Yield the fields of `data` from `start`, which must be the start of a record.

    Raises DataError, with the line, if a quote never closes or text follows a closing quote. Memory: a window of the
    data, or the longest field.
    """
    pattern, base, size = _field_pattern(delimiter, quoting), start, WINDOW_BYTES
    text, position, in_record = data[base : base + size], 0, False
    while position < len(text) or in_record:
        match = pattern.match(text, position)
        has_more = base + len(text) < len(data)
        field_end = match.end() if match else _find_quoted_end(text, position, quoting)
        if has_more and field_end >= len(text):  # the bytes after the window may belong to the field
            if position == 0:
                size *= 2
                if size > LONGEST_RECORD:
                    raise record_too_long_error(data, base)
            base, position = base + position, 0
            text = data[base : base + size]
            continue
        if match is None:
            raise _broken_quotes_error(data, base, text, position, quoting)
        separator = match.group(1)
        in_record = separator == delimiter
        yield Field(base + position, base + match.start(1), base + match.end(), None if in_record else separator)
        position = match.end()


def record_widths(
    data: Buffer, start: int, delimiter: bytes, max_records: int, max_bytes: int, quoting: Quoting = STANDARD
) -> list[int]:
    """Return the number of fields of the first records from `start`: 0 for a broken record, blank lines left out."""
    text = data[start : start + max_bytes]
    if quoting.quote not in text and not (quoting.escape and quoting.escape in text):  # every line is a record
        lines = text.splitlines(keepends=True)
        complete = lines if start + len(text) == len(data) else lines[:-1]
        filled = [line for line in complete[:max_records] if line.strip(b"\r\n")]
        if quoting.comment:
            filled = [line for line in filled if not line.startswith(quoting.comment)]
        if filled:
            return [line.count(delimiter) + 1 for line in filled]
    widths: list[int] = []
    width, is_comment = 0, False
    try:
        for field in fields(data, start, delimiter, quoting):
            if not width:
                is_comment = bool(quoting.comment) and data[field.start : field.start + 1] == quoting.comment
            width += 1
            if field.newline is None:
                continue
            if (width > 1 or field.stop > field.start) and not is_comment:
                widths.append(width)
            width = 0
            if len(widths) >= max_records or field.next - start > max_bytes:
                break
    except DataError:
        widths.append(0)
    return widths


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


def _find_quoted_end(text: bytes, position: int, quoting: Quoting) -> int:
    """Return the end of the quoted field at `position`; a value beyond the text if the quote never closes."""
    match = re.compile(quoted_pattern(quoting)).match(text, position)
    return match.end() if match else len(text) + 1


def _broken_quotes_error(data: Buffer, base: int, text: bytes, position: int, quoting: Quoting) -> DataError:
    """Return the error for the quoted field at `position` of `text`, which starts at offset `base` of the data."""
    quoted_end = _find_quoted_end(text, position, quoting)
    if quoted_end > len(text):
        return DataError(
            f"line {line_number(data, base + position)}: a quoted field opens here and never closes",
            "close the quote, and write a quote inside a quoted field twice; or --quoting none, if quotes are ordinary",
        )
    return DataError(
        f"line {line_number(data, base + quoted_end)}: text after the closing quote of a field",
        "write a quote inside a quoted field twice, or name the delimiter with -d; or --quoting none, if quotes are"
        " ordinary characters; or --escape-char, if a backslash stands before them",
    )
