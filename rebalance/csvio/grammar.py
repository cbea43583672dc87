r"""The grammar of CSV, field by field: exact, slower than `scan`, and what `scan` falls back to.

A field is quoted, `"a ""b"" c"`, in which case the closing quote is followed by a delimiter, a newline or
the end; or it is not, and then a quote inside it is an ordinary character (`5" pipe`). This is what
Python's `csv` reads in strict mode.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rebalance.csvio.filebytes import Buffer
from rebalance.errors import DataError

LONGEST_RECORD = 1 << 28
"""Bytes of a field or record beyond which a quote must be missing somewhere."""

_WINDOW_BYTES = 1 << 16
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


class Field(NamedTuple):
    """One field: where it starts and stops, where the next one starts, and whether a record ends here.

    `newline` is what ended the record: a newline, `b""` at the end of the data, None within a record.
    """

    start: int
    stop: int
    next: int
    newline: bytes | None


@cache
def _pattern(delimiter: bytes) -> re.Pattern[bytes]:
    mark = re.escape(delimiter)
    plain = rb'[^"\r\n' + mark + rb"][^\r\n" + mark + rb"]*+"
    return re.compile(rb"(?:" + _QUOTED.pattern + rb"|" + plain + rb"|)(" + mark + rb"|\r\n|\n|\r|\Z)")


def fields(data: Buffer, begin: int, delimiter: bytes) -> Iterator[Field]:
    """Yield the fields of `data` from `begin`, which must be the start of a record.

    Raises DataError, naming the line, for a quote that never closes or is followed by text. Memory: a window of the
    data, or the longest field.
    """
    pattern, base, size = _pattern(delimiter), begin, _WINDOW_BYTES
    text, at, inside = data[base : base + size], 0, False
    while at < len(text) or inside:
        match = pattern.match(text, at)
        beyond = base + len(text) < len(data)
        edge = match.end() if match else _after_quotes(text, at)
        if beyond and edge >= len(text):  # what follows the window may belong to the field
            if at == 0:
                size *= 2
                if size > LONGEST_RECORD:
                    raise too_long(data, base)
            base, at = base + at, 0
            text = data[base : base + size]
            continue
        if match is None:
            raise _broken_quotes(data, base, text, at)
        mark = match.group(1)
        inside = mark == delimiter
        yield Field(base + at, base + match.start(1), base + match.end(), None if inside else mark)
        at = match.end()


def record_widths(data: Buffer, begin: int, delimiter: bytes, most_records: int, most_bytes: int) -> list[int]:
    """Return the number of fields of the first records; blank lines do not count, broken ones count as 0."""
    text = data[begin : begin + most_bytes]
    if b'"' not in text:  # then lines are records
        lines = text.splitlines(keepends=True)
        whole = lines if begin + len(text) == len(data) else lines[:-1]
        filled = [line for line in whole[:most_records] if line.strip(b"\r\n")]
        if filled:
            return [line.count(delimiter) + 1 for line in filled]
    widths: list[int] = []
    width = 0
    try:
        for field in fields(data, begin, delimiter):
            width += 1
            if field.newline is None:
                continue
            if width > 1 or field.stop > field.start:
                widths.append(width)
            width = 0
            if len(widths) >= most_records or field.next - begin > most_bytes:
                break
    except DataError:
        widths.append(0)
    return widths


def value(raw: bytes) -> bytes:
    """Return what a field's bytes mean: without the quotes around it, doubled quotes made single."""
    if raw.startswith(b'"'):
        return raw[1:-1].replace(b'""', b'"')
    return raw


def line_number(data: Buffer, at: int) -> int:
    """Return the 1-based line on which the byte at offset `at` stands, as an editor counts lines."""
    feeds = returns = 0
    for begin in range(0, at, 1 << 20):
        piece = data[begin : min(begin + (1 << 20), at)]
        feeds += piece.count(b"\n")
        returns += piece.count(b"\r")
    return 1 + (feeds or returns)


def too_long(data: Buffer, at: int) -> DataError:
    """Return the error for a record longer than any is."""
    return DataError(
        f"line {line_number(data, at)}: a record of more than {LONGEST_RECORD >> 20} MiB begins here",
        "look for a quote without its end, or a delimiter or newline of another kind: head -c 1000 FILE | cat -A",
    )


def _after_quotes(text: bytes, at: int) -> int:
    """Return where the closing quote of the quoted field at `at` ends, past the text if it has none."""
    closed = _QUOTED.match(text, at)
    return closed.end() if closed else len(text) + 1


def _broken_quotes(data: Buffer, base: int, text: bytes, at: int) -> DataError:
    line = line_number(data, base + at)
    closed = _after_quotes(text, at)
    if closed > len(text):
        return DataError(
            f"line {line}: a quoted field opens here and never closes",
            "close the quote; a quote inside a quoted field is written twice",
        )
    line = line_number(data, base + closed)
    return DataError(
        f"line {line}: text after the closing quote of a field",
        "a quote inside a quoted field is written twice; or name the delimiter with -d",
    )
