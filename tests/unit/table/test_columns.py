"""A column's role is inferred from its cells, and can be set by the user where the cells allow it."""

import pytest
from conftest import CsvFile
from tables import open_table

from rebalance.errors import UsageError
from rebalance.table.columns import Role
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
