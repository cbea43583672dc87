"""The bytes of a file, read when asked for: never more of them in memory than somebody holds."""

import os
from collections.abc import Sequence

from rebalance.errors import DataError

_MOST_BETWEEN = 8 << 10
"""Pieces no further apart are read in one call: reading what lies between costs less than another call."""

_STRETCH_BYTES = 4 << 20


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


def pieces(data: Buffer, starts: Sequence[int], ends: Sequence[int]) -> list[bytes]:
    """Return the bytes between each start and its end; pieces that lie close together are read at once."""
    if isinstance(data, bytes):
        return [data[a:b] for a, b in zip(starts, ends, strict=True)]
    found: list[bytes] = []
    first = 0
    while first < len(starts):
        base, stop, last = starts[first], ends[first], first + 1
        while (
            last < len(starts) and stop <= starts[last] <= stop + _MOST_BETWEEN and ends[last] - base <= _STRETCH_BYTES
        ):
            stop = ends[last]
            last += 1
        stretch = data[base:stop]
        found += [stretch[starts[at] - base : ends[at] - base] for at in range(first, last)]
        first = last
    return found
