"""Find every record and every field of a CSV, a block at a time, with array operations.

A separator counts when an even number of quotes stands before it. That reading is the exact one as long as
every opening quote follows a separator and every closing quote precedes one; a block in which some quote
does not (`5" pipe`) is read by `grammar` instead.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from rebalance.ahead import threads, window
from rebalance.arrays import Byte, Int64
from rebalance.csvio.bits import Bits
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.filebytes import Buffer
from rebalance.csvio.grammar import LONGEST_RECORD, fields, line_number, too_long
from rebalance.errors import DataError

BLOCK_BYTES = 2 << 20
"""Small enough to stay in a processor's cache, large enough that the loop over blocks costs nothing."""

_TAIL = 16
"""A record is seldom longer than this part of a block: its end is found there, without reading the rest."""

_FEW_BLOCKS = 4
"""Data of no more than so many blocks is read by one thread: starting others would cost more."""

_LF, _CR, _QUOTE, _LAST_ASCII = 10, 13, 34, 127


@dataclass(frozen=True, slots=True)
class Block:
    """The records found in one stretch of the data, `text`, which begins at `base`; offsets count from there.

    `starts` and `ends`: one each per record; an end is past the newline. Blank lines between records belong to none.
    """

    base: int
    text: bytes
    starts: Int64
    ends: Int64
    stops: Callable[[int], Int64]
    """Returns where a field of each record ends, given its column; the next one starts a byte later."""

    def field_starts(self, column: int) -> Int64:
        """Return where field `column` of each record starts."""
        return self.starts if column == 0 else self.stops(column - 1) + 1


Result = TypeVar("Result")
_Read = tuple[Block, Result, int]
"""A block, what was made of it, and where the next one begins."""


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where each field stops; which of those stops end a record; where the record after each begins."""

    stops: Int64
    last: Int64
    nexts: Int64


def scan(data: Buffer, begin: int, width: int, dialect: Dialect) -> Iterator[Block]:
    """Yield the records of `data` from `begin` on, which must be the start of a record.

    Every record has `width` fields and is text in `dialect.encoding`, or a DataError names the line.
    Memory: a few blocks at a time, or the longest record.
    """
    return (block for block, _ in scanned(data, begin, width, dialect, lambda _: None))


def scanned(
    data: Buffer, begin: int, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> Iterator[tuple[Block, Result]]:
    """Yield the same with what `do` makes of each block, which is called by several threads at once.

    Blocks are cut ahead, where a record seems to end, and read by as many threads as there are cores. Up to the first
    quote any newline ends a record; from there on quotes are counted, and a cut is wrong only where they stand oddly:
    such a block is read again by the grammar, and the cutting goes on from its end.
    """
    with ExitStack() as stack:
        pool = None
        if len(data) - begin > _FEW_BLOCKS * BLOCK_BYTES:
            pool = ThreadPoolExecutor(threads())
            stack.callback(pool.shutdown, cancel_futures=True)
        ahead: deque[tuple[_Cut, Callable[[], _Read[Result] | None]]] = deque()
        position, record, quotes = begin, 0, False
        while position < len(data) or ahead:
            while position < len(data) and len(ahead) < (window() if pool else 1):
                cut = _cut(data, position, dialect, quotes=quotes)
                read = partial(_read, data, cut, width, dialect, do)
                ahead.append((cut, pool.submit(read).result if pool else read))
                position = cut.end
            cut, found = ahead.popleft()
            try:
                block, result, end = found() or _read_exactly(data, cut, width, dialect, do)
            except _FirstQuoteError:
                ahead.clear()
                position, quotes = cut.begin, True
                continue
            except _WidthError as error:
                raise error.told(data, cut.begin, record) from None
            if end != cut.end:  # what was cut ahead began in the middle of a record
                ahead.clear()
                position = end
            if len(block.starts):
                yield block, result
            record += len(block.starts)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A stretch of the data that is to be read as whole records; without its `text` it is one if it has no quote."""

    begin: int
    end: int
    text: bytes | None = None


class _FirstQuoteError(Exception):
    """A stretch was cut as if there were no quotes, and there is one."""


def _cut(data: Buffer, begin: int, dialect: Dialect, *, quotes: bool) -> _Cut:
    """Return the stretch from `begin` to the end of a record about a block away, as far as quotes stand as usual.

    `quotes`: there are some.
    """
    size = BLOCK_BYTES
    if not quotes and begin + size < len(data):
        tail = begin + size - max(size // _TAIL, 1)
        text = data[tail : begin + size]
        if end := _newline_before(text, len(text), dialect):
            return _Cut(begin, tail + end)
    while begin + size < len(data):
        text = data[begin : begin + size]
        # without an end outside quotes they stand oddly, and the grammar goes on from here
        end = _last_end(text, dialect) or _newline_before(text, len(text), dialect)
        if end:
            return _Cut(begin, begin + end, text[:end])
        size *= 2  # no record ends in this stretch: it is longer
        if size > LONGEST_RECORD:
            raise too_long(data, begin)
    return _Cut(begin, len(data), data[begin:])


def _last_end(text: bytes, dialect: Dialect) -> int:
    """Return where the last record of a text ends: past its newline, before which quotes are even in number."""
    end = _newline_before(text, len(text), dialect)
    if b'"' not in text:
        return end
    inside = text.count(b'"', 0, end) & 1
    while inside and end:
        before = _newline_before(text, text.rfind(b'"', 0, end), dialect)
        inside ^= text.count(b'"', before, end) & 1
        end = before
    return end


def _newline_before(text: bytes, limit: int, dialect: Dialect) -> int:
    """Return where the last newline before `limit` ends, 0 if there is none; a line feed stays with its return."""
    end = text.rfind(b"\n", 0, limit) + 1
    if dialect.newline == b"\r":
        after_return = text.rfind(b"\r", 0, max(limit - 1, 0)) + 1  # what follows the last byte is not known
        end = max(end, after_return + (text[after_return : after_return + 1] == b"\n" and after_return > 0))
    return end


def _read(
    data: Buffer, cut: _Cut, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> "_Read[Result] | None":
    """Return the whole records of a cut; None if quotes stand oddly in it."""
    text = data[cut.begin : cut.end] if cut.text is None else cut.text
    if cut.text is None and b'"' in text:
        raise _FirstQuoteError
    plain = _plain_block(cut.begin, text, width, dialect)
    if plain:
        check_text(data, cut.begin, text, dialect.encoding)
        return plain, do(plain), cut.end
    try:
        marks = _fast_marks(text, dialect)
    except _IrregularQuotesError:
        return None
    return _made(data, cut.begin, text, marks, width, dialect, do)


def _read_exactly(
    data: Buffer, cut: _Cut, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> "_Read[Result]":
    marks = _exact_marks(data, cut.begin, cut.end - cut.begin, dialect)
    text = data[cut.begin : cut.begin + int(marks.nexts[-1])]
    return _made(data, cut.begin, text, marks, width, dialect, do)


def _made(
    data: Buffer, begin: int, text: bytes, marks: "_Marks", width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> "_Read[Result]":
    check_text(data, begin, text, dialect.encoding)
    block = _shape(begin, text, marks, width)
    return block, do(block), begin + len(text)


class _WidthError(Exception):
    """A record of a block, its number there, begins at an offset and has a wrong number of fields."""

    def __init__(self, number: int, start: int, found: int, width: int) -> None:
        self._number, self._start, self._found, self._width = number, start, found, width

    def told(self, data: Buffer, base: int, before: int) -> DataError:
        """Return the error for a block at `base`, before which there are so many records."""
        return DataError(
            f"line {line_number(data, base + self._start)}: record {before + self._number + 1} has"
            f" {self._found} field{'s'[: self._found != 1]}, the header has {self._width}",
            "every record must have the header's number of fields: mend that line,"
            " quote a field that holds the delimiter, or name the delimiter with -d",
        )


class _IrregularQuotesError(Exception):
    """A quote stands where the fast reading would be wrong."""


def _plain_block(begin: int, text: bytes, width: int, dialect: Dialect) -> Block | None:
    """Return whole records without a quote, a carriage return or a blank line; None if they are not all of that kind.

    Delimiters are counted, not listed: as many must stand before each newline as its record's number says.
    """
    if b'"' in text or b"\r" in text or not text.endswith(b"\n"):
        return None
    data: Byte = np.frombuffer(text, np.uint8)
    feeds = Bits(data == _LF).positions()
    starts = np.concatenate([[0], feeds[:-1] + 1])
    delimiters = Bits(data == dialect.delimiter[0])
    before = np.arange(len(feeds)) * (width - 1)
    if not np.array_equal(delimiters.before(feeds), before + width - 1) or (width == 1 and (starts == feeds).any()):
        return None

    def stops(column: int) -> Int64:
        if column >= width - 2:
            return feeds if column == width - 1 else delimiters.last_before(feeds)
        return delimiters.numbered(before + column)

    return Block(begin, text, starts, feeds + 1, stops)


def _fast_marks(text: bytes, dialect: Dialect) -> _Marks:
    """Return the marks of a text that ends where a record ends."""
    data: Byte = np.frombuffer(text, np.uint8)
    at, odd_quote = _outside_quotes(text, data, dialect)
    if b"\r" in text:
        marks, odd_return = _newlines_joined(data, at, dialect)
    else:
        last = np.flatnonzero(data[at] == _LF)
        marks, odd_return = _Marks(at, last, at[last] + 1), len(data)
    done = int(marks.nexts[-1]) if len(marks.last) else 0
    if done < len(text):  # the last record has no newline
        end = len(text)
        marks = _Marks(
            np.append(marks.stops, end), np.append(marks.last, len(marks.stops)), np.append(marks.nexts, end)
        )
        done = end
    if min(odd_quote, odd_return) < (done or len(text)):
        raise _IrregularQuotesError
    return marks


def _outside_quotes(text: bytes, data: Byte, dialect: Dialect) -> tuple[Int64, int]:
    """Return where delimiters and newlines stand outside quotes, and the first quote that stands oddly."""
    structural = (data == dialect.delimiter[0]) | (data == _LF)
    if b"\r" in text:
        structural |= data == _CR
    if b'"' not in text:
        return np.flatnonzero(structural), len(data)
    at = np.flatnonzero(structural | (data == _QUOTE))
    is_quote = data[at] == _QUOTE
    outside = (np.cumsum(is_quote) & 1 == 0) & ~is_quote
    return at[outside], _first_odd_quote(data, at[is_quote], dialect.delimiter[0])


def _newlines_joined(data: Byte, at: Int64, dialect: Dialect) -> tuple[_Marks, int]:
    """Return the separators, a carriage return and its line feed as one, and the first stray carriage return."""
    kind = data[at]
    is_feed, is_return = kind == _LF, kind == _CR
    following = data[np.minimum(at + 1, len(data) - 1)]
    before_feed = is_return & (following == _LF) & (at + 1 < len(data))
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


def _first_odd_quote(data: Byte, quotes: Int64, delimiter: int) -> int:
    """Return the first quote that opens after, or closes before, something other than a separator or a quote.

    Without one, the length of the data.
    """
    boundary = np.zeros(256, np.bool_)
    boundary[[delimiter, _LF, _CR, _QUOTE]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opens_well = boundary[data[np.maximum(opening - 1, 0)]] | (opening == 0)
    closes_well = boundary[data[np.minimum(closing + 1, len(data) - 1)]] | (closing + 1 == len(data))
    odd = np.concatenate([opening[~opens_well], closing[~closes_well]])
    if len(quotes) & 1:  # never closed
        odd = np.append(odd, quotes[-1])
    return int(odd.min(initial=len(data)))


def _exact_marks(data: Buffer, position: int, size: int, dialect: Dialect) -> _Marks:
    stops, last, nexts = [], [], []
    for field in fields(data, position, dialect.delimiter):  # pragma: no branch  the data end where a record does
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


def _shape(base: int, text: bytes, marks: _Marks, width: int) -> Block:
    """Cut the separators into records of `width` fields, leaving blank lines out. Raises _WidthError."""
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
        raise _WidthError(first, int(starts[first]), int(counts[first]), width)
    listed = stops.reshape(-1, width)
    return Block(base, text, starts, ends, lambda column: listed[:, column])


def check_text(data: Buffer, position: int, chunk: bytes, encoding: str) -> None:
    """Raise DataError if `chunk`, which stands at `position` of `data`, is not text in `encoding`."""
    codes: Byte = np.frombuffer(chunk, np.uint8)  # searched by numpy, which leaves other threads free meanwhile
    if codes.min(initial=1) == 0:
        nul = chunk.find(b"\0")
        raise DataError(
            f"line {line_number(data, position + nul)}: a NUL byte at offset {position + nul}: not a text file,"
            " or UTF-16 without its mark",
            "convert it first: iconv -f UTF-16LE -t UTF-8 FILE | rebalance ... -",
        )
    if codes.max(initial=0) <= _LAST_ASCII:
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
