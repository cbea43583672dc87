"""How many rows each class should have, from what is asked."""

import numpy as np
import pytest

from rebalance.errors import DataError, UsageError
from rebalance.plan.counts import (
    check_direction,
    exact_counts,
    oversampled_counts,
    oversampled_ranges,
    parse_counts,
    parse_ratio,
    undersampled_counts,
    undersampled_ranges,
)

RARE_THRESHOLD = np.array([True, False, False, True])


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([10, 3, 1], 1.0, [10, 10, 10]),
        ([10, 3, 1], 0.5, [10, 5, 5]),
        ([10, 3, 1], 0.25, [10, 3, 3]),  # two and a half is three
        ([10, 3, 1], 0.24, [10, 3, 2]),
        ([7, 7], 0.1, [7, 7]),
    ],
)
def test_smaller_classes_grow_to_the_ratio_of_the_largest(counts: list[int], ratio: float, wanted: list[int]) -> None:
    assert oversampled_counts(np.array(counts), ratio).tolist() == wanted


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([10, 3, 1], 1.0, [1, 1, 1]),
        ([10, 3, 1], 0.5, [2, 2, 1]),
        ([10, 3, 1], 0.4, [3, 3, 1]),  # two and a half is three
        ([10, 3, 1], 1e-300, [10, 3, 1]),
        ([10, 3, 0], 1.0, [1, 1, 0]),
    ],
)
def test_larger_classes_shrink_to_the_ratio_of_the_smallest(counts: list[int], ratio: float, wanted: list[int]) -> None:
    assert undersampled_counts(np.array(counts), ratio).tolist() == wanted


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([2, 10, 6, 3], 1.0, [10, 10, 6, 10]),
        ([2, 10, 6, 3], 0.25, [3, 10, 6, 3]),
        ([0, 10, 6, 3], 1.0, [0, 10, 6, 10]),
        ([1, 10, 6, 3], 1.0, [10, 10, 6, 10]),
        ([2, 0, 0, 3], 1.0, [2, 0, 0, 3]),
    ],
)
def test_rare_ranges_that_have_rows_grow_to_the_largest_common_one(
    counts: list[int], ratio: float, wanted: list[int]
) -> None:
    assert oversampled_ranges(np.array(counts), RARE_THRESHOLD, ratio).tolist() == wanted


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([2, 10, 6, 3], 1.0, [2, 5, 5, 3]),
        ([2, 10, 6, 3], 0.5, [2, 10, 6, 3]),
        ([1, 10, 6, 0], 1.0, [1, 1, 1, 0]),
        ([0, 10, 6, 0], 1.0, [0, 1, 1, 0]),
        ([2, 10, 6, 3], 0.77, [2, 6, 6, 3]),
        ([2, 10, 6, 3], 1e-300, [2, 10, 6, 3]),
    ],
)
def test_common_ranges_shrink_to_all_rare_ones_together(counts: list[int], ratio: float, wanted: list[int]) -> None:
    assert undersampled_ranges(np.array(counts), RARE_THRESHOLD, ratio).tolist() == wanted


def test_of_ranges_without_rows_nothing_shrinks() -> None:
    assert undersampled_ranges(np.array([], np.int64), np.array([], np.bool_), 1.0).tolist() == []


@pytest.mark.parametrize(("asked", "ratio"), [(None, 1.0), (1.0, 1.0), (0.5, 0.5), (1e-9, 1e-9)])
def test_a_ratio_is_above_zero_and_at_most_one(asked: float | None, ratio: float) -> None:
    assert parse_ratio(asked) == ratio


@pytest.mark.parametrize("asked", [0.0, -0.5, 1.0000001, 2.0, float("nan"), float("inf")])
def test_what_is_no_ratio_is_refused(asked: float) -> None:
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        parse_ratio(asked)


def test_counts_are_asked_for_by_label_whatever_it_holds() -> None:
    assert parse_counts(["a=5", "b=c=0", "=7", "d=9999999999"]) == {"a": 5, "b=c": 0, "": 7, "d": 9_999_999_999}


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["a"], "not LABEL=N"),
        (["a="], "not a whole number"),
        (["a=-1"], "not a whole number"),
        (["a=٣"], "not a whole number"),
        (["a=10000000000"], "too many rows"),
        (["a=1", "a=2"], "twice"),
    ],
)
def test_what_is_no_count_is_refused(texts: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_counts(texts)


def test_counts_asked_for_stand_in_their_place_and_others_stay() -> None:
    counts = np.array([4, 5, 6])
    assert exact_counts(counts, ["a", "b", "c"], {"c": 1, "a": 0}).tolist() == [0, 5, 1]
    assert counts.tolist() == [4, 5, 6]


@pytest.mark.parametrize(("label", "says"), [("yess", "'yes'"), ("zzzzzz", "the classes are 'no', 'yes'")])
def test_a_class_that_is_not_there_is_refused_and_one_meant_is_named(label: str, says: str) -> None:
    with pytest.raises(UsageError, match="there is no class") as raised:
        exact_counts(np.array([1, 2]), ["no", "yes"], {label: 3})
    assert says in raised.value.hint


@pytest.mark.parametrize(
    ("wanted", "grows", "shrinks", "says"),
    [
        ([4, 5], False, False, ""),
        ([3, 5], False, True, ""),
        ([3, 6], True, True, ""),
        ([4, 6], True, False, ""),
        ([3, 5], True, False, "random-under --count 'a=3'"),
        ([4, 6], False, True, "smote --count 'b=6'"),
    ],
)
def test_a_technique_is_not_asked_for_what_it_cannot_do(
    wanted: list[int], oversamples: bool, undersamples: bool, says: str
) -> None:
    def check() -> None:
        check_direction(
            np.array([4, 5]), np.array(wanted), ["a", "b"], "it", oversamples=oversamples, undersamples=undersamples
        )

    if not says:
        check()
        return
    with pytest.raises(DataError) as raised:
        check()
    assert says in raised.value.hint
