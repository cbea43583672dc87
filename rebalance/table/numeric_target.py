"""A numeric target: its values, and the ranges of values that are rare or common."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from rebalance.arrays import Bool, Codes, Float64, Int64, Rows
from rebalance.csvio.grammar import line_number
from rebalance.csvio.quoting import unquote
from rebalance.defaults import RARE_THRESHOLD
from rebalance.errors import DataError, UsageError
from rebalance.table.arrow import marks, mask, strings
from rebalance.table.columns import Column, Role
from rebalance.table.missing import is_missing
from rebalance.table.number_detection import detect_numbers
from rebalance.table.number_format import MAX_EXACT, NumberFormat
from rebalance.table.relevance import Relevance, box_plot, relevance_from_box_plot, value_ranges
from rebalance.table.role_detection import resolve_readings
from rebalance.table.table import Table
from rebalance.table.target import ROWS_PER_CLASS, UNLABELED, Target
from rebalance.table.task import Task
from rebalance.table.typed import TypedColumn

_MAX_RANGES = 100
"""More ranges than this come from a relevance that nobody can have meant."""

_MAX_STRATA_PER_RANGE, _MIN_ROWS_PER_STRATUM = 10, 10
"""A range is divided by quantiles into at most ten strata of at least ten rows, to be spread over folds."""

_INFINITE = ("inf", "infinity")


@dataclass(frozen=True)
class TargetRange:
    """A range of values that are all rare or all common."""

    low: float
    """The lowest value observed in it."""

    high: float
    """The highest value observed in it."""

    rare: bool
    """Whether its values are rare."""

    @property
    def label(self) -> str:
        """Its name, as a class is named by its label."""
        return f"{_shortest(self.low)}..{_shortest(self.high)}"


@dataclass(frozen=True, slots=True)
class NumericTarget(Target):
    """A target of numbers. Its labels are ranges of values, rare and common in turn."""

    numbers: TypedColumn
    """Each record's number, NaN where missing, and how the column writes its numbers."""

    relevance: Relevance
    """How much each value matters."""

    threshold: float
    """The relevance from which values are rare."""

    ranges: tuple[TargetRange, ...]
    """The ranges, ascending; `labels` are theirs."""

    is_relevance_given: bool = False
    """Whether the relevance is the user's, not that of a box plot of the values."""

    task: ClassVar[Task] = Task.REGRESSION
    label_noun: ClassVar[str] = "range"
    is_interpolated: ClassVar[bool] = True
    needs_two_labels: ClassVar[bool] = False

    @classmethod
    def of(cls, table: Table) -> Self:
        """Return the target of a table for regression; callers know the task."""
        assert isinstance(table.target, cls)  # noqa: S101  callers know the task
        return table.target

    @property
    def floats(self) -> Float64:
        """Each record's number, NaN where missing."""
        assert self.numbers.values is not None  # noqa: S101  it is a column of numbers
        return self.numbers.values

    @property
    def can_be_other_task(self) -> bool:
        """Whether its numbers repeat as the labels of classes do."""
        return len(self.cells.raw) <= len(self.codes) // ROWS_PER_CLASS

    @property
    def decimal_mark(self) -> str:
        """What separates the decimals of its numbers: a point or a comma."""
        return self.numbers.column.number.point if self.numbers.column.number else "."

    @property
    def is_rare(self) -> Bool:
        """Which ranges are rare."""
        return np.array([part.rare for part in self.ranges])

    @property
    def rare_labels(self) -> tuple[str, ...]:
        """The labels of the rare ranges."""
        return tuple(part.label for part in self.ranges if part.rare)

    def range_codes(self, values: Float64) -> Codes:
        """Return the range of each value; UNLABELED where it is NaN.

        A value between two ranges belongs to the one whose relevance it has; a value beyond all of them to the nearest.
        """
        return _range_codes(values, self.ranges, self.relevance.of(values) >= self.threshold)

    def oversampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the counts when every rare range that has rows has at least `ratio` times the largest common one's."""
        minimum = math.floor(ratio * int(counts[~self.is_rare].max(initial=0)) + 0.5)
        return np.where(self.is_rare & (counts > 0), np.maximum(counts, minimum), counts)

    def undersampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the counts when no common range has more than the rows of all rare ranges together over `ratio`."""
        rare_rows = int(counts[self.is_rare].sum())
        maximum = max(1, math.floor(min(rare_rows / ratio, int(counts.max(initial=1))) + 0.5))
        return np.where(self.is_rare, counts, np.minimum(counts, maximum))

    def check_balanceable(self, rows: Rows, *, counted: bool) -> None:
        """Raise DataError unless the records `rows` have rare and common values (if `counted`) that doubles hold."""
        if counted:
            self._check_rare_and_common(self.counts(rows))
        if not self._is_exact():
            raise DataError(
                f"the target {self.name!r} has whole numbers of more than 15 digits, which cannot be computed exactly",
                "divide or round them first",
            )

    def _check_rare_and_common(self, counts: Int64) -> None:
        is_rare, in_all = self.is_rare, self.counts()
        if counts[is_rare].sum() and counts[~is_rare].sum():
            return
        absent = "rare" if counts[~is_rare].sum() else "common"
        elsewhere = in_all[is_rare].sum() and in_all[~is_rare].sum()
        part = f" among the {int(counts.sum()):,} training rows" if elsewhere else ""
        raise DataError(
            f"no value of the target {self.name!r} is {absent} by its relevance{part}",
            "set another relevance with --relevance VALUE:RELEVANCE,... (inspect shows the present one)"
            + (", or use fewer folds" if part else ""),
        )

    def _is_exact(self) -> bool:
        """Whether doubles hold its numbers: no whole number, written out, is so long that its last digits are lost."""
        number, written = self.numbers.column.number, self.numbers.written
        whole = number is not None and number.whole and written is not None and not (written & 1).any()
        return not whole or float(np.nanmax(np.abs(self.floats))) < MAX_EXACT

    def strata(self, min_rows: int) -> Codes:
        """Return a stratum for each record: quantiles of its range, each of `min_rows` rows or more, and of ten."""
        strata = np.full(len(self.codes), UNLABELED, np.int32)
        first = 0
        for code in range(len(self.ranges)):
            rows = np.flatnonzero(self.codes == code)
            bins = int(np.clip(len(rows) // max(min_rows, _MIN_ROWS_PER_STRATUM), 1, _MAX_STRATA_PER_RANGE))
            ranks = np.searchsorted(np.sort(self.floats[rows]), self.floats[rows])
            strata[rows] = first + ranks * bins // max(len(rows), 1)
            first += bins
        return strata

    def restricted_to(self, rows: Int64) -> "NumericTarget":
        """Return the target with the relevance and the ranges that the records `rows` show."""
        if len(rows) == len(self.codes):
            return self
        present = self.floats[rows]
        present = present[~np.isnan(present)]
        given = self.relevance if self.is_relevance_given else None
        return _from_values(self, self.numbers, present, given, self.threshold)

    def spelling_warnings(self) -> list[str]:
        """Return nothing: numbers are compared by value, not by spelling."""
        return []

    def display_order(self, counts: Int64) -> list[int]:
        """Return the codes of the ranges, ascending."""
        return np.arange(len(counts)).tolist()

    def description(self) -> Mapping[str, Any]:
        """Return how rare values were determined."""
        return {
            "points": self.relevance.points,
            "flat": self.relevance.flat,
            "threshold": self.threshold,
            "rare": self.rare_labels,
        }


def _shortest(value: float) -> str:
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def with_numeric_target(table: Table, relevance: Relevance | None = None, threshold: float = RARE_THRESHOLD) -> Table:
    """Return the table with its target read as numbers; `relevance` None: that of a box plot of the values.

    Raises DataError for a target that is not a number somewhere, infinite, missing everywhere, or constant.
    """
    numbers = _read_numbers(table)
    assert numbers.values is not None  # noqa: S101  just read
    present = numbers.values[~np.isnan(numbers.values)]
    return replace(table, target=_from_values(table.target, numbers, present, relevance, threshold))


def with_target_of(table: Table, other: Table) -> Table:
    """Return the table with its target read as the numeric target of `other` is: with the ranges of that one."""
    known = NumericTarget.of(other)
    numbers = _read_numbers(table, varied=False)
    target = _from_ranges(table.target, numbers, known.ranges, known.relevance, known.threshold)
    return replace(table, target=target)


def _from_values(
    column: Target, numbers: TypedColumn, present: Float64, relevance: Relevance | None, threshold: float
) -> NumericTarget:
    """Return the numeric target of `column` with the ranges that the values `present` show."""
    used = relevance or relevance_from_box_plot(box_plot(present))
    ranges = _find_ranges(present, used.is_rare(present, threshold))
    target = _from_ranges(column, numbers, ranges, used, threshold)
    return replace(target, is_relevance_given=relevance is not None)


def _from_ranges(
    column: Target, numbers: TypedColumn, ranges: tuple[TargetRange, ...], relevance: Relevance, threshold: float
) -> NumericTarget:
    assert numbers.values is not None  # noqa: S101  it is a column of numbers
    return NumericTarget(
        name=column.name,
        labels=tuple(part.label for part in ranges),
        codes=_range_codes(numbers.values, ranges, relevance.of(numbers.values) >= threshold),
        cells=column.cells,
        numbers=numbers,
        relevance=relevance,
        threshold=threshold,
        ranges=ranges,
    )


def _range_codes(values: Float64, ranges: Sequence[TargetRange], is_rare: Bool) -> Codes:
    lows = np.array([part.low for part in ranges])
    highs = np.array([part.high for part in ranges])
    range_is_rare = np.array([part.rare for part in ranges])
    codes = np.clip(np.searchsorted(lows, values, side="right") - 1, 0, len(lows) - 1)
    following = np.minimum(codes + 1, len(lows) - 1)
    belongs_to_next = (values > highs[codes]) & (range_is_rare[codes] != is_rare)
    codes = np.where(belongs_to_next, following, codes)
    return np.where(np.isnan(values), UNLABELED, codes).astype(np.int32)


def _find_ranges(values: Float64, rare: Bool) -> tuple[TargetRange, ...]:
    if not rare.any():
        return (TargetRange(float(values.min()), float(values.max()), rare=False),)
    ranges = [TargetRange(low, high, rare=True) for low, high, _ in value_ranges(values, rare)]
    if not rare.all():
        ranges += [TargetRange(low, high, rare=False) for low, high, _ in value_ranges(values, ~rare)]
    if len(ranges) > _MAX_RANGES:
        raise UsageError(
            f"--relevance crosses the threshold so often that there are {len(ranges):,} ranges",
            "use fewer control points",
        )
    return tuple(sorted(ranges, key=lambda part: part.low))


def _read_numbers(table: Table, *, varied: bool = True) -> TypedColumn:
    """Return the target's cells as numbers; `varied`: they must have more than one value."""
    name = table.target.name
    codes = table.target.cells.codes
    texts, spellings = _spellings(table)  # each spelling is parsed once
    missing = marks(is_missing(texts, table.column_options.missing))
    number = _number_format(table, texts.filter(mask(~missing)))
    values, written = number.parse_as_written(texts)
    values = np.where(missing, np.nan, values)
    invalid = np.isnan(values) & ~missing
    if invalid.any():
        raise _not_a_number_error(table, np.flatnonzero(invalid[codes]), spellings)
    present = values[~missing]
    if not len(present):
        raise DataError(f"the target {name!r} is missing in every record", "name another column with --target")
    if varied and (present == present[0]).all():
        raise DataError(f"the target {name!r} has one value only: there is nothing to learn", "name another column")
    column = Column(table.target_index, name, Role.TARGET, number=number, missing=table.column_options.missing)
    written = np.where(missing, 0, written)
    return TypedColumn(column, values[codes], None, np.empty(0, object), written[codes])


def _number_format(table: Table, present: pa.ChunkedArray) -> NumberFormat:
    """Return how the target's numbers are written; where its cells do not show that, as other columns' are."""
    comma = table.file.dialect.delimiter != b","
    writing = None
    if len(present):
        writing = detect_numbers(present, comma=comma) or detect_numbers(present, comma=comma, is_given=True)
    if writing is None:
        return NumberFormat()
    if writing.other is None:
        return writing.number
    column = Column(
        table.target_index,
        table.target.name,
        Role.TARGET,
        number=writing.number,
        other=writing.other,
        example=writing.example,
    )
    resolved = resolve_readings([column, *table.columns])[0].number
    assert resolved  # noqa: S101  it is one of two
    return resolved


def _spellings(table: Table) -> tuple[pa.ChunkedArray, Sequence[str]]:
    """Return each spelling of a target cell, without quotes."""
    dialect = table.file.dialect
    spellings = [unquote(raw, dialect.quoting).decode(dialect.encoding) for raw in table.target.cells.raw]
    return pa.chunked_array([strings(spellings)]), spellings


def _not_a_number_error(table: Table, invalid: Int64, spellings: Sequence[str]) -> DataError:
    line = line_number(table.file.data, int(table.records.starts[invalid[0]]))
    text = spellings[table.target.cells.codes[invalid[0]]].strip().lstrip("+-").casefold()
    fault = "infinite" if text in _INFINITE else "too large" if _is_number(text) else "not a number"
    more = f" ({len(invalid):,} rows in all)" if len(invalid) > 1 else ""
    return DataError(
        f"line {line}: the target {table.target.name!r} is {fault}{more}",
        "correct the cell, name its marker of a missing value with --missing, or use --task classification",
    )
