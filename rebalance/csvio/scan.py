"""Find every record and every field of a CSV, block by block, with array operations.

A delimiter or newline separates fields if the number of quotes before it is even. This rule is exact if every opening
quote follows a separator and every closing quote precedes one. A block with an irregular quote (`5" pipe`) is read by
`grammar` instead.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from rebalance.arrays import Byte, Int64
from rebalance.csvio.byte_index import Bits
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.file_bytes import Buffer
from rebalance.csvio.grammar import LONGEST_RECORD, fields, line_number, record_too_long_error
from rebalance.errors import DataError
from rebalance.system.threads import max_in_flight, thread_count

BLOCK_BYTES = 2 << 20
"""Small enough to stay in a processor's cache, large enough to make the cost of the loop over blocks negligible."""

_TAIL_FRACTION = 16
"""Few records are longer than this fraction of a block, so reading its tail is enough to find the end of a record."""

_MAX_SINGLE_THREADED_BLOCKS = 4
"""Data of at most this many blocks is read by one thread: starting more would cost more than they save."""

_LF, _CR, _LAST_ASCII = 10, 13, 127
"""ASCII codes."""


@dataclass(frozen=True, slots=True)
class Block:
    """The complete records of one stretch of the data."""

    base: int
    """Offset in the data of the first byte of `text`."""

    text: bytes
    """The bytes of the stretch; all other positions of a block count from its start."""

    starts: Int64
    """Start of each record; blank lines between records belong to no record."""

    ends: Int64
    """End of each record, after its newline."""

    stops: Callable[[int], Int64]
    """Returns, for a column, the end of its field in each record; the next field starts one byte later."""

    def field_starts(self, column: int) -> Int64:
        """Return the start of field `column` in each record."""
        return self.starts if column == 0 else self.stops(column - 1) + 1


Result = TypeVar("Result")
_BlockRead = tuple[Block, Result, int]
"""A block, the result computed from it, and the offset at which the next block starts."""


@dataclass(frozen=True, slots=True)
class _Separators:
    """The ends of all fields in a text, and which of them end a record."""

    stops: Int64
    """End of each field."""

    last: Int64
    """For each record, the index in `stops` of its last field."""

    nexts: Int64
    """For each record, the end of the record after its newline."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """A stretch of the data that is assumed to consist of complete records."""

    start: int
    """Offset of the first byte."""

    end: int
    """Offset after the last byte."""

    text: bytes | None = None
    """The bytes; None if they have not been read yet, and the assumption holds only if they contain no quote."""


def scan(data: Buffer, start: int, width: int, dialect: Dialect) -> Iterator[Block]:
    """Yield the records of `data` from `start`, which must be the start of a record.

    Raises DataError, with the line, unless every record has `width` fields and is text in `dialect.encoding`.
    Memory: a few blocks, or the longest record.
    """
    return (block for block, _ in scanned(data, start, width, dialect, lambda _: None))


def scanned(
    data: Buffer, start: int, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> Iterator[tuple[Block, Result]]:
    """Yield the blocks of `scan`, each with the result of `do`, which several threads call at once.

    Segments are cut before they are read, where a record seems to end, and read by one thread per core. Until the first
    quote, any newline ends a record; after it, quotes are counted, and a cut is wrong only after an irregular quote.
    Then the grammar reads the segment again, and the next segment starts where its last record ends.
    """
    with ExitStack() as stack:
        pool = None
        if len(data) - start > _MAX_SINGLE_THREADED_BLOCKS * BLOCK_BYTES:
            pool = ThreadPoolExecutor(thread_count())
            stack.callback(pool.shutdown, cancel_futures=True)
        pending: deque[tuple[_Segment, Callable[[], _BlockRead[Result] | None]]] = deque()
        position, n_records, has_quotes = start, 0, False
        while position < len(data) or pending:
            while position < len(data) and len(pending) < (max_in_flight() if pool else 1):
                segment = _cut_segment(data, position, dialect, has_quotes=has_quotes)
                read = partial(_read_segment, data, segment, width, dialect, do)
                pending.append((segment, pool.submit(read).result if pool else read))
                position = segment.end
            segment, get_result = pending.popleft()
            try:
                block, result, end = get_result() or _read_by_grammar(data, segment, width, dialect, do)
            except _FirstQuoteError:
                pending.clear()
                position, has_quotes = segment.start, True
                continue
            except _WidthError as error:
                raise error.to_data_error(data, segment.start, n_records) from None
            if end != segment.end:  # the pending segments start in the middle of a record
                pending.clear()
                position = end
            if len(block.starts):
                yield block, result
            n_records += len(block.starts)


class _FirstQuoteError(Exception):
    """A segment was cut on the assumption that it contains no quote, and it contains one."""


class _IrregularQuotesError(Exception):
    """A quote or carriage return makes the result of the array operations wrong."""


class _WidthError(Exception):
    """A record of a block has a wrong number of fields."""

    def __init__(self, index: int, start: int, n_fields: int, width: int) -> None:
        self._index, self._start, self._n_fields, self._width = index, start, n_fields, width

    def to_data_error(self, data: Buffer, base: int, n_records_before: int) -> DataError:
        """Return the error for a block at offset `base` that `n_records_before` records precede."""
        return DataError(
            f"line {line_number(data, base + self._start)}: record {n_records_before + self._index + 1} has"
            f" {self._n_fields} field{'s'[: self._n_fields != 1]}, the header has {self._width}",
            "every record must have as many fields as the header: correct that line,"
            " put quotes around a field that contains the delimiter, or name the delimiter with -d",
        )


def _cut_segment(data: Buffer, start: int, dialect: Dialect, *, has_quotes: bool) -> _Segment:
    """Return the segment from `start` to the end of a record about one block further, assuming regular quotes.

    Without `has_quotes`, the data is assumed to contain no quotes, and only the tail of the block is read.
    """
    size = BLOCK_BYTES
    if not has_quotes and start + size < len(data):
        tail = start + size - max(size // _TAIL_FRACTION, 1)
        text = data[tail : start + size]
        if end := _find_newline_end(text, len(text), dialect):
            return _Segment(start, tail + end)
    while start + size < len(data):
        text = data[start : start + size]
        # If every newline is inside quotes, the quotes are irregular, and the grammar continues from here.
        end = _find_record_end(text, dialect) or _find_newline_end(text, len(text), dialect)
        if end:
            return _Segment(start, start + end, text[:end])
        size *= 2  # no record ends here: the record is longer
        if size > LONGEST_RECORD:
            raise record_too_long_error(data, start)
    return _Segment(start, len(data), data[start:])


def _find_record_end(text: bytes, dialect: Dialect) -> int:
    """Return the end of the last newline in `text` that an even number of quotes precedes, 0 if there is none."""
    end = _find_newline_end(text, len(text), dialect)
    quote = dialect.quoting.quote
    if quote not in text:
        return end
    inside_quotes = text.count(quote, 0, end) & 1
    while inside_quotes and end:
        previous_end = _find_newline_end(text, text.rfind(quote, 0, end), dialect)
        inside_quotes ^= text.count(quote, previous_end, end) & 1
        end = previous_end
    return end


def _find_newline_end(text: bytes, limit: int, dialect: Dialect) -> int:
    r"""Return the end of the last newline before `limit`, 0 if there is none; `\r\n` is one newline."""
    end = text.rfind(b"\n", 0, limit) + 1
    if dialect.newline == b"\r":
        after_return = text.rfind(b"\r", 0, max(limit - 1, 0)) + 1  # the byte after the last one is unknown
        end = max(end, after_return + (text[after_return : after_return + 1] == b"\n" and after_return > 0))
    return end


def _read_segment(
    data: Buffer, segment: _Segment, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> "_BlockRead[Result] | None":
    """Return the records of a segment, read with array operations; None if its quotes are irregular."""
    text = data[segment.start : segment.end] if segment.text is None else segment.text
    if segment.text is None and dialect.quoting.quote in text:
        raise _FirstQuoteError
    if dialect.quoting.escape and dialect.quoting.escape in text:
        return None
    plain_block = _read_plain_block(segment.start, text, width, dialect)
    if plain_block:
        check_text(data, segment.start, text, dialect.encoding)
        return plain_block, do(plain_block), segment.end
    try:
        separators = _find_separators(text, dialect)
    except _IrregularQuotesError:
        return None
    return _read_separated(data, segment.start, text, separators, width, dialect, do)


def _read_by_grammar(
    data: Buffer, segment: _Segment, width: int, dialect: Dialect, do: Callable[[Block], Result]
) -> "_BlockRead[Result]":
    """Return the records of a segment, read by the grammar; the last record may end after the segment."""
    separators = _find_separators_by_grammar(data, segment.start, segment.end - segment.start, dialect)
    text = data[segment.start : segment.start + int(separators.nexts[-1])]
    return _read_separated(data, segment.start, text, separators, width, dialect, do)


def _read_separated(
    data: Buffer,
    base: int,
    text: bytes,
    separators: _Separators,
    width: int,
    dialect: Dialect,
    do: Callable[[Block], Result],
) -> "_BlockRead[Result]":
    """Return the block of a text whose separators are known, and the result of `do`."""
    check_text(data, base, text, dialect.encoding)
    block = _divide_into_records(base, text, separators, width, dialect.quoting.comment)
    return block, do(block), base + len(text)


def _read_plain_block(base: int, text: bytes, width: int, dialect: Dialect) -> Block | None:
    """Return the block of a text; None if the text contains a quote, carriage return, blank line or wrong width.

    The delimiters are counted, not listed: before the newline of record i there must be (i + 1) * (width - 1).
    """
    if dialect.quoting.quote in text or b"\r" in text or not text.endswith(b"\n"):
        return None
    comment = dialect.quoting.comment
    if comment and (text.startswith(comment) or b"\n" + comment in text):
        return None
    data: Byte = np.frombuffer(text, np.uint8)
    feeds = Bits(data == _LF).positions()
    starts = np.concatenate([[0], feeds[:-1] + 1])
    delimiters = Bits(data == dialect.delimiter[0])
    n_delimiters_before = np.arange(len(feeds)) * (width - 1)
    has_width = np.array_equal(delimiters.rank(feeds), n_delimiters_before + width - 1)
    if not has_width or (width == 1 and (starts == feeds).any()):
        return None

    def stops(column: int) -> Int64:
        if column >= width - 2:
            return feeds if column == width - 1 else delimiters.previous(feeds)
        return delimiters.select(n_delimiters_before + column)

    return Block(base, text, starts, feeds + 1, stops)


def _find_separators(text: bytes, dialect: Dialect) -> _Separators:
    """Return the separators of a text that ends where a record ends. Raises _IrregularQuotesError."""
    data: Byte = np.frombuffer(text, np.uint8)
    positions, irregular_quote = _find_outside_quotes(text, data, dialect)
    if b"\r" in text:
        separators, stray_return = _join_newlines(data, positions, dialect)
    else:
        last = np.flatnonzero(data[positions] == _LF)
        separators, stray_return = _Separators(positions, last, positions[last] + 1), len(data)
    end = int(separators.nexts[-1]) if len(separators.last) else 0
    if end < len(text):  # the last record has no newline
        end = len(text)
        separators = _Separators(
            np.append(separators.stops, end),
            np.append(separators.last, len(separators.stops)),
            np.append(separators.nexts, end),
        )
    if min(irregular_quote, stray_return) < end:
        raise _IrregularQuotesError
    return separators


def _find_outside_quotes(text: bytes, data: Byte, dialect: Dialect) -> tuple[Int64, int]:
    """Return the positions of delimiters and newlines outside quotes, and the position of the first irregular quote."""
    structural = (data == dialect.delimiter[0]) | (data == _LF)
    if b"\r" in text:
        structural |= data == _CR
    quote = dialect.quoting.quote
    if quote not in text:
        return np.flatnonzero(structural), len(data)
    positions = np.flatnonzero(structural | (data == quote[0]))
    is_quote = data[positions] == quote[0]
    outside = (np.cumsum(is_quote) & 1 == 0) & ~is_quote
    return positions[outside], _find_irregular_quote(data, positions[is_quote], dialect)


def _join_newlines(data: Byte, positions: Int64, dialect: Dialect) -> tuple[_Separators, int]:
    r"""Return the separators with `\r\n` as one newline, and the position of the first stray carriage return."""
    kind = data[positions]
    ends_record, is_return = kind == _LF, kind == _CR
    following = data[np.minimum(positions + 1, len(data) - 1)]
    before_feed = is_return & (following == _LF) & (positions + 1 < len(data))
    lone_return = is_return & ~before_feed
    stray_return = len(data)
    if dialect.newline == b"\r":
        ends_record |= lone_return
    elif lone_return.any():
        stray_return = int(positions[lone_return][0])
    after_return = (kind == _LF) & (positions > 0) & (data[np.maximum(positions - 1, 0)] == _CR)
    kept = ~before_feed
    last = np.flatnonzero(ends_record[kept])
    return _Separators((positions - after_return)[kept], last, positions[kept][last] + 1), stray_return


def _find_irregular_quote(data: Byte, quotes: Int64, dialect: Dialect) -> int:
    """Return the position of the first irregular quote, or the length of the data if all quotes are regular.

    Before a regular opening quote and after a regular closing quote there is a separator or another quote.
    """
    is_boundary = np.zeros(256, np.bool_)
    is_boundary[[dialect.delimiter[0], _LF, _CR, dialect.quoting.quote[0]]] = True
    opening, closing = quotes[0::2], quotes[1::2]
    opens_regularly = is_boundary[data[np.maximum(opening - 1, 0)]] | (opening == 0)
    closes_regularly = is_boundary[data[np.minimum(closing + 1, len(data) - 1)]] | (closing + 1 == len(data))
    irregular = np.concatenate([opening[~opens_regularly], closing[~closes_regularly]])
    if len(quotes) & 1:  # the last quote never closes
        irregular = np.append(irregular, quotes[-1])
    return int(irregular.min(initial=len(data)))


def _find_separators_by_grammar(data: Buffer, start: int, size: int, dialect: Dialect) -> _Separators:
    """Return the separators from `start` to the end of the first record that ends at least `size` bytes further."""
    stops, last, nexts = [], [], []
    for field in fields(
        data, start, dialect.delimiter, dialect.quoting
    ):  # pragma: no branch  the data ends where a record ends
        if field.newline == b"\r" and dialect.newline != b"\r":
            raise DataError(
                f"line {line_number(data, field.stop)}: a carriage return inside an unquoted field",
                "put the field in quotes, or make all newlines the same (dos2unix, mac2unix)",
            )
        stops.append(field.stop - start)
        if field.newline is not None:
            last.append(len(stops) - 1)
            nexts.append(field.next - start)
            if nexts[-1] >= size:
                break
    return _Separators(np.array(stops, np.int64), np.array(last, np.int64), np.array(nexts, np.int64))


def _divide_into_records(base: int, text: bytes, separators: _Separators, width: int, comment: bytes) -> Block:
    """Return the block of records of `width` fields, blank lines and comments left out. Raises _WidthError."""
    counts = np.diff(separators.last, prepend=-1)
    stops, ends = separators.stops[: separators.last[-1] + 1], separators.nexts
    starts = np.concatenate([[0], ends[:-1]])
    blank = (counts == 1) & (stops[separators.last] == starts)
    if comment:
        blank |= np.frombuffer(text + b"\n", np.uint8)[starts] == comment[0]
    if blank.any():
        stops = stops[~np.repeat(blank, counts)]
        starts, ends, counts = starts[~blank], ends[~blank], counts[~blank]
    wrong = np.flatnonzero(counts != width)
    if len(wrong):
        first = int(wrong[0])
        raise _WidthError(first, int(starts[first]), int(counts[first]), width)
    stops_by_record = stops.reshape(-1, width)
    return Block(base, text, starts, ends, lambda column: stops_by_record[:, column])


def check_text(data: Buffer, offset: int, text: bytes, encoding: str) -> None:
    """Raise DataError, with the line, unless `text`, at `offset` of `data`, is text in `encoding` without NUL bytes."""
    codes: Byte = np.frombuffer(text, np.uint8)  # NumPy searches without holding the interpreter lock
    if codes.min(initial=1) == 0:
        nul = offset + text.find(b"\0")
        raise DataError(
            f"line {line_number(data, nul)}: a NUL byte at offset {nul}: not a text file,"
            " or UTF-16 without a byte-order mark",
            "--encoding utf-16-le or utf-16-be, or remove the bytes: tr -d '\\000' < FILE | rebalance ... -",
        )
    if codes.max(initial=0) <= _LAST_ASCII:
        return
    try:
        text.decode(encoding)
    except UnicodeDecodeError as error:
        invalid = offset + error.start
        raise DataError(
            f"line {line_number(data, invalid)}: byte 0x{data[invalid : invalid + 1].hex()} at offset {invalid} is not"
            f" {encoding.upper()} text",
            "name the encoding, for example --encoding cp1252 or --encoding latin-1",
        ) from None
