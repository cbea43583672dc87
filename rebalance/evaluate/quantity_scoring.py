"""A quantity: errors of predicted numbers, overall and where the true value is rare."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Bool, Codes, Float64
from rebalance.evaluate.fit import Fitted
from rebalance.evaluate.scoring import Answer, Samples, Scored, Variant
from rebalance.table.quantity import Quantity

if TYPE_CHECKING:
    import pandas as pd

_STEP, _ROUNDING = 0.001, 1e-9


@dataclass(frozen=True)
class QuantityScoring:
    """Scores numbers; the quantity says which true values matter."""

    quantity: Quantity

    def answers(
        self,
        fitted: Fitted,
        frame: "pd.DataFrame",
        _threshold: float | None,
        *,
        acts: bool,  # noqa: ARG002
    ) -> dict[Variant, Answer]:
        """Return the predicted numbers."""
        return {Variant.AS_IS: Answer(fitted.numbers(frame))}

    def scored(self, truth: Codes | Float64, answer: Answer) -> Scored:
        """Return the figures of a test part."""
        found = self._of(truth, answer, np.ones((1, len(truth))))
        return Scored(
            {name: float(values[0]) for name, values in found.figures.items()},
            {
                code: {name: float(values[0]) for name, values in own.items()}
                for code, own in found.classes.items()
                if own["support"][0]
            },
        )

    def samples(self, truth: Codes | Float64, answer: Answer, weights: Iterator[Float64]) -> Samples:
        """Return the figures of samples of a test part."""
        parts = [self._of(truth, answer, chunk) for chunk in weights]
        return Samples(
            {name: np.concatenate([part.figures[name] for part in parts]) for name in parts[0].figures},
            {
                code: {name: np.concatenate([part.classes[code][name] for part in parts]) for name in own}
                for code, own in parts[0].classes.items()
            },
        )

    def _of(self, truth: Codes | Float64, answer: Answer, weights: Float64) -> Samples:
        values = truth.astype(np.float64)
        quantity = self.quantity
        codes, relevance = quantity.codes(values), quantity.matters(values)
        errors = answer.predicted - values
        rare = relevance >= quantity.threshold
        figures = {
            "sera": squared_error_relevance_area(errors, relevance, weights),
            "rmse": root_mean_square(errors, weights),
            "mae": mean(np.abs(errors), weights),
            "median_ae": median(np.abs(errors), weights),
            "r2": determination(values, errors, weights),
            "rare_rmse": root_mean_square(errors, weights * rare),
            "rare_mae": mean(np.abs(errors), weights * rare),
            "rare_bias": mean(errors, weights * rare),
            "common_rmse": root_mean_square(errors, weights * ~rare),
            "weighted_r2": determination(values, errors, weights * relevance),
            "bias": mean(errors, weights),
        }
        ranges = {code: _of_range(errors, weights, codes == code) for code in range(len(quantity.ranges))}
        return Samples(figures, ranges)


def _of_range(errors: Float64, weights: Float64, inside: Bool) -> dict[str, Float64]:
    own = weights * inside
    return {
        "rmse": root_mean_square(errors, own),
        "mae": mean(np.abs(errors), own),
        "bias": mean(errors, own),
        "support": own.sum(axis=1),
    }


def squared_error_relevance_area(errors: Float64, relevance: Float64, weights: Float64) -> Float64:
    """Return the area under the squared errors of the rows that are at least as relevant as t, by t from 0 to 1.

    Ribeiro and Moniz 2020, Machine Learning 109, section 4, on their trapezoids of width 0.001: a row's squared error
    counts in those that begin up to its relevance, so that the area is a weighted sum. `weights`: samples x rows.
    """
    begun = np.floor(relevance / _STEP + _ROUNDING)
    parts = np.where(begun >= round(1 / _STEP), 1.0, (begun + 0.5) * _STEP)
    area: Float64 = weights @ (errors**2 * parts)
    return area


def mean(values: Float64, weights: Float64) -> Float64:
    """Return the mean of values in each sample (`weights`: samples x rows); NaN where no row is in it."""
    totals = weights.sum(axis=1)
    sums = weights @ values
    found: Float64 = np.divide(sums, totals, out=np.full(len(totals), np.nan), where=totals > 0)
    return found


def root_mean_square(errors: Float64, weights: Float64) -> Float64:
    """Return the root of the mean squared error in each sample."""
    root: Float64 = np.sqrt(mean(errors**2, weights))
    return root


def median(values: Float64, weights: Float64) -> Float64:
    """Return the median of values in each sample, in which row i is `weights[i]` times, a whole number."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, order], axis=1)
    half = reached[:, -1:] / 2
    ordered = values[order]
    below, above = (reached < half).sum(axis=1), (reached <= half).sum(axis=1)
    middle: Float64 = (ordered[below] + ordered[np.minimum(above, len(ordered) - 1)]) / 2
    return middle


def determination(values: Float64, errors: Float64, weights: Float64) -> Float64:
    """Return 1 minus the squared errors over those of the mean, in each sample; NaN where all values are one."""
    centre = mean(values, weights)
    spread = np.array([own @ (values - at) ** 2 for own, at in zip(weights, centre, strict=True)])
    missed = weights @ errors**2
    share: Float64 = np.divide(missed, spread, out=np.full(len(spread), np.nan), where=spread > 0)
    return 1 - share
