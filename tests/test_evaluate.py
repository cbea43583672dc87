"""The judge: honest folds, figures that are scikit-learn's."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from conftest import SAMPLE_DATA, Run
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.class_weight import compute_sample_weight
from tables import cells_of, opened

from rebalance.errors import DataError
from rebalance.evaluate.compare import DEFAULT_TECHNIQUES, Protocol, compare
from rebalance.evaluate.folds import stratified_holdout
from rebalance.resample import Request
from rebalance.techniques.registry import find_chain

ORDERS = SAMPLE_DATA / "orders.csv"


def noise_table(rows: int = 600, seed: int = 5) -> bytes:
    """Columns that say nothing of the class."""
    draw = random.Random(seed)
    lines = ["a,b,c,kind"]
    for number in range(rows):
        cells = f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{draw.choice('uvw')}"
        lines.append(f"{cells},{'rare' if number % 10 == 0 else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def test_noise_scores_like_chance_for_every_contender(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(noise_table())
    techniques = [find_chain(name) for name in DEFAULT_TECHNIQUES]
    with opened(path) as table:
        rows = np.arange(len(table))
        evaluation = compare(
            table, rows, ["hist-gradient-boosting"], techniques, Request(), Protocol(), seed=0
        ).evaluation
    for contender in evaluation.contenders:
        assert contender.figures["roc_auc"].mean == pytest.approx(0.5, abs=0.1), contender.technique
        assert contender.figures["pr_auc"].mean < 0.2, contender.technique


def test_splitting_after_resampling_would_score_noise_far_above_chance(tmp_path: Path, run: Run) -> None:
    path, balanced = tmp_path / "noise.csv", tmp_path / "balanced.csv"
    path.write_bytes(noise_table())
    assert run("resample", path, "-t", "kind", "--technique", "smote", "-o", balanced).code == 0
    ran = run("train-eval", balanced, "-t", "kind", "--technique", "none", "--json")
    assert json.loads(ran.text)["contenders"][0]["figures"]["roc_auc"]["mean"] > 0.85


def test_the_figures_are_scikit_learns_on_the_same_folds(tmp_path: Path) -> None:
    draw = random.Random(6)
    lines = ["a,b,kind"]
    for number in range(400):
        rare = number % 8 == 0
        lines.append(f"{draw.gauss(rare, 1):.4f},{draw.gauss(rare, 1):.4f},{'rare' if rare else 'usual'}")
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    rows = cells_of(path.read_bytes())[1:]
    matrix = np.array([[float(cell) for cell in row[:2]] for row in rows])
    rare = np.array([row[2] == "rare" for row in rows])
    f1, roc, pr = [], [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=3).split(matrix, rare):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=3).fit(matrix[train], rare[train])
        score = model.predict_proba(matrix[test])[:, 1]
        f1.append(f1_score(rare[test], score > 0.5))
        roc.append(roc_auc_score(rare[test], score))
        pr.append(average_precision_score(rare[test], score))
    with opened(path) as table:
        everything = np.arange(len(table))
        none = [find_chain("none")]
        evaluation = compare(
            table, everything, ["hist-gradient-boosting"], none, Request(), Protocol(), seed=3
        ).evaluation
    figures = evaluation.winner.figures
    assert figures["f1"].mean == pytest.approx(np.mean(f1))
    assert figures["f1"].sd == pytest.approx(np.std(f1, ddof=1))
    assert figures["roc_auc"].mean == pytest.approx(np.mean(roc))
    assert figures["pr_auc"].mean == pytest.approx(np.mean(pr))


def test_class_weights_reach_the_model_and_the_means_are_scikit_learns(tmp_path: Path) -> None:
    draw = random.Random(15)
    lines = ["a,b,kind"]
    for number in range(300):
        rare = number % 10 == 0
        lines.append(f"{draw.gauss(rare, 1):.4f},{draw.gauss(rare, 1):.4f},{'rare' if rare else 'usual'}")
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    rows = cells_of(path.read_bytes())[1:]
    matrix = np.array([[float(cell) for cell in row[:2]] for row in rows])
    rare = np.array([row[2] == "rare" for row in rows])
    macro, balanced, precision, recall = [], [], [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(matrix, rare):
        weight = compute_sample_weight("balanced", rare[train])
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
        predicted = model.fit(matrix[train], rare[train], sample_weight=weight).predict(matrix[test])
        macro.append(f1_score(rare[test], predicted, average="macro"))
        balanced.append(balanced_accuracy_score(rare[test], predicted))
        precision.append(precision_score(rare[test], predicted))
        recall.append(recall_score(rare[test], predicted))
    with opened(path) as table:
        chains = [find_chain("none"), find_chain("class-weight")]
        evaluation = compare(
            table, np.arange(300), ["hist-gradient-boosting"], chains, Request(), Protocol(), seed=0
        ).evaluation
    figures = evaluation.contenders[1].figures
    assert figures["macro_f1"].mean == pytest.approx(np.mean(macro))
    assert figures["balanced_accuracy"].mean == pytest.approx(np.mean(balanced))
    assert figures["precision"].mean == pytest.approx(np.mean(precision))
    assert figures["recall"].mean == pytest.approx(np.mean(recall))
    best = max(evaluation.contenders, key=lambda contender: contender.figures["pr_auc"].mean)
    assert evaluation.winner is best


def test_what_makes_a_score_too_good_is_said(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    leaky = tmp_path / "leaky.csv"
    leaky.write_text("\n".join([header + ",refunded", *(f"{row},{row[-2:] == 'es':d}" for row in rows)]) + "\n")
    shown = run("train-eval", leaky, "-t", "fraud", "--technique", "none", "--cv", 2).text
    assert "tells the class of every row" in shown
    assert "refunded" in shown
    same = run("train-eval", ORDERS, "-t", "fraud", "--technique", "none", "--test", ORDERS).text
    assert "2,000 of 2,000 test rows are copies of training rows" in " ".join(same.split())


def test_train_eval_never_overwrites_an_input_and_reports_are_repeatable(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(noise_table(200))
    for option in ("--balanced-output", "--report"):
        target = path if option == "--balanced-output" else tmp_path / "in.md"
        if option == "--report":
            target.symlink_to(path)
        refused = run("train-eval", path, "-t", "kind", "--technique", "none", option, target)
        assert refused.code == 3
        assert "is the input itself" in refused.err
    early = run("train-eval", path, "-t", "kind", "--report", tmp_path / "no" / "report.md")
    assert early.code == 3
    assert "mkdir -p" in early.err
    assert run("train-eval", path, "-t", "kind", "--report", "-").code == 2
    reports = []
    for _ in range(2):
        model = ["--model", "random-forest", "--technique", "smote"]
        run("train-eval", path, "-t", "kind", "--report", tmp_path / "r.json", *model)
        reports.append((tmp_path / "r.json").read_bytes())
    assert reports[0] == reports[1]


def test_options_are_for_the_techniques_that_heed_them(run: Run) -> None:
    words = ["train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--ratio", "0.5", "-k", 3]
    assert run(*words).code == 0
    assert run(*words, "--technique", "none").code == 2


def test_every_row_is_predicted_once_and_the_confusion_matrix_adds_up(run: Run) -> None:
    ran = run("train-eval", ORDERS, "-t", "fraud", "--technique", "class-weight", "--json")
    found = json.loads(ran.text)
    assert sum(map(sum, found["confusion"])) == 2000
    assert [sum(row) for row in found["confusion"]] == found["counts"]
    assert found["minority"] == "yes"


def test_models_and_reports_of_every_kind(run: Run, tmp_path: Path) -> None:
    reports = [tmp_path / f"report.{kind}" for kind in ("json", "md", "txt")]
    options = [word for path in reports for word in ("--report", path)]
    models = [word for name in ("logistic-regression", "random-forest") for word in ("--model", name)]
    ran = run("train-eval", ORDERS, "-t", "fraud", "--cv", 3, "--technique", "smote", *models, *options)
    assert ran.code == 0
    found = json.loads(reports[0].read_text())
    assert [c["model"] for c in found["contenders"]] == ["logistic-regression", "random-forest"]
    for text in (reports[1].read_text(), reports[2].read_text(), ran.text):
        assert "logistic-regression" in text
        assert "macro avg" in text
        assert "PR-AUC" in text


def test_a_test_file_is_scored_untouched(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("\n".join([header, *rows[:1500]]) + "\n")
    test.write_text("\n".join([header, *rows[1500:], rows[0].replace(",no", ",maybe")]) + "\n")
    balanced = tmp_path / "balanced.csv"
    words = ["train-eval", train, "-t", "fraud", "--test", test, "--technique", "smote"]
    ran = run(*words, "--json", "--balanced-output", balanced)
    found = json.loads(ran.text)
    assert sum(found["counts"]) == 501
    assert "maybe" in found["labels"]
    assert balanced.read_bytes().startswith(train.read_bytes())
    assert balanced.read_bytes() == run("resample", train, "-t", "fraud", "--technique", "smote").out


def test_a_test_file_without_a_column_is_refused(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("amount,fraud\n1,yes\n2,no\n")
    ran = run("train-eval", ORDERS, "-t", "fraud", "--test", other, "--technique", "none")
    assert ran.code == 3
    assert "has no column" in ran.err


def test_a_class_smaller_than_the_folds_is_said_not_hidden(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(7)
    lines = [f"{draw.gauss(0, 1):.3f},{'abc'[n % 2] if n > 1 else 'tiny'}" for n in range(60)]
    path.write_text("\n".join(["x,kind", *lines]) + "\n")
    ran = run("train-eval", path, "-t", "kind")
    assert ran.code == 0
    assert "fewer rows than the 5 folds" in ran.text
    assert "'tiny'" in ran.text


def test_a_column_that_is_blank_in_a_training_part_stops_no_contender(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(16)
    rows = [f"{draw.gauss(0, 1):.3f},{'' if n else 1.5},{'c' if n == 1 else 'ab'[n % 2]}" for n in range(80)]
    path.write_text("\n".join(["x,mostly_blank,kind", *rows]) + "\n")
    ran = run("train-eval", path, "-t", "kind", "--role", "mostly_blank=number")
    assert ran.code == 0
    assert "left out" not in ran.text


def test_a_holdout_takes_its_share_of_each_class() -> None:
    codes = np.repeat([0, 1, 2], [80, 19, 1]).astype(np.int32)
    fold = stratified_holdout(np.arange(100), codes, np.arange(100), 0.25, 0, "--test-size")
    assert np.bincount(codes[fold.test], minlength=3).tolist() == [20, 5, 0]
    assert sorted([*fold.train, *fold.test]) == list(range(100))


def test_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("ref,kind\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(50)))
    with opened(path) as table, pytest.raises(DataError, match="nothing to learn from"):
        compare(table, np.arange(50), ["random-forest"], [find_chain("none")], Request(), Protocol(), seed=0)
