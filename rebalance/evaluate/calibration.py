"""Whether predicted probabilities mean what they say (van Calster et al. 2019, BMC Medicine 17:230)."""

import math

import numpy as np

from rebalance.arrays import Bool, Float64, Int64

BINS = 10
_NEAREST = 1e-6
"""Probabilities of 0 and 1 have no log odds: they count as this far from them."""


def calibration_slope(truth: Bool, chance: Float64) -> float:
    """Return the slope of a logistic regression of the truth on the predicted log odds (Cox 1958, Biometrika 45).

    1 is right; below 1 the probabilities are too extreme, above 1 too timid. NaN where it is not defined, as where
    they part the two sides without a fault.
    """
    from sklearn.linear_model import LogisticRegression

    clipped = np.clip(chance, _NEAREST, 1 - _NEAREST)
    odds = np.log(clipped / (1 - clipped))
    if truth.all() or not truth.any() or np.ptp(odds) == 0 or _parted(odds[truth], odds[~truth]):
        return math.nan
    return float(LogisticRegression(C=np.inf).fit(odds[:, None], truth).coef_[0, 0])


def _parted(some: Float64, others: Float64) -> bool:
    return bool(some.min() >= others.max() or others.min() >= some.max())


def expected_calibration_error(truth: Bool, chance: Float64) -> float:
    """Return the mean distance of predicted and observed shares over bins of equal width, weighted by their rows.

    Naeini, Cooper and Hauskrecht 2015, AAAI, equation 2.
    """
    rows, predicted, observed = reliability(truth, chance)
    return float(np.average(np.abs(predicted - observed), weights=rows))


def predicted_over_observed(truth: Bool, chance: Float64) -> float:
    """Return the mean predicted probability over the share of rows that are so; NaN if none is."""
    return float(chance.mean() / truth.mean()) if truth.any() else math.nan


def reliability(truth: Bool, chance: Float64) -> tuple[Int64, Float64, Float64]:
    """Return, of the bins of equal width that hold rows: how many, the mean predicted chance, the share of truths."""
    places = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    rows = np.bincount(places, minlength=BINS)
    used = rows > 0
    predicted = np.bincount(places, chance, minlength=BINS)[used] / rows[used]
    observed = np.bincount(places, truth, minlength=BINS)[used] / rows[used]
    return rows[used], predicted, observed
