"""Names for the numpy arrays that pass between modules, and what is done with those as long as a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
"""Byte offsets, counts, positions."""

Rows = npt.NDArray[np.signedinteger[Any]]
"""Record numbers: of four bytes each, or of eight."""

Codes = npt.NDArray[np.int32]
"""Category or class codes: positions in a list of levels."""

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Byte = npt.NDArray[np.uint8]
CStrings = npt.NDArray[np.bytes_]
CodeUnits = npt.NDArray[np.uint32]
Objects = npt.NDArray[np.object_]

_STRETCH = 1 << 20
_FEW_CODES = 16
_FOUR_BYTES = np.iinfo(np.int32).max


def all_rows(count: int) -> Rows:
    """Return the numbers of all of `count` records: of four bytes each if they fit."""
    return np.arange(count, dtype=np.int32 if count <= _FOUR_BYTES else np.int64)


def stretches(count: int) -> Iterator[slice]:
    """Yield slices that together cover an array of so many items, for work that needs memory by the item."""
    return (slice(begin, min(begin + _STRETCH, count)) for begin in range(0, count, _STRETCH))


def marked_rows(marks: Bool) -> Rows:
    """Return the numbers of the marked records, ascending: of four bytes each if they fit."""
    found: Rows = np.empty(np.count_nonzero(marks), np.int32 if len(marks) <= _FOUR_BYTES else np.int64)
    size = 0
    for part in stretches(len(marks)):
        numbers = np.flatnonzero(marks[part]) + part.start
        found[size : size + len(numbers)] = numbers
        size += len(numbers)
    return found


def ascends(rows: Rows) -> bool:
    """Whether each number is above the one before."""
    return bool((rows[1:] > rows[:-1]).all())


def count_codes(codes: Codes, size: int, rows: Rows | None = None) -> Int64:
    """Return how often each code from 0 to `size` - 1 occurs, in the records `rows` or in all; codes below 0 do not."""
    counts = np.zeros(size, np.int64)
    if rows is not None and len(rows) == len(codes) and ascends(rows):  # all of them
        rows = None
    for part in stretches(len(codes) if rows is None else len(rows)):
        some = codes[part] if rows is None else codes.take(rows[part])
        if size <= _FEW_CODES:  # a comparison each is ten times quicker than counting all
            counts += np.array([np.count_nonzero(some == code) for code in range(size)], np.int64)
        else:
            counts += np.bincount(some[some >= 0], minlength=size)
    return counts
