"""Numeric targets: errors overall and on rare values, from the command line to the verdict."""

import json
from pathlib import Path

import pytest
from conftest import CsvFile
from evaluations import evaluation_of, exponential_table
from shell import SHARED, Run
from tables import compare_techniques, open_table

from rebalance.evaluate.metrics import RANGE_METRICS


def test_the_verdict_reports_errors_overall_and_on_rare_values_and_those_of_the_median(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        comparison = compare_techniques(table, "smogn", model="ridge")
    text = comparison.evaluation.verdict.text
    assert "; rare RMSE is" in text
    assert text.count("for always predicting the median") == 2
    contenders = {contender.title: contender for contender in comparison.evaluation.contenders[1:]}
    assert set(contenders) == {"none", "smogn"}
    for label, metrics in contenders["smogn"].classes.items():
        assert set(metrics) == set(RANGE_METRICS), label


def test_train_eval_reports_a_numeric_target_in_every_format(
    csv_file: CsvFile, train_eval: Run, tmp_path: Path
) -> None:
    reports = [tmp_path / f"r.{suffix}" for suffix in ("html", "md", "json", "csv", "txt")]
    argv: list[object] = [csv_file("numeric-target"), "-t", "kind", "--model", "ridge", "--cv", 3]
    argv += ["--technique", "smogn", "--technique", "yeo-johnson", "--save-model", tmp_path / "m.skops"]
    for report in reports:
        argv += ["--report", report]
    result = train_eval(*argv)
    assert "it is numeric (--task classification for classes)" in result.err
    assert "SERA rare RMSE" in result.text
    page, markdown, document, folds, text = (report.read_text() for report in reports)
    assert page.count("<svg") >= 6
    assert 'id="h-predicted"' in page
    assert "nan" not in page
    assert "| ridge | smogn |" in markdown.replace("**", "")
    evaluation = json.loads(document)
    assert evaluation["task"] == "regression"
    assert evaluation["positive"] is None
    assert len(evaluation["rare"]) == 2
    assert len(folds.splitlines()) == 1 + 3 * 4
    assert [line for line in text.split("\n") if line.startswith(("verdict", "to apply"))]
    assert text.count("±") > 20
    assert train_eval(*argv, "-q").out == result.out


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--fail-if", "rare-rmse>0.1"], 1, "rare-rmse of"),
        (["--fail-under", "r2=0.99"], 1, "r2 of"),
        (["--fail-under", "rmse=3"], 2, "lower is better"),
        (["--fail-if", "brier>0.1"], 2, "--fail-if brier: not a metric of regression"),
        (["--rank-by", "f1"], 2, "--rank-by f1: not a metric of regression"),
        (["--positive", "yes"], 2, "--positive is for classes"),
        (["--tune-thresholds"], 2, "--tune-thresholds is for classes"),
        (["--optimize", "mcc"], 2, "--optimize is for classes"),
        (["--model", "logistic-regression"], 2, "there is no model 'logistic-regression' for this task"),
        (["--model", "sklearn.tree:DecisionTreeClassifier"], 2, "predicts no numbers"),
        (["--technique", "smote-enn"], 2, "smote-enn does not support regression"),
        (["--require-gain", "mae"], 1, "--require-gain mae: no technique is significantly better than none"),
        (["--task", "classification"], 3, "looks like a numeric target"),
    ],
    ids=[
        "limit-tripped",
        "minimum-tripped",
        "minimum-of-an-error",
        "gate-of-classes",
        "metric-of-classes",
        "positive",
        "tune-thresholds",
        "optimize",
        "model-of-classes",
        "classifier",
        "technique-of-classes",
        "gain-missing",
        "task",
    ],
)
def test_gates_of_a_numeric_target_trip_and_options_of_classes_are_refused(
    options: list[str], code: int, message: str, csv_file: CsvFile, train_eval: Run
) -> None:
    technique = [] if "--technique" in options else ["--technique", "random-over"]
    model = [] if {"--model", "classification"} & set(options) else ["--model", "ridge"]
    argv = [csv_file("numeric-target"), "-t", "kind", "--cv", 2, *technique, *model, *options]
    assert message in train_eval(*argv, code=code).err


def test_a_test_file_is_scored_by_the_ranges_of_the_training_file(run: Run, csv_file: CsvFile) -> None:
    train = csv_file(exponential_table(), "train.csv")
    test = csv_file(exponential_table(60, seed=11), "test.csv")
    evaluation = evaluation_of(train, "-t", "kind", "--test", test, "--model", "ridge", "--technique", "smogn")
    rare = json.loads(run("inspect", train, "-t", "kind", "--json").text)["rare_ranges"][0]
    assert evaluation["labels"][-1] == f"{rare['low']:g}..{rare['high']:g}"
    assert sum(evaluation["counts"]) == 60
    none = evaluation["contenders"][1]
    assert (none["model"], none["technique"]) == ("ridge", "none")
    assert none["metrics"]["rmse"]["low"] < none["metrics"]["rmse"]["mean"] < none["metrics"]["rmse"]["high"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real datasets are not here")
def test_no_technique_is_advised_where_the_median_has_the_smallest_error() -> None:
    argv = [SHARED / "data" / "forestfires.csv", "-t", "area", "--model", "random-forest", "--technique", "smogn"]
    evaluation = evaluation_of(*argv, "--param", "n_estimators=20")
    baseline, none = evaluation["contenders"][:2]
    assert baseline["metrics"]["mae"]["mean"] < none["metrics"]["mae"]["mean"]
    assert evaluation["verdict"]["advice"] == "do not resample"
