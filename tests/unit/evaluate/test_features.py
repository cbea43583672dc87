"""Models learn from the columns that are features; a test file must have the same ones."""

from pathlib import Path

import pytest
from conftest import CsvFile
from shell import ORDERS, Run
from tables import compare_techniques, open_table

from rebalance.errors import DataError


def test_a_table_without_features_is_refused(csv_file: CsvFile) -> None:
    path = csv_file("ref,kind\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(50)))
    with open_table(path) as table, pytest.raises(DataError, match="nothing to learn from"):
        compare_techniques(table, "none", model="random-forest")


def test_a_test_file_without_a_column_of_the_training_file_is_refused(train_eval: Run, csv_file: CsvFile) -> None:
    other = csv_file("amount,fraud\n1,yes\n2,no\n")
    refused = train_eval(ORDERS, "-t", "fraud", "--test", other, "--technique", "none", code=3)
    assert "has no column" in refused.err


def test_a_column_that_only_the_training_file_has_can_be_dropped(run: Run, tmp_path: Path) -> None:
    holdout = ["--holdout", 0.3, "--holdout-output", "test.csv", "--mark", "synthetic", "-o", "train.csv"]
    run("resample", ORDERS, "-t", "fraud", "--technique", "random-over", *holdout, cwd=tmp_path)
    argv = ["train-eval", "train.csv", "-t", "fraud", "--test", "test.csv", "--technique", "none"]
    argv += ["--model", "logistic-regression", "--jobs", 1]
    assert "has no column 'synthetic'" in run(*argv, cwd=tmp_path, code=3).err
    run(*argv, "--drop", "synthetic", cwd=tmp_path)
