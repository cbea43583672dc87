"""A numeric target is read as numbers and divided into rare and common ranges, which are balanced like classes."""

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of

from rebalance.csvio.records import CodedCells
from rebalance.table.columns import Column, Role
from rebalance.table.numeric_target import NumericTarget, TargetRange
from rebalance.table.relevance import Relevance
from rebalance.table.typed import TypedColumn

NO_CODES = np.empty(0, np.int32)
NO_NUMBERS = TypedColumn(Column(0, "y", Role.TARGET), np.empty(0), None, np.empty(0, object))
RANGES = tuple(TargetRange(n, n, rare=rare) for n, rare in enumerate([True, False, False, True]))
FOUR_RANGES = NumericTarget(
    name="y",
    labels=tuple(part.label for part in RANGES),
    codes=NO_CODES,
    cells=CodedCells(NO_CODES, []),
    numbers=NO_NUMBERS,
    relevance=Relevance(((0, 1), (1, 0), (2, 0), (3, 1))),
    threshold=0.8,
    ranges=RANGES,
)


@pytest.fixture
def skewed(csv_file: CsvFile) -> Path:
    """A table whose numeric target `price` is skewed, a tenth of it zeros."""
    draw = random.Random(21)
    lines = ["size,color,price"]
    for number in range(400):
        price = 0 if number % 10 == 0 else min(draw.lognormvariate(3, 1), 150)
        lines.append(f"{draw.gauss(10, 2):.2f},{draw.choice(['red', 'blue'])},{price:.3f}")
    return csv_file("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([2, 10, 6, 3], 1.0, [10, 10, 6, 10]),
        ([2, 10, 6, 3], 0.25, [3, 10, 6, 3]),
        ([0, 10, 6, 3], 1.0, [0, 10, 6, 10]),
        ([1, 10, 6, 3], 1.0, [10, 10, 6, 10]),
        ([2, 0, 0, 3], 1.0, [2, 0, 0, 3]),
    ],
)
def test_over_sampling_grows_rare_ranges_that_have_rows_to_a_ratio_of_the_largest_common_one(
    counts: list[int], ratio: float, wanted: list[int]
) -> None:
    assert FOUR_RANGES.oversampled_counts(np.array(counts), ratio).tolist() == wanted


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([2, 10, 6, 3], 1.0, [2, 5, 5, 3]),
        ([2, 10, 6, 3], 0.5, [2, 10, 6, 3]),
        ([1, 10, 6, 0], 1.0, [1, 1, 1, 0]),
        ([0, 10, 6, 0], 1.0, [0, 1, 1, 0]),
        ([2, 10, 6, 3], 0.77, [2, 6, 6, 3]),
        ([2, 10, 6, 3], 1e-300, [2, 10, 6, 3]),
        ([0, 0, 0, 0], 1.0, [0, 0, 0, 0]),
    ],
)
def test_under_sampling_shrinks_common_ranges_to_the_rows_of_all_rare_ones_over_the_ratio(
    counts: list[int], ratio: float, wanted: list[int]
) -> None:
    assert FOUR_RANGES.undersampled_counts(np.array(counts), ratio).tolist() == wanted


def test_a_numeric_target_with_a_decimal_comma_is_read(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x;y\n" + "".join(f"{n};{n},5\n" for n in range(60)))
    assert json.loads(run("inspect", path, "-t", "y", "--json").text)["maximum"] == 59.5


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        pytest.param(["1.5", "cheap", "2"], "line 3: the target 'y' is not a number", id="word"),
        pytest.param(["1.5", "inf", "2"], "line 3: the target 'y' is infinite", id="infinite"),
        pytest.param(["", "NA", "?"], "the target 'y' is missing in every record", id="missing"),
        pytest.param(["2", "2", "2"], "the target 'y' has one value only", id="constant"),
        pytest.param(["2", "1e160", "2"], "line 3: the target 'y' is too large", id="too-large"),
    ],
)
def test_a_target_that_is_not_numeric_is_refused_with_its_line_and_without_its_cell(
    cells: list[str], message: str, run: Run, csv_file: CsvFile
) -> None:
    path = csv_file("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    result = run("inspect", path, "-t", "y", "--task", "regression", code=3)
    assert message in result.err
    assert "cheap" not in result.err


@pytest.mark.parametrize(
    "cells",
    [["1.5", "cheap"], ["1.5", "inf"], ["", "NA"], ["2.5", "2.5"]],
    ids=["word", "infinite", "missing", "constant"],
)
@pytest.mark.parametrize("command", ["resample", "train-eval"])
def test_every_command_refuses_a_target_that_is_not_numeric(
    command: str, cells: list[str], run: Run, csv_file: CsvFile
) -> None:
    path = csv_file("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells * 20)))
    result = run(command, path, "-t", "y", "--task", "regression", "--technique", "smogn", code=3)
    assert len(result.err.splitlines()) == 2


def test_a_marker_of_a_missing_value_leaves_a_target_numeric(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,y\n" + "".join(f"{n},{n * 1.5 if n else 'NA'}\n" for n in range(200)))
    result = run("resample", path, "-t", "y", "--technique", "density-weight", "--drop-unlabeled")
    assert "it is numeric (--task classification for classes)" in result.err
    assert len(cells_of(result.out)) == 200


def test_a_target_without_rare_values_is_refused_only_by_techniques_that_count_them(
    run: Run, csv_file: CsvFile
) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},{n}.5\n" for n in range(60)))
    argv = ["resample", path, "-t", "kind", "-q", "--technique"]
    assert "no value of the target 'kind' is rare" in run(*argv, "smogn", code=3).err
    run(*argv, "density-weight")
    run(*argv, "random-over", "--relevance", "0:0,50:1")


def test_ranges_are_those_of_the_rows_that_are_not_held_out(run: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    held_out, trace = tmp_path / "held.csv", tmp_path / "trace.csv"
    argv = ["resample", csv_file("numeric-target"), "-t", "kind", "--technique", "smote"]
    result = run(*argv, "--holdout", 0.3, "--holdout-output", held_out, "--trace", trace)
    kept = {float(row[-1]) for row in cells_of(result.out)[1:]}
    ends = {end for line in cells_of(trace.read_bytes())[1:] for end in line[6].split("..")}
    assert {float(end) for end in ends} <= kept


def test_many_different_numbers_are_a_numeric_target_unless_the_user_sets_the_task(run: Run, skewed: Path) -> None:
    argv = ["inspect", skewed, "-t", "price"]
    inferred, classification = run(*argv), run(*argv, "--task", "classification")
    assert "it is numeric (--task classification for classes)" in inferred.err
    assert "skew" in inferred.text
    assert "numeric" not in classification.err
    assert "imbalance ratio" in classification.text


def test_few_different_numbers_are_classes_unless_the_user_sets_the_task(run: Run, csv_file: CsvFile) -> None:
    argv = ["inspect", csv_file("x,grade\n" + "".join(f"{n},{n % 5}\n" for n in range(100))), "-t", "grade"]
    inferred, regression = run(*argv), run(*argv, "--task", "regression")
    assert "they are classes (--task regression for a numeric target)" in inferred.err
    assert "imbalance ratio" in inferred.text
    assert "classes" not in regression.err
    assert "quartiles 1, 2, 3" in regression.text


def test_the_distribution_that_inspect_reports_is_that_of_pandas(run: Run, skewed: Path) -> None:
    profile = json.loads(run("inspect", skewed, "-t", "price", "--json").text)
    price = pd.read_csv(skewed)["price"]
    assert profile["task"] == "regression"
    assert profile["skew"] == pytest.approx(price.skew())
    assert profile["kurtosis"] == pytest.approx(price.kurt())
    assert profile["zeros"] == 40
    assert sum(profile["bin_counts"]) == 400
    assert profile["outliers"]["above"] == (price > profile["outliers"]["high_fence"]).sum()
    assert {"value": 0.0, "count": 40} in profile["spikes"]
    assert profile["rare"] == sum(rare_range["count"] for rare_range in profile["rare_ranges"])
    assert set(profile["column_outliers"]) <= {"size"}


@pytest.mark.parametrize(
    "cells",
    [["1e16", "10000000000000002", "10000000000000004"], ["-1e147", "0", "2e147"], ["1", "2"]],
    ids=["narrow", "wide", "few"],
)
def test_narrow_wide_and_few_values_are_reported_without_nan(cells: list[str], run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    assert "nan" not in run("inspect", path, "-t", "y", "--task", "regression").text


@pytest.mark.parametrize(
    ("condition", "code", "message"),
    [("skew>1", 1, "skew is"), ("rare>0.9", 0, ""), ("ratio>1", 2, "ratio is not defined for this kind of target")],
    ids=["tripped", "passed", "undefined"],
)
def test_a_gate_tests_a_value_that_a_numeric_target_has(
    condition: str, code: int, message: str, run: Run, skewed: Path
) -> None:
    assert message in run("inspect", skewed, "-t", "price", "--fail-if", condition, code=code).err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--classes-only"], "--classes-only: the target is numeric", id="classes-only"),
        pytest.param(
            ["--task", "ranking"],
            "ranking is not auto, classification or regression",
            id="unknown-task",
        ),
        pytest.param(
            ["--task", "classification", "--relevance", "0:0,1:1"],
            "--relevance is for numeric targets",
            id="relevance-of-classes",
        ),
        pytest.param(
            ["--task", "classification", "--relevance-threshold", "0.5"],
            "--relevance is for numeric targets",
            id="relevance-threshold-of-classes",
        ),
    ],
)
def test_an_option_that_the_task_does_not_have_is_refused(
    options: list[str], message: str, run: Run, skewed: Path
) -> None:
    assert message in run("inspect", skewed, "-t", "price", *options, code=2).err


def test_the_page_of_a_numeric_target_shows_its_histogram_and_escapes_its_name(
    run: Run, skewed: Path, tmp_path: Path
) -> None:
    skewed.write_bytes(skewed.read_bytes().replace(b"price", b"<b>price</b>", 1))
    report = tmp_path / "report.html"
    run("inspect", skewed, "-t", 3, "--report", report, "--relevance", "0:0,50:1")
    page = report.read_text()
    assert "&lt;b&gt;price&lt;/b&gt;" in page
    assert "<b>" not in page
    assert page.count("<svg") == 2
