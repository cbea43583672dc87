"""Compact indexes over the bytes of a text: marked positions as bits, and increasing offsets in four bytes each."""

from typing import Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Bool, Int64, Rows

_ONE = np.uint64(1)
"""Typed, so that arithmetic on words stays unsigned."""

_MAX_WORDS_BACK = 3
"""`previous` looks back word by word this many times; rank and select find the marks that are further away."""

_LOWER_BITS = 32
"""Bits that are stored for each offset; the bits above change once every 4 GiB."""

_INITIAL_CAPACITY = 1 << 10
"""Numbers that a growing array holds before it grows for the first time."""

Words = npt.NDArray[np.uint64]
Number = TypeVar("Number", bound=np.generic)


class Bits:
    """The marked positions of a text, one bit per byte.

    Rank and select over words of 64 bits, with a running count per word: G. Jacobson, Space-efficient static trees and
    graphs, FOCS 1989, p. 549.
    """

    def __init__(self, marked: Bool) -> None:
        packed = np.packbits(marked, bitorder="little")
        self._words: Words = np.concatenate([packed, np.zeros(8 + -len(packed) % 8, np.uint8)]).view("<u8")
        self._counts = np.bitwise_count(self._words)
        self._cumulative_counts = np.cumsum(self._counts, dtype=np.int64)

    def positions(self) -> Int64:
        """Return all marked positions, in increasing order; fast if few words hold more than one mark."""
        word_index = np.flatnonzero(self._words)
        positions = np.empty(int(self._cumulative_counts[-1]), np.int64)
        words = self._words[word_index]
        rank = (self._cumulative_counts - self._counts)[word_index]
        while len(word_index):
            positions[rank] = _lowest_positions(word_index, words)
            words &= words - _ONE
            unfinished = np.flatnonzero(words)
            word_index, words, rank = word_index[unfinished], words[unfinished], rank[unfinished] + 1
        return positions

    def rank(self, positions: Int64) -> Int64:
        """Return the number of marks before each of `positions`, which need not be marked themselves."""
        word_index = positions >> 6
        in_word = np.bitwise_count(self._words[word_index] & _bits_below(positions))
        ranks: Int64 = self._cumulative_counts[word_index] - self._counts[word_index] + in_word
        return ranks

    def previous(self, positions: Int64) -> Int64:
        """Return the last marked position before each of `positions`; fast if the marks are near.

        `positions` must be in increasing order and have at least one mark before them.
        """
        word_index = positions >> 6
        words = self._words[word_index] & _bits_below(positions)
        for _ in range(_MAX_WORDS_BACK):
            empty = np.flatnonzero(words == 0)
            word_index[empty] -= 1
            words[empty] = self._words[word_index[empty]]
        far = np.flatnonzero(words == 0)
        word_index[far], words[far] = 0, _ONE  # a placeholder, replaced below
        # Clearing the lower of two adjacent bits keeps the highest bit the same when a word is rounded to a double.
        previous: Int64 = (word_index << 6) + np.frexp((words & ~(words >> _ONE)).astype(np.float64))[1] - 1
        previous[far] = self.select(self.rank(positions[far]) - 1)
        return previous

    def select(self, ranks: Int64) -> Int64:
        """Return the position of each mark in `ranks`, which must be in increasing order; the first mark has rank 0."""
        word_index = np.searchsorted(self._cumulative_counts, ranks, side="right")
        rank_in_word = ranks - self._cumulative_counts[word_index] + self._counts[word_index]
        words = self._words[word_index]
        for cleared in range(int(rank_in_word.max(initial=0))):
            words = np.where(rank_in_word > cleared, words & (words - _ONE), words)
        return _lowest_positions(word_index, words)


def _bits_below(positions: Int64) -> Words:
    """Return, for each position, a word with all bits set below the bit of that position."""
    below: Words = (_ONE << (positions & 63).astype(np.uint64)) - _ONE
    return below


def _lowest_positions(word_index: Int64, words: Words) -> Int64:
    """Return the position of the lowest bit of each word."""
    positions: Int64 = (word_index << 6) + np.bitwise_count((words & (~words + _ONE)) - _ONE)
    return positions


class GrowingArray(Generic[Number]):
    """An array that grows at its end, in place where the system allows that, so that no second copy is needed."""

    def __init__(self, kind: type[Number]) -> None:
        self._numbers: npt.NDArray[Number] = np.empty(_INITIAL_CAPACITY, kind)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, numbers: npt.NDArray[Number]) -> None:
        """Append `numbers`."""
        size = self._size + len(numbers)
        if size > len(self._numbers):
            self._numbers.resize(size + size // 4, refcheck=False)
        self._numbers[self._size : size] = numbers
        self._size = size

    def view(self) -> npt.NDArray[Number]:
        """Return a view of all numbers, valid until the next call of `add`."""
        return self._numbers[: self._size]

    def finish(self) -> npt.NDArray[Number]:
        """Return all numbers; nothing can be added afterwards."""
        self._numbers.resize(self._size, refcheck=False)
        return self._numbers


class Offsets:
    """Offsets that never decrease: the lower four bytes of each, and the indices at which the upper bytes increase."""

    def __init__(self, low: npt.NDArray[np.uint32], carries: Int64) -> None:
        self._low, self._carries = low, carries

    def __len__(self) -> int:
        return len(self._low)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: Rows) -> Int64: ...
    def __getitem__(self, index: int | Rows) -> int | Int64:
        """Return the offset at an index, which may be negative, or the offsets at an array of non-negative indices."""
        if not isinstance(index, np.ndarray):
            return int(self[np.array([index % len(self)])][0])
        offsets = self._low[index].astype(np.int64)
        if len(self._carries):
            offsets += np.searchsorted(self._carries, index, side="right") << _LOWER_BITS
        return offsets

    def without_first(self) -> "Offsets":
        """Return all offsets except the first."""
        return Offsets(self._low[1:], self._carries - 1)

    def without_last(self) -> "Offsets":
        """Return all offsets except the last."""
        return Offsets(self._low[:-1], self._carries)


class OffsetBuilder:
    """Collects increasing offsets."""

    def __init__(self) -> None:
        self._low: GrowingArray[np.uint32] = GrowingArray(np.uint32)
        self._carries: list[int] = []

    def add(self, offsets: Int64) -> None:
        """Append `offsets`, at least one."""
        upper = offsets >> _LOWER_BITS
        for carry in range(len(self._carries), int(upper[-1])):
            self._carries.append(len(self._low) + int(np.searchsorted(upper, carry, side="right")))
        self._low.add(offsets.astype(np.uint32))

    def copy_without_first(self) -> "OffsetBuilder":
        """Return a new builder that holds all offsets except the first."""
        copy = OffsetBuilder()
        if len(self._low) > 1:
            copy._low.add(self._low.view()[1:])
            copy._carries = [carry - 1 for carry in self._carries]
        return copy

    def build(self) -> Offsets:
        """Return all offsets; nothing can be added afterwards."""
        return Offsets(self._low.finish(), np.array(self._carries, np.int64))
