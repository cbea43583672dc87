"""Outliers of the target, or of the columns that the user names, are dropped or clipped."""

import numpy as np
import pytest
from conftest import CsvFile
from samples import NUMERIC_TARGET_TABLES
from shell import Run
from tables import cells_of, open_table, plan_of, resample

TARGETS = np.array([float(row[-1]) for row in cells_of(NUMERIC_TARGET_TABLES["numeric-target"])[1:]])


def test_outliers_beyond_tukeys_fences_are_dropped(csv_file: CsvFile) -> None:
    lower, upper = np.sort(TARGETS)[[37, 112]]  # Tukey's hinges of 150 values: the 38th from each end
    with open_table(csv_file("numeric-target")) as table:
        wide, narrow = plan_of(table, "drop-outliers:fence=6"), plan_of(table, "drop-outliers")
    for plan, fence in ((wide, 6), (narrow, 1.5)):
        reach = fence * (upper - lower)
        is_inside = (lower - reach <= TARGETS) & (upper + reach >= TARGETS)
        assert plan.keep.tolist() == np.flatnonzero(is_inside).tolist()
    assert set(narrow.keep) <= set(wide.keep) < set(range(150))


def test_an_isolation_forest_drops_the_same_rows_each_time(run: Run, csv_file: CsvFile) -> None:
    argv = ["resample", csv_file("numeric-target"), "-t", "kind", "-q", "--technique"]
    first, second = (run(*argv, "drop-outliers:method=isolation-forest").out for _ in range(2))
    assert first == second
    assert 75 < len(cells_of(first)) < 151


def test_outliers_of_the_columns_that_the_user_names_are_dropped(run: Run, csv_file: CsvFile) -> None:
    argv = ["resample", csv_file("numeric-target"), "-t", "kind", "-q", "--technique"]
    rows = [tuple(row) for row in cells_of(run(*argv, "drop-outliers:columns=width,height").out)]
    assert rows != [tuple(row) for row in cells_of(run(*argv, "drop-outliers").out)]
    assert len(rows) < 151


@pytest.mark.parametrize(
    "technique",
    [
        "drop-outliers:columns=nothing",
        "drop-outliers:method=magic",
        "drop-outliers:fence=inf",
        "drop-outliers:fence=2:method=isolation-forest",
    ],
    ids=["unknown-column", "unknown-method", "infinite-fence", "fence-of-a-forest"],
)
def test_a_setting_that_cannot_be_applied_is_a_usage_error(technique: str, run: Run, csv_file: CsvFile) -> None:
    run("resample", csv_file("numeric-target"), "-t", "kind", "--technique", technique, code=2)


def test_clipping_writes_the_last_value_within_the_fences_and_changes_no_other_byte(csv_file: CsvFile) -> None:
    path = csv_file("numeric-target")
    before = path.read_bytes().decode().split("\n")
    after = resample(path, "clip-outliers").decode().split("\n")
    with open_table(path) as table:
        [clip] = plan_of(table, "clip-outliers").transforms
    low, high = clip.parameters["low"], clip.parameters["high"]
    assert {low, high} <= set(TARGETS)
    assert not clip.invertible
    assert len(after) == len(before)
    assert after[0] == before[0]
    for old, new, value in zip(before[1:-1], after[1:-1], TARGETS, strict=True):
        if low <= value <= high:
            assert new == old
        else:
            assert new == old.rsplit(",", 1)[0] + f",{min(max(value, low), high):.2f}"


@pytest.mark.parametrize("technique", ["drop-outliers", "clip-outliers"])
def test_fences_that_leave_one_value_only_are_refused(technique: str, run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},{n / 7 if n % 5 == 0 else 0:.2f}\n" for n in range(100)))
    result = run("resample", path, "-t", "kind", "--technique", technique, "--task", "regression", code=3)
    assert "at least half of the values of 'kind' are 0: its fences" in result.err
