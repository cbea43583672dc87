"""Find every record and every field of a CSV, a block at a time, with array operations.

A separator counts when an even number of quotes stands before it. That reading is the exact one as long as
every opening quote follows a separator and every closing quote precedes one; a block in which some quote
does not (`5" pipe`) is read by `grammar` instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Byte, Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.grammar import Buffer, fields, forget, line_number
from rebalance.errors import DataError

BLOCK_BYTES = 1 << 20
"""Small enough to stay in a processor's cache, large enough that the loop over blocks costs nothing."""

_LF, _CR, _QUOTE = 10, 13, 34


@dataclass(frozen=True, slots=True)
class Block:
    """The records found in one stretch of the data, `text`, which begins at `base`; offsets count from there.

    `starts` and `ends` (one each per record; an end is past the newline), `stops` (records x fields: where
    each field ends; the next one starts a byte later). Blank lines between records belong to none.
    """

    base: int
    text: bytes
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
    """Where each field stops; which of those stops end a record; where the record after each begins."""

    stops: Int64
    last: Int64
    nexts: Int64


def scan(data: Buffer, begin: int, width: int, dialect: Dialect) -> Iterator[Block]:
    """Yield the records of `data` from `begin` on, which must be the start of a record.

    Every record has `width` fields and is text in `dialect.encoding`, or a DataError names the line.
    Memory: a block at a time, or the longest record.
    """
    position, size, record = begin, BLOCK_BYTES, 0
    while position < len(data):
        text = data[position : position + size]
        at_end = position + len(text) == len(data)
        try:
            marks = _fast_marks(text, dialect, at_end=at_end)
        except _IrregularQuotesError:
            marks = _exact_marks(data, position, size, dialect)
        if not len(marks.last):  # no record ends in this stretch: it is longer
            size *= 2
            continue
        length = int(marks.nexts[-1])
        text = text[:length] if length <= len(text) else data[position : position + length]
        check_text(data, position, text, dialect.encoding)
        block = _shape(data, position, text, marks, width, record)
        if len(block.starts):
            yield block
        forget(data, position, position + length)
        record += len(block.starts)
        position, size = position + length, BLOCK_BYTES


class _IrregularQuotesError(Exception):
    """A quote stands where the fast reading would be wrong."""


def _fast_marks(text: bytes, dialect: Dialect, *, at_end: bool) -> _Marks:
    data: Byte = np.frombuffer(text, np.uint8)
    at, odd_quote = _outside_quotes(text, data, dialect, at_end=at_end)
    if b"\r" in text:
        marks, odd_return = _newlines_joined(data, at, dialect, at_end=at_end)
    else:
        last = np.flatnonzero(data[at] == _LF)
        marks, odd_return = _Marks(at, last, at[last] + 1), len(data)
    done = int(marks.nexts[-1]) if len(marks.last) else 0
    if at_end and done < len(text):  # the last record has no newline
        end = len(text)
        marks = _Marks(
            np.append(marks.stops, end), np.append(marks.last, len(marks.stops)), np.append(marks.nexts, end)
        )
        done = end
    if min(odd_quote, odd_return) < (done or len(text)):
        raise _IrregularQuotesError
    return marks


def _outside_quotes(text: bytes, data: Byte, dialect: Dialect, *, at_end: bool) -> tuple[Int64, int]:
    """Return where delimiters and newlines stand outside quotes, and the first quote that stands oddly."""
    structural = (data == dialect.delimiter[0]) | (data == _LF)
    if b"\r" in text:
        structural |= data == _CR
    if b'"' not in text:
        return np.flatnonzero(structural), len(data)
    at = np.flatnonzero(structural | (data == _QUOTE))
    is_quote = data[at] == _QUOTE
    outside = (np.cumsum(is_quote) & 1 == 0) & ~is_quote
    return at[outside], _first_odd_quote(data, at[is_quote], dialect.delimiter[0], at_end=at_end)


def _newlines_joined(data: Byte, at: Int64, dialect: Dialect, *, at_end: bool) -> tuple[_Marks, int]:
    """Return the separators, a carriage return and its line feed as one, and the first stray carriage return."""
    kind = data[at]
    is_feed, is_return = kind == _LF, kind == _CR
    following = data[np.minimum(at + 1, len(data) - 1)]
    at_text_end = at + 1 == len(data)  # its line feed may be the next block's first byte
    before_feed = is_return & np.where(at_text_end, not at_end, following == _LF)
    lone = is_return & ~before_feed
    stray = len(data)
    if dialect.newline == b"\r":
        is_feed |= lone
    elif lone.any():
        stray = int(at[lone][0])
    after_return = (kind == _LF) & (at > 0) & (data[np.maximum(at - 1, 0)] == _CR)
    kept = ~before_feed
    last = np.flatnonzero(is_feed[kept])
    return _Marks((at - after_return)[kept], last, at[kept][last] + 1), stray


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
    stops, last, nexts = [], [], []
    for field in fields(data, position, dialect.delimiter):
        if field.newline == b"\r" and dialect.newline != b"\r":
            raise DataError(
                f"line {line_number(data, field.stop)}: a carriage return inside an unquoted field",
                "put the field in quotes, or make the newlines all alike (dos2unix, mac2unix)",
            )
        stops.append(field.stop - position)
        if field.newline is not None:
            last.append(len(stops) - 1)
            nexts.append(field.next - position)
            if nexts[-1] >= size:
                break
    return _Marks(np.array(stops, np.int64), np.array(last, np.int64), np.array(nexts, np.int64))


def _shape(data: Buffer, base: int, text: bytes, marks: _Marks, width: int, record: int) -> Block:
    """Cut the separators into records of `width` fields, leaving blank lines out."""
    counts = np.diff(marks.last, prepend=-1)
    stops, ends = marks.stops[: marks.last[-1] + 1], marks.nexts
    starts = np.concatenate([[0], ends[:-1]])
    blank = (counts == 1) & (stops[marks.last] == starts)
    if blank.any():
        stops = stops[~np.repeat(blank, counts)]
        starts, ends, counts = starts[~blank], ends[~blank], counts[~blank]
    wrong = np.flatnonzero(counts != width)
    if len(wrong):
        first = int(wrong[0])
        found = int(counts[first])
        raise DataError(
            f"line {line_number(data, base + int(starts[first]))}: record {record + first + 1} has"
            f" {found} field{'s'[: found != 1]}, the header has {width}",
            "every record must have the header's number of fields: mend that line,"
            " quote a field that holds the delimiter, or name the delimiter with -d",
        )
    return Block(base, text, starts, ends, stops.reshape(-1, width))


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
