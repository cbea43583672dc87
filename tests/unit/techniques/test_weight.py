"""Weighting techniques weigh rows as their papers define."""

import numpy as np
import pytest
from conftest import CsvFile
from scipy import stats
from tables import open_table, plan_of

from rebalance.table.numeric_target import with_numeric_target
from rebalance.techniques.weight import density_of


def gaussian_density(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The kernel estimate of Silverman's width at some points, by its definition."""
    width = values.std(ddof=1) * (4 / (3 * len(values))) ** 0.2
    return np.array([stats.norm.pdf(values, point, width).mean() for point in points])


@pytest.mark.parametrize("alpha", [1.0, 0.5, 2.0])
def test_density_weights_are_those_of_the_paper_computed_by_hand(alpha: float, csv_file: CsvFile) -> None:
    values = np.array([1.0, 1.2, 1.4, 2, 2.1, 9])
    density = gaussian_density(values, values)
    assert density_of(values) == pytest.approx(density)
    scaled = (density - density.min()) / (density.max() - density.min())
    expected = np.maximum(1 - alpha * scaled, 1e-6)
    with open_table(csv_file("x,kind\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))) as table:
        plan = plan_of(with_numeric_target(table), f"density-weight:alpha={alpha}")
    assert plan.weight == pytest.approx(expected / expected.mean())


def test_the_density_of_many_values_is_interpolated_between_few_points() -> None:
    values = np.random.default_rng(0).lognormal(0, 1, 6000)
    points = np.quantile(values, [0.01, 0.3, 0.5, 0.9, 0.99])
    density = np.interp(points, np.sort(values), density_of(values)[np.argsort(values)])
    assert density == pytest.approx(gaussian_density(values, points), rel=0.01)
