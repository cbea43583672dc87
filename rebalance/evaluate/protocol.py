"""How rows are set aside to score on: the outer folds, and those within a training part that tune a threshold."""

from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.csvio.grammar import line_number
from rebalance.errors import DataError
from rebalance.evaluate.folds import (
    Fold,
    stratified_folds,
    stratified_holdout,
    time_folds,
    time_holdout,
    together,
)
from rebalance.table.table import Table

INNER_FOLDS = 5
"""As TunedThresholdClassifierCV has them by default."""


@dataclass(frozen=True)
class Protocol:
    """How rows are set aside.

    `other`: a second file to test on; else `test_size`, a share of the rows; else `folds` folds, dealt out
    `repeats` times. `time`: the position of a column by which the past is trained on and what follows is scored.
    """

    folds: int = 5
    repeats: int = 1
    test_size: float | None = None
    other: Table | None = None
    time: int | None = None
    copies_apart: bool = False

    def describe(self, table: Table) -> str:
        """Return the protocol in words."""
        if self.other is not None:
            return f"trained on all rows, scored on {self.other.file.source.name}"
        if self.time is not None:
            by = f"in the order of {table.file.names[self.time]}"
            if self.test_size is not None:
                return f"scored on the last {100 * self.test_size:.3g}% of the rows {by}"
            return f"trained on the past, scored on the block that follows, {self.folds} times, {by}"
        grouped = ", groups kept whole" if table.groups is not None else ""
        grouped += ", copies of a row on both sides allowed" if self.copies_apart else ""
        if self.test_size is not None:
            each = "each class" if table.target.quantity is None else "the rows"
            return f"scored on {100 * self.test_size:.3g}% of {each}, held out{grouped}"
        times = f", {self.repeats} times" if self.repeats > 1 else ""
        return f"{self.folds}-fold stratified cross-validation{times}{grouped}"

    @property
    def deal(self) -> int:
        """How many of the folds score each row once."""
        return 1 if self.other is not None or self.test_size is not None else self.folds

    @property
    def trials(self) -> int:
        """How many times a contender is trained and scored."""
        return 1 if self.other is not None or self.test_size is not None else self.folds * self.repeats


class Splitter:
    """Splits the records `rows` of a table, and training parts of theirs again.

    Raises UsageError or DataError if the rows do not allow what the protocol asks.
    """

    def __init__(self, table: Table, rows: Int64, protocol: Protocol, seed: int) -> None:
        self._rows, self._codes, self._seed = rows, table.target.codes, seed
        self._strata = table.target.strata(protocol.folds)
        self._folds, self._repeats, self._share = protocol.folds, protocol.repeats, protocol.test_size
        self._times = None if protocol.time is None else _times(table, rows, protocol.time)
        self._groups = together(table, copies_apart=protocol.copies_apart)

    def folds(self) -> list[Fold]:
        """Return the folds; with a second file to test on there are none to make."""
        rows, share = self._rows, self._share
        if self._times is not None:
            times = self._times[rows]
            return time_folds(rows, times, self._folds) if share is None else [time_holdout(rows, times, share)]
        codes, groups = self._codes[rows], self._groups[rows]
        if share is not None:
            return [stratified_holdout(rows, codes, groups, share, self._seed, "--test-size")]
        return [
            fold
            for repeat in range(self._repeats)
            for fold in stratified_folds(rows, self._strata[rows], groups, self._folds, self._seed + repeat)
        ]

    def inner_folds(self, rows: Int64) -> list[Fold]:
        """Return folds of a training part, by the same rules, fewer where five are too many: to tune a threshold on.

        They are dealt out at random: in files whose rows are in order, of time for one, whole stretches held out would
        be unlike what the model meets, and its scores of them unlike its scores. Raises DataError if there are none.
        """
        if self._times is not None:
            times = self._times[rows]
            possible = len(np.unique(times)) - 1
            least = 1
        else:
            firsts = np.unique(self._groups[rows], return_index=True)[1]
            possible = int(np.bincount(self._codes[rows][firsts]).max())
            least = 2
        if possible < least:
            raise DataError("a training part is too small to be split again", "fewer folds, or a larger training part")
        folds = min(INNER_FOLDS, possible)
        if self._times is not None:
            return time_folds(rows, times, folds)
        return stratified_folds(rows, self._codes[rows], self._groups[rows], folds, self._seed)

    def groups(self, rows: Int64) -> Int64:
        """Return a number for each of the records, the same for those that depend on each other."""
        return self._groups[rows]


def _times(table: Table, rows: Int64, at: int) -> Float64:
    """Return for each record when it was, as a number; NaN for those not in `rows`."""
    from rebalance.csvio.cells import read_cells
    from rebalance.table.formats import parse_dates, parse_numbers

    name = table.file.names[at]
    cells = read_cells(table.records, rows, [at])[0]
    found = min(parse_numbers(cells), parse_dates(cells), key=lambda values: int(np.isnan(values).sum()))
    if np.isnan(found).all():
        raise DataError(f"--time {name!r} holds neither numbers nor ISO dates", "name another column")
    if np.isnan(found).any():
        odd = np.flatnonzero(np.isnan(found))
        line = line_number(table.file.data, int(table.records.starts[rows[odd[0]]]))
        what = "no number or date" if cells[int(odd[0])].as_py().strip() else "blank"
        others = f" (as are {len(odd) - 1:,} others)" if len(odd) > 1 else ""
        raise DataError(f"line {line}: --time {name!r} is {what} there{others}", "fill it, or leave the row out")
    times = np.full(len(table), np.nan)
    times[rows] = found
    return times
