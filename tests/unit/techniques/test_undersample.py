"""Under-sampling techniques keep as many rows of the larger classes as are wanted."""

from pathlib import Path

import pytest
from conftest import CsvFile
from shell import Run
from tables import class_counts


@pytest.fixture
def small_class(csv_file: CsvFile) -> Path:
    """A table with a class of one row."""
    rows = [f"{n * n},{'c' if n == 0 else 'b' if n < 4 else 'a'}" for n in range(40)]
    return csv_file("\n".join(["x,kind", *rows]) + "\n")


@pytest.mark.parametrize(("technique", "needs"), [("near-miss", "needs 3 rows"), ("instance-hardness", "needs 2 rows")])
def test_a_technique_refuses_a_class_too_small_for_it(technique: str, needs: str, small_class: Path, run: Run) -> None:
    assert needs in run("resample", small_class, "-t", "kind", "--technique", technique, code=3).err


def test_cluster_centroids_removes_a_class_of_which_no_row_is_wanted(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n * n},{'ab'[n % 2]}\n" for n in range(13)))
    result = run("resample", path, "-t", "kind", "--technique", "cluster-centroids", "--count", "a=0")
    assert class_counts(result.out) == {"b": 6}
