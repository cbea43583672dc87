"""The metrics of numbers are those of scikit-learn, overall and on rare values, also for bootstrap samples."""

import numpy as np
import pytest
from conftest import CsvFile
from sklearn import metrics
from tables import open_table

from rebalance.evaluate.metrics import REGRESSION_METRICS
from rebalance.evaluate.regression_metrics import regression_metrics, squared_error_relevance_area
from rebalance.evaluate.task import bootstrap_weights
from rebalance.table.numeric_target import NumericTarget


def test_sera_is_the_area_under_the_squared_errors_by_minimum_relevance() -> None:
    errors, relevance = np.array([1.0, 2, 3, 0.5]), np.array([1.0, 0.25, 0, 1])
    grid = np.linspace(0, 1, 1001)
    curve = [(errors[relevance >= minimum - 1e-12] ** 2).sum() for minimum in grid]
    area = squared_error_relevance_area(errors, relevance, np.ones((1, 4)))
    assert area == pytest.approx([np.trapezoid(curve, grid)])
    # by hand: errors of relevance 1 count whole, 4 for 0.2505 of the way, 9 for half of the first step
    assert area == pytest.approx([1 + 0.25 + 4 * 0.2505 + 9 * 0.0005])


def test_the_metrics_of_all_rows_and_of_bootstrap_samples_are_those_of_scikit_learn(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        target = NumericTarget.of(table)
    truth = target.floats
    predicted = truth + np.random.default_rng(0).normal(1, 4, len(truth))
    drawn = next(bootstrap_weights(np.arange(len(truth)), 0))[:3]
    weights = np.vstack([np.ones(len(truth)), drawn])
    computed = regression_metrics(target, truth, predicted, weights).metrics
    assert set(computed) == set(REGRESSION_METRICS)
    for sample, weight in enumerate(weights):
        rows = np.repeat(np.arange(len(truth)), weight.astype(int))
        true, guessed = truth[rows], predicted[rows]
        relevance = target.relevance.of(true)
        rare = relevance >= 0.8
        expected = {
            "rmse": metrics.root_mean_squared_error(true, guessed),
            "mae": metrics.mean_absolute_error(true, guessed),
            "median_ae": metrics.median_absolute_error(true, guessed),
            "r2": metrics.r2_score(true, guessed),
            "weighted_r2": metrics.r2_score(true, guessed, sample_weight=relevance),
            "rare_rmse": metrics.root_mean_squared_error(true[rare], guessed[rare]),
            "rare_mae": metrics.mean_absolute_error(true[rare], guessed[rare]),
            "common_rmse": metrics.root_mean_squared_error(true[~rare], guessed[~rare]),
            "bias": (guessed - true).mean(),
            "rare_bias": (guessed - true)[rare].mean(),
        }
        assert {name: computed[name][sample] for name in expected} == pytest.approx(expected)
        assert set(computed) == {*expected, "sera"}
