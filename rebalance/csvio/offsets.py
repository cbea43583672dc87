"""Many ascending byte offsets in little memory."""

from typing import Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Int64, Rows

_HALF = 32
_FIRST_CAPACITY = 1 << 10
Number = TypeVar("Number", bound=np.generic)


class Growing(Generic[Number]):
    """An array that grows at its end, in place where the system lets it: no second copy when it is done."""

    def __init__(self, kind: type[Number]) -> None:
        self._numbers: npt.NDArray[Number] = np.empty(_FIRST_CAPACITY, kind)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, numbers: npt.NDArray[Number]) -> None:
        """Put numbers at the end."""
        size = self._size + len(numbers)
        if size > len(self._numbers):
            self._numbers.resize(size + size // 4, refcheck=False)
        self._numbers[self._size : size] = numbers
        self._size = size

    def so_far(self) -> npt.NDArray[Number]:
        """Return a view of all numbers, good until the next one is added."""
        return self._numbers[: self._size]

    def found(self) -> npt.NDArray[Number]:
        """Return all numbers; nothing can be added afterwards."""
        self._numbers.resize(self._size, refcheck=False)
        return self._numbers


class Offsets:
    """Offsets that never descend: four bytes each, and the few places where the upper four of them count up."""

    def __init__(self, low: npt.NDArray[np.uint32], turns: Int64) -> None:
        self._low, self._turns = low, turns

    def __len__(self) -> int:
        return len(self._low)

    @overload
    def __getitem__(self, at: int) -> int: ...
    @overload
    def __getitem__(self, at: Rows) -> Int64: ...
    def __getitem__(self, at: int | Rows) -> int | Int64:
        """Return the offset at an index, which may be negative, or those at an array of indices, which may not."""
        if not isinstance(at, np.ndarray):
            return int(self[np.array([at % len(self)])][0])
        offsets = self._low[at].astype(np.int64)
        if len(self._turns):
            offsets += np.searchsorted(self._turns, at, side="right") << _HALF
        return offsets

    def without_first(self) -> "Offsets":
        """Return all but the first."""
        return Offsets(self._low[1:], self._turns - 1)

    def without_last(self) -> "Offsets":
        """Return all but the last."""
        return Offsets(self._low[:-1], self._turns)


class OffsetList:
    """Takes offsets as they are found, ascending."""

    def __init__(self) -> None:
        self._low: Growing[np.uint32] = Growing(np.uint32)
        self._turns: list[int] = []

    def add(self, offsets: Int64) -> None:
        """Put offsets at the end, at least one."""
        upper = offsets >> _HALF
        for turn in range(len(self._turns), int(upper[-1])):
            self._turns.append(len(self._low) + int(np.searchsorted(upper, turn, side="right")))
        self._low.add(offsets.astype(np.uint32))

    def after_first(self) -> "OffsetList":
        """Return a list of its own with all that this one has but the first."""
        others = OffsetList()
        if len(self._low) > 1:
            others._low.add(self._low.so_far()[1:])
            others._turns = [turn - 1 for turn in self._turns]
        return others

    def found(self) -> Offsets:
        """Return them all."""
        return Offsets(self._low.found(), np.array(self._turns, np.int64))
