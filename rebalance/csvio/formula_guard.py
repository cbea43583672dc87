"""Guard cells that a spreadsheet would run as formulas (CWE-1236), so that it shows them instead."""

import re
import threading

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.quoting import unquote
from rebalance.csvio.scan import Block, scan
from rebalance.errors import UsageError

_FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
"""Full-width =, +, - and @, which some spreadsheets treat like the ASCII characters."""

_FORMULA_STARTS = (*(bytes([byte]) for byte in b"=+-@\t\r\n"), *(mark.encode() for mark in _FULL_WIDTH))
"""The first characters of a formula, in UTF-8: OWASP, CSV Injection."""

_NUMBER = re.compile(rb"[+-](?:[0-9]+(?:[ .,'][0-9]+)*|[.,][0-9]+|inf|nan)(?:e[+-]?[0-9]+)?\s*%?", re.IGNORECASE)
"""A signed number in any common notation, which is harmless."""

_GUARD = b"'"
"""A spreadsheet shows a cell that starts with an apostrophe as text."""


class FormulaGuard:
    """Puts an apostrophe before each cell that starts like a formula, and counts these cells; numbers stay unchanged.

    Several threads may call `guard` at once. Raises UsageError if the delimiter is the apostrophe.
    """

    def __init__(self, width: int, dialect: Dialect) -> None:
        if dialect.delimiter == _GUARD:
            raise UsageError(
                "--csv-safe puts apostrophes before cells, but the delimiter of this file is the apostrophe",
                "convert the file to another delimiter first",
            )
        self._width, self._dialect = width, dialect
        self._count_lock = threading.Lock()
        self.count = 0

    def guard(self, texts: list[bytes]) -> list[bytes]:
        """Return the records `texts` (newlines included) with an apostrophe before each formula."""
        if not texts:
            return texts
        guarded: list[bytes] = []
        for block in scan(b"".join(texts), 0, self._width, self._dialect):
            positions = self._find_formulas(block)
            with self._count_lock:
                self.count += len(positions)
            guarded += _insert_guards(block, positions)
        return guarded

    def _find_formulas(self, block: Block) -> Int64:
        """Return the positions in a block, in increasing order, at which the content of a formula starts."""
        data = np.frombuffer(block.text + b"\0\0", np.uint8)
        may_start_formula = np.zeros(256, np.bool_)
        may_start_formula[[mark[0] for mark in _FORMULA_STARTS]] = True
        positions: list[int] = []
        for column in range(self._width):
            starts, stops = block.field_starts(column), block.stops(column)
            content = starts + (data[starts] == self._dialect.quoting.quote[0])
            suspects = np.flatnonzero(may_start_formula[data[content]] & (content < stops)).tolist()
            positions += [int(content[i]) for i in suspects if self._is_formula(block.text[starts[i] : stops[i]])]
        return np.sort(np.array(positions, np.int64))

    def _is_formula(self, field: bytes) -> bool:
        return is_formula(unquote(field, self._dialect.quoting))


def is_formula(cell: bytes) -> bool:
    """Return whether a spreadsheet would run the cell; a sign alone marks a missing value and is no formula."""
    return len(cell) > 1 and cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell)


def _insert_guards(block: Block, positions: Int64) -> list[bytes]:
    """Return the records of a block with an apostrophe inserted at each of `positions`."""
    texts = []
    for start, end in zip(block.starts.tolist(), block.ends.tolist(), strict=True):
        text = block.text[start:end]
        first, last = np.searchsorted(positions, [start, end]).tolist()
        for position in positions[first:last][::-1].tolist():  # backwards, so that the positions before stay valid
            text = text[: position - start] + _GUARD + text[position - start :]
        texts.append(text)
    return texts
