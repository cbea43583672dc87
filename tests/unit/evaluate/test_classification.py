"""The positive class is the one that matters, and reports are those of the libraries."""

import random
from pathlib import Path

import numpy as np
from conftest import CsvFile
from evaluations import evaluation_of, separable_table
from imblearn.metrics import classification_report_imbalanced
from shell import ORDERS, Run
from sklearn.metrics import classification_report
from tables import compare_techniques, open_table


def test_the_reports_of_a_contender_are_those_of_the_libraries(csv_file: CsvFile) -> None:
    with open_table(csv_file(separable_table())) as table:
        comparison = compare_techniques(table, "none")
        codes = table.target.codes
    index = comparison.evaluation.verdict.none_index
    splits = comparison.splits[index]
    truth = np.concatenate([split.truth for split in splits])
    predicted = np.concatenate([split.predictions.predicted for split in splits])
    names = list(comparison.evaluation.labels)
    contender = comparison.evaluation.contenders[index]
    assert contender.report == classification_report(truth, predicted, target_names=names)
    assert contender.imbalanced_report == classification_report_imbalanced(truth, predicted, target_names=names)
    assert sorted(truth) == sorted(codes)


def test_any_of_several_classes_can_be_the_positive_class(csv_file: CsvFile) -> None:
    draw = random.Random(11)
    labels = draw.choices("abc", [5, 2, 3], k=400)
    path = csv_file("x,kind\n" + "".join(f"{draw.gauss('abc'.index(label), 0.8):.3f},{label}\n" for label in labels))
    argv = [path, "-t", "kind", "--positive", "c", "--technique", "random-over", "--model", "logistic-regression"]
    evaluation = evaluation_of(*argv)
    assert evaluation["positive"] == "c"
    none, tuned = evaluation["contenders"][1:3]
    assert none["metrics"]["recall"]["mean"] == none["classes"]["c"]["recall"]["mean"]
    assert 0 < tuned["threshold"] < 1
    assert tuned["metrics"]["recall"]["mean"] != none["metrics"]["recall"]["mean"]


def test_a_positive_class_that_does_not_exist_is_refused(train_eval: Run) -> None:
    assert "no such class" in train_eval(ORDERS, "-t", "fraud", "--positive", "maybe", code=2).err


def test_the_positive_class_is_that_of_the_training_rows_whatever_the_test_file_holds(
    csv_file: CsvFile, train_eval: Run
) -> None:
    train = csv_file("x,kind\n" + "".join(f"{n % 13}.5,{'ab'[n % 5 == 0]}\n" for n in range(100)))
    other = csv_file("x,kind\n" + "".join(f"{n % 13}.5,{'ba'[n % 5 == 0]}\n" for n in range(50)), "test.csv")
    without = csv_file("x,kind\n" + "".join(f"{n % 13}.5,a\n" for n in range(50)), "without.csv")
    argv = [train, "-t", "kind", "--technique", "none", "--model", "logistic-regression"]
    assert evaluation_of(*argv, "--test", other)["positive"] == "b"
    result = train_eval(*argv, "--test", without, "--fail-under", "pr-auc=0.1", code=1)
    assert "pr-auc of logistic-regression with no technique is not defined" in result.err


def test_the_positive_class_of_balanced_rows_is_the_one_that_is_rare_in_the_test_file(run: Run, tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    options = ["--technique", "random-over", "--holdout", 0.2, "--holdout-output", test, "-o", train]
    run("resample", ORDERS, "-t", "fraud", *options)
    argv = [train, "-t", "fraud", "--technique", "none", "--model", "logistic-regression"]
    assert evaluation_of(*argv, "--test", test)["positive"] == "yes"
    tied = evaluation_of(*argv, "--cv", 2)
    assert any("'no', 'yes' have equally many rows" in note for note in tied["notes"])
