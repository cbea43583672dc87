"""Which rows a model is trained on, and on which others it is scored."""

import warnings
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Int64
from rebalance.errors import UsageError


@dataclass(frozen=True, slots=True)
class Fold:
    """One training part and one test part, as record numbers, ascending, none in both."""

    train: Int64
    test: Int64


def stratified_folds(rows: Int64, codes: Codes, folds: int, seed: int) -> list[Fold]:
    """Return `folds` folds of `rows` with the classes (`codes`, one a row) in the same shares in each."""
    from sklearn.model_selection import StratifiedKFold

    if not 2 <= folds <= len(rows):  # noqa: PLR2004  one part to train on, one to test
        raise UsageError(f"--cv {folds}: from 2 to {len(rows):,} folds, the number of rows", "for example --cv 5")
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    largest = int(np.bincount(codes).max())
    if largest < folds:
        raise UsageError(f"--cv {folds}: the largest class has {largest} rows", f"--cv {max(2, largest)} or fewer")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # said in our own words
        return [Fold(rows[train], rows[test]) for train, test in splitter.split(np.zeros(len(rows)), codes)]


def stratified_holdout(rows: Int64, codes: Codes, share: float, seed: int) -> Fold:
    """Hold `share` of each class out. A class of one row is trained on."""
    if not 0 < share < 1:
        raise UsageError(f"--test-size {share:g}: a share of the rows, between 0 and 1", "for example --test-size 0.2")
    random = np.random.default_rng([seed, 2])
    held = np.zeros(len(rows), np.bool_)
    for code in np.unique(codes).tolist():
        members = np.flatnonzero(codes == code)
        size = min(round(share * len(members)), len(members) - 1)
        held[random.permutation(members)[:size]] = True
    return Fold(rows[~held], rows[held])
