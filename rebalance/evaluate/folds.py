"""Which rows a model is trained on, and on which others it is scored."""

import warnings
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Int64
from rebalance.errors import DataError, UsageError
from rebalance.table.table import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """One training part and one test part, as record numbers, ascending, none in both."""

    train: Int64
    test: Int64


def together(table: Table) -> Int64:
    """Return a number for each record, the same for those that must not be split up.

    That is those of one group if the user has named a column, else those that are copies to the byte.
    """
    if table.groups is not None:
        return table.groups
    numbers: dict[bytes, int] = {}
    return np.array([numbers.setdefault(digest, len(numbers)) for digest in table.records.digests()], np.int64)


def split_off(table: Table, rows: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold a share of each class of the records `rows` out; `option` is what the user typed, for errors."""
    return stratified_holdout(rows, table.target.codes[rows], together(table)[rows], share, seed, option)


def stratified_folds(rows: Int64, codes: Codes, groups: Int64, folds: int, seed: int) -> list[Fold]:
    """Return `folds` folds of `rows` with the classes (`codes`, one a row) in about the same shares in each.

    Rows of one group (`groups`, one a row) stay together; a group counts as its first row's class.
    """
    from sklearn.model_selection import StratifiedKFold

    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    largest = int(np.bincount(codes[first]).max())
    if not 2 <= folds <= largest:  # noqa: PLR2004  one part to train on, one to test
        raise UsageError(
            f"--cv {folds}: the largest class has {largest} distinct rows, so from 2 to {largest} folds",
            f"--cv {min(5, largest)}" if largest > 1 else "this table is too small to be judged",
        )
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # said in our own words
        tests = [test for _, test in splitter.split(np.zeros(len(first)), codes[first])]
    fold_of_group = np.empty(len(first), np.int64)
    for number, test in enumerate(tests):
        fold_of_group[test] = number
    fold_of_row = fold_of_group[inverse]
    return [Fold(rows[fold_of_row != number], rows[fold_of_row == number]) for number in range(folds)]


def stratified_holdout(rows: Int64, codes: Codes, groups: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold about `share` of each class out; rows of one group stay together. A class of one group is trained on."""
    if not 0 < share < 1:
        raise UsageError(f"{option} {share:g}: a share of the rows, between 0 and 1", f"for example {option} 0.2")
    random = np.random.default_rng([seed, 2])
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    held = np.zeros(len(first), np.bool_)
    for code in np.unique(codes[first]).tolist():
        members = np.flatnonzero(codes[first] == code)
        size = min(round(share * len(members)), len(members) - 1)
        held[random.permutation(members)[:size]] = True
    if not held.any():
        raise DataError(
            f"{option} {share:g} sets no row aside: each class keeps one, and groups and copies stay together",
            f"a larger {option}, or another column for --group",
        )
    return Fold(rows[~held[inverse]], rows[held[inverse]])
