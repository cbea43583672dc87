"""Names for the NumPy arrays that pass between modules, and operations on arrays as long as a table."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
"""Byte offsets, counts, positions."""

Rows = npt.NDArray[np.signedinteger[Any]]
"""Record numbers, of four or eight bytes each."""

Codes = npt.NDArray[np.int32]
"""Category or class codes: positions in a list of levels."""

Float64 = npt.NDArray[np.float64]
Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]
Byte = npt.NDArray[np.uint8]
CStrings = npt.NDArray[np.bytes_]
CodeUnits = npt.NDArray[np.uint32]
Objects = npt.NDArray[np.object_]

_CHUNK_ITEMS = 1 << 20
"""Items handled at a time by operations that need temporary memory for each."""

_MAX_COMPARED_CODES = 16
"""Up to so many codes, a comparison for each is ten times faster than counting all at once."""

_MAX_INT32 = np.iinfo(np.int32).max


def all_rows(count: int) -> Rows:
    """Return the numbers of all of `count` records, of four bytes each if they fit."""
    return np.arange(count, dtype=np.int32 if count <= _MAX_INT32 else np.int64)


def chunks(count: int) -> Iterator[slice]:
    """Yield slices that together cover an array of `count` items, for work that needs memory for each item."""
    return (slice(start, min(start + _CHUNK_ITEMS, count)) for start in range(0, count, _CHUNK_ITEMS))


def rows_where(mask: Bool) -> Rows:
    """Return the numbers of the records for which `mask` is true, ascending, of four bytes each if they fit."""
    rows: Rows = np.empty(np.count_nonzero(mask), np.int32 if len(mask) <= _MAX_INT32 else np.int64)
    size = 0
    for chunk in chunks(len(mask)):
        numbers = np.flatnonzero(mask[chunk]) + chunk.start
        rows[size : size + len(numbers)] = numbers
        size += len(numbers)
    return rows


def is_increasing(rows: Rows) -> bool:
    """Whether each number is greater than the one before."""
    return bool((rows[1:] > rows[:-1]).all())


def count_codes(codes: Codes, size: int, rows: Rows | None = None) -> Int64:
    """Return how often each code from 0 to `size` - 1 occurs, in the records `rows` or in all; codes below 0 do not."""
    counts = np.zeros(size, np.int64)
    if rows is not None and len(rows) == len(codes) and is_increasing(rows):  # all records
        rows = None
    for chunk in chunks(len(codes) if rows is None else len(rows)):
        part = codes[chunk] if rows is None else codes.take(rows[chunk])
        if size <= _MAX_COMPARED_CODES:
            counts += np.array([np.count_nonzero(part == code) for code in range(size)], np.int64)
        else:
            counts += np.bincount(part[part >= 0], minlength=size)
    return counts
