"""The records of a CSV: the position of each in the bytes of the file, and the cells of a column as codes."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Codes, Int64, Rows
from rebalance.csvio.byte_index import GrowingArray, OffsetBuilder, Offsets
from rebalance.csvio.dialect import Dialect, detect_delimiter
from rebalance.csvio.fields import without_columns
from rebalance.csvio.file_bytes import Buffer, FileBytes, read_pieces
from rebalance.csvio.grammar import fields, line_number
from rebalance.csvio.quoting import STANDARD, Quoting, unquote
from rebalance.csvio.scan import Block, check_text, scanned
from rebalance.csvio.source import Source
from rebalance.errors import DataError

_ROWS_PER_READ = 8192
"""Records read at a time, to bound the memory for their offsets and bytes."""

_BOM = b"\xef\xbb\xbf"
"""The byte-order mark of UTF-8."""

_HEADER_SAMPLE_BYTES = 1 << 16
"""Bytes that are searched for a header: a file that starts with more white space than this has none."""

_WORD_BYTES = 8
"""Cells of at most this length are compared as 64-bit words, far faster than as strings."""

_MAX_COMPARED_WORDS = 8
"""Up to this many distinct words, one comparison of all words with each is faster than sorting them."""

_SAMPLED_WORDS = 64
"""Words looked at first: more than `_MAX_COMPARED_WORDS` distinct words among them mean that sorting is faster."""

_MIN_RECORDS_TO_COMPARE, _COMPARED_RECORDS = 10, 5
_MIN_LINES, _MIN_LINES_RATIO = 20, 5
"""A record spans suspiciously many lines from 20 on, if the other long ones span at most a fifth of that."""

_MASKS = np.array([(1 << (8 * length)) - 1 for length in range(_WORD_BYTES + 1)], np.uint64)
"""For each length from 0 to 8, the mask that keeps so many bytes of a little-endian word."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A CSV whose header has been read."""

    source: Source
    """The input."""

    dialect: Dialect
    """Delimiter, newline and encoding."""

    names: tuple[str, ...]
    """The column names; without a header line, the 1-based positions of the columns."""

    begin: int
    """Offset of the header line, after the byte-order mark and blank lines."""

    body: int
    """Offset after the header line; without a header line, the same as `begin`."""

    alternative_delimiter: bytes | None = None
    """A delimiter that fits as well as the detected one, if there is any."""

    @property
    def data(self) -> Buffer:
        """The bytes of the file."""
        return self.source.data

    def ambiguity(self) -> list[str]:
        """Return a note if another delimiter fits as well as the detected one."""
        if self.alternative_delimiter is None:
            return []
        used, other = self.dialect.delimiter.decode(), self.alternative_delimiter.decode()
        return [f"using {used!r} as the delimiter; {other!r} fits equally well. Choose with -d"]


@dataclass(frozen=True, slots=True)
class CodedCells:
    """The cells of one column as codes: the cell of record i is `raw[codes[i]]`."""

    codes: Codes
    """The code of each record's cell."""

    raw: list[bytes]
    """The bytes of each distinct cell, quotes included, in the order of first appearance."""


@dataclass(frozen=True, slots=True)
class Records:
    """The positions of all records of a file."""

    file: CsvFile
    """The file."""

    starts: Offsets
    """The offset of each record in the bytes of the file."""

    ends: Offsets
    """The offset after the newline of each record."""

    def __len__(self) -> int:
        return len(self.starts)

    def texts(self, rows: Rows) -> list[bytes]:
        """Return the bytes of the records `rows`, in that order, newlines included."""
        texts: list[bytes] = []
        for start in range(0, len(rows), _ROWS_PER_READ):
            part = rows[start : start + _ROWS_PER_READ]
            texts += read_pieces(self.file.data, self.starts[part], self.ends[part])
        return texts

    def complete_texts(self, rows: Rows) -> list[bytes]:
        """Return the bytes of the records `rows`, in that order, each with a newline, even if the file lacks the last.

        Other records can therefore follow each of them.
        """
        texts = self.texts(rows)
        if self.lacks_final_newline:
            for index in np.flatnonzero(rows == len(self) - 1).tolist():
                texts[index] += self.file.dialect.newline
        return texts

    def digests(self, skipped: Sequence[int] = ()) -> list[bytes]:
        """Return a hash of 16 bytes for each record, the same for records with the same bytes.

        The newline and the columns `skipped` (in increasing order) do not affect the hash.
        """
        digests: list[bytes] = []
        for start in range(0, len(self), _ROWS_PER_READ):
            texts = self.complete_texts(np.arange(start, min(start + _ROWS_PER_READ, len(self))))
            texts = without_columns(texts, list(skipped), len(self.file.names), self.file.dialect)
            digests += [hashlib.blake2b(text.rstrip(b"\r\n"), digest_size=16).digest() for text in texts]
        return digests

    def reading_notes(self) -> list[str]:
        """Return what may be wrong with how the file was divided into records and fields."""
        return [*self.file.ambiguity(), *self._long_record()]

    def _long_record(self) -> list[str]:
        """Return a note on a record that spans far more lines than any other: a closing quote may be missing."""
        if len(self) < _MIN_RECORDS_TO_COMPARE:
            return []
        rows = np.arange(len(self))
        longest = np.argsort(self.starts[rows] - self.ends[rows], kind="stable")[:_COMPARED_RECORDS]
        lines = [text.rstrip(b"\r\n").count(b"\n") for text in self.texts(longest)]
        most, *others = sorted(lines, reverse=True)
        if most < _MIN_LINES or most < _MIN_LINES_RATIO * max(others):
            return []
        line = line_number(self.file.data, int(self.starts[longest[lines.index(most)]]))
        return [f"the record at line {line:,} spans {most + 1:,} lines: is the closing quote of a field missing?"]

    @property
    def lacks_final_newline(self) -> bool:
        """Whether the file ends directly after the last field of its last record."""
        end = self.ends[-1]
        return not self.file.data[end - 1 : end].endswith((b"\n", b"\r"))


def open_csv(
    source: Source,
    delimiter: bytes | None,
    encoding: str,
    *,
    header: bool,
    quoting: Quoting = STANDARD,
    skip_lines: int = 0,
    skip_footer: int = 0,
) -> CsvFile:
    """Return the CSV file of `source`, with its dialect and header.

    A `delimiter` of None is detected. `skip_lines`, `skip_footer`: lines at the beginning and at the end that are no
    part of the table. Raises DataError if the file has no header or is not text.
    """
    if skip_footer and isinstance(source.data, FileBytes):
        source = replace(source, data=source.data.until(_find_footer(source.data, skip_footer)))
    data = source.data
    begin = _find_header(source, skip_lines, quoting.comment)
    detected, alternative = (delimiter, None) if delimiter else detect_delimiter(data, begin, quoting)
    cells: list[bytes] = []
    newline, body = b"\n", len(data)
    for field in fields(data, begin, detected, quoting):  # pragma: no branch  the data ends where a record ends
        cells.append(data[field.start : field.stop])
        if field.newline is not None:
            newline, body = field.newline or b"\n", field.next
            break
    check_text(data, begin, data[begin:body], encoding)
    names = tuple(unquote(cell, quoting).decode(encoding) for cell in cells)
    if not header:
        names, body = tuple(str(number) for number in range(1, len(cells) + 1)), begin
    return CsvFile(source, Dialect(detected, newline, encoding, quoting), names, begin, body, alternative)


def _find_header(source: Source, skip_lines: int, comment: bytes) -> int:
    """Return the offset of the header line. Raises DataError if there is none."""
    data = source.data
    begin = len(_BOM) if data[:3] == _BOM else 0
    for _ in range(skip_lines):
        begin = _next_line(data, begin)
    while data[begin : begin + 1] in (b"\n", b"\r", comment or b"\n"):
        begin = _next_line(data, begin) if data[begin : begin + 1] == comment else begin + 1
    if not data[begin : begin + _HEADER_SAMPLE_BYTES].strip():
        raise DataError(f"{source.name} holds no header, only blank lines", "give a CSV with a header line")
    if data[begin : begin + 4] == b"sep=":
        raise DataError("line 1 is Excel's sep= line, not a header", "use --skip-lines 1")
    return begin


def _next_line(data: Buffer, start: int) -> int:
    """Return the offset of the line after the one at `start`."""
    while start < len(data):
        text = data[start : start + _HEADER_SAMPLE_BYTES]
        newline = re.search(rb"\r\n|\n|\r", text)
        if newline:
            return start + newline.end()
        start += len(text)
    return len(data)


def _find_footer(data: Buffer, lines: int) -> int:
    """Return the offset at which the last lines begin; blank ones at the end count."""
    size = _HEADER_SAMPLE_BYTES
    while True:
        first = max(len(data) - size, 0)
        text = data[first:]
        ends = [match.end() for match in re.finditer(rb"\r\n|\n|\r", text)]
        ends = ends[:-1] if ends and ends[-1] == len(text) else ends
        if len(ends) >= lines:
            return first + ends[-lines]
        if not first:
            return 0
        size *= 2


def read_records(file: CsvFile, columns: Sequence[int]) -> tuple[Records, list[CodedCells]]:
    """Return all records of `file`, and the cells of each of `columns` as codes, in one pass over the bytes.

    Raises DataError if the file has no records, and for everything that `scan` raises.
    """
    positions = _PositionBuilder()
    coders = [_Coder() for _ in columns]

    def read(block: Block) -> tuple[Int64, Int64, list[tuple[list[bytes], Codes]]]:
        cells = [_encode_cells(block.text, block.field_starts(column), block.stops(column)) for column in columns]
        return block.starts + block.base, block.ends + block.base, cells

    for _, (starts, ends, cells) in scanned(file.data, file.body, len(file.names), file.dialect, read):
        positions.add(starts, ends)
        for coder, (distinct, codes) in zip(coders, cells, strict=True):
            coder.add(distinct, codes)
    if not positions:
        raise DataError(
            f"{file.source.name} has a header and no records",
            "if its first line is data, add --no-header" if len(file.names) > 1 else "",
        )
    return Records(file, *positions.build()), [coder.coded_cells() for coder in coders]


class _PositionBuilder:
    """Collects the starts and ends of records: in one list as long as each record starts where the one before ends."""

    def __init__(self) -> None:
        self._starts = OffsetBuilder()
        self._last_end = np.empty(0, np.int64)
        self._ends: OffsetBuilder | None = None

    def __bool__(self) -> bool:
        return len(self._last_end) > 0

    def add(self, starts: Int64, ends: Int64) -> None:
        """Append the next records, at least one."""
        is_adjacent = not self or int(self._last_end[0]) == int(starts[0])
        if self._ends is None and not (is_adjacent and np.array_equal(starts[1:], ends[:-1])):
            self._ends = self._starts.copy_without_first()  # after a blank line, starts no longer imply ends
            if self:
                self._ends.add(self._last_end)
        if self._ends is not None:
            self._ends.add(ends)
        self._starts.add(starts)
        self._last_end = ends[-1:].copy()

    def build(self) -> tuple[Offsets, Offsets]:
        """Return the starts and the ends of all records."""
        if self._ends is not None:
            return self._starts.build(), self._ends.build()
        self._starts.add(self._last_end)
        edges = self._starts.build()
        return edges.without_last(), edges.without_first()


class _Coder:
    """Assigns a code to each distinct cell, in the order of first appearance."""

    def __init__(self) -> None:
        self._code_of_cell: dict[bytes, int] = {}
        self._codes: GrowingArray[np.int32] = GrowingArray(np.int32)

    def add(self, distinct: list[bytes], codes: Codes) -> None:
        """Append the cells of the next records: the cell of record i is `distinct[codes[i]]`."""
        global_codes = [self._code_of_cell.setdefault(cell, len(self._code_of_cell)) for cell in distinct]
        self._codes.add(np.array(global_codes, np.int32)[codes])

    def coded_cells(self) -> CodedCells:
        """Return all cells; nothing can be added afterwards."""
        return CodedCells(self._codes.finish(), list(self._code_of_cell))


def _encode_cells(text: bytes, starts: Int64, stops: Int64) -> tuple[list[bytes], Codes]:
    """Return the distinct cells of a block in the order of first appearance, and the code of each cell."""
    lengths = stops - starts
    if not len(lengths) or lengths.max() > _WORD_BYTES or len(text) < _WORD_BYTES:
        code_of_cell: dict[bytes, int] = {}
        cells = (text[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True))
        codes = np.fromiter((code_of_cell.setdefault(cell, len(code_of_cell)) for cell in cells), np.int32, len(starts))
        return list(code_of_cell), codes
    words: np.ndarray[tuple[int], np.dtype[np.uint64]] = np.ndarray(
        (len(text) - _WORD_BYTES + 1,), "<u8", text, strides=(1,)
    )
    word_index = np.minimum(starts, len(words) - 1)
    cells_as_words = (words[word_index] >> (8 * (starts - word_index)).astype(np.uint64)) & _MASKS[lengths]
    first_rows, codes = _encode_by_comparing(cells_as_words) or _encode_by_sorting(cells_as_words)
    return [text[starts[row] : stops[row]] for row in first_rows], codes


def _encode_by_comparing(words: npt.NDArray[np.uint64]) -> tuple[list[int], Codes] | None:
    """Return the index at which each distinct word first appears, and the code of each word.

    Return None if there are more than `_MAX_COMPARED_WORDS` distinct words.
    """
    if len(set(words[:_SAMPLED_WORDS].tolist())) > _MAX_COMPARED_WORDS:
        return None
    first_rows, codes = [0], np.zeros(len(words), np.int32)
    uncoded = words != words[0]
    while uncoded[row := int(uncoded.argmax())]:
        if len(first_rows) == _MAX_COMPARED_WORDS:
            return None
        is_same = words == words[row]
        codes[is_same] = len(first_rows)
        first_rows.append(row)
        uncoded &= ~is_same
    return first_rows, codes


def _encode_by_sorting(words: npt.NDArray[np.uint64]) -> tuple[list[int], Codes]:
    """Return the index at which each distinct word first appears, and the code of each word."""
    _, first_rows, inverse = np.unique(words, return_index=True, return_inverse=True)
    order = np.argsort(first_rows)  # the word that appears first gets the lowest code
    code_of_word = np.empty(len(first_rows), np.int32)
    code_of_word[order] = np.arange(len(first_rows), dtype=np.int32)
    return first_rows[order].tolist(), code_of_word[inverse]
