"""Curves agree with the metrics that summarize them."""

import numpy as np
import pytest
from conftest import CsvFile
from tables import compare_techniques, contender, open_table

from rebalance.evaluate.regression_report import errors_by_relevance
from rebalance.table.numeric_target import NumericTarget


def test_the_squared_errors_fall_with_the_minimum_relevance_and_their_area_is_sera(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        comparison = compare_techniques(table, "none", model="ridge")
        curve = errors_by_relevance(comparison.splits[1], NumericTarget.of(table))
    assert (np.diff(curve.y) <= 1e-9).all()
    none = contender(comparison, "none")
    assert curve.y[0] == pytest.approx(np.mean([fold["rmse"] ** 2 * 30 for fold in none.folds]))
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(none.metrics["sera"].mean, rel=0.02)
