"""Cells that a spreadsheet would run as formulas (CWE-1236), written so that it shows them."""

import re
import threading

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.grammar import value
from rebalance.csvio.scan import Block, scan
from rebalance.errors import UsageError

_FULL_WIDTH = "\uff1d\uff0b\uff0d\uff20"
_BEGINNINGS = (*(bytes([byte]) for byte in b"=+-@\t\r\n"), *(mark.encode() for mark in _FULL_WIDTH))
_NUMBER = re.compile(rb"[+-](?:[0-9]+(?:[ .,'][0-9]+)*|[.,][0-9]+|inf|nan)(?:e[+-]?[0-9]+)?\s*%?", re.IGNORECASE)
_GUARD = b"'"


class Guard:
    """Puts an apostrophe before each cell that begins as a formula does, and counts them; numbers are left alone.

    What begins a formula: OWASP, CSV Injection (=, +, -, @ and their full-width forms, tab, newlines). Several threads
    may ask at once. Raises UsageError where fields are separated by apostrophes.
    """

    def __init__(self, width: int, dialect: Dialect) -> None:
        if dialect.delimiter == _GUARD:
            raise UsageError("--csv-safe writes apostrophes, which separate the fields here", "convert it first")
        self._width, self._dialect = width, dialect
        self._counting = threading.Lock()
        self.count = 0

    def guarded(self, texts: list[bytes]) -> list[bytes]:
        """Return records (newlines included), such cells guarded."""
        if not texts:
            return texts
        out: list[bytes] = []
        for block in scan(b"".join(texts), 0, self._width, self._dialect):
            places = self._places(block)
            with self._counting:
                self.count += len(places)
            out += _with_guards(block, places)
        return out

    def _places(self, block: Block) -> Int64:
        data = np.frombuffer(block.text + b"\0\0", np.uint8)
        begins = np.zeros(256, np.bool_)
        begins[[mark[0] for mark in _BEGINNINGS]] = True
        places: list[int] = []
        for column in range(self._width):
            starts, stops = block.field_starts(column), block.stops(column)
            first = starts + (data[starts] == ord('"'))
            suspects = np.flatnonzero(begins[data[first]] & (first < stops)).tolist()
            places += [int(first[at]) for at in suspects if is_formula(value(block.text[starts[at] : stops[at]]))]
        return np.sort(np.array(places, np.int64))


def is_formula(cell: bytes) -> bool:
    """Whether a spreadsheet would run the cell: a lone sign is a mark for something missing."""
    return len(cell) > 1 and cell.startswith(_BEGINNINGS) and not _NUMBER.fullmatch(cell)


def _with_guards(block: Block, places: Int64) -> list[bytes]:
    texts = []
    for start, end in zip(block.starts.tolist(), block.ends.tolist(), strict=True):
        text = block.text[start:end]
        first, last = np.searchsorted(places, [start, end]).tolist()
        for place in places[first:last][::-1].tolist():  # from behind, so that the places before stay true
            text = text[: place - start] + _GUARD + text[place - start :]
        texts.append(text)
    return texts
