"""How sure a figure is, and a difference of two: over folds, or over bootstrap samples of one test part."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rebalance.arrays import Float64

CONFIDENCE = 0.95
_NO_VARIANCE = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure's mean over the folds (or its value on the one test part), and its 95 % interval.

    `sd` is the standard deviation (n - 1) of what the interval comes from. NaN where not defined.
    """

    mean: float
    low: float
    high: float
    sd: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much higher a figure is than the one it is compared with, on the same test rows.

    `p`: of a difference this large by chance alone; `p_adjusted`: with as many techniques compared (Holm).
    """

    mean: float
    low: float
    high: float
    p: float
    p_adjusted: float


NO_DIFFERENCE = Difference(0.0, 0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class OverFolds:
    """Figures vary from fold to fold, but folds share training rows, so that their variance is corrected.

    The variance of the mean is (1 / n + test rows / training rows) times that of the n folds, and its
    distribution Student's with n - 1 degrees of freedom (Nadeau and Bengio 2003, Machine Learning 52, p. 250;
    for repeated folds Bouckaert and Frank 2004, PAKDD, p. 5). Blocks in the order of time, whose training parts grow,
    are outside of what that was derived for: there the interval is a guide.
    """

    test_to_train: float

    def estimate(self, _point: float, values: Sequence[float]) -> Estimate:
        """Return the mean of a figure's `values`, one a fold, with its interval."""
        defined = _defined(values)
        if not len(defined):
            return Estimate(math.nan, math.nan, math.nan, math.nan)
        mean = float(defined.mean())
        if len(defined) < 2:  # noqa: PLR2004  one value does not vary
            return Estimate(mean, math.nan, math.nan, math.nan)
        half = self._error(defined) * _student(len(defined))
        return Estimate(mean, mean - half, mean + half, float(defined.std(ddof=1)))

    def difference(self, _points: tuple[float, float], one: Sequence[float], other: Sequence[float]) -> Difference:
        """Return how much higher `one` is than `other`, fold by fold."""
        from scipy.stats import t

        gaps = _defined(np.subtract(one, other).tolist())
        if not len(gaps):
            return Difference(math.nan, math.nan, math.nan, math.nan, math.nan)
        mean = float(gaps.mean())
        if not gaps.any():
            return NO_DIFFERENCE
        if len(gaps) < 2:  # noqa: PLR2004
            return Difference(mean, math.nan, math.nan, math.nan, math.nan)
        error = self._error(gaps)
        if error < _NO_VARIANCE:  # equal gaps by luck, as counted figures have them, are no certainty
            return Difference(mean, math.nan, math.nan, math.nan, math.nan)
        half = error * _student(len(gaps))
        p = 2 * float(t.sf(abs(mean) / error, len(gaps) - 1))
        return Difference(mean, mean - half, mean + half, p, p)

    def _error(self, values: Float64) -> float:
        return math.sqrt((1 / len(values) + self.test_to_train) * float(values.var(ddof=1)))


@dataclass(frozen=True, slots=True)
class OverSamples:
    """One test part: its rows are drawn again and again, with replacement; intervals are percentiles.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13. Contenders are given the same draws.
    """

    def estimate(self, point: float, values: Sequence[float]) -> Estimate:
        """Return the `point` measured, with the interval of the `values` of the samples."""
        low, high, spread = _percentiles(_defined(values))
        return Estimate(point, low, high, spread)

    def difference(self, points: tuple[float, float], one: Sequence[float], other: Sequence[float]) -> Difference:
        """Return how much higher `one` is than `other`, sample by sample."""
        gaps = _defined(np.subtract(one, other).tolist())
        mean = points[0] - points[1]
        if mean == 0 and not gaps.any():
            return NO_DIFFERENCE
        low, high, _ = _percentiles(gaps)
        rarer = min(int((gaps <= 0).sum()), int((gaps >= 0).sum()))
        p = min(1.0, 2 * (rarer + 1) / (len(gaps) + 1)) if len(gaps) else math.nan
        return Difference(mean, low, high, p, p)


def holm(differences: Mapping[int, Difference]) -> dict[int, Difference]:
    """Return the differences with their p adjusted for how many there are (Holm 1979, Scand. J. Statist. 6)."""
    known = sorted((at for at, d in differences.items() if not math.isnan(d.p)), key=lambda at: differences[at].p)
    adjusted = dict(differences)
    least = 0.0
    for rank, at in enumerate(known):
        least = max(least, min(1.0, (len(known) - rank) * differences[at].p))
        adjusted[at] = replace(differences[at], p_adjusted=least)
    return adjusted


def _defined(values: Sequence[float]) -> Float64:
    array = np.asarray(values, np.float64)
    return array[~np.isnan(array)]


def _student(n: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, n - 1))


def _percentiles(values: Float64) -> tuple[float, float, float]:
    if len(values) < 2:  # noqa: PLR2004
        return math.nan, math.nan, math.nan
    low, high = np.percentile(values, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
    return float(low), float(high), float(values.std(ddof=1))
