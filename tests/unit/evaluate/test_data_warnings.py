"""A comparison warns of data that make metrics too good, or unknown."""

import random

from conftest import CsvFile
from evaluations import evaluation_of
from shell import ORDERS, Run


def test_a_column_that_may_leak_the_target_is_reported(train_eval: Run, csv_file: CsvFile) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    leaky = csv_file("\n".join([header + ",refunded", *(f"{row},{row[-2:] == 'es':d}" for row in rows)]) + "\n")
    text = " ".join(train_eval(leaky, "-t", "fraud", "--technique", "none", "--cv", 2).text.split())
    assert "may leak the target: each value of 'refunded' occurs with one class only. Use --drop refunded" in text


def test_test_rows_that_are_copies_of_training_rows_are_reported(train_eval: Run) -> None:
    text = train_eval(ORDERS, "-t", "fraud", "--technique", "none", "--test", ORDERS).text
    assert "2,000 of 2,000 test rows are copies of training rows" in " ".join(text.split())


def test_text_in_a_number_column_of_a_test_file_is_reported(csv_file: CsvFile) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    cells = rows[0].split(",")
    cells[header.split(",").index("amount")] = "cheap"
    test = csv_file("\n".join([header, *rows[1:300], ",".join(cells)]) + "\n")
    argv = [ORDERS, "-t", "fraud", "--test", test, "--technique", "none", "--model", "logistic-regression"]
    notes = evaluation_of(*argv)["notes"]
    assert "cells of the test file that are not numbers or dates count as missing: amount (1)" in notes


def test_a_class_with_fewer_rows_than_folds_is_reported(train_eval: Run, csv_file: CsvFile) -> None:
    draw = random.Random(7)
    lines = [f"{draw.gauss(0, 1):.3f},{'abc'[n % 2] if n > 1 else 'tiny'}" for n in range(60)]
    text = train_eval(csv_file("\n".join(["x,kind", *lines]) + "\n"), "-t", "kind").text
    assert "there are more folds (5) than rows of class 'tiny'" in " ".join(text.split())


def test_a_class_in_every_group_is_in_every_fold_and_rows_that_may_be_synthetic_are_reported(
    csv_file: CsvFile,
) -> None:
    rows = [f"{'' if n > 90 else f'n{n}'},{n * 7 % 31},{n % 4},{'abc'[n % 3]}" for n in range(120)]
    argv = ["-t", "kind", "--technique", "none", "--model", "logistic-regression", "--cv", 3]
    notes = evaluation_of(csv_file("\n".join(["id,x,place,kind", *rows]) + "\n"), *argv, "--group", "place")["notes"]
    assert not any("more folds" in note for note in notes)
    assert any("29 rows without 'id' may be synthetic rows" in note for note in notes)
    with_id = [row for row in rows if not row.startswith(",")]
    notes = evaluation_of(csv_file("\n".join(["id,x,place,kind", *with_id]) + "\n"), *argv)["notes"]
    assert not any("without 'id'" in note for note in notes)


def test_a_class_without_test_rows_is_reported(csv_file: CsvFile) -> None:
    early = "".join(f"{day},{day % 7},{'ab'[day % 2]}\n1,{day % 5},old\n" for day in range(1, 40))
    late = "".join(f"{day},{day % 7},{'ab'[day % 3 == 0]}\n" for day in range(40, 90))
    path = csv_file("day,x,kind\n" + early + late)
    argv = [path, "-t", "kind", "--technique", "none", "--model", "logistic-regression", "--test-size", ".3"]
    warning = "class 'old' has no test rows, so its metrics are unknown"
    assert warning in evaluation_of(*argv, "--time", "day")["notes"]
    assert not any("no test rows" in note for note in evaluation_of(*argv)["notes"])
