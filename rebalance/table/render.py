"""Synthetic rows as CSV bytes.

A block of rows becomes a matrix of bytes: each column has a fixed number of places, unused places hold NUL (which no
text file holds), and removing the NULs from the matrix leaves the CSV. Numbers become digits four at a time through a
table. For fixed-point numbers this is several times faster than a general-purpose CSV writer, and it writes exactly as
the column does.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rebalance.arrays import Bool, Byte, Codes, CodeUnits, CStrings, Float64, Int64, Objects
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.record_copy import quote
from rebalance.table.columns import Column
from rebalance.table.formats import NumberFormat
from rebalance.table.typed import TypedColumn

_FOUR_DIGITS: CodeUnits = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_POWERS: Int64 = 10 ** np.arange(19, dtype=np.int64)
_MINUS, _POINT, _ZERO, _QUOTE = 45, 46, 48, 34

_NUMBER_WIDTH = 32
"""Places that a number or a date takes at most, nearly always."""

_MIN_ROUND_TRIP_DIGITS = 15
"""Every number of so many digits survives a round trip through a double."""


def render_rows(fields: Sequence["Byte"], dialect: Dialect) -> tuple[bytes, Callable[[], Int64]]:
    """Join rendered fields (each rows x places, NUL where unused) into records.

    Returns the bytes, and a function that returns where each record ends in them, which most callers do not need.
    """
    rows = len(fields[0])
    newline = np.frombuffer(dialect.newline, np.uint8)
    width = sum(field.shape[1] + 1 for field in fields) - 1 + len(newline)
    matrix = np.empty((rows, width), np.uint8)
    position = 0
    for number, field in enumerate(fields):
        if number:
            matrix[:, position] = dialect.delimiter[0]
            position += 1
        matrix[:, position : position + field.shape[1]] = field
        position += field.shape[1]
    matrix[:, position:] = newline
    used = matrix != 0
    return matrix[used].tobytes(), lambda: np.cumsum(np.count_nonzero(used, axis=1))


class FieldWriter:
    """Renders the cells of one column; what is the same for all blocks is prepared once."""

    def __init__(self, column: Column, levels: Objects, dialect: Dialect) -> None:
        """Prepare the column's texts."""
        self._column = column
        self._dialect = dialect
        self._levels = [self._quote(level) for level in levels.tolist()]
        self._lengths = np.array([len(level) for level in self._levels] or [0], np.int64)

    def render(self, cells: TypedColumn) -> Byte:
        """Return the cells (rows x places, NUL where unused)."""
        if cells.values is None:
            assert cells.codes is not None  # noqa: S101  a column of strings has them
            return self._render_texts(cells.codes)
        is_text = np.isnan(cells.values)
        if cells.codes is None or not is_text.any():
            return self._render_measured(cells.values)
        measured = self._render_measured(np.where(is_text, 0.0, cells.values))
        texts = self._render_texts(np.where(is_text, cells.codes, 0))
        matrix = np.zeros((len(is_text), max(measured.shape[1], texts.shape[1])), np.uint8)
        matrix[~is_text, : measured.shape[1]] = measured[~is_text]
        matrix[is_text, : texts.shape[1]] = texts[is_text]
        return matrix

    def width(self, cells: TypedColumn) -> int:
        """Return how many places these cells may take, which bounds the memory of a block."""
        has_texts = cells.codes is not None and len(cells.codes)
        return int(self._lengths[cells.codes].max()) if has_texts else _NUMBER_WIDTH

    def _render_texts(self, codes: Int64 | Codes) -> Byte:
        used, positions = np.unique(codes, return_inverse=True)
        return pad_to_matrix([self._levels[code] for code in used.tolist()])[positions]

    def _render_measured(self, values: Float64) -> Byte:
        number = self._column.number
        if number is None:
            assert self._column.date  # noqa: S101  measured columns are numbers or dates
            return pad_to_matrix([self._quote(text) for text in self._column.date.render(values)])
        decimals = number.decimals
        if decimals is None:
            return pad_to_matrix([self._quote(number.prefix + _shortest(v, number)) for v in values.tolist()])
        digits = fixed_point(np.rint(values * 10.0**decimals).astype(np.int64), decimals, pad=number.fixed)
        if number.point != ".":
            digits[digits == _POINT] = ord(number.point)
        return self._wrap(digits, number.prefix.encode(self._dialect.encoding))

    def _wrap(self, digits: Byte, prefix: bytes) -> Byte:
        """Return digits after a prefix, in quotes if all cells of the column are quoted."""
        before = b'"' + prefix if self._column.quoted else prefix
        parts = [np.broadcast_to(np.frombuffer(before, np.uint8), (len(digits), len(before))), digits]
        if self._column.quoted:
            parts.append(np.full((len(digits), 1), _QUOTE, np.uint8))
        return np.hstack(parts) if self._column.quoted or before else digits

    def _quote(self, text: str) -> bytes:
        cell = text.encode(self._dialect.encoding)
        if self._column.quoted and cell:
            return b'"' + cell.replace(b'"', b'""') + b'"'
        return quote(cell, self._dialect)


def pad_to_matrix(cells: list[bytes]) -> Byte:
    """Return byte strings as a matrix (rows x places, NUL where unused)."""
    padded: CStrings = np.array(cells, np.bytes_)
    return padded.view(np.uint8).reshape(len(cells), -1)


def fixed_point(scaled: Int64, decimals: int, *, pad: bool) -> Byte:
    """Return the digits of `scaled / 10**decimals` (rows x places, NUL where unused).

    `pad`: with all decimals, `1.50`; else without zeros at the end, `1.5`. `scaled` must be below 10**18 in size.
    """
    size = np.abs(scaled)
    digits = max(len(str(int(size.max(initial=0)))), decimals + 1)
    groups = -(-digits // 4)
    quads = np.empty((len(scaled), groups), np.uint32)
    rest = size
    for group in range(groups - 1, -1, -1):
        higher = rest // 10_000
        quads[:, group] = _FOUR_DIGITS[rest - higher * 10_000]
        rest = higher
    places = quads.view(np.uint8).reshape(len(scaled), 4 * groups)[:, 4 * groups - digits :]
    whole = digits - decimals
    matrix = np.zeros((len(scaled), 1 + digits + (decimals > 0)), np.uint8)
    matrix[:, 0] = (scaled < 0) * _MINUS
    matrix[:, 1 : 1 + whole] = places[:, :whole]
    for place in range(whole - 1):  # leading zeros
        matrix[size < _POWERS[digits - 1 - place], 1 + place] = 0
    if decimals:
        matrix[:, 1 + whole] = _POINT
        matrix[:, 2 + whole :] = places[:, whole:]
        if not pad:
            _strip_zeros(matrix, 1 + whole)
    return matrix


def _strip_zeros(matrix: Byte, point: int) -> None:
    """Blank the zeros at the end of each row, and the point if nothing follows it."""
    trailing: Bool = np.ones(len(matrix), np.bool_)
    for place in range(matrix.shape[1] - 1, point, -1):
        trailing &= matrix[:, place] == _ZERO
        matrix[trailing, place] = 0
    matrix[trailing, point] = 0


def _shortest(value: float, number: NumberFormat) -> str:
    """Return the shortest text that is read back as `value`, of at least 15 digits."""
    text = next(
        (
            text
            for digits in range(_MIN_ROUND_TRIP_DIGITS, number.digits)
            if float(text := f"{value:.{digits}g}") == value
        ),
        f"{value:.{number.digits}g}",
    )
    return text.replace(".", number.point)
