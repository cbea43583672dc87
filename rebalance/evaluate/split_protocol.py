"""How rows are held out for tests: the outer folds, and those within a training split that tune a threshold."""

import shlex
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.csvio.grammar import line_number
from rebalance.defaults import DEFAULT_FOLDS
from rebalance.errors import DataError
from rebalance.splits import (
    Fold,
    linked_groups,
    stratified_folds,
    stratified_holdout,
    time_folds,
    time_holdout,
)
from rebalance.table.table import Table

INNER_FOLDS = 5
"""The default of scikit-learn's TunedThresholdClassifierCV."""


@dataclass(frozen=True)
class SplitProtocol:
    """How rows are held out."""

    folds: int = DEFAULT_FOLDS

    repeats: int = 1
    """How many times the rows are divided into folds."""

    test_size: float | None = None
    """A share of the rows to be held out once, instead of folds."""

    other: Table | None = None
    """A second file to be tested on, instead of either."""

    time: int | None = None
    """The position of a column of times: models are trained on the past and tested on what follows."""

    copies_apart: bool = False
    """Whether copies of a row may be in both parts."""

    def describe(self, table: Table, held_out: str) -> str:
        """Return the protocol in words; `held_out`: of what a share is held out."""
        if self.other is not None:
            return f"trained on all rows, tested on {self.other.file.source.name}"
        if self.time is not None:
            order = f"in the order of {table.file.names[self.time]}"
            if self.test_size is not None:
                return f"tested on the last {100 * self.test_size:.3g}% of the rows {order}"
            return f"trained on the past, tested on the block that follows, {self.folds} times, {order}"
        details = ", groups kept together" if table.groups is not None else ""
        details += ", copies of a row allowed in both parts" if self.copies_apart else ""
        if self.test_size is not None:
            return f"tested on {100 * self.test_size:.3g}% of {held_out}, held out{details}"
        times = f", repeated {self.repeats} times" if self.repeats > 1 else ""
        return f"{self.folds}-fold stratified cross-validation{times}{details}"

    @property
    def folds_per_repeat(self) -> int:
        """How many of the folds test each row once."""
        return 1 if self.other is not None or self.test_size is not None else self.folds

    @property
    def n_splits(self) -> int:
        """How many times a contender is trained and tested."""
        return self.folds_per_repeat * (1 if self.other is not None or self.test_size is not None else self.repeats)


class Splitter:
    """Splits the records `rows` of a table, and training splits of them again."""

    def __init__(self, table: Table, rows: Int64, protocol: SplitProtocol, seed: int) -> None:
        """Prepare the splits. Raises DataError if the column of times holds something else."""
        self._rows, self._codes, self._seed = rows, table.target.codes, seed
        self._strata = table.target.strata(protocol.folds)
        self._folds, self._repeats, self._test_size = protocol.folds, protocol.repeats, protocol.test_size
        self._times = None if protocol.time is None else _read_times(table, rows, protocol.time)
        self._groups = linked_groups(table, copies_apart=protocol.copies_apart)

    def folds(self) -> list[Fold]:
        """Return the folds. Raises UsageError or DataError if the rows do not allow them."""
        rows, share = self._rows, self._test_size
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
        """Return folds of a training split, by the same rules, fewer where five are too many: to tune a threshold on.

        They are random: in files whose rows are in an order, of time for example, a held-out block would be unlike the
        rows that the model meets, and so would its probabilities. Raises DataError if there are none.
        """
        if self._times is not None:
            times = self._times[rows]
            possible = len(np.unique(times)) - 1
            minimum = 1
        else:
            first_rows = np.unique(self._groups[rows], return_index=True)[1]
            possible = int(np.bincount(self._codes[rows][first_rows]).max())
            minimum = 2
        if possible < minimum:
            raise DataError(
                "the training rows are too few to be split again", "use fewer folds, or a smaller --test-size"
            )
        folds = min(INNER_FOLDS, possible)
        if self._times is not None:
            return time_folds(rows, times, folds)
        return stratified_folds(rows, self._codes[rows], self._groups[rows], folds, self._seed)

    def groups(self, rows: Int64) -> Int64:
        """Return a number for each of the records, equal for those that must not be separated."""
        return self._groups[rows]


def _read_times(table: Table, rows: Int64, index: int) -> Float64:
    """Return the time of each record as a number; NaN for those not in `rows`."""
    from rebalance.csvio.cells import read_cells
    from rebalance.table.date_detection import detect_compact_dates, detect_dates
    from rebalance.table.missing import present_cells
    from rebalance.table.number_detection import detect_numbers

    name = table.file.names[index]
    cells = read_cells(table.records, rows, [index])[0]
    present = present_cells(cells, table.column_options.missing)
    format_ = next((column.format for column in table.columns if column.index == index), None)
    if format_ is None and len(present):
        dates = detect_compact_dates(present, few=True) or detect_dates(present)
        numbers = None if dates else detect_numbers(present, is_given=True)
        format_ = dates.date if dates else numbers.number if numbers else None
    values = np.full(len(cells), np.nan) if format_ is None else format_.parse(cells)
    if np.isnan(values).all():
        raise DataError(
            f"--time {name!r} holds neither numbers nor dates of one format",
            f"name the format with --role {shlex.quote(name)}=date:%d/%m/%Y, or name another column",
        )
    if np.isnan(values).any():
        invalid = np.flatnonzero(np.isnan(values))
        line = line_number(table.file.data, int(table.records.starts[rows[invalid[0]]]))
        fault = "neither a number nor a date" if cells[int(invalid[0])].as_py().strip() else "blank"
        others = f" (and in {len(invalid) - 1:,} other records)" if len(invalid) > 1 else ""
        raise DataError(
            f"line {line}: --time {name!r} is {fault} there{others}", "correct the cell, or leave the row out"
        )
    times = np.full(len(table), np.nan)
    times[rows] = values
    return times
