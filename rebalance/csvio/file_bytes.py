"""The bytes of a file, read on demand: only the slices in use are in memory."""

import os
from itertools import pairwise

import numpy as np

from rebalance.arrays import Int64
from rebalance.errors import DataError

_MAX_GAP_BYTES = 8 << 10
"""Pieces at most this far apart are read in one call: reading the gap costs less than a second call."""

_REGION_BYTES = 1 << 20
"""One call joins only pieces that start in the same region of this size, which bounds the memory of a call."""


class FileBytes:
    """The bytes of an open file, sliced as `bytes` are.

    This is not a memory map: if a mapped file is truncated, the system kills the process. Here that raises DataError.
    Reading releases the interpreter lock.
    """

    def __init__(self, descriptor: int, name: str, size: int | None = None) -> None:
        """`size`: how many bytes count; None for all."""
        self._descriptor, self._name = descriptor, name
        self._size = os.fstat(descriptor).st_size if size is None else size

    def until(self, size: int) -> "FileBytes":
        """Return the first bytes of the file."""
        return FileBytes(self._descriptor, self._name, min(size, self._size))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        start, end, _ = span.indices(self._size)
        size = max(end - start, 0)
        piece = self._read(size, start)
        while len(piece) < size:  # after a signal, or if the slice exceeds what the system reads in one call
            rest = self._read(size - len(piece), start + len(piece))
            if not rest:
                raise input_changed_error(self._name)
            piece += rest
        return piece

    def _read(self, size: int, start: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, start)
        except OSError as error:
            raise DataError(f"cannot read {self._name}: {error.strerror}", "copy it to another disk first") from None


Buffer = bytes | FileBytes
"""Bytes that can be sliced, in memory or in a file."""


def input_changed_error(name: str) -> DataError:
    """Return the error for an input that has changed since it was opened."""
    return DataError(
        f"{name} changed while it was being read", "run again when no program writes to it, or copy it first"
    )


def read_pieces(data: Buffer, starts: Int64, ends: Int64) -> list[bytes]:
    """Return the bytes from each start to its end; pieces that lie close together are read in one call."""
    gaps = starts[1:] - ends[:-1]
    same_region = starts[1:] // _REGION_BYTES == starts[:-1] // _REGION_BYTES
    joined = (gaps >= 0) & (gaps <= _MAX_GAP_BYTES) & same_region
    edges = [0, *(np.flatnonzero(~joined) + 1).tolist(), len(starts)]
    pieces: list[bytes] = []
    for first, last in pairwise(edges if len(starts) else []):
        base = int(starts[first])
        text = data[base : int(ends[last - 1])]
        pieces += [
            text[start:end]
            for start, end in zip((starts[first:last] - base).tolist(), (ends[first:last] - base).tolist(), strict=True)
        ]
    return pieces
