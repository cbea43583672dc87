"""Which rows a model is trained on, and on which others it is scored."""

import warnings
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.errors import DataError, UsageError
from rebalance.table.table import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """One training part and one test part, as record numbers, ascending, none in both."""

    train: Int64
    test: Int64


def together(table: Table, *, copies_apart: bool = False) -> Int64:
    """Return a number for each record, the same for those that must not be split up.

    Those are the rows of a group, if the user has named a column for groups, and, unless `copies_apart`, the copies
    of a row: what is the same to the byte in all columns but the dropped ones and those that only name rows. (A group
    counts: its rows are no copies of another's.)
    """
    if copies_apart:
        return np.arange(len(table)) if table.groups is None else table.groups
    copies = _copies(table)
    if table.groups is None:
        return copies
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, groups = np.unique(table.groups, return_inverse=True)
    size = int(copies.max()) + 1
    nodes = size + int(groups.max()) + 1
    links = coo_array((np.ones(len(table)), (copies, size + groups)), shape=(nodes, nodes))
    parts = connected_components(links, directed=False)[1]
    return np.asarray(parts[copies], np.int64)


def _copies(table: Table) -> Int64:
    from rebalance.table.roles import Role

    names = {column.index for column in table.columns if column.role is Role.ID}
    skipped = sorted(names.union(table.choices.dropped) - {table.target_index, table.group_index})
    numbers: dict[bytes, int] = {}
    digests = table.records.digests(skipped)
    return np.array([numbers.setdefault(digest, len(numbers)) for digest in digests], np.int64)


def split_off(table: Table, rows: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold a share of each class (or range) of the records `rows` out; `option` is what the user typed, for errors."""
    return stratified_holdout(rows, table.target.codes[rows], together(table)[rows], share, seed, option)


def stratified_folds(rows: Int64, codes: Codes, groups: Int64, folds: int, seed: int | None) -> list[Fold]:
    """Return `folds` folds of `rows` with the classes (`codes`, one a row) in about the same shares in each.

    Rows of one group (`groups`, one a row) stay together. Groups are dealt out at random, or in their order if `seed`
    is None.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    _, firsts, inverse = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(firsts, kind="stable")  # groups in the order in which they appear
    first, place = firsts[order], np.argsort(order)[inverse]
    mixed = bool((codes != codes[first][place]).any())
    largest = len(first) if mixed else int(np.bincount(codes[first]).max())
    if folds < 2:  # noqa: PLR2004  one part to train on, one to test
        raise UsageError(f"--cv {folds}: there must be rows to train on and rows to test on", "--cv 2 or more")
    if folds > largest:
        raise UsageError(
            f"--cv {folds}: the largest class (or range of values) has {largest:,} rows or groups that differ,"
            " and there can be no more folds than that",
            f"--cv {min(5, largest)}" if largest > 1 else "this table is too small to be judged",
        )
    shuffled = {"shuffle": seed is not None, "random_state": None if seed is None else seed % 2**32}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # said in our own words
        if mixed:  # groups of several classes: their rows are counted, not they
            splitter = StratifiedGroupKFold(folds, **shuffled)
            tests = [np.unique(place[test]) for _, test in splitter.split(rows, codes, place)]
        else:
            one_each = StratifiedKFold(folds, **shuffled).split(np.zeros(len(first)), codes[first])
            tests = [test for _, test in one_each]
    fold_of_group = np.empty(len(first), np.int64)
    for number, test in enumerate(tests):
        fold_of_group[test] = number
    fold_of_row = fold_of_group[place]
    return [Fold(rows[fold_of_row != number], rows[fold_of_row == number]) for number in range(folds)]


def stratified_holdout(rows: Int64, codes: Codes, groups: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold about `share` of each class out; rows of one group stay together. A class of one group is trained on."""
    _check_share(share, option)
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


def time_folds(rows: Int64, times: Float64, folds: int) -> list[Fold]:
    """Return folds that train on the past and test on the block of rows that follows, the past growing.

    `times`: when each row was. Rows of one time are never split up, nor therefore copies of a row.
    """
    from sklearn.model_selection import TimeSeriesSplit

    order = np.argsort(times, kind="stable")
    ordered = times[order]
    distinct = len(np.unique(times))
    if not 1 <= folds < distinct:
        raise UsageError(
            f"--cv {folds}: there are {distinct} different times, so from 1 to {distinct - 1} blocks to test",
            f"--cv {min(5, distinct - 1)}" if distinct > 1 else "another column for --time",
        )
    if folds == 1:
        return [_later(rows, order, ordered, len(rows) // 2, len(rows))]
    blocks = [(int(test[0]), int(test[-1]) + 1) for _, test in TimeSeriesSplit(folds).split(order)]
    return [_later(rows, order, ordered, begin, end) for begin, end in blocks]


def time_holdout(rows: Int64, times: Float64, share: float) -> Fold:
    """Hold the last `share` of the rows out."""
    _check_share(share, "--test-size")
    order = np.argsort(times, kind="stable")
    return _later(rows, order, times[order], len(rows) - max(1, round(share * len(rows))), len(rows))


def _later(rows: Int64, order: Int64, ordered: Float64, begin: int, end: int) -> Fold:
    """Test on the rows from `begin` to `end` in the order of time, both moved to where a new time begins."""
    begin = int(np.searchsorted(ordered, ordered[begin]))
    end = len(ordered) if end == len(ordered) else int(np.searchsorted(ordered, ordered[end]))
    if begin == 0 or begin >= end:
        raise DataError(
            "so many rows are of one time that some block has nothing to train or to test on",
            "fewer folds with --cv, or a finer column for --time",
        )
    return Fold(np.sort(rows[order[:begin]]), np.sort(rows[order[begin:end]]))


def _check_share(share: float, option: str) -> None:
    if not 0 < share < 1:
        raise UsageError(f"{option} {share:g}: a share of the rows, between 0 and 1", f"for example {option} 0.2")
