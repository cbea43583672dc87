"""Find every record and every field of a CSV, a block at a time, with array operations.

A separator counts when an even number of quotes stands before it. That reading is the exact one as long as
every opening quote follows a separator and every closing quote precedes one; a block in which some quote
does not (`5" pipe`) is read by `grammar` instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Byte, Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.grammar import Buffer, fields, line_number
from rebalance.errors import DataError

BLOCK_BYTES = 1 << 20
"""Small enough to stay in a processor's cache, large enough that the loop over blocks costs nothing."""

_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Block:
    """The records found in one stretch of the data; offsets count from the start of the data.

    `starts` and `ends` (one each per record; an end is past the newline), `stops` (records x fields: where
    each field ends; the next one starts a byte later). Blank lines between records belong to none.
    """

    starts: Int64
    ends: Int64
    stops: Int64

    def field_starts(self, column: int) -> Int64:
        """Return where field `column` of each record starts."""
        if column == 0:
            return self.starts
        starts: Int64 = self.stops[:, column - 1] + 1
        return starts


@dataclass(frozen=True, slots=True)
class _Marks:
    """Separators in order: where each field stops, where the next starts, whether it ended a record."""

    stops: Int64
    nexts: Int64
    ends_record: Bool


def scan(data: Buffer, begin: int, width: int, dialect: Dialect) -> Iterator[Block]:
    """Yield the records of `data` from `begin` on, which must be the start of a record.

    Every record has `width` fields and is text in `dialect.encoding`, or a DataError names the line.
    Memory: a block at a time, or the longest record.
    """
    position, size, record = begin, BLOCK_BYTES, 0
    while position < len(data):
        chunk = data[position : position + size]
        at_end = position + len(chunk) == len(data)
        try:
            marks = _fast_marks(chunk, position, dialect, at_end=at_end)
        except _IrregularQuotesError:
            marks = _exact_marks(data, position, size, dialect)
        if marks is None:  # no record ends in this chunk: it is longer
            size *= 2
            continue
        following = int(marks.nexts[-1])
        _check_text(data, position, chunk[: following - position], following, dialect)
        block = _shape(data, position, marks, width, record)
        if len(block.starts):
            yield block
        record += len(block.starts)
        position, size = following, BLOCK_BYTES


class _IrregularQuotesError(Exception):
    """A quote stands where the fast reading would be wrong."""


def _fast_marks(chunk: bytes, base: int, dialect: Dialect, *, at_end: bool) -> _Marks | None:
    data: Byte = np.frombuffer(chunk, np.uint8)
    at, odd_quote = _outside_quotes(chunk, data, dialect, at_end=at_end)
    marks, odd_return = _newlines_joined(data, at, dialect, at_end=at_end)
    last = np.flatnonzero(marks.ends_record)
    done = int(marks.nexts[last[-1]]) if len(last) else 0
    if at_end and done < len(chunk):  # the last record has no newline
        end = np.array([len(chunk)])
        marks = _Marks(np.append(marks.stops, end), np.append(marks.nexts, end), np.append(marks.ends_record, np.True_))
        last, done = np.append(last, len(marks.stops) - 1), len(chunk)
    if min(odd_quote, odd_return) < (done or len(chunk)):
        raise _IrregularQuotesError
    if not len(last):
        return None
    count = last[-1] + 1
    return _Marks(marks.stops[:count] + base, marks.nexts[:count] + base, marks.ends_record[:count])


def _outside_quotes(chunk: bytes, data: Byte, dialect: Dialect, *, at_end: bool) -> tuple[Int64, int]:
    """Return where delimiters and newlines stand outside quotes, and the first quote that stands oddly."""
    structural = (data == dialect.delimiter[0]) | (data == _LF)
    if b"\r" in chunk:
        structural |= data == _CR
    if b'"' not in chunk:
        return np.flatnonzero(structural), len(data)
    at = np.flatnonzero(structural | (data == _QUOTE))
    is_quote = data[at] == _QUOTE
    outside = (np.cumsum(is_quote) & 1 == 0) & ~is_quote
    return at[outside], _first_odd_quote(data, at[is_quote], dialect.delimiter[0], at_end=at_end)


def _newlines_joined(data: Byte, at: Int64, dialect: Dialect, *, at_end: bool) -> tuple[_Marks, int]:
    """Return the separators, a carriage return and its line feed as one, and the first stray carriage return."""
    kind = data[at]
    ends_record = kind == _LF
    is_return = kind == _CR
    if not is_return.any():
        return _Marks(at, at + 1, ends_record), len(data)
    following = data[np.minimum(at + 1, len(data) - 1)]
    at_chunk_end = at + 1 == len(data)  # its line feed may be the next chunk's first byte
    before_feed = is_return & np.where(at_chunk_end, not at_end, following == _LF)
    lone = is_return & ~before_feed
    stray = len(data)
    if dialect.newline == b"\r":
        ends_record |= lone
    elif lone.any():
        stray = int(at[lone][0])
    after_return = (kind == _LF) & (at > 0) & (data[np.maximum(at - 1, 0)] == _CR)
    kept = ~before_feed
    return _Marks((at - after_return)[kept], at[kept] + 1, ends_record[kept]), stray


def _first_odd_quote(data: Byte, quotes: Int64, delimiter: int, *, at_end: bool) -> int:
    """Return the first quote that opens after, or closes before, something other than a separator or a quote.

    Without one, the length of the data.
    """
    boundary = np.zeros(256, np.bool_)
    boundary[[delimiter, _LF, _CR, _QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opens_well = boundary[data[np.maximum(opening - 1, 0)]] | (opening == 0)
    at_chunk_end = closing + 1 == len(data)  # if the data goes on, so does the record: it is read again
    closes_well = boundary[data[np.minimum(closing + 1, len(data) - 1)]] | at_chunk_end
    odd = np.concatenate([opening[~opens_well], closing[~closes_well]])
    if at_end and len(quotes) & 1:  # never closed
        odd = np.append(odd, quotes[-1])
    return int(odd.min(initial=len(data)))


def _exact_marks(data: Buffer, position: int, size: int, dialect: Dialect) -> _Marks:
    stops, nexts, ends_record = [], [], []
    for field in fields(data, position, dialect.delimiter):
        if field.newline == b"\r" and dialect.newline != b"\r":
            raise DataError(
                f"line {line_number(data, field.stop)}: a carriage return inside an unquoted field",
                "put the field in quotes, or make the newlines all alike (dos2unix, mac2unix)",
            )
        stops.append(field.stop)
        nexts.append(field.next)
        ends_record.append(field.newline is not None)
        if field.newline is not None and field.next - position >= size:
            break
    return _Marks(np.array(stops, np.int64), np.array(nexts, np.int64), np.array(ends_record, np.bool_))


def _shape(data: Buffer, position: int, marks: _Marks, width: int, record: int) -> Block:
    """Cut the separators into records of `width` fields, leaving blank lines out."""
    last = np.flatnonzero(marks.ends_record)
    counts = np.diff(last, prepend=-1)
    ends = marks.nexts[last]
    starts = np.concatenate([[position], ends[:-1]])
    stops = marks.stops
    blank = (counts == 1) & (marks.stops[last] == starts)
    if blank.any():
        stops = stops[~np.repeat(blank, counts)]
        starts, ends, counts = starts[~blank], ends[~blank], counts[~blank]
    wrong = np.flatnonzero(counts != width)
    if len(wrong):
        first = int(wrong[0])
        found = int(counts[first])
        raise DataError(
            f"line {line_number(data, int(starts[first]))}: record {record + first + 1} has"
            f" {found} field{'s'[: found != 1]}, the header has {width}",
            "every record must have the header's number of fields: mend that line,"
            " quote a field that holds the delimiter, or name the delimiter with -d",
        )
    return Block(starts, ends, stops.reshape(-1, width))


def _check_text(data: Buffer, position: int, chunk: bytes, following: int, dialect: Dialect) -> None:
    """Raise DataError if the bytes from `position` to `following` are not text in the dialect's encoding."""
    if len(chunk) < following - position:
        chunk = data[position:following]
    check_text(data, position, chunk, dialect.encoding)


def check_text(data: Buffer, position: int, chunk: bytes, encoding: str) -> None:
    """Raise DataError if `chunk`, which stands at `position` of `data`, is not text in `encoding`."""
    nul = chunk.find(b"\0")
    if nul >= 0:
        raise DataError(
            f"line {line_number(data, position + nul)}: a NUL byte at offset {position + nul}: not a text file,"
            " or UTF-16 without its mark",
            "convert it first: iconv -f UTF-16LE -t UTF-8 FILE | rebalance ... -",
        )
    if chunk.isascii():
        return
    try:
        chunk.decode(encoding)
    except UnicodeDecodeError as error:
        at = position + error.start
        raise DataError(
            f"line {line_number(data, at)}: byte 0x{data[at : at + 1].hex()} at offset {at} is not"
            f" {encoding.upper()} text",
            "name the encoding, for example --encoding latin-1 or --encoding cp1252",
        ) from None
