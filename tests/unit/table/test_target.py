"""The cells of a target column are read as classes, and tell how many rows each class should have."""

import json
import random
from collections.abc import Callable

import numpy as np
import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of, open_table

from rebalance.csvio.records import CodedCells
from rebalance.table.target import ClassTarget

NO_CODES = np.empty(0, np.int32)
THREE_CLASSES = ClassTarget("kind", ("a", "b", "c"), NO_CODES, CodedCells(NO_CODES, []))


def test_a_quoted_and_an_unquoted_label_are_one_class(csv_file: CsvFile) -> None:
    with open_table(csv_file('x,kind\n1,"no"\n2,no\n3,"ye""s"\n')) as table:
        assert table.target.labels == ("no", 'ye"s')
        assert table.target.counts().tolist() == [2, 1]


def test_labels_that_differ_after_eight_bytes_are_different_classes(csv_file: CsvFile) -> None:
    with open_table(csv_file("x,kind\n1,abcdefghX\n2,abcdefghY\n3,abcdefghX\n4,abc\n")) as table:
        assert table.target.labels == ("abcdefghX", "abcdefghY", "abc")
        assert table.target.counts().tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([10, 3, 1], 1.0, [10, 10, 10]),
        ([10, 3, 1], 0.5, [10, 5, 5]),
        ([10, 3, 1], 0.25, [10, 3, 3]),  # 2.5 is rounded up
        ([10, 3, 1], 0.24, [10, 3, 2]),
        ([7, 7], 0.1, [7, 7]),
        ([10, 3, 0], 1.0, [10, 10, 0]),
    ],
)
def test_over_sampling_grows_smaller_classes_to_a_ratio_of_the_largest(
    counts: list[int], ratio: float, wanted: list[int]
) -> None:
    assert THREE_CLASSES.oversampled_counts(np.array(counts), ratio).tolist() == wanted


@pytest.mark.parametrize(
    ("counts", "ratio", "wanted"),
    [
        ([10, 3, 1], 1.0, [1, 1, 1]),
        ([10, 3, 1], 0.5, [2, 2, 1]),
        ([10, 3, 1], 0.4, [3, 3, 1]),  # 2.5 is rounded up
        ([10, 3, 1], 1e-300, [10, 3, 1]),
        ([10, 3, 0], 1.0, [3, 3, 0]),
    ],
)
def test_under_sampling_shrinks_larger_classes_to_a_ratio_of_the_smallest(
    counts: list[int], ratio: float, wanted: list[int]
) -> None:
    assert THREE_CLASSES.undersampled_counts(np.array(counts), ratio).tolist() == wanted


def test_label_aliases_count_as_one_class_and_keep_their_spelling(run: Run, csv_file: CsvFile) -> None:
    draw = random.Random(10)
    labels = ["<=50K", " <=50K.", ">50K"]
    rows = [f"{draw.gauss(0, 1):.3f},{labels[n % 5 % 3]}" for n in range(50)]
    path = csv_file("\n".join(["x,kind", *rows]) + "\n")
    argv = ["resample", path, "-t", "kind", "--label-alias", "<=50K.=<=50K", "--technique", "smote", "--mark", "m"]
    output = run(*argv).out
    assert output.decode().splitlines()[1:51] == [f"{row},0" for row in rows]
    synthetic = [row[1] for row in cells_of(output)[51:]]
    assert set(synthetic) == {">50K"}
    assert len(synthetic) == 30


def test_a_label_alias_that_names_no_label_is_refused_with_the_labels(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n1,no\n2,yes\n")
    result = run("inspect", path, "-t", "kind", "--label-alias", "a=b", code=2)
    assert "the labels are 'no', 'yes'" in result.err


def test_a_marker_that_the_user_names_counts_as_missing(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("days,kind\n" + "".join(f"{999 if n % 3 == 0 else n % 8},{'ab'[n % 2]}\n" for n in range(60)))
    profile = json.loads(run("inspect", path, "-t", "kind", "--missing", "999", "--json").text)
    assert profile["columns"][0]["missing"] > 0


@pytest.mark.parametrize(
    ("write", "delimiter"),
    [
        (lambda value: f'"${value:,.2f}"', ","),
        (lambda value: f"{value:.2f} €".replace(".", ","), ";"),
        (lambda value: f"{value:.1f}%", ","),
        (lambda value: f'"${round(value, -2):,.0f}"', ","),
        (lambda value: f"({value:.2f})" if value > 3_000 else f"{value:.2f}", ","),
    ],
)
def test_a_target_of_numbers_in_the_writing_of_people_is_numeric(
    run: Run, csv_file: CsvFile, write: Callable[[float], str], delimiter: str
) -> None:
    amounts = np.random.default_rng(0).lognormal(7, 0.8, 400)
    rows = "".join(f"{index % 7}{delimiter}{write(amount)}\n" for index, amount in enumerate(amounts))
    path = str(csv_file(f"x{delimiter}amount\n{rows}"))
    profile = run("inspect", path, "--target", "amount", "--json")
    assert json.loads(profile.text)["task"] == "regression"
    as_classes = run("resample", path, "--target", "amount", "--task", "classification", "--technique", "smogn", code=2)
    assert "--task regression" in as_classes.err


def test_names_and_codes_with_digits_are_classes(run: Run, csv_file: CsvFile) -> None:
    for write in (
        lambda code: f"A{code}",
        lambda code: f"{code:05d}",
        lambda code: f"{code}-{code + 4}",
        lambda code: f"{code + 100}B",
    ):
        rows = "".join(f"{index % 7},{write(index % 30)}\n" for index in range(300))
        profile = run("inspect", str(csv_file(f"x,kind\n{rows}")), "--target", "kind", "--json")
        assert json.loads(profile.text)["task"] == "classification"
