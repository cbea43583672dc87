"""A comparison is honest: no test row reaches a model, copies stay together, and noise scores like chance."""

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import CsvFile
from evaluations import evaluation_of, exponential_table, fit_context, noise_table, separable_table
from imblearn.over_sampling import SMOTE
from shell import ORDERS, Run, environment
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import train_test_split
from tables import cells_of, compare_techniques, open_table

from rebalance.evaluate.classification import Classification
from rebalance.evaluate.fit import fit
from rebalance.evaluate.models import find_models
from rebalance.evaluate.regression import Regression
from rebalance.evaluate.split_protocol import SplitProtocol, Splitter
from rebalance.techniques.chain import parse_chain

# --- chance


def test_noise_with_copied_rare_rows_scores_like_chance_for_every_contender(csv_file: CsvFile) -> None:
    techniques = Classification.default_techniques
    with open_table(csv_file(noise_table(2000, copies=3))) as table:
        comparison = compare_techniques(table, *techniques, tune_thresholds=True, params={"max_iter": 25})
    prior = 300 / 2200
    for contender in comparison.evaluation.contenders:
        assert contender.metrics["pr_auc"].mean < prior + 0.1, contender.title
        assert contender.metrics["roc_auc"].mean == pytest.approx(0.5, abs=0.12), contender.title
        assert contender.metrics["f1"].mean < 0.3, contender.title
    assert not comparison.evaluation.verdict.beats_none


def test_the_same_noise_would_score_far_above_chance_if_it_were_resampled_before_the_split() -> None:
    rows = cells_of(noise_table(copies=3))[1:]
    frame = pd.DataFrame([row[:2] for row in rows], dtype=float)
    is_rare = np.array([row[3] == "rare" for row in rows])
    features, labels = SMOTE(random_state=0).fit_resample(frame, is_rare)
    train, test, train_labels, test_labels = train_test_split(features, labels, stratify=labels, random_state=0)
    model = HistGradientBoostingClassifier(random_state=0).fit(train, train_labels)
    leaky = average_precision_score(test_labels, model.predict_proba(test)[:, 1])
    assert leaky > test_labels.mean() + 0.3


# --- test rows


@pytest.mark.parametrize("technique", ["none", "smote", "tomek-links", "class-weight"])
@pytest.mark.parametrize("model_name", ["hist-gradient-boosting", "logistic-regression"])
def test_the_test_rows_change_neither_a_classifier_nor_its_threshold(
    technique: str, model_name: str, csv_file: CsvFile
) -> None:
    train = separable_table(300).decode().splitlines()
    test = separable_table(100, seed=22).decode().splitlines()[1:]
    garbage = [f"{number}000.5,-{number}00.25,{row.split(',')[2]}" for number, row in enumerate(test, 1)]
    results = []
    for test_rows in (test, garbage):
        with open_table(csv_file("\n".join([*train, *test_rows]) + "\n")) as table:
            context = fit_context(table)
            model = find_models([model_name], {}, Classification.models, "Classifier", Classification.check_estimator)[
                0
            ]
            learn = partial(fit, context, model, parse_chain(technique))
            rows = np.arange(300)
            folds = Splitter(table, np.arange(400), SplitProtocol(), 0).inner_folds(rows)
            fitted, threshold = context.task.fit_with_threshold(learn, rows, folds)
            results.append((threshold, fitted.probabilities_of(rows)))
    (threshold, probabilities), (threshold_with_garbage, probabilities_with_garbage) = results
    assert threshold == threshold_with_garbage
    assert (probabilities == probabilities_with_garbage).all()


@pytest.mark.parametrize(
    "technique", ["smogn", "random-under", "clip-outliers+quantile-normal", "density-weight", "drop-outliers"]
)
def test_the_test_rows_do_not_change_a_regressor(technique: str, csv_file: CsvFile) -> None:
    train = exponential_table(200).decode().splitlines()
    test = exponential_table(60, seed=10).decode().splitlines()[1:]
    garbage = [f"{number}000.5,x,{number}5.5" for number in range(1, len(test) + 1)]
    predictions = []
    for test_rows in (test, garbage):
        with open_table(csv_file("\n".join([*train, *test_rows]) + "\n")) as table:
            context = fit_context(table)
            model = find_models(["ridge"], {}, Regression.models, "Regressor", Regression.check_estimator)[0]
            fitted = fit(context, model, parse_chain(technique), np.arange(200))
            predictions.append(fitted.numbers(context.features.frame(table.read_typed(np.arange(200)))))
    assert np.array_equal(*predictions)


def test_clipping_and_dropping_outliers_leaves_the_test_rows_unchanged(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        comparison = compare_techniques(table, "drop-outliers", model="ridge")
        context = fit_context(table)
        model = find_models(["ridge"], {}, Regression.models, "Regressor", Regression.check_estimator)[0]
        fitted = fit(context, model, parse_chain("clip-outliers:columns=width,kind"), np.arange(100))
        frame = context.features.frame(table.read_typed(np.arange(100, 150)))
    training_rows = {contender.technique: contender.training_rows for contender in comparison.evaluation.contenders}
    assert training_rows["drop-outliers"] < training_rows["none"]
    assert sum(comparison.evaluation.counts) == 150
    of_width, of_target = (transform.parameters for transform in fitted.transforms)
    assert (frame["0"].to_numpy() > of_width["high"]).any()
    far = frame.assign(**{"0": 1000.0})
    assert fitted.numbers(far).min() > of_target["high"]  # a linear model extrapolates


def test_a_test_file_is_scored_unchanged(tmp_path: Path, train_eval: Run) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("\n".join([header, *rows[:1500]]) + "\n")
    test.write_text("\n".join([header, *rows[1500:]]) + "\n")
    argv = [train, "-t", "fraud", "--test", test, "--technique", "smote"]
    assert sum(evaluation_of(*argv)["counts"]) == 500
    pd.testing.assert_frame_equal(pd.read_csv(test), pd.read_csv(ORDERS).iloc[1500:].reset_index(drop=True))
    unknown = rows[0].replace(",no", ",maybe")
    test.write_text("\n".join([header, *rows[1500:], unknown]) + "\n")
    assert "no training row has the label 'maybe'" in train_eval(*argv, code=3).err


# --- copies and groups


def test_copies_of_a_row_are_in_training_and_test_parts_only_on_request(csv_file: CsvFile) -> None:
    path = csv_file(noise_table(copies=3))
    evaluation = evaluation_of(path, "-t", "kind", "--technique", "none", "--allow-duplicates-across-folds")
    assert evaluation["contenders"][1]["metrics"]["pr_auc"]["mean"] > 0.5


def noise_rows(seed: int) -> list[str]:
    """Rows of two columns that are independent of the class, one in five rare."""
    draw = random.Random(seed)
    return [f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{'rare' if n % 5 == 0 else 'usual'}" for n in range(150)]


@pytest.mark.parametrize("options", [["--drop", "ref"], []], ids=["dropped", "id"])
def test_copies_that_differ_only_in_an_id_are_kept_in_one_fold(options: list[str], csv_file: CsvFile) -> None:
    lines = ["ref,a,b,kind", *(f"R{n:03d},{row}" for n, row in enumerate(noise_rows(18) * 2))]
    path = csv_file("\n".join(lines) + "\n")
    evaluation = evaluation_of(path, "-t", "kind", "--technique", "none", "--model", "random-forest", *options)
    assert evaluation["contenders"][1]["metrics"]["pr_auc"]["mean"] < 0.5


def test_copies_with_a_blank_group_are_kept_in_one_fold_and_the_group_is_no_feature(csv_file: CsvFile) -> None:
    lines = ["shop,a,b,kind", *(f"{group or ''},{row}" for row in noise_rows(19) for group in (0, 0))]
    path = csv_file("\n".join(lines) + "\n")
    evaluation = evaluation_of(path, "-t", "kind", "--technique", "none", "--model", "random-forest", "--group", "shop")
    assert evaluation["contenders"][1]["metrics"]["pr_auc"]["mean"] < 0.5
    assert any("not used as features" in note and "shop" in note for note in evaluation["notes"])


# --- baselines


def test_every_comparison_has_both_baselines_and_the_same_model_without_a_technique() -> None:
    evaluation = evaluation_of(ORDERS, "-t", "fraud", "--technique", "smote", "--cv", 2)
    contenders = [(c["model"], c["technique"], c["variant"]) for c in evaluation["contenders"]]
    model = "hist-gradient-boosting"
    assert contenders == [
        ("dummy", "none", "unchanged"),
        (model, "none", "unchanged"),
        (model, "none", "tuned threshold"),
        (model, "smote", "unchanged"),
        (model, "smote", "prior-corrected"),
    ]


# --- outputs


def test_the_balanced_output_is_what_resample_writes_with_the_best_technique(run: Run, tmp_path: Path) -> None:
    balanced = tmp_path / "balanced.csv"
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "random-over", "--rank-by", "recall"]
    evaluation = evaluation_of(*argv, "--balanced-output", balanced)
    winner = evaluation["contenders"][evaluation["verdict"]["winner_index"]]["technique"]
    assert winner == "random-over"
    assert balanced.read_bytes() == run("resample", ORDERS, "-t", "fraud", "--technique", winner).out


def test_an_input_is_never_overwritten(train_eval: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    path, link = csv_file(noise_table(200)), tmp_path / "report.md"
    link.symlink_to(path)
    for option, output in (("--balanced-output", path), ("--report", link)):
        refused = train_eval(path, "-t", "kind", "--technique", "none", option, output, code=3)
        assert "is the input itself" in refused.err
    assert path.read_bytes() == noise_table(200)


def test_an_output_that_cannot_be_written_is_refused(train_eval: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    argv = [csv_file(noise_table(200)), "-t", "kind", "--report"]
    assert "mkdir -p" in train_eval(*argv, tmp_path / "no" / "report.md", code=3).err
    train_eval(*argv, "-", code=2)
    assert "two outputs name the same file" in train_eval(*argv, "a.md", "--report", "a.md", code=2).err


def test_reports_are_the_same_bytes_for_any_number_of_jobs(run: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    path = csv_file(separable_table(200))
    argv = ["train-eval", path, "-t", "kind", "--cv", 2, "--model", "random-forest", "--technique", "smote"]
    argv += ["--param", "n_estimators=20"]
    suffixes = ("json", "md", "txt", "csv")
    reports = []
    for jobs in (1, 3):
        options = [word for suffix in suffixes for word in ("--report", tmp_path / f"{jobs}.{suffix}")]
        run(*argv, "--jobs", jobs, *options)
        reports.append([(tmp_path / f"{jobs}.{suffix}").read_bytes() for suffix in suffixes])
    assert reports[0] == reports[1]


# --- interrupts


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"])
def test_an_interrupted_comparison_ends_with_all_its_processes_and_leaves_no_report(
    sent: signal.Signals, code: int, tmp_path: Path
) -> None:
    argv = ["train-eval", ORDERS, "-t", "fraud", "--model", "random-forest", "--param", "n_estimators=20000"]
    argv += ["--jobs", 2, "--report", tmp_path / "report.html"]
    with subprocess.Popen(
        [sys.executable, "-m", "rebalance", *map(str, argv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    ) as command:
        while len(processes_of_group(command.pid)) < 3 and command.poll() is None:
            time.sleep(0.1)
        time.sleep(3)  # until the models are being trained
        (os.killpg if sent is signal.SIGINT else os.kill)(command.pid, sent)
        out, err = command.communicate(timeout=60)
    assert command.returncode == code, err
    assert (out, err) == (b"", b"")
    assert not list(tmp_path.iterdir())
    for _ in range(100):
        if not processes_of_group(command.pid):
            return
        time.sleep(0.1)
    pytest.fail(f"processes are left: {processes_of_group(command.pid)}")


def processes_of_group(group: int) -> list[str]:
    """The commands of the processes of a process group that have not ended."""
    output = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout  # noqa: S607
    rows = [line.split(None, 2) for line in output.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]
