"""Exact counts replace those of their classes, if the technique can reach them."""

import numpy as np
import pytest

from rebalance.errors import DataError, UsageError
from rebalance.plan.counts import check_direction, exact_counts


def test_exact_counts_replace_those_of_their_classes_and_others_stay() -> None:
    counts = np.array([4, 5, 6])
    assert exact_counts(counts, ["a", "b", "c"], {"c": 1, "a": 0}).tolist() == [0, 5, 1]
    assert counts.tolist() == [4, 5, 6]


@pytest.mark.parametrize(
    ("label", "hint"), [("yess", "'yes'"), ("zzzzzz", "one of 'no', 'yes'")], ids=["mistyped", "unknown"]
)
def test_an_unknown_class_is_refused_with_the_class_that_was_meant(label: str, hint: str) -> None:
    with pytest.raises(UsageError, match="there is no class") as error:
        exact_counts(np.array([1, 2]), ["no", "yes"], {label: 3})
    assert hint in error.value.hint


@pytest.mark.parametrize(
    ("wanted", "oversamples", "undersamples"),
    [
        pytest.param([4, 5], False, False, id="unchanged"),
        pytest.param([3, 5], False, True, id="fewer"),
        pytest.param([3, 6], True, True, id="fewer-and-more"),
        pytest.param([4, 6], True, False, id="more"),
    ],
)
def test_counts_in_the_direction_of_a_technique_are_accepted(
    wanted: list[int], oversamples: bool, undersamples: bool
) -> None:
    check_direction(
        np.array([4, 5]), np.array(wanted), ["a", "b"], "it", oversamples=oversamples, undersamples=undersamples
    )


@pytest.mark.parametrize(
    ("wanted", "oversamples", "undersamples", "hint"),
    [
        pytest.param([3, 5], True, False, "--technique random-under+it", id="fewer-by-over-sampling"),
        pytest.param([4, 6], False, True, "--technique it+smote", id="more-by-under-sampling"),
    ],
)
def test_a_count_that_a_technique_cannot_reach_is_refused_with_one_that_can(
    wanted: list[int], oversamples: bool, undersamples: bool, hint: str
) -> None:
    with pytest.raises(DataError) as error:
        check_direction(
            np.array([4, 5]), np.array(wanted), ["a", "b"], "it", oversamples=oversamples, undersamples=undersamples
        )
    assert hint in error.value.hint
