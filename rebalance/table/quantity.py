"""A target that is a quantity: its cells as numbers, and the ranges of values that are rare or common."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from rebalance.arrays import Bool, Codes, Float64, Int64
from rebalance.csvio.grammar import line_number, value
from rebalance.errors import DataError, UsageError
from rebalance.table.arrow import marks, mask, strings
from rebalance.table.formats import decimals_written, is_missing, number_format, parse_numbers
from rebalance.table.relevance import RARE, Relevance, box_plot, by_box_plot, stretches
from rebalance.table.roles import Column, Role
from rebalance.table.table import Table
from rebalance.table.target import UNLABELLED, Target
from rebalance.table.typed import TypedColumn

_MOST_RANGES = 100
_LARGEST_EXACT = 2.0**53
_MOST_STRATA, _ROWS_PER_STRATUM = 10, 10
_INFINITE = ("inf", "infinity")


@dataclass(frozen=True)
class Range:
    """Values from `low` to `high`, both observed, that are all rare or all common."""

    low: float
    high: float
    rare: bool

    @property
    def label(self) -> str:
        """What it is called, as a class is by its label."""
        return f"{_shortest(self.low)}..{_shortest(self.high)}"


@dataclass(frozen=True)
class Quantity:
    """A numeric target.

    `cells`: each record's number (NaN where missing) and how it is written. `ranges`, ascending: stretches of values at
    least as relevant as `threshold`, and those between. A record's code in the `Target` is the position of its range.
    `given`: the relevance is the user's, not that of a box plot.
    """

    cells: TypedColumn
    relevance: Relevance
    threshold: float
    ranges: tuple[Range, ...]
    given: bool = False

    @property
    def numbers(self) -> Float64:
        """Each record's number, NaN where missing."""
        assert self.cells.values is not None  # noqa: S101  it is a column of numbers
        return self.cells.values

    @property
    def is_exact(self) -> bool:
        """Whether its numbers can be computed with: not so long, and written out, that doubles lose their ends."""
        number, decimals = self.cells.column.number, self.cells.decimals
        whole = number is not None and number.whole and decimals is not None and int(decimals.min()) >= 0
        return not whole or float(np.nanmax(np.abs(self.numbers))) < _LARGEST_EXACT

    @property
    def point(self) -> str:
        """What stands between whole and part: a point or a comma."""
        return self.cells.column.number.point if self.cells.column.number else "."

    @property
    def rare(self) -> Bool:
        """Which ranges are rare."""
        return np.array([one.rare for one in self.ranges])

    def matters(self, values: Float64) -> Float64:
        """Return the relevance of values, from 0 to 1."""
        return self.relevance.of(values)

    def codes(self, values: Float64) -> Codes:
        """Return the range of each value, UNLABELLED where it is NaN; one that lies between two goes where it is rare.

        A value beyond all of them is of the nearest.
        """
        lows = np.array([one.low for one in self.ranges])
        highs = np.array([one.high for one in self.ranges])
        place = np.clip(np.searchsorted(lows, values, side="right") - 1, 0, len(lows) - 1)
        following = np.minimum(place + 1, len(lows) - 1)
        between = (values > highs[place]) & (self.rare[place] != (self.matters(values) >= self.threshold))
        found = np.where(between, following, place)
        return np.where(np.isnan(values), UNLABELLED, found).astype(np.int32)

    def strata(self, codes: Codes, least: int) -> Codes:
        """Return a number for each record, the same for values near each other in one range: quantiles of that range.

        At most ten of a range, each of `least` rows or more, and of ten.
        """
        strata = np.full(len(codes), UNLABELLED, np.int32)
        first = 0
        for code in range(len(self.ranges)):
            rows = np.flatnonzero(codes == code)
            bins = int(np.clip(len(rows) // max(least, _ROWS_PER_STRATUM), 1, _MOST_STRATA))
            ranks = np.searchsorted(np.sort(self.numbers[rows]), self.numbers[rows])
            strata[rows] = first + ranks * bins // max(len(rows), 1)
            first += bins
        return strata


def _shortest(value: float) -> str:
    short = f"{value:.15g}"
    return short if float(short) == value else repr(value)


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def as_quantity(table: Table, relevance: Relevance | None = None, threshold: float = RARE) -> Table:
    """Return the table with its target taken for a quantity; `relevance` is the box plot's if None.

    Raises DataError for a target that is no number somewhere, infinite, missing everywhere, or one value.
    """
    cells = _numbers(table)
    assert cells.values is not None  # noqa: S101  just read
    present = cells.values[~np.isnan(cells.values)]
    return _with_ranges(table, _ranged(cells, present, relevance, threshold))


def of_rows(table: Table, rows: Int64) -> Table:
    """Return the table with the ranges that its records `rows` show, whatever others do: those a technique is given.

    Of classes it is the table itself.
    """
    quantity = table.target.quantity
    if quantity is None or len(rows) == len(table.target.codes):
        return table
    given = quantity.relevance if quantity.given else None
    present = quantity.numbers[rows]
    present = present[~np.isnan(present)]
    return _with_ranges(table, _ranged(quantity.cells, present, given, quantity.threshold))


def _ranged(cells: TypedColumn, present: Float64, relevance: Relevance | None, threshold: float) -> Quantity:
    used = relevance or by_box_plot(box_plot(present))
    return Quantity(cells, used, threshold, _ranges(present, used.rare(present, threshold)), relevance is not None)


def like(table: Table, other: Table) -> Table:
    """Return the table with its target taken for the quantity that the target of another one is, with its ranges."""
    known = other.target.quantity
    assert known is not None  # noqa: S101  the caller has made it one
    cells = _numbers(table, several=False)
    return _with_ranges(table, Quantity(cells, known.relevance, known.threshold, known.ranges))


def _with_ranges(table: Table, quantity: Quantity) -> Table:
    labels = tuple(one.label for one in quantity.ranges)
    target = table.target
    found = Target(target.name, labels, quantity.codes(quantity.numbers), target.cells, quantity)
    return replace(table, target=found)


def _ranges(values: Float64, rare: Bool) -> tuple[Range, ...]:
    if not rare.any():
        return (Range(float(values.min()), float(values.max()), rare=False),)
    found = [Range(low, high, rare=True) for low, high, _ in stretches(values, rare)]
    if not rare.all():
        found += [Range(low, high, rare=False) for low, high, _ in stretches(values, ~rare)]
    if len(found) > _MOST_RANGES:
        raise UsageError(
            f"--relevance goes above and below the threshold so often that there are {len(found):,} ranges",
            "fewer control points",
        )
    return tuple(sorted(found, key=lambda one: one.low))


def _numbers(table: Table, *, several: bool = True) -> TypedColumn:
    """Return the target's cells as numbers; `several`: they must be of more than one value."""
    name = table.target.name
    # each spelling is read once
    codes = table.target.cells.codes
    texts, spelled = _spellings(table)
    points = (".", ",") if table.file.dialect.delimiter != b"," else (".",)
    point = min(points, key=lambda one: int(np.isnan(parse_numbers(texts, one)).sum()))
    values = parse_numbers(texts, point)
    missing = marks(is_missing(texts, table.choices.missing))
    values = np.where(missing, np.nan, values)
    odd = np.isnan(values) & ~missing
    if odd.any():
        _refuse(table, np.flatnonzero(odd[codes]), spelled)
    present = values[~missing]
    if not len(present):
        raise DataError(f"the target {name!r} is missing in every record", "name another column with --target")
    if several and (present == present[0]).all():
        raise DataError(f"the target {name!r} has one value only: there is nothing to learn", "name another column")
    column = Column(table.target_index, name, Role.TARGET, missing=table.choices.missing)
    numeric = texts.filter(mask(~missing))
    number = number_format(numeric, point)
    column = replace(column, number=number)
    decimals = np.where(missing, 0, decimals_written(texts, point))
    return TypedColumn(column, values[codes], None, np.empty(0, object), decimals[codes])


def _spellings(table: Table) -> tuple[pa.ChunkedArray, Sequence[str]]:
    """Return each spelling of a target cell, without quotes."""
    encoding = table.file.dialect.encoding
    spelled = [value(raw).decode(encoding) for raw in table.target.cells.raw]
    return pa.chunked_array([strings(spelled)]), spelled


def _refuse(table: Table, odd: Int64, spelled: Sequence[str]) -> None:
    line = line_number(table.file.data, int(table.records.starts[odd[0]]))
    text = spelled[table.target.cells.codes[odd[0]]].strip().lstrip("+-").casefold()
    what = "infinite" if text in _INFINITE else "too large" if _is_number(text) else "not a number"
    more = f" (as in {len(odd):,} records)" if len(odd) > 1 else ""
    raise DataError(
        f"line {line}: the target {table.target.name!r} is {what}{more}",
        "correct it, name what stands for a missing value with --missing, or use --task classification",
    )
