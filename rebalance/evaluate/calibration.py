"""Whether predicted probabilities are right (van Calster et al. 2019, BMC Medicine 17:230)."""

import math

import numpy as np

from rebalance.arrays import Bool, Float64, Int64

BINS = 10
"""Bins of equal width."""

CALIBRATED = (0.8, 1.25)
"""Within this ratio of mean predicted probability to observed share there is no warning."""

_MIN_PROBABILITY = 1e-6
"""Probabilities of 0 and 1 have no log odds: they count as this far from them."""


def calibration_slope(truth: Bool, probability: Float64) -> float:
    """Return the slope of a logistic regression of the truth on the predicted log odds (Cox 1958, Biometrika 45).

    1 is right; below 1 the probabilities are too extreme, above 1 too moderate. NaN where it is not defined, for
    example because the probabilities separate the two classes perfectly.
    """
    from sklearn.linear_model import LogisticRegression

    clipped = np.clip(probability, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY)
    log_odds = np.log(clipped / (1 - clipped))
    if truth.all() or not truth.any() or np.ptp(log_odds) == 0 or _are_separated(log_odds[truth], log_odds[~truth]):
        return math.nan
    return float(LogisticRegression(C=np.inf).fit(log_odds[:, None], truth).coef_[0, 0])


def _are_separated(first: Float64, second: Float64) -> bool:
    return bool(first.min() >= second.max() or second.min() >= first.max())


def expected_calibration_error(truth: Bool, probability: Float64) -> float:
    """Return the mean absolute difference of predicted and observed shares over bins, weighted by their rows.

    Naeini, Cooper and Hauskrecht 2015, AAAI, equation 2.
    """
    rows, predicted, observed = calibration_curve(truth, probability)
    return float(np.average(np.abs(predicted - observed), weights=rows))


def predicted_over_observed(truth: Bool, probability: Float64) -> float:
    """Return the mean predicted probability over the share of positive rows; NaN if there are none."""
    return float(probability.mean() / truth.mean()) if truth.any() else math.nan


def calibration_curve(truth: Bool, probability: Float64) -> tuple[Int64, Float64, Float64]:
    """Return, for each bin with rows: their number, their mean predicted probability, the fraction of positives."""
    bins = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(bins, minlength=BINS)
    used = rows > 0
    predicted = np.bincount(bins, probability, minlength=BINS)[used] / rows[used]
    observed = np.bincount(bins, truth, minlength=BINS)[used] / rows[used]
    return rows[used], predicted, observed
