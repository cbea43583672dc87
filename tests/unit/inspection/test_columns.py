"""The profile of each column, and of the table as a whole."""

import pytest
from conftest import CsvFile
from tables import open_table

from rebalance.inspection import columns
from rebalance.inspection.profile import profile_table

UNUSUAL_ROWS = [f"{n},same,{'?' if n % 3 else n},{'No' if n % 2 else 'no.'}" for n in range(30)]
UNUSUAL_TABLE = "\n".join(["id,fixed,gap,kind", *UNUSUAL_ROWS, UNUSUAL_ROWS[0], "30,same,?,rare", "31,same,?,", ""])


def test_copies_and_unlabeled_rows_are_counted(csv_file: CsvFile) -> None:
    with open_table(csv_file(UNUSUAL_TABLE)) as table:
        profile = profile_table(table)
    assert profile.duplicates == 1
    assert profile.unlabeled == 1
    warnings = " ".join(profile.warnings)
    assert "1 row has an exact copy earlier in the file" in warnings
    assert "1 row has no label" in warnings


def test_a_column_has_a_role_and_its_missing_cells_are_counted_with_their_spelling(csv_file: CsvFile) -> None:
    with open_table(csv_file(UNUSUAL_TABLE)) as table:
        profiles = profile_table(table).columns
    assert profiles is not None
    assert [column.role for column in profiles] == ["id", "constant", "number", "target"]
    assert [column.position for column in profiles] == [1, 2, 3, 4]
    assert [column.missing for column in profiles] == [0, 0, 22, 1]
    assert [column.distinct for column in profiles] == [32, 1, 10, 3]
    assert profiles[1].notes == ("one value",)
    assert profiles[2].notes == ("missing values are written ?",)


def test_cells_that_do_not_fit_a_role_are_counted_with_the_line_of_the_first(csv_file: CsvFile) -> None:
    numbers = [str(3 * n) for n in range(200)]
    numbers[150] = "many"
    rows = [f'{number},"two\nlines",{"ab"[index % 2]}' for index, number in enumerate(numbers)]
    with open_table(csv_file("\n".join(["x,note,kind", *rows, ""]))) as table:
        profiles = profile_table(table).columns
    assert profiles is not None
    assert profiles[0].role == "number"
    assert profiles[0].notes == ("1 cell cannot be read as a number (first: line 302)",)


def test_counts_do_not_depend_on_how_many_rows_are_read_at_once(
    csv_file: CsvFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file("mixed")
    with open_table(path) as table:
        expected = columns.profile_columns(table)
        monkeypatch.setattr(columns, "_ROWS_PER_CHUNK", 7)
        assert columns.profile_columns(table) == expected


def test_the_largest_share_of_missing_cells_is_a_value_for_gates(csv_file: CsvFile) -> None:
    with open_table(csv_file("mixed")) as table:
        profile = profile_table(table)
        assert profile.max_missing_share == 28 / 120
        assert profile.gate_values()["missing"] == 28 / 120
        assert profile_table(table, target_only=True).max_missing_share is None
