"""Distances between rows are computed from the columns whose role allows it and that the user has not excluded."""

from pathlib import Path

import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of, open_table, plan_of

from rebalance.errors import DataError


def test_distances_need_a_column_that_can_be_compared(csv_file: CsvFile) -> None:
    with (
        open_table(csv_file("kind\na\nb\na\nb\na\n")) as table,
        pytest.raises(DataError, match="distances cannot be computed"),
    ):
        plan_of(table, "smote")


@pytest.mark.parametrize(
    "options", [["--distance-columns", "near"], ["--distance-exclude", "far"]], ids=["included", "excluded"]
)
def test_distances_are_computed_from_the_columns_that_the_user_names(
    options: list[str], run: Run, csv_file: CsvFile, tmp_path: Path
) -> None:
    trace = tmp_path / "trace.csv"
    rows = [f"{n},{(n * 37) % 100},{'b' if n < 60 else 'a'}" for n in range(200)]
    path = csv_file("\n".join(["near,far,kind", *rows]) + "\n")
    argv = ["resample", path, "-t", "kind", "--role", "near=number", "--technique", "smote", "-k", 2, "-q"]
    run(*argv, "--trace", trace, *options)
    synthetic = [line for line in cells_of(trace.read_bytes())[1:] if line[1] == "synthetic"]
    assert len(synthetic) == 80
    assert all(abs(int(base) - int(neighbor)) <= 2 for _, _, base, neighbor, *_ in synthetic)
