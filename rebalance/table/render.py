"""Synthetic rows as CSV bytes.

A block of rows becomes a matrix of bytes: each column has a fixed number of places, unused places hold NUL (which no
text file holds), and removing the NULs from the matrix leaves the CSV.
"""

from collections.abc import Callable, Sequence

import numpy as np

from rebalance.arrays import Byte, Codes, Float64, Int64, Objects
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.quoting import quote
from rebalance.table.columns import Column
from rebalance.table.number_render import pad_to_matrix, render_numbers
from rebalance.table.typed import TypedColumn

_NUMBER_WIDTH = 32
"""Places that a number or a date takes at most, nearly always."""


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
        if number is not None:
            return self._in_quotes(render_numbers(values, number, self._dialect.encoding))
        assert self._column.date  # noqa: S101  measured columns are numbers or dates
        return pad_to_matrix([self._quote(text) for text in self._column.date.render(values)])

    def _in_quotes(self, matrix: Byte) -> Byte:
        """Return numbers in quotes where all cells of the column are quoted, or a number holds the delimiter."""
        mark = self._dialect.quoting.quote[0]
        if self._column.quoted:
            quotes = np.full((len(matrix), 1), mark, np.uint8)
            return np.hstack([quotes, matrix, quotes])
        needed = (matrix == self._dialect.delimiter[0]).any(axis=1)
        if not needed.any():
            return matrix
        if not self._dialect.quoting.has_quotes:
            return pad_to_matrix([self._quote(row[row != 0].tobytes()) for row in matrix])
        quotes = np.where(needed, mark, 0).astype(np.uint8)[:, None]
        return np.hstack([quotes, matrix, quotes])

    def _quote(self, text: str | bytes) -> bytes:
        cell = text.encode(self._dialect.encoding) if isinstance(text, str) else text
        dialect = self._dialect
        return quote(cell, dialect.delimiter, dialect.quoting, always=self._column.quoted and bool(cell))
