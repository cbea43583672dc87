"""The relevance of a numeric target's values is 0 where they are common and 1 where they are rare."""

import json

import numpy as np
import pytest
from shell import SHARED, Run

from rebalance.table.relevance import Relevance, box_plot, relevance_from_box_plot, value_ranges

PAPER_DATA = SHARED / "data" / "regression-paper"


def test_quartiles_are_tukeys_hinges_and_adjacent_values_lie_inside_the_fences() -> None:
    box = box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 30]))
    assert (box.lower, box.median, box.upper) == (3, 5, 7)
    assert box.fences() == (-3, 13)
    assert (box.lower_adjacent, box.upper_adjacent) == (1, 8)
    even = box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]))
    assert (even.lower, even.median, even.upper) == (2.5, 4.5, 6.5)


def test_relevance_grows_from_0_at_the_median_to_1_at_the_adjacent_value_along_a_flat_cubic() -> None:
    relevance = relevance_from_box_plot(box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 30])))
    assert relevance.points == ((5.0, 0.0), (8.0, 1.0))  # no outlier below: that tail does not matter
    part = 1 / 3
    values = relevance.of(np.array([1.0, 5, 6, 8, 30]))
    assert values == pytest.approx([0, 0, 3 * part**2 - 2 * part**3, 1, 1])


def test_a_value_that_most_rows_have_is_not_rare() -> None:
    values = np.concatenate([np.zeros(80), np.arange(0.5, 20.5)])
    relevance = relevance_from_box_plot(box_plot(values))
    assert relevance.of(np.array([0.0, 0.5, 30])) == pytest.approx([0, 1, 1])
    assert relevance.is_rare(values).sum() == 20


def test_relevance_is_monotone_between_the_users_control_points() -> None:
    relevance = Relevance(((0, 0), (10, 0.5), (100, 1)), flat=False)
    assert (np.diff(relevance.of(np.linspace(-5, 120, 500))) >= -1e-12).all()
    assert relevance.of(np.array([0.0, 10, 100])) == pytest.approx([0, 0.5, 1])


def test_rare_values_form_ranges() -> None:
    values = np.array([5.0, 1, 9, 2, 8, 5])
    is_rare = Relevance(((1, 1), (5, 0), (9, 1))).is_rare(values, 0.8)
    assert value_ranges(values, is_rare) == [(1, 2, 2), (8, 9, 2)]


@pytest.mark.skipif(not PAPER_DATA.is_dir(), reason="the published data is not here")
@pytest.mark.parametrize(
    ("name", "rare"), [("forestFires", 79), ("abalone", 679), ("concreteStrength", 55), ("wine_quality", 1523)]
)
def test_as_many_values_are_rare_as_published(name: str, rare: int, run: Run) -> None:
    options = ["--task", "regression", "--target", 1, "--relevance-threshold", 0.8, "--json"]
    assert json.loads(run("inspect", PAPER_DATA / f"{name}.csv", *options).text)["rare"] == rare
