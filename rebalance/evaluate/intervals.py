"""How certain an estimate and a difference are: from folds, or from bootstrap samples of a single test split."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rebalance.arrays import Float64

CONFIDENCE = 0.95
"""Of all intervals."""

SIGNIFICANCE = 0.05
"""A difference is significant if its adjusted p-value is below this."""

_MIN_STANDARD_ERROR = 1e-12
"""A smaller standard error is that of differences which are equal in every fold."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric's mean over the folds (or its value on the single test split), with its 95 % interval."""

    mean: float
    low: float
    high: float

    sd: float
    """The standard deviation (n - 1) over the folds, or over the bootstrap samples. All are NaN if not defined."""


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a metric is higher than the one it is compared with, on the same test rows."""

    mean: float
    low: float
    high: float

    p: float
    """The probability of a difference at least this large by chance alone."""

    p_adjusted: float
    """The same, adjusted for the number of techniques compared (Holm)."""


NO_DIFFERENCE = Difference(0.0, 0.0, 0.0, 1.0, 1.0)
_UNDEFINED = Difference(math.nan, math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class FoldIntervals:
    """Intervals over folds. Folds share training rows, so the variance is corrected.

    The variance of the mean is (1 / n + test rows / training rows) times that of the n folds, and its distribution
    Student's t with n - 1 degrees of freedom (Nadeau and Bengio 2003, Machine Learning 52, p. 250; for repeated folds
    Bouckaert and Frank 2004, PAKDD, p. 5). Blocks in the order of time, whose training splits grow, are outside of what
    that was derived for: there the interval is a guide.
    """

    test_to_train: float
    """Test rows over training rows."""

    def estimate(self, _point: float, values: Sequence[float]) -> Estimate:
        """Return the estimate from a metric's values, one for each fold."""
        defined = _defined(values)
        if not len(defined):
            return Estimate(math.nan, math.nan, math.nan, math.nan)
        mean = float(defined.mean())
        if len(defined) < 2:  # noqa: PLR2004  one value does not vary
            return Estimate(mean, math.nan, math.nan, math.nan)
        half = self._standard_error(defined) * _t_quantile(len(defined))
        return Estimate(mean, mean - half, mean + half, float(defined.std(ddof=1)))

    def difference(
        self, _points: tuple[float, float], values: Sequence[float], reference: Sequence[float]
    ) -> Difference:
        """Return by how much `values` are higher than `reference`, fold by fold."""
        from scipy.stats import t

        differences = _defined(np.subtract(values, reference).tolist())
        if not len(differences):
            return _UNDEFINED
        mean = float(differences.mean())
        if not differences.any():
            return NO_DIFFERENCE
        if len(differences) < 2:  # noqa: PLR2004  one value does not vary
            return replace(_UNDEFINED, mean=mean)
        error = self._standard_error(differences)
        if error < _MIN_STANDARD_ERROR:  # equal by coincidence, as differences of counts can be, proves nothing
            return replace(_UNDEFINED, mean=mean)
        half = error * _t_quantile(len(differences))
        p = 2 * float(t.sf(abs(mean) / error, len(differences) - 1))
        return Difference(mean, mean - half, mean + half, p, p)

    def _standard_error(self, values: Float64) -> float:
        return math.sqrt((1 / len(values) + self.test_to_train) * float(values.var(ddof=1)))


@dataclass(frozen=True, slots=True)
class BootstrapIntervals:
    """Percentile intervals of a single test split, whose rows are resampled with replacement.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13. All contenders get the same samples.
    """

    def estimate(self, point: float, values: Sequence[float]) -> Estimate:
        """Return the measured `point` with the interval of its values in the samples."""
        low, high, sd = _percentiles(_defined(values))
        return Estimate(point, low, high, sd)

    def difference(
        self, points: tuple[float, float], values: Sequence[float], reference: Sequence[float]
    ) -> Difference:
        """Return by how much `values` are higher than `reference`, sample by sample; `points`: both as measured."""
        differences = _defined(np.subtract(values, reference).tolist())
        mean = points[0] - points[1]
        if mean == 0 and not differences.any():
            return NO_DIFFERENCE
        low, high, _ = _percentiles(differences)
        rarer = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
        p = min(1.0, 2 * (rarer + 1) / (len(differences) + 1)) if len(differences) else math.nan
        return Difference(mean, low, high, p, p)


IntervalMethod = FoldIntervals | BootstrapIntervals


def holm(differences: Mapping[int, Difference]) -> dict[int, Difference]:
    """Return the differences with their p-values adjusted for how many there are (Holm 1979, Scand. J. Statist. 6)."""
    known = [key for key, difference in differences.items() if not math.isnan(difference.p)]
    known.sort(key=lambda key: differences[key].p)
    adjusted = dict(differences)
    minimum = 0.0
    for rank, key in enumerate(known):
        minimum = max(minimum, min(1.0, (len(known) - rank) * differences[key].p))
        adjusted[key] = replace(differences[key], p_adjusted=minimum)
    return adjusted


def _defined(values: Sequence[float]) -> Float64:
    array = np.asarray(values, np.float64)
    return array[~np.isnan(array)]


def _t_quantile(n: int) -> float:
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2, n - 1))


def _percentiles(values: Float64) -> tuple[float, float, float]:
    if len(values) < 2:  # noqa: PLR2004  one value does not vary
        return math.nan, math.nan, math.nan
    low, high = np.percentile(values, [50 * (1 - CONFIDENCE), 50 * (1 + CONFIDENCE)])
    return float(low), float(high), float(values.std(ddof=1))
