"""The metrics of predicted numbers, for all bootstrap samples at once.

`weights` (samples x rows): how often each row is drawn in each sample; 1 everywhere for the test split itself.
"""

import numpy as np

from rebalance.arrays import Bool, Float64
from rebalance.evaluate.results import BootstrapScores
from rebalance.table.numeric_target import NumericTarget

_SERA_STEP = 0.001
"""The width of the trapezoids over relevance (Ribeiro and Moniz 2020, section 4)."""

_ROUNDING = 1e-9
"""A relevance that lies on a trapezoid's edge counts as reaching it."""


def regression_metrics(target: NumericTarget, truth: Float64, predicted: Float64, weights: Float64) -> BootstrapScores:
    """Return the metrics of every sample."""
    codes, relevance = target.range_codes(truth), target.relevance.of(truth)
    errors = predicted - truth
    is_rare = relevance >= target.threshold
    metrics = {
        "sera": squared_error_relevance_area(errors, relevance, weights),
        "rmse": root_mean_square(errors, weights),
        "mae": mean(np.abs(errors), weights),
        "median_ae": median(np.abs(errors), weights),
        "r2": determination(truth, errors, weights),
        "rare_rmse": root_mean_square(errors, weights * is_rare),
        "rare_mae": mean(np.abs(errors), weights * is_rare),
        "rare_bias": mean(errors, weights * is_rare),
        "common_rmse": root_mean_square(errors, weights * ~is_rare),
        "weighted_r2": determination(truth, errors, weights * relevance),
        "bias": mean(errors, weights),
    }
    ranges = {code: _range_metrics(errors, weights, codes == code) for code in range(len(target.ranges))}
    return BootstrapScores(metrics, ranges)


def _range_metrics(errors: Float64, weights: Float64, is_inside: Bool) -> dict[str, Float64]:
    inside = weights * is_inside
    return {
        "rmse": root_mean_square(errors, inside),
        "mae": mean(np.abs(errors), inside),
        "bias": mean(errors, inside),
        "support": inside.sum(axis=1),
    }


def squared_error_relevance_area(errors: Float64, relevance: Float64, weights: Float64) -> Float64:
    """Return the area under the squared errors of the rows whose relevance is at least t, by t from 0 to 1.

    Ribeiro and Moniz 2020, Machine Learning 109, section 4, on their trapezoids of width 0.001: a row's squared error
    counts in those that begin up to its relevance, so that the area is a weighted sum.
    """
    steps = np.floor(relevance / _SERA_STEP + _ROUNDING)
    parts = np.where(steps >= round(1 / _SERA_STEP), 1.0, (steps + 0.5) * _SERA_STEP)
    area: Float64 = weights @ (errors**2 * parts)
    return area


def mean(values: Float64, weights: Float64) -> Float64:
    """Return the mean of values in each sample; NaN where no row is in it."""
    totals = weights.sum(axis=1)
    sums = weights @ values
    means: Float64 = np.divide(sums, totals, out=np.full(len(totals), np.nan), where=totals > 0)
    return means


def root_mean_square(errors: Float64, weights: Float64) -> Float64:
    """Return the root of the mean squared error in each sample."""
    root: Float64 = np.sqrt(mean(errors**2, weights))
    return root


def median(values: Float64, weights: Float64) -> Float64:
    """Return the median of values in each sample, where row i stands `weights[i]` times, a whole number."""
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[:, order], axis=1)
    half = cumulative[:, -1:] / 2
    ordered = values[order]
    below, above = (cumulative < half).sum(axis=1), (cumulative <= half).sum(axis=1)
    medians: Float64 = (ordered[below] + ordered[np.minimum(above, len(ordered) - 1)]) / 2
    return medians


def determination(values: Float64, errors: Float64, weights: Float64) -> Float64:
    """Return 1 minus the squared errors over those of the mean, in each sample; NaN where all values are equal."""
    centers = mean(values, weights)
    spread = np.array([sample @ (values - center) ** 2 for sample, center in zip(weights, centers, strict=True)])
    squared = weights @ errors**2
    ratio: Float64 = np.divide(squared, spread, out=np.full(len(spread), np.nan), where=spread > 0)
    return 1 - ratio
