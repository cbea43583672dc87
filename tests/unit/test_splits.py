"""Folds and holdouts: classes keep their shares, groups stay together, and the past comes before the future."""

import itertools

import numpy as np
import pytest

from rebalance.errors import UsageError
from rebalance.splits import stratified_folds, stratified_holdout, time_folds, time_holdout


def test_a_holdout_takes_its_share_of_each_class() -> None:
    codes = np.repeat([0, 1, 2], [80, 19, 1]).astype(np.int32)
    fold = stratified_holdout(np.arange(100), codes, np.arange(100), 0.25, 0, "--test-size")
    assert np.bincount(codes[fold.test], minlength=3).tolist() == [20, 5, 0]
    assert sorted([*fold.train, *fold.test]) == list(range(100))


def test_groups_stay_together_and_every_row_is_tested_once() -> None:
    groups = np.random.default_rng(0).integers(0, 40, 300)
    codes = (groups % 4 == 0).astype(np.int32)
    folds = stratified_folds(np.arange(300), codes, groups, 5, 0)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(300))
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_time_folds_train_on_the_past_and_never_separate_rows_of_the_same_time() -> None:
    times = np.random.default_rng(1).integers(0, 50, 400).astype(float)
    folds = time_folds(np.arange(400), times, 4)
    assert len(folds) == 4
    for fold in folds:
        assert times[fold.train].max() < times[fold.test].min()
    for earlier, later in itertools.pairwise(folds):
        assert set(earlier.train) < set(later.train)
    last = time_holdout(np.arange(400), times, 0.2)
    assert times[last.train].max() < times[last.test].min()
    assert 80 <= len(last.test) < 95


def test_time_folds_of_a_single_time_are_refused() -> None:
    with pytest.raises(UsageError, match="different times"):
        time_folds(np.arange(30), np.zeros(30), 3)
