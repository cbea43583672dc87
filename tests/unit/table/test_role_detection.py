"""A column's role is inferred from its cells, and can be set by the user where the cells allow it."""

import pyarrow as pa
import pytest
from conftest import CsvFile
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import open_table

from rebalance.errors import UsageError
from rebalance.table.arrow import strings
from rebalance.table.columns import Column, Role
from rebalance.table.number_render import number_text
from rebalance.table.role_detection import infer_column, infer_short_columns
from rebalance.table.table import ColumnOptions

ROWS = 60


def two_classes(cells: list[str]) -> str:
    """A table with the column `x` and two classes, separated by semicolons."""
    return "".join(["x;kind\n", *(f"{cell};{'ab'[row % 2]}\n" for row, cell in enumerate(cells))])


@pytest.mark.parametrize(
    ("cells", "role"),
    [
        pytest.param([f"{n * 3}" for n in range(ROWS)], Role.NUMBER, id="whole-numbers"),
        pytest.param([f"{n}" for n in range(ROWS)], Role.ID, id="row-numbers"),
        pytest.param([f"{n:05d}" for n in range(ROWS)], Role.ID, id="distinct-codes-with-leading-zeros"),
        pytest.param([f"{n % 9:05d}" for n in range(ROWS)], Role.CATEGORY, id="repeated-codes-with-leading-zeros"),
        pytest.param([f"{n * 1.37:.2f}" for n in range(ROWS)], Role.NUMBER, id="decimals"),
        pytest.param([f"{n * 3}" if n % 3 == 0 else "" for n in range(ROWS)], Role.NUMBER, id="mostly-blank-numbers"),
        pytest.param([f"{n}" if n % 3 == 0 else "" for n in range(ROWS)], Role.NUMBER, id="mostly-blank-row-numbers"),
        pytest.param([f"1.{n:03d},50" for n in range(ROWS)], Role.NUMBER, id="numbers-with-two-separators"),
        pytest.param([f"${n * 11}.50" for n in range(ROWS)], Role.NUMBER, id="amounts-with-a-currency"),
        pytest.param([f"word{n}" for n in range(ROWS)], Role.ID, id="distinct-words"),
        pytest.param([f"202401{n % 28 + 1:02d}" for n in range(58)] + ["0", "99991231"], Role.DATE, id="no-last-day"),
        pytest.param(
            ["99991231"] * 25 + [f"2024{n % 12 + 1:02d}15" for n in range(35)], Role.DATE, id="no-date-at-first"
        ),
        pytest.param([f"2024{n % 12 + 1:02d}28" for n in range(59)] + ["20240230"], Role.DATE, id="a-day-that-is-none"),
        pytest.param(["20240131", "20240229", "20240331", "20240430"] * 15, Role.DATE, id="four-month-ends"),
        pytest.param(["#DIV/0!"] * 15 + [f"{n}.5" for n in range(45)], Role.NUMBER, id="many-divisions-by-zero"),
        pytest.param(["\\N"] * 15 + [f"{n}.5" for n in range(45)], Role.NUMBER, id="nulls-of-mysql"),
        pytest.param([f"some words {n}" for n in range(ROWS)], Role.TEXT, id="distinct-sentences"),
        pytest.param(["x"] * ROWS, Role.CONSTANT, id="one-value"),
        pytest.param([""] * ROWS, Role.CONSTANT, id="all-blank"),
        pytest.param(["t", "f"] * 30, Role.CATEGORY, id="two-words"),
        pytest.param(["1", "2", "inf"] * 20, Role.CATEGORY, id="infinite-numbers"),
        pytest.param([f"{n}e300" for n in range(ROWS)], Role.ID, id="numbers-too-large"),
        pytest.param([f"9{n:019d}" for n in range(ROWS)], Role.ID, id="numbers-too-long"),
        pytest.param([f"2024-01-{n % 28 + 1:02d}" for n in range(ROWS)], Role.DATE, id="dates"),
        pytest.param([f"2024-02-{n % 31 + 1:02d}" for n in range(ROWS)], Role.DATE, id="a-few-days-that-do-not-exist"),
        pytest.param([f"2024-{n % 40 + 1:02d}-05" for n in range(ROWS)], Role.TEXT, id="dates-that-do-not-exist"),
        pytest.param([f"2024-01-01T00:00+0{n % 3}:00" for n in range(ROWS)], Role.DATE, id="times-in-many-zones"),
        pytest.param([f"{n + 1},{n * 37 % 1000:03d}" for n in range(40)], Role.NUMBER, id="commas-before-3-digits"),
    ],
)
def test_the_role_of_a_column_is_inferred_from_its_cells(cells: list[str], role: Role, csv_file: CsvFile) -> None:
    with open_table(csv_file(two_classes(cells)), delimiter=b";") as table:
        assert table.columns[0].role is role


@pytest.mark.parametrize("role", [Role.NUMBER, Role.DATE])
def test_a_role_that_no_cell_allows_is_refused(role: Role, csv_file: CsvFile) -> None:
    path = csv_file(two_classes([f"{'uvw'[n % 3]}" for n in range(40)]))
    with (
        open_table(path, delimiter=b";", column_options=ColumnOptions(roles={0: role})) as table,
        pytest.raises(UsageError, match="--role x="),
    ):
        _ = table.columns


CELLS = st.one_of(
    st.sampled_from(
        ["", "?", "NA", "0", "1", "1.5", "-2", "+3", "007", "1,234", "1.234", " 4", "5 ", "1e5", "nan", "x", "9" * 20]
    ),
    st.integers(-(10**6), 10**6).map(str),
    st.integers(20_200_101, 20_200_131).map(str),
    st.floats(-1e4, 1e4).map(repr),
    st.decimals(-1000, 1000, places=2).map(str),
)


@settings(deadline=None)
@given(st.integers(1, 40).flatmap(lambda rows: st.lists(st.lists(CELLS, min_size=rows, max_size=rows), max_size=4)))
def test_columns_that_are_read_together_are_what_they_are_alone(columns: list[list[str]]) -> None:
    rows = len(columns[0]) if columns else 0
    bases = [Column(index, f"c{index}", Role.TEXT) for index in range(len(columns))]
    cells = [pa.chunked_array([strings(column)]) for column in columns]
    together = infer_short_columns(bases, cells, rows, comma=False)
    alone = [infer_column(base, texts, rows, comma=False) for base, texts in zip(bases, cells, strict=True)]
    assert together == alone


@pytest.mark.parametrize(
    "name",
    ["customer_id", "CUSTOMERID", "PassengerId", "account_number", "Kunden-Nr", "phone1", "homePhone", "zipCode"],
)
def test_numbers_that_identify_something_are_never_measured_however_often_they_repeat(
    name: str, csv_file: CsvFile
) -> None:
    for numbers in (range(1000, 1400), [1000 + row * 37 % 150 for row in range(400)]):
        rows = "".join(f"{number};{'no' if row % 9 else 'yes'}\n" for row, number in enumerate(numbers))
        with open_table(csv_file(f"{name};kind\n{rows}"), delimiter=b";") as table:
            assert not table.columns[0].role.is_measured


@pytest.mark.parametrize(
    "name", ["phone_calls", "mobile_minutes", "account_balance", "sku_count", "uv_index", "monkey"]
)
def test_quantities_of_things_that_have_numbers_are_measured(name: str, csv_file: CsvFile) -> None:
    rows = "".join(f"{1000 + row * 37 % 150};{'no' if row % 9 else 'yes'}\n" for row in range(400))
    with open_table(csv_file(f"{name};kind\n{rows}"), delimiter=b";") as table:
        assert table.columns[0].role is Role.NUMBER


@pytest.mark.parametrize("write", ["{},-", "€ {},-", "{}.-", "{}:-", "{},--"])
def test_the_dash_for_no_cents_is_no_sign(write: str, csv_file: CsvFile) -> None:
    rows = "".join(f"{write.format(100 + row * 7)};{'no' if row % 9 else 'yes'}\n" for row in range(90))
    with open_table(csv_file(f"price;kind\n{rows}"), delimiter=b";") as table:
        number = table.columns[0].number
        assert number is not None
        assert number.parse(pa.chunked_array([[write.format(100)]])).tolist() == [100]
        assert number_text(250, number) == write.format(250)
