"""Numbers and dates are understood in the writings that people and spreadsheets use, and written back in them."""

import csv
import datetime as dt
import io
from collections.abc import Callable

import numpy as np
import pytest
from conftest import CsvFile
from tables import open_table, output_of, plan_of

from rebalance.table.columns import Column, Role
from rebalance.table.date_format import MONTHS, SHORT_MONTHS
from rebalance.table.table import Table

ROWS = 90
SIZES = np.random.default_rng(3).permutation(np.concatenate([np.geomspace(0.5, 3e6, 60), np.linspace(20, 900, 30)]))
"""Sizes from a half to three millions, no two alike."""

SIGNED = np.where(np.arange(ROWS) % 4 == 0, -SIZES, SIZES)
SECONDS = np.random.default_rng(4).integers(0, 6 * 365 * 86_400, ROWS)
TIMES = [dt.datetime(2019, 2, 3, tzinfo=None) + dt.timedelta(seconds=int(s)) for s in SECONDS]  # noqa: DTZ001

Write = Callable[[float], str]


def grouped(group: str, point: str, decimals: int = 2) -> Write:
    return lambda value: f"{value:,.{decimals}f}".translate({ord(","): group, ord("."): point})


def indian(value: float) -> str:
    whole, _, decimals = f"{abs(value):.2f}".partition(".")
    parts, rest = [whole[-3:]], whole[:-3]
    while rest:
        parts.insert(0, rest[-2:])
        rest = rest[:-2]
    return f"{'-' if value < 0 else ''}{','.join(parts)}.{decimals}"


def five_digits_before_groups(value: float) -> str:
    return f"{value:.2f}".replace(".", ",") if abs(value) < 10_000 else grouped(".", ",")(value)


GROUPS: dict[str, Write] = {
    "plain": lambda value: f"{value:.2f}",
    "plain-comma": lambda value: f"{value:.2f}".replace(".", ","),
    "comma-groups": grouped(",", "."),
    "point-groups": grouped(".", ","),
    "space-groups": grouped(" ", ","),
    "no-break-space-groups": grouped("\u00a0", ","),
    "narrow-space-groups": grouped("\u202f", ","),
    "space-groups-and-point": grouped(" ", "."),
    "apostrophe-groups": grouped("'", "."),
    "typographic-apostrophe-groups": grouped("\u2019", "."),
    "indian-groups": indian,
    "groups-from-five-digits": five_digits_before_groups,
}
SIGNS: dict[str, Callable[[Write], Write]] = {
    "minus": lambda write: write,
    "minus-sign": lambda write: lambda value: write(value).replace("-", "\u2212"),
    "parentheses": lambda write: lambda value: f"({write(-value)})" if value < 0 else write(value),
    "trailing-minus": lambda write: lambda value: f"{write(-value)}-" if value < 0 else write(value),
    "plus": lambda write: lambda value: write(value) if value < 0 else "+" + write(value),
}
AFFIXES: dict[str, Callable[[Write], Write]] = {
    "dollar": lambda write: lambda value: f"-${write(-value)}" if value < 0 else f"${write(value)}",
    "dollar-before-minus": lambda write: lambda value: f"${write(value)}",
    "dollar-in-parentheses": lambda write: lambda value: f"(${write(-value)})" if value < 0 else f"${write(value)}",
    "euro-after": lambda write: lambda value: f"{write(value)} €",
    "euro-after-without-space": lambda write: lambda value: f"{write(value)}€",
    "code-before": lambda write: lambda value: f"USD {write(abs(value))}",
    "code-before-without-space": lambda write: lambda value: f"USD{write(abs(value))}",
    "rupees": lambda write: lambda value: f"Rs. {write(abs(value))}",
    "kilograms": lambda write: lambda value: f"{write(value)}kg",
    "speed": lambda write: lambda value: f"{write(value)} km/h",
    "percent": lambda write: lambda value: f"{write(value)}%",
    "percent-with-space": lambda write: lambda value: f"{write(value)} %",
    "degrees": lambda write: lambda value: f"{write(value)}°C",
}
OTHERS: dict[str, Write] = {
    "whole": lambda value: f"{value:.0f}",
    "whole-with-comma-groups": lambda value: f"{round(value):,}",
    "whole-with-plus": lambda value: f"{round(value):+d}",
    "whole-with-decimals": lambda value: f"{round(value)}.0",
    "one-decimal": lambda value: f"{value:.1f}",
    "six-decimals": lambda value: f"{value:.6f}",
    "pandas": lambda value: repr(float(value)),
    "pandas-rounded": lambda value: repr(round(float(value), 2)),
    "exponent": lambda value: f"{value:.2e}",
    "capital-exponent": lambda value: f"{value:.2E}",
    "short-exponent": lambda value: f"{value:.3e}".replace("e+0", "e").replace("e-0", "e-"),
    "exponent-with-comma": lambda value: f"{value:.2e}".replace(".", ","),
    "tiny": lambda value: repr(float(f"{value:.2e}") * 1e-300) if value > 0 else "1e-300",
    "huge": lambda value: f"{value:.2e}".replace("e+", "e+1").replace("e-", "e+1"),
    "padded-with-spaces": lambda value: f"{value:12.2f}",
}
NUMBERS: dict[str, Write] = {
    **{f"{group}-{sign}": SIGNS[sign](write) for group, write in GROUPS.items() for sign in ("minus", "parentheses")},
    **{f"{sign}": of(GROUPS["plain"]) for sign, of in SIGNS.items()},
    **{
        f"{group}-{affix}": of(GROUPS[group])
        for group in ("plain", "comma-groups", "point-groups")
        for affix, of in AFFIXES.items()
    },
    **OTHERS,
}

PATTERNS = (
    *("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y", "%m/%d/%y"),
    *("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y-%m", "%Y%m", "%m/%Y", "%G-W%V", "%GW%V", "%G-W%V-%u"),
    *("%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%d%b%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%b %Y", "%b-%y", "%Y %b %d"),
    *("%a %d %b %Y", "%A, %d %B %Y", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M"),
    *("%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M%p"),
    *("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S+02:00", "%Y-%m-%d %H:%M:%S+0530", "%Y-%m-%d %H:%M:%S UTC"),
    *("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%fZ", "%d.%m.%Y %H:%M:%S,%f"),
)
DATES: dict[str, Callable[[dt.datetime], str]] = {
    **{pattern: (lambda time, pattern=pattern: time.strftime(pattern)) for pattern in PATTERNS},  # type: ignore[misc]
    "unpadded": lambda time: f"{time.month}/{time.day}/{time.year}",
    "unpadded-with-time": lambda time: f"{time.month}/{time.day}/{time.year} {time.hour}:{time.minute:02d}",
    "milliseconds": lambda time: f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}",
    "quarter": lambda time: f"{time.year}Q{(time.month + 2) // 3}",
    "quarter-first": lambda time: f"Q{(time.month + 2) // 3} {time.year}",
    "capitals": lambda time: time.strftime("%d-%b-%y").upper(),
    "small-letters": lambda time: time.strftime("%I:%M %p").lower(),
    "german": lambda time: f"{time.day}. {MONTHS['de'].split()[time.month - 1].title()} {time.year}",
    "french": lambda time: f"{time.day} {MONTHS['fr'].split()[time.month - 1]} {time.year}",
    "spanish": lambda time: f"{time.day:02d}-{SHORT_MONTHS['es'].split()[time.month - 1]}-{time.year}",
}
WRITINGS = {**{name: [write(v) for v in SIGNED] for name, write in NUMBERS.items()}} | {
    name: [write(time) for time in TIMES] for name, write in DATES.items()
}


def table_of(cells: list[str]) -> str:
    """A table with the column `x`, a plain number and two classes, as Python's csv writes it."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["x", "y", "kind"])
    writer.writerows([cell, f"{row * 7 % 31}.5", "ab"[row % 3 == 0]] for row, cell in enumerate(cells))
    return stream.getvalue()


def column_of(table: Table) -> Column:
    return table.columns[0]


def values_of(table: Table) -> np.ndarray:
    """The values of the column `x`."""
    values = table.read_typed(np.arange(len(table))).columns[0].values
    assert values is not None
    return values


def test_there_are_many_writings() -> None:
    assert len(WRITINGS) >= 120


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_means_the_same_in_every_writing(name: str, csv_file: CsvFile) -> None:
    with open_table(csv_file(table_of(WRITINGS[name]))) as table:
        assert column_of(table).role is Role.NUMBER
        values = values_of(table)
    is_unsigned = any(word in name for word in ("code-before", "rupees"))
    expected = np.abs(SIGNED) if is_unsigned else SIGNED
    if name in ("tiny", "huge"):
        expected = np.array([float(text.replace(",", ".")) for text in WRITINGS[name]])
    assert values == pytest.approx(expected, rel=0.006, abs=0 if name == "tiny" else 0.51)


@pytest.mark.parametrize("name", DATES)
def test_a_date_means_the_same_in_every_writing(name: str, csv_file: CsvFile) -> None:
    with open_table(csv_file(table_of(WRITINGS[name]))) as table:
        assert column_of(table).role is Role.DATE
        values = values_of(table)
    order = np.argsort([DATES[name](time) for time in TIMES] if name == "%H:%M:%S" else SECONDS, kind="stable")
    has_day = column_of(table).date.has_date  # type: ignore[union-attr]
    assert not has_day or (np.diff(values[order]) >= 0).all()
    assert len(np.unique(values)) == len(set(WRITINGS[name]))


@pytest.mark.parametrize("name", WRITINGS)
def test_synthetic_cells_are_valid_and_in_the_same_writing(name: str, csv_file: CsvFile) -> None:
    with open_table(csv_file(table_of(WRITINGS[name]))) as table:
        column, values = column_of(table), values_of(table)
        output = output_of(table, plan_of(table, "smote"))
    rows = list(csv.reader(io.StringIO(output.decode())))
    assert {len(row) for row in rows} == {3}
    synthetic = [row[0] for row in rows[1 + ROWS :]]
    assert len(synthetic) == 30
    with open_table(csv_file(table_of([row[0] for row in rows[1:]]), "out.csv")) as again:
        written, format_again = values_of(again), column_of(again).format
    assert not np.isnan(written).any()
    assert written.min() >= values.min()
    assert written.max() <= values.max()
    assert column_of(again).role is column.role
    assert type(format_again) is type(column.format)
    assert column_of(again).writing == column.writing


@pytest.mark.parametrize("name", WRITINGS)
def test_records_are_copied_whatever_the_writing(name: str, csv_file: CsvFile) -> None:
    text = table_of(WRITINGS[name])
    with open_table(csv_file(text)) as table:
        assert output_of(table, plan_of(table, "random-over")).startswith(text.encode())
