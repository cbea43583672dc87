"""Write made rows as CSV bytes.

A block of rows becomes one matrix of bytes: each column has a fixed number of places, unused places hold NUL
(which no text file holds), and squeezing the NULs out of the matrix leaves the CSV. Numbers are turned into
digits four at a time through a table. This writes fixed-point numbers several times faster than a
general-purpose CSV writer, and exactly as the column writes them.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rebalance.arrays import Bool, Byte, CodeUnits, CStrings, Float64, Int64, Objects
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.record_copy import quote
from rebalance.table.columns import Column
from rebalance.table.formats import NumberFormat
from rebalance.table.typed import TypedColumn

_FOUR_DIGITS: CodeUnits = np.frombuffer(b"".join(b"%04d" % n for n in range(10_000)), np.uint32)
_POWERS: Int64 = 10 ** np.arange(19, dtype=np.int64)
_MINUS, _DOT, _ZERO = 45, 46, 48


def render_rows(fields: Sequence["Byte"], dialect: Dialect) -> tuple[bytes, Callable[[], Int64]]:
    """Join rendered fields (rows x places each, NUL where unused) into records.

    Returns the bytes, and what tells where each record ends in them: most callers need not know.
    """
    rows = len(fields[0])
    newline = np.frombuffer(dialect.newline, np.uint8)
    total = sum(field.shape[1] + 1 for field in fields) - 1 + len(newline)
    matrix = np.empty((rows, total), np.uint8)
    at = 0
    for number, field in enumerate(fields):
        if number:
            matrix[:, at] = dialect.delimiter[0]
            at += 1
        matrix[:, at : at + field.shape[1]] = field
        at += field.shape[1]
    matrix[:, at:] = newline
    used = matrix != 0
    return matrix[used].tobytes(), lambda: np.cumsum(np.count_nonzero(used, axis=1))


class FieldWriter:
    """Renders the cells of one column; what can be prepared once per column is."""

    def __init__(self, column: Column, levels: Objects, dialect: Dialect) -> None:
        self._column = column
        self._dialect = dialect
        self._levels = [self._escape(level) for level in levels.tolist()]
        self._lengths = np.array([len(level) for level in self._levels] or [0], np.int64)

    def render(self, cells: TypedColumn) -> Byte:
        """Return the cells as rows x places of bytes, NUL where unused."""
        if cells.values is None:
            assert cells.codes is not None  # noqa: S101  a column of strings has them
            return self._texts(cells.codes)
        odd = np.isnan(cells.values)
        if cells.codes is None or not odd.any():
            return self._measured(cells.values)
        measured = self._measured(np.where(odd, 0.0, cells.values))
        texts = self._texts(np.where(odd, cells.codes, 0))
        width = max(measured.shape[1], texts.shape[1])
        out = np.zeros((len(odd), width), np.uint8)
        out[~odd, : measured.shape[1]] = measured[~odd]
        out[odd, : texts.shape[1]] = texts[odd]
        return out

    def width(self, cells: TypedColumn) -> int:
        """Return how many places these cells may take: what bounds the memory of a block."""
        return int(self._lengths[cells.codes].max()) if cells.codes is not None and len(cells.codes) else 32

    def _texts(self, codes: Int64 | np.ndarray[tuple[int], np.dtype[np.int32]]) -> Byte:
        used, places = np.unique(codes, return_inverse=True)
        return pad_to_matrix([self._levels[code] for code in used.tolist()])[places]

    def _measured(self, values: Float64) -> Byte:
        number = self._column.number
        if number is None:
            assert self._column.date  # noqa: S101  measured columns are numbers or dates
            return pad_to_matrix([self._escape(text) for text in self._column.date.render(values)])
        decimals = number.decimals
        if decimals is None:
            return pad_to_matrix([self._escape(number.prefix + _shortest(value, number)) for value in values.tolist()])
        body = fixed_point(np.rint(values * 10.0**decimals).astype(np.int64), decimals, pad=number.fixed)
        if number.point != ".":
            body[body == _DOT] = ord(number.point)
        return self._wrapped(body, number.prefix.encode(self._dialect.encoding))

    def _wrapped(self, body: Byte, prefix: bytes) -> Byte:
        before = b'"' + prefix if self._column.quoted else prefix
        parts = [np.broadcast_to(np.frombuffer(before, np.uint8), (len(body), len(before))), body]
        if self._column.quoted:
            parts.append(np.full((len(body), 1), ord('"'), np.uint8))
        return np.hstack(parts) if len(parts) > 2 or before else body  # noqa: PLR2004  something is around it

    def _escape(self, text: str) -> bytes:
        cell = text.encode(self._dialect.encoding)
        if self._column.quoted and cell:
            return b'"' + cell.replace(b'"', b'""') + b'"'
        return quote(cell, self._dialect)


def pad_to_matrix(cells: list[bytes]) -> Byte:
    """Return byte strings as rows x places of bytes, NUL where unused."""
    packed: CStrings = np.array(cells, np.bytes_)
    return packed.view(np.uint8).reshape(len(cells), -1)


def fixed_point(scaled: Int64, decimals: int, *, pad: bool) -> Byte:
    """Write `scaled / 10**decimals` as rows x places of bytes, NUL where unused.

    `pad`: with all decimals, `1.50`; otherwise without zeros at the end, `1.5`. `scaled` must stay below
    10**18 in size.
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
    out = np.zeros((len(scaled), 1 + digits + (decimals > 0)), np.uint8)
    out[:, 0] = (scaled < 0) * _MINUS
    out[:, 1 : 1 + whole] = places[:, :whole]
    for place in range(whole - 1):  # leading zeros
        out[size < _POWERS[digits - 1 - place], 1 + place] = 0
    if decimals:
        out[:, 1 + whole] = _DOT
        out[:, 2 + whole :] = places[:, whole:]
        if not pad:
            _strip_zeros(out, 1 + whole)
    return out


def _strip_zeros(out: Byte, dot: int) -> None:
    """Blank the zeros at the end of each row, and the point if nothing follows it."""
    trailing: Bool = np.ones(len(out), np.bool_)
    for place in range(out.shape[1] - 1, dot, -1):
        trailing &= out[:, place] == _ZERO
        out[trailing, place] = 0
    out[trailing, dot] = 0


def _shortest(value: float, number: NumberFormat) -> str:
    text = next(
        (text for digits in range(15, number.digits) if float(text := f"{value:.{digits}g}") == value),
        f"{value:.{number.digits}g}",
    )
    return text.replace(".", number.point)
