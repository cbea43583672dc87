"""Random numbers that a plan depends on, each purpose with a stream of its own."""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from rebalance.arrays import Float64, Int64

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""The increment of SplitMix64: 2 to the 64th over the golden ratio."""


class Stream(IntEnum):
    """Purposes that draw from the same seed and must not draw the same numbers."""

    SHUFFLE = 1
    HOLDOUT = 2
    BOOTSTRAP = 3


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """Return a fresh generator for one purpose: the same draws for the same seed."""
    return np.random.default_rng([seed, int(stream)])


def normal_deviates(key: int, draws: Int64, column: int) -> Float64:
    """Return a standard normal deviate for each draw number, a function of the key, the number and the column alone.

    The counter goes through the finalizer of SplitMix64 (Steele, Lea and Flood 2014, fig. 17) twice, and the resulting
    uniform number through the inverse of the normal distribution function.
    """
    from scipy.special import ndtri

    start = _finalize(np.array([key], np.uint64) + np.array([column + 1], np.uint64) * _GOLDEN)
    bits = _finalize(start + draws.astype(np.uint64) * _GOLDEN)
    deviates: Float64 = ndtri(((bits >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53)
    return deviates


def _finalize(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
