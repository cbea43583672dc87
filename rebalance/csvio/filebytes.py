"""The bytes of a file, read when asked for: never more of them in memory than somebody holds."""

import os
from itertools import pairwise

import numpy as np

from rebalance.arrays import Int64
from rebalance.errors import DataError

_MOST_BETWEEN = 8 << 10
"""Pieces no further apart are read in one call: reading what lies between costs less than another call."""

_STRETCH_BYTES = 1 << 20
"""No call reads over a multiple of this, but for one long piece."""


class FileBytes:
    """The bytes of an open file, sliced as `bytes` are.

    Not a memory map: where a file that is mapped is cut short, the system kills the process; here that is a DataError.
    Reading leaves other threads free to run.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor, self._name = descriptor, name
        self._size = os.fstat(descriptor).st_size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, span: slice) -> bytes:
        begin, end, _ = span.indices(self._size)
        size = max(end - begin, 0)
        piece = self._read(size, begin)
        while len(piece) < size:  # a signal, or more than the system reads at once
            more = self._read(size - len(piece), begin + len(piece))
            if not more:
                raise changed(self._name)
            piece += more
        return piece

    def _read(self, size: int, begin: int) -> bytes:
        try:
            return os.pread(self._descriptor, size, begin)
        except OSError as error:
            raise DataError(f"cannot read {self._name}: {error.strerror}", "copy it to another disk first") from None


Buffer = bytes | FileBytes


def changed(name: str) -> DataError:
    """Return the error for an input that is not what it was when it was opened."""
    return DataError(f"{name} changed while it was being read", "run again when nothing writes to it, or copy it first")


def pieces(data: Buffer, starts: Int64, ends: Int64) -> list[bytes]:
    """Return the bytes between each start and its end; pieces that lie close together are read at once."""
    between = starts[1:] - ends[:-1]
    near = (between >= 0) & (between <= _MOST_BETWEEN) & (starts[1:] // _STRETCH_BYTES == starts[:-1] // _STRETCH_BYTES)
    edges = [0, *(np.flatnonzero(~near) + 1).tolist(), len(starts)]
    found: list[bytes] = []
    for first, last in pairwise(edges if len(starts) else []):
        base = int(starts[first])
        stretch = data[base : int(ends[last - 1])]
        found += [
            stretch[begin:end]
            for begin, end in zip((starts[first:last] - base).tolist(), (ends[first:last] - base).tolist(), strict=True)
        ]
    return found
