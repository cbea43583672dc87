"""Conversions between Arrow arrays and NumPy arrays, buffer by buffer.

pyarrow's own conversions load pandas first, which takes longer than everything that is done with a small table.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Bool, Codes, CStrings, Float64, Objects


def strings(texts: Sequence[str]) -> pa.StringArray:
    """Return texts as an Arrow array."""
    encoded = [text.encode() for text in texts]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers, null_count=0)


def mask(marked: Bool) -> pa.BooleanArray:
    """Return a NumPy mask as one that filters Arrow arrays."""
    packed = pa.py_buffer(np.packbits(marked, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(marked), [None, packed], null_count=0)


def floats(cells: pa.ChunkedArray | pa.Array) -> Float64:
    """Return an Arrow array of doubles as floats, NaN where it is null."""
    values: Float64 = _values(cells, np.float64)
    if cells.null_count:
        values[~marks(cells.is_valid())] = np.nan
    return values


def integers(cells: pa.ChunkedArray | pa.Array) -> Codes:
    """Return an Arrow array of 32-bit integers without nulls."""
    values: Codes = _values(cells, np.int32)
    return values


def marks(cells: pa.ChunkedArray | pa.Array) -> Bool:
    """Return an Arrow array of booleans without nulls."""
    parts = [
        np.unpackbits(_data(chunk), count=chunk.offset + len(chunk), bitorder="little")[chunk.offset :]
        for chunk in _chunks(cells)
    ]
    return np.concatenate([np.empty(0, np.uint8), *parts]).astype(np.bool_)


def fixed_width(cells: pa.ChunkedArray, width: int) -> CStrings:
    """Return cells of at most `width` ASCII characters, without nulls, as NumPy bytes of fixed width."""
    parts = [
        chunk.cast(pa.binary()).cast(pa.binary(width)).buffers()[1]
        for chunk in _chunks(pc.utf8_rpad(cells, width, padding="\0"))
    ]
    return np.frombuffer(b"".join(parts), f"S{width}")


def as_strings(cells: pa.StringArray) -> Objects:
    """Return an Arrow array of strings as Python strings."""
    texts: Objects = np.empty(len(cells), object)
    texts[:] = cells.to_pylist()
    return texts


def _values(cells: pa.ChunkedArray | pa.Array, kind: Any) -> Any:
    parts = [_data(chunk).view(kind)[chunk.offset : chunk.offset + len(chunk)] for chunk in _chunks(cells)]
    return np.concatenate([np.empty(0, kind), *parts])  # a copy, which may be written to


def _chunks(cells: pa.ChunkedArray | pa.Array) -> list[pa.Array]:
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    return [chunk for chunk in chunks if len(chunk)]


def _data(chunk: pa.Array) -> Any:
    return np.frombuffer(chunk.buffers()[1], np.uint8)
