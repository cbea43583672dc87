"""A comparison leaves out what cannot be applied, and fails if nothing is left."""

import pytest
from conftest import CsvFile
from shell import ORDERS, Run


def test_a_technique_that_cannot_be_applied_is_left_out_and_the_run_fails_if_no_technique_is_left(
    train_eval: Run, csv_file: CsvFile
) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n % 7},{'b' if n < 2 else 'a'}\n" for n in range(40)))
    argv = [path, "-t", "kind", "--allow-duplicates-across-folds", "--technique", "near-miss"]
    train_eval(*argv, code=3)
    assert "near-miss was skipped" in train_eval(*argv, "--technique", "random-over").text


def test_an_option_of_techniques_is_refused_if_no_technique_uses_it(train_eval: Run) -> None:
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--ratio", "0.5", "-k", 3]
    train_eval(*argv)
    train_eval(*argv, "--technique", "none", code=2)


@pytest.mark.parametrize("options", [["--jobs", 0], ["--jobs", "many"]], ids=["zero", "word"])
def test_a_number_of_jobs_that_is_none_is_refused(options: list[object], run: Run) -> None:
    assert "--jobs" in run("train-eval", ORDERS, "-t", "fraud", *options, code=2).err
