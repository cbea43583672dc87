"""Where bytes of one kind stand in a text, a bit a byte: found, counted and picked without a list of them all."""

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Bool, Int64

_ONE = np.uint64(1)
_NEAR_WORDS = 3

Words = npt.NDArray[np.uint64]


class Bits:
    """The marked positions of a text.

    Rank and select over words of 64 bits, with a running count by word: G. Jacobson, Space-efficient static trees and
    graphs, FOCS 1989, p. 549.
    """

    def __init__(self, marked: Bool) -> None:
        packed = np.packbits(marked, bitorder="little")
        self._words: Words = np.concatenate([packed, np.zeros(8 + -len(packed) % 8, np.uint8)]).view("<u8")
        self._counts = np.bitwise_count(self._words)
        self._up_to = np.cumsum(self._counts, dtype=np.int64)

    def positions(self) -> Int64:
        """Return all of them, ascending: quick where few words hold more than one."""
        word = np.flatnonzero(self._words)
        found = np.empty(int(self._up_to[-1]), np.int64)
        left, at = self._words[word], (self._up_to - self._counts)[word]
        while len(word):
            found[at] = _lowest(word, left)
            left &= left - _ONE
            more = np.flatnonzero(left)
            word, left, at = word[more], left[more], at[more] + 1
        return found

    def before(self, positions: Int64) -> Int64:
        """Return how many marks stand before each position, which need not be marked itself."""
        word = positions >> 6
        marked = np.bitwise_count(self._words[word] & _below(positions))
        count: Int64 = self._up_to[word] - self._counts[word] + marked
        return count

    def last_before(self, positions: Int64) -> Int64:
        """Return where the last mark before each position stands; there must be one; they ascend. Quick if near."""
        word = positions >> 6
        left = self._words[word] & _below(positions)
        for _ in range(_NEAR_WORDS):
            empty = np.flatnonzero(left == 0)
            word[empty] -= 1
            left[empty] = self._words[word[empty]]
        far = np.flatnonzero(left == 0)
        word[far], left[far] = 0, _ONE  # any, for now
        # of two neighbouring bits the lower goes: what is left keeps its highest one when it is rounded to a double
        highest: Int64 = (word << 6) + np.frexp((left & ~(left >> _ONE)).astype(np.float64))[1] - 1
        highest[far] = self.numbered(self.before(positions[far]) - 1)
        return highest

    def numbered(self, ranks: Int64) -> Int64:
        """Return where each of the given marks stands, the first being number 0; `ranks` ascend."""
        word = np.searchsorted(self._up_to, ranks, side="right")
        skipped = ranks - self._up_to[word] + self._counts[word]
        left = self._words[word]
        for number in range(int(skipped.max(initial=0))):
            left = np.where(skipped > number, left & (left - _ONE), left)
        return _lowest(word, left)


def _below(positions: Int64) -> Words:
    """Return, for each position, a word with the bits below its own."""
    below: Words = (_ONE << (positions & 63).astype(np.uint64)) - _ONE
    return below


def _lowest(word: Int64, left: Words) -> Int64:
    """Return the position of the lowest bit of each word."""
    position: Int64 = (word << 6) + np.bitwise_count((left & (~left + _ONE)) - _ONE)
    return position
