"""A synthetic cell lies between the cells of its two source rows, in the format of its column."""

import random
from pathlib import Path

import numpy as np
import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of, open_table, output_of

from rebalance.plan.plan import Plan, SyntheticRows
from rebalance.table.columns import Role
from rebalance.table.table import ColumnOptions


def synthetic_cells(
    path: Path, base: int, neighbor: int, gap: float, column_options: ColumnOptions | None = None
) -> list[str]:
    """The cells of a synthetic row that lies between two records."""
    with open_table(path, column_options=column_options) as table:
        label = table.target.codes[[base]]
        synthetic = SyntheticRows(np.array([base]), np.array([neighbor]), np.array([gap]), label)
        output = output_of(table, Plan(np.arange(len(table)), synthetic))
        return cells_of(output, table.file.dialect.delimiter.decode())[-1]


def lines(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize(
    ("base", "neighbor", "gap", "expected"),
    [
        pytest.param("1.50", "2.50", 0.25, "1.75", id="decimals"),
        pytest.param("3", "8", 0.5, "6", id="5.5-is-rounded-half-to-even"),
        pytest.param("3", "8", 0.3, "4", id="4.5-is-rounded-half-to-even"),
        pytest.param("", "2.50", 0.25, "", id="missing-as-in-the-nearer-base"),
        pytest.param("", "2.50", 0.75, "2.50", id="present-as-in-the-nearer-neighbor"),
        pytest.param("?", "7", 0.4, "?", id="marker-of-the-nearer-base"),
        pytest.param("2024-01-01", "2024-01-11", 0.5, "2024-01-06", id="dates"),
        pytest.param("2024-01-01T10:00Z", "2024-01-01T11:10Z", 0.5, "2024-01-01T10:35Z", id="times-of-a-zone"),
        pytest.param("1969-12-31", "1969-12-01", 0.5, "1969-12-16", id="dates-before-1970"),
        pytest.param("2024-01-01 10:00:00", "2024-01-01 10:03:00", 0.5, "2024-01-01 10:02:00", id="whole-minutes"),
        pytest.param("red", "blue", 0.4, "red", id="category-of-the-nearer-base"),
        pytest.param("red", "blue", 0.6, "blue", id="category-of-the-nearer-neighbor"),
        pytest.param("-0.5", "0.5", 0.5, "0.0", id="zero-has-no-sign"),
        pytest.param("1e-8", "3e-8", 0.5, "2e-8", id="exponents"),
        pytest.param("0.1", "0.25", 0.5, "0.18", id="as-many-decimals-as-the-column-has"),
    ],
)
def test_a_synthetic_cell_lies_between_two_cells(
    base: str, neighbor: str, gap: float, expected: str, csv_file: CsvFile
) -> None:
    rows = [f"{(base, neighbor)[n % 2]},{'ab'[n % 4 // 2]}" for n in range(20)]
    assert synthetic_cells(csv_file(lines("x,kind", rows)), 0, 1, gap)[0] == expected


def test_text_is_the_nearer_rows_as_its_category_is_and_ids_are_empty(csv_file: CsvFile) -> None:
    rows = [f"R{n:04d},a long text {n * 7},place {n % 7},{n % 3},{'ab'[n % 2]}" for n in range(60)]
    path = csv_file(lines("ref,note,place,x,kind", rows))
    assert synthetic_cells(path, 4, 6, 0.9) == ["", "a long text 42", "place 6", "0", "a"]
    assert synthetic_cells(path, 4, 6, 0.1) == ["", "a long text 28", "place 4", "1", "a"]


@pytest.mark.parametrize("gap", [0.1, 0.5, 0.9])
def test_one_hot_columns_stay_one_hot(gap: float, csv_file: CsvFile) -> None:
    rows = [f"{n % 3 == 0:d},{n % 3 == 1:d},{n % 3 == 2:d},{n},{'ab'[n % 2]}" for n in range(60)]
    path = csv_file(lines("red,green,blue,x,kind", rows))
    assert sorted(synthetic_cells(path, 0, 4, gap)[:3]) == ["0", "0", "1"]


@pytest.mark.parametrize("options", [None, ColumnOptions(roles={0: Role.NUMBER})], ids=["inferred", "role-given"])
def test_a_decimal_comma_stays_a_comma(options: ColumnOptions | None, csv_file: CsvFile) -> None:
    path = csv_file(lines("x;kind", [f"{n % 7},25;{'ab'[n % 2]}" for n in range(40)]))
    assert synthetic_cells(path, 0, 2, 0.5, options)[0] == "1,25"


def test_decimals_that_the_sample_does_not_show_are_kept(csv_file: CsvFile) -> None:
    rows = [f"{n % 90}.5,a" for n in range(60_001)]
    for index in (10_001, 20_003, 30_005, 40_007):  # none of them is in the sample
        rows[index] = f"{index}.12345,b"
    assert synthetic_cells(csv_file(lines("x,kind", rows)), 10_001, 20_003, 0.5)[0] == "15002.12345"


def test_whole_numbers_too_large_for_the_decimals_of_other_rows_are_kept(csv_file: CsvFile) -> None:
    rows = [f"{n % 90}.5,a" for n in range(60_001)]
    rows[0] = "0.123456789012,a"
    for index, cell in {10_001: "20000000", 20_003: "30000000", 30_005: "30005.12345", 40_007: "40007.12345"}.items():
        rows[index] = f"{cell},b"
    assert synthetic_cells(csv_file(lines("x,kind", rows)), 10_001, 20_003, 0.5)[0] == "25000000"


def test_a_time_in_another_zone_is_the_same_instant_in_the_zone_of_the_column(csv_file: CsvFile) -> None:
    rows = [f"2024-01-{n % 28 + 1:02d}T00:00Z,a" for n in range(60_001)]
    rows[10_001] = rows[20_003] = "2024-01-01T00:00+09:00,b"  # not in the sample
    path = csv_file(lines("x,kind", rows))
    assert synthetic_cells(path, 10_001, 20_003, 0.5)[0] == "2023-12-31T15:00Z"


def test_a_marker_of_a_missing_value_that_the_user_names_is_not_interpolated(run: Run, csv_file: CsvFile) -> None:
    draw = random.Random(11)
    rows = [
        f"{'999' if draw.random() < 0.3 else draw.randrange(1, 9)},{draw.gauss(0, 1):.3f},{'b' if n % 5 == 0 else 'a'}"
        for n in range(200)
    ]
    path = csv_file(lines("days,x,kind", rows))
    argv = ["resample", path, "-t", "kind", "--technique", "smote"]
    without_marker = {int(row[0]) for row in cells_of(run(*argv).out)[201:]}
    with_marker = {int(row[0]) for row in cells_of(run(*argv, "--missing", "999").out)[201:]}
    assert any(9 < days < 999 for days in without_marker)
    assert with_marker <= {*range(1, 9), 999}
