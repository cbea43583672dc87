"""Which rows a model is trained on, and on which other rows it is tested."""

import warnings
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.defaults import DEFAULT_FOLDS
from rebalance.errors import DataError, UsageError
from rebalance.plan.random import Stream, generator
from rebalance.table.table import Table


@dataclass(frozen=True, slots=True)
class Fold:
    """A training split and a test split, as ascending record numbers; no record is in both."""

    train: Int64
    test: Int64


def linked_groups(table: Table, *, copies_apart: bool = False) -> Int64:
    """Return a number for each record, equal for those that must not be separated.

    Those are the rows of a group, if there is a group column, and, unless `copies_apart`, the copies of a row: rows
    whose bytes are equal in all columns except the dropped ones and ids. (The group column counts: rows of two groups
    are not copies.)
    """
    if copies_apart:
        return np.arange(len(table)) if table.groups is None else table.groups
    copies = _copy_numbers(table)
    if table.groups is None:
        return copies
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, groups = np.unique(table.groups, return_inverse=True)
    size = int(copies.max()) + 1
    nodes = size + int(groups.max()) + 1
    links = coo_array((np.ones(len(table)), (copies, size + groups)), shape=(nodes, nodes))
    components = connected_components(links, directed=False)[1]
    return np.asarray(components[copies], np.int64)


def _copy_numbers(table: Table) -> Int64:
    """Return a number for each record, equal for copies."""
    from rebalance.table.columns import Role

    ids = {column.index for column in table.columns if column.role is Role.ID}
    skipped = sorted(ids.union(table.column_options.dropped) - {table.target_index, table.group_index})
    numbers: dict[bytes, int] = {}
    digests = table.records.digests(skipped)
    return np.array([numbers.setdefault(digest, len(numbers)) for digest in digests], np.int64)


def hold_out(table: Table, rows: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold out a share of each class (or range) of the records `rows`; `option`: what the user typed, for errors."""
    groups = linked_groups(table)[rows]
    return stratified_holdout(rows, table.target.codes[rows], groups, share, seed, option)


def stratified_folds(rows: Int64, codes: Codes, groups: Int64, folds: int, seed: int | None) -> list[Fold]:
    """Return `folds` folds of `rows` with about the same class distribution in each.

    `codes` and `groups`: of each row; rows of one group stay together. Groups are distributed at random, or in their
    order if `seed` is None. Raises UsageError if so many folds are not possible.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    _, first_rows, inverse = np.unique(groups, return_index=True, return_inverse=True)
    order = np.argsort(first_rows, kind="stable")  # groups in the order in which they appear
    first, group_of_row = first_rows[order], np.argsort(order)[inverse]
    is_mixed = bool((codes != codes[first][group_of_row]).any())
    _check_folds(folds, len(first) if is_mixed else int(np.bincount(codes[first]).max()))
    shuffled = {"shuffle": seed is not None, "random_state": None if seed is None else seed % 2**32}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")  # data_warnings says it better
        if is_mixed:  # groups of several classes: rows are counted, not groups
            splitter = StratifiedGroupKFold(folds, **shuffled)
            tests = [np.unique(group_of_row[test]) for _, test in splitter.split(rows, codes, group_of_row)]
        else:
            by_group = StratifiedKFold(folds, **shuffled).split(np.zeros(len(first)), codes[first])
            tests = [test for _, test in by_group]
    fold_of_group = np.empty(len(first), np.int64)
    for number, test in enumerate(tests):
        fold_of_group[test] = number
    fold_of_row = fold_of_group[group_of_row]
    return [Fold(rows[fold_of_row != number], rows[fold_of_row == number]) for number in range(folds)]


def _check_folds(folds: int, maximum: int) -> None:
    if folds < 2:  # noqa: PLR2004  one part to train on, one to test
        raise UsageError(f"--cv {folds}: there must be rows to train on and rows to test on", "use --cv 2 or more")
    if folds > maximum:
        raise UsageError(
            f"--cv {folds}: the largest class (or range of values) has {maximum:,} different rows or groups,"
            " and there can be no more folds than that",
            f"--cv {min(DEFAULT_FOLDS, maximum)}" if maximum > 1 else "this table is too small to be evaluated",
        )


def stratified_holdout(rows: Int64, codes: Codes, groups: Int64, share: float, seed: int, option: str) -> Fold:
    """Hold out about `share` of each class; rows of one group stay together. A class of one group is trained on.

    Raises DataError if no row can be held out.
    """
    _check_share(share, option)
    random = generator(seed, Stream.HOLDOUT)
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    is_held_out = np.zeros(len(first), np.bool_)
    for code in np.unique(codes[first]).tolist():
        members = np.flatnonzero(codes[first] == code)
        size = min(round(share * len(members)), len(members) - 1)
        is_held_out[random.permutation(members)[:size]] = True
    if not is_held_out.any():
        raise DataError(
            f"{option} {share:g} holds out no row: each class keeps one, and groups and copies stay together",
            f"use a larger {option}, or another column for --group",
        )
    return Fold(rows[~is_held_out[inverse]], rows[is_held_out[inverse]])


def time_folds(rows: Int64, times: Float64, folds: int) -> list[Fold]:
    """Return folds that train on the past and test on the block of rows that follows; the past grows.

    `times`: of each row. Rows of the same time, and therefore copies of a row, are never separated.
    """
    from sklearn.model_selection import TimeSeriesSplit

    order = np.argsort(times, kind="stable")
    ordered = times[order]
    distinct = len(np.unique(times))
    if not 1 <= folds < distinct:
        raise UsageError(
            f"--cv {folds}: there are {distinct} different times, so at most {distinct - 1} blocks to test on",
            f"--cv {min(DEFAULT_FOLDS, distinct - 1)}" if distinct > 1 else "name another column with --time",
        )
    if folds == 1:
        return [_time_fold(rows, order, ordered, len(rows) // 2, len(rows))]
    blocks = [(int(test[0]), int(test[-1]) + 1) for _, test in TimeSeriesSplit(folds).split(order)]
    return [_time_fold(rows, order, ordered, start, end) for start, end in blocks]


def time_holdout(rows: Int64, times: Float64, share: float) -> Fold:
    """Hold out the last `share` of the rows."""
    _check_share(share, "--test-size")
    order = np.argsort(times, kind="stable")
    return _time_fold(rows, order, times[order], len(rows) - max(1, round(share * len(rows))), len(rows))


def _time_fold(rows: Int64, order: Int64, ordered: Float64, start: int, end: int) -> Fold:
    """Test on the rows from `start` to `end` in the order of time, both moved to where a new time begins."""
    start = int(np.searchsorted(ordered, ordered[start]))
    end = len(ordered) if end == len(ordered) else int(np.searchsorted(ordered, ordered[end]))
    if start == 0 or start >= end:
        raise DataError(
            "so many rows have the same time that some block has nothing to train or to test on",
            "use fewer folds (--cv), or a finer column for --time",
        )
    return Fold(np.sort(rows[order[:start]]), np.sort(rows[order[start:end]]))


def _check_share(share: float, option: str) -> None:
    if not 0 < share < 1:
        raise UsageError(f"{option} {share:g}: not a share between 0 and 1", f"for example {option} 0.2")
