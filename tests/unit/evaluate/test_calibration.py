"""Calibration metrics show whether probabilities are right, and corrected priors make them so."""

import numpy as np
import pytest

from rebalance.arrays import Float64
from rebalance.evaluate.classification_metrics import probability_metrics
from rebalance.plan.priors import prior_corrected


def test_calibration_metrics_show_probabilities_that_are_too_extreme_or_too_high() -> None:
    random = np.random.default_rng(1)
    probability = random.beta(1, 8, 4000)
    truth = (random.random(4000) < probability).astype(np.int32)  # the probabilities are right
    odds = probability / (1 - probability)
    extreme = odds**2 / (1 + odds**2)
    high = np.clip(probability * 2, 0, 1)

    def metrics_of(values: Float64) -> dict[str, float]:
        return probability_metrics(truth, np.column_stack([1 - values, values]), 1, positive_only=True).metrics

    assert metrics_of(extreme)["calibration_slope"] == pytest.approx(0.5, abs=0.05)
    assert metrics_of(high)["predicted_over_observed"] == pytest.approx(2, abs=0.15)
    assert metrics_of(high)["expected_calibration_error"] == pytest.approx((high - probability).mean(), abs=0.02)


def test_priors_are_corrected_as_published() -> None:
    kept_share = 0.1  # of the majority: beta of Dal Pozzolo et al. 2015, equation 4
    probability = np.array([0.2, 0.5, 0.9])
    before, after = np.array([900.0, 100.0]), np.array([900.0 * kept_share, 100.0])
    corrected = prior_corrected(np.column_stack([1 - probability, probability]), before, after)
    assert corrected[:, 1] == pytest.approx(kept_share * probability / (kept_share * probability - probability + 1))
    assert corrected.sum(axis=1) == pytest.approx(1)
