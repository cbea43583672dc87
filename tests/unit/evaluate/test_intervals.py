"""Intervals and p-values are those of the papers."""

import math

import numpy as np
import pytest
from scipy import stats

from rebalance.evaluate.intervals import BootstrapIntervals, Difference, FoldIntervals, holm


def test_the_interval_over_folds_is_that_of_nadeau_and_bengio() -> None:
    values = [0.70, 0.74, 0.69, 0.80, 0.72]
    estimate = FoldIntervals(test_to_train=0.25).estimate(0.0, values)
    half = stats.t.ppf(0.975, 4) * math.sqrt((1 / 5 + 0.25) * np.var(values, ddof=1))
    assert (estimate.mean, estimate.high) == pytest.approx((0.73, 0.73 + half))
    assert estimate.low == pytest.approx(0.73 - half)


def test_a_difference_is_tested_fold_by_fold_with_the_same_correction() -> None:
    values, reference = [0.8, 0.7, 0.9, 0.75], [0.78, 0.66, 0.89, 0.70]
    differences = np.subtract(values, reference)
    t = differences.mean() / math.sqrt((1 / 4 + 1 / 3) * differences.var(ddof=1))
    difference = FoldIntervals(1 / 3).difference((0, 0), values, reference)
    assert difference.mean == pytest.approx(differences.mean())
    assert difference.p == pytest.approx(2 * stats.t.sf(t, 3))


def test_folds_where_a_metric_is_not_defined_are_left_out_of_its_mean() -> None:
    estimate = FoldIntervals(0.25).estimate(0.0, [0.5, math.nan, 0.7])
    assert estimate.mean == pytest.approx(0.6)
    assert math.isnan(FoldIntervals(0.25).estimate(0.0, [math.nan]).mean)


def test_a_bootstrap_interval_holds_the_middle_95_percent_of_the_samples() -> None:
    estimate = BootstrapIntervals().estimate(0.5, list(np.linspace(0, 1, 201)))
    assert (estimate.mean, estimate.low, estimate.high) == pytest.approx((0.5, 0.025, 0.975))


def test_p_values_are_adjusted_for_their_number_by_the_method_of_holm() -> None:
    known = [(0.3, 0.01), (0.2, 0.03), (0.1, 0.04)]
    differences = {index: Difference(mean, 0, 0, p, p) for index, (mean, p) in enumerate(known)}
    assert [d.p_adjusted for d in holm(differences).values()] == pytest.approx([0.03, 0.06, 0.06])
    undefined = Difference(math.nan, math.nan, math.nan, math.nan, math.nan)
    adjusted = [d.p_adjusted for d in holm({**differences, 3: undefined}).values()]
    assert adjusted[:3] == pytest.approx([0.03, 0.06, 0.06])


def test_differences_that_are_equal_by_coincidence_have_no_p_value() -> None:
    difference = FoldIntervals(1.0).difference((0, 0), [0.6, 0.7], [0.5, 0.6])
    assert difference.mean == pytest.approx(0.1)
    assert math.isnan(difference.p)
