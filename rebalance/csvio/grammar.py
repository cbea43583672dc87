r"""The grammar of CSV, field by field: exact, slower than `scan`, and what `scan` falls back to.

A field is quoted, `"a ""b"" c"`, in which case the closing quote is followed by a delimiter, a newline or
the end; or it is not, and then a quote inside it is an ordinary character (`5" pipe`). This is what
Python's `csv` reads in strict mode.
"""

import mmap
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from rebalance.errors import DataError

Buffer = bytes | mmap.mmap


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
    quoted = rb'"[^"]*+(?:""[^"]*+)*+"'
    plain = rb'[^"\r\n' + mark + rb"][^\r\n" + mark + rb"]*+"
    return re.compile(rb"(?:" + quoted + rb"|" + plain + rb"|)(" + mark + rb"|\r\n|\n|\r|\Z)")


def fields(data: Buffer, begin: int, delimiter: bytes) -> Iterator[Field]:
    """Yield the fields of `data` from `begin`, which must be the start of a record.

    Raises DataError, naming the line, for a quote that never closes or is followed by text.
    """
    pattern, at, end = _pattern(delimiter), begin, len(data)
    inside = False
    while at < end or inside:
        match = pattern.match(data, at)
        if match is None:
            raise _broken_quotes(data, at)
        mark = match.group(1)
        inside = mark == delimiter
        yield Field(at, match.start(1), match.end(), None if inside else mark)
        at = match.end()


def record_widths(data: Buffer, begin: int, delimiter: bytes, most_records: int, most_bytes: int) -> list[int]:
    """Return the number of fields of the first records; blank lines do not count, broken ones count as 0."""
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


def forget(data: Buffer, begin: int, end: int) -> None:
    """Let the system take the pages of `data` between two offsets back: they have been read.

    They come again from the file if they are read again; what counts as the process's memory stays small.
    """
    if isinstance(data, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        first = begin // mmap.PAGESIZE * mmap.PAGESIZE
        if end > first:
            data.madvise(mmap.MADV_DONTNEED, first, end - first)


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


def _broken_quotes(data: Buffer, at: int) -> DataError:
    line = line_number(data, at)
    closed = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"').match(data, at)
    if closed is None:
        return DataError(
            f"line {line}: a quoted field opens here and never closes",
            "close the quote; a quote inside a quoted field is written twice",
        )
    line = line_number(data, closed.end())
    return DataError(
        f"line {line}: text after the closing quote of a field",
        "a quote inside a quoted field is written twice; or name the delimiter with -d",
    )
