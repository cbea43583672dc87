"""The records of a CSV: where each starts and ends in the file's bytes, and one column's cells as codes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Codes, Int64, Rows
from rebalance.csvio.dialect import Dialect, detect_delimiter
from rebalance.csvio.filebytes import Buffer, pieces
from rebalance.csvio.grammar import fields, value
from rebalance.csvio.offsets import Growing, OffsetList, Offsets
from rebalance.csvio.project import without_columns
from rebalance.csvio.scan import Block, check_text, scanned
from rebalance.csvio.source import Source
from rebalance.errors import DataError

_ROWS_PER_READ = 8192
_BOM = b"\xef\xbb\xbf"
_WORD_BYTES, _FEW_WORDS, _LOOKED_AT = 8, 8, 64
_MASKS = np.array([(1 << (8 * length)) - 1 for length in range(_WORD_BYTES + 1)], np.uint64)
"""Keeps the first 0 to 8 bytes of a little-endian word."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV whose header has been read: its dialect, its column names, and where its records begin.

    `begin` is past the byte-order mark and blank lines, `body` past the header line. Without a header line the
    two are the same, and the columns are named by their 1-based positions. `rival`: a delimiter that would do as
    well as the one that was found.
    """

    source: Source
    dialect: Dialect
    names: tuple[str, ...]
    begin: int
    body: int
    rival: bytes | None = None

    @property
    def data(self) -> Buffer:
        """The file's bytes."""
        return self.source.data


@dataclass(frozen=True, slots=True)
class CodedCells:
    """One column's cells as the file has them: `raw[codes[i]]` are the bytes of record i's cell."""

    codes: Codes
    raw: list[bytes]


@dataclass(frozen=True, slots=True)
class Records:
    """Where each record starts and ends (past its newline), as offsets into the file's bytes."""

    file: CsvFile
    starts: Offsets
    ends: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    def texts(self, rows: Rows) -> list[bytes]:
        """Return the bytes of the given records, newline included, in the given order."""
        texts: list[bytes] = []
        for begin in range(0, len(rows), _ROWS_PER_READ):
            part = rows[begin : begin + _ROWS_PER_READ]
            texts += pieces(self.file.data, self.starts[part], self.ends[part])
        return texts

    def complete_texts(self, rows: Rows) -> list[bytes]:
        """Return the same, the file's last record given a newline if it has none, so that others can follow."""
        texts = self.texts(rows)
        if self.lacks_final_newline:
            for at in np.flatnonzero(rows == len(self) - 1).tolist():
                texts[at] += self.file.dialect.newline
        return texts

    def digests(self, skipped: Sequence[int] = ()) -> list[bytes]:
        """Return 16 bytes for each record that are the same for records of the same bytes, newlines aside.

        The columns `skipped` (ascending) do not count.
        """
        digests: list[bytes] = []
        for begin in range(0, len(self), _ROWS_PER_READ):
            texts = self.complete_texts(np.arange(begin, min(begin + _ROWS_PER_READ, len(self))))
            texts = without_columns(texts, list(skipped), len(self.file.names), self.file.dialect)
            digests += [hashlib.blake2b(text.rstrip(b"\r\n"), digest_size=16).digest() for text in texts]
        return digests

    @property
    def lacks_final_newline(self) -> bool:
        """Whether the file stops right after its last record's last field."""
        end = self.ends[-1]
        return not self.file.data[end - 1 : end].endswith((b"\n", b"\r"))


def open_csv(source: Source, delimiter: bytes | None, encoding: str, *, header: bool) -> CsvFile:
    """Read the header of `source` and find out its dialect.

    `delimiter` None means: find it. Raises DataError for a file without a header, or one that is not text.
    """
    data = source.data
    begin = len(_BOM) if data[:3] == _BOM else 0
    while data[begin : begin + 1] in (b"\n", b"\r"):
        begin += 1
    if not data[begin : begin + (1 << 16)].strip():
        raise DataError(f"{source.name} holds no header, only blank lines", "give a CSV with a header line")
    if data[begin : begin + 4] == b"sep=":
        raise DataError("line 1 is Excel's sep= line, not a header", "leave it out: tail -n +2 FILE | rebalance ... -")
    mark, rival = (delimiter, None) if delimiter else detect_delimiter(data, begin)
    cells: list[bytes] = []
    newline, body = b"\n", len(data)
    for field in fields(data, begin, mark):  # pragma: no branch  the data end where a record does
        cells.append(data[field.start : field.stop])
        if field.newline is not None:
            newline, body = field.newline or b"\n", field.next
            break
    check_text(data, begin, data[begin:body], encoding)
    names = tuple(value(cell).decode(encoding) for cell in cells)
    if not header:
        names, body = tuple(str(number) for number in range(1, len(cells) + 1)), begin
    return CsvFile(source, Dialect(mark, newline, encoding), names, begin, body, rival)


def read_records(file: CsvFile, columns: Sequence[int]) -> tuple[Records, list[CodedCells]]:
    """Find all records of `file`, and read the cells of `columns` on the way: one pass over the bytes.

    Raises DataError for a file without records, and all that `scan` raises.
    """
    places = _Places()
    coders = [_Coder() for _ in columns]

    def read(block: Block) -> tuple[Int64, Int64, list[tuple[list[bytes], Codes]]]:
        cells = [_coded(block.text, block.field_starts(at), block.stops(at)) for at in columns]
        return block.starts + block.base, block.ends + block.base, cells

    for _, (begun, ended, cells) in scanned(file.data, file.body, len(file.names), file.dialect, read):
        places.add(begun, ended)
        for coder, (distinct, codes) in zip(coders, cells, strict=True):
            coder.add(distinct, codes)
    if not places:
        raise DataError(
            f"{file.source.name} has a header and no records",
            "if its first line is data, say --no-header" if len(file.names) > 1 else "",
        )
    return Records(file, *places.found()), [coder.coded() for coder in coders]


class _Places:
    """Collects where records start and end; while each starts where the one before ends, once for both."""

    def __init__(self) -> None:
        self._starts = OffsetList()
        self._last = np.empty(0, np.int64)
        self._ends: OffsetList | None = None

    def __bool__(self) -> bool:
        return len(self._last) > 0

    def add(self, starts: Int64, ends: Int64) -> None:
        """Take the next records, at least one."""
        follows = not self or int(self._last[0]) == int(starts[0])
        if self._ends is None and not (follows and np.array_equal(starts[1:], ends[:-1])):
            self._ends = self._starts.after_first()  # a blank line: from here on ends are kept, too
            if self:
                self._ends.add(self._last)
        if self._ends is not None:
            self._ends.add(ends)
        self._starts.add(starts)
        self._last = ends[-1:].copy()

    def found(self) -> tuple[Offsets, Offsets]:
        """Return the starts and the ends."""
        if self._ends is not None:
            return self._starts.found(), self._ends.found()
        self._starts.add(self._last)
        edges = self._starts.found()
        return edges.without_last(), edges.without_first()


class _Coder:
    """Gives each distinct cell a number, in the order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._codes: Growing[np.int32] = Growing(np.int32)

    def add(self, distinct: list[bytes], codes: Codes) -> None:
        """Take the cells of the next records: cell i is `distinct[codes[i]]`."""
        numbers = [self._numbers.setdefault(cell, len(self._numbers)) for cell in distinct]
        self._codes.add(np.array(numbers, np.int32)[codes])

    def coded(self) -> CodedCells:
        """Return all cells taken."""
        return CodedCells(self._codes.found(), list(self._numbers))


def _coded(text: bytes, starts: Int64, stops: Int64) -> tuple[list[bytes], Codes]:
    """Return the distinct cells of a block in the order of first appearance, and which of them each cell is."""
    lengths = stops - starts
    if not len(lengths) or lengths.max() > _WORD_BYTES or len(text) < _WORD_BYTES:
        numbers: dict[bytes, int] = {}
        cells = (text[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True))
        codes = np.fromiter((numbers.setdefault(cell, len(numbers)) for cell in cells), np.int32, len(starts))
        return list(numbers), codes
    words: np.ndarray[tuple[int], np.dtype[np.uint64]] = np.ndarray(
        (len(text) - _WORD_BYTES + 1,), "<u8", text, strides=(1,)
    )
    at = np.minimum(starts, len(words) - 1)
    cells_as_words = (words[at] >> (8 * (starts - at)).astype(np.uint64)) & _MASKS[lengths]
    first, codes = _codes_of_few(cells_as_words) or _codes_of_many(cells_as_words)
    return [text[starts[row] : stops[row]] for row in first], codes


def _codes_of_few(words: npt.NDArray[np.uint64]) -> tuple[list[int], Codes] | None:
    """Return where each distinct word appears first, and which of them each word is; None if they are many.

    A comparison for each distinct word is quicker than sorting all words, while they are as few as classes mostly are.
    """
    if len(set(words[:_LOOKED_AT].tolist())) > _FEW_WORDS:
        return None
    first, codes = [0], np.zeros(len(words), np.int32)
    left = words != words[0]
    while left[at := int(left.argmax())]:
        if len(first) == _FEW_WORDS:
            return None
        same = words == words[at]
        codes[same] = len(first)
        first.append(at)
        left &= ~same
    return first, codes


def _codes_of_many(words: npt.NDArray[np.uint64]) -> tuple[list[int], Codes]:
    _, first, inverse = np.unique(words, return_index=True, return_inverse=True)
    order = np.argsort(first)  # the first seen gets the lowest number
    rank = np.empty(len(first), np.int32)
    rank[order] = np.arange(len(first), dtype=np.int32)
    return first[order].tolist(), rank[inverse]
