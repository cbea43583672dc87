"""Random numbers depend on their seed and their purpose alone."""

import itertools

import numpy as np
import pytest

from rebalance.plan.random import Stream, generator, normal_deviates


def test_normal_deviates_are_normal_and_depend_on_key_number_and_column_alone() -> None:
    draws = np.arange(200_000)
    deviates = normal_deviates(7, draws, 3)
    assert deviates.mean() == pytest.approx(0, abs=0.01)
    assert deviates.std() == pytest.approx(1, abs=0.01)
    assert (normal_deviates(7, draws[5:9], 3) == deviates[5:9]).all()
    assert abs(np.corrcoef(deviates, normal_deviates(7, draws, 4))[0, 1]) < 0.01
    assert abs(np.corrcoef(deviates, normal_deviates(8, draws, 3))[0, 1]) < 0.01


def test_each_purpose_draws_other_numbers_from_the_same_seed_and_the_same_ones_again() -> None:
    draws = {stream: generator(7, stream).random(100).tolist() for stream in Stream}
    assert all(set(first).isdisjoint(second) for first, second in itertools.combinations(draws.values(), 2))
    assert {stream: generator(7, stream).random(100).tolist() for stream in Stream} == draws
