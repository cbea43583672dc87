"""The judge: honest folds, figures that are scikit-learn's."""

import json
import random
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SAMPLE_DATA, Run, train_eval
from imblearn.metrics import (
    classification_report_imbalanced,
)
from imblearn.over_sampling import SMOTE
from sklearn import metrics
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.utils.class_weight import compute_sample_weight
from tables import cells_of, contender, judged, opened

from rebalance.errors import DataError
from rebalance.evaluate.classification import predicted_classes
from rebalance.evaluate.classification_metrics import decide, rank
from rebalance.evaluate.compare import DEFAULT_TECHNIQUES
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import FitContext, fit
from rebalance.evaluate.models import find_models
from rebalance.evaluate.split_protocol import Protocol, Splitter
from rebalance.evaluate.threshold import parse_objective, tuned_threshold
from rebalance.resample.planner import ResampleRequest
from rebalance.splits import stratified_folds
from rebalance.techniques.chain import find_chain

ORDERS = SAMPLE_DATA / "orders.csv"


def noise_table(rows: int = 600, seed: int = 5, copies: int = 1) -> bytes:
    """Columns that say nothing of the class, each rare row there `copies` times."""
    draw = random.Random(seed)
    lines = ["a,b,c,kind"]
    for number in range(rows):
        cells = f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{draw.choice('uvw')}"
        rare = number % 20 == 0
        lines += [f"{cells},{'rare' if rare else 'usual'}"] * (copies if rare else 1)
    return "\n".join(lines).encode() + b"\n"


def separable_table(rows: int = 400, seed: int = 6) -> bytes:
    """Two columns that say something of the class, one row in eight rare."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for number in range(rows):
        rare = number % 8 == 0
        lines.append(f"{draw.gauss(rare, 1):.4f},{draw.gauss(rare, 1):.4f},{'rare' if rare else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def matrix_of(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    rows = cells_of(data)[1:]
    return np.array([[float(cell) for cell in row[:2]] for row in rows]), np.array([row[2] == "rare" for row in rows])


def test_noise_with_copied_rare_rows_scores_like_chance_for_every_contender(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(noise_table(2000, copies=3))
    with opened(path) as table:
        comparison = judged(table, *DEFAULT_TECHNIQUES, tuned=True, params=["max_iter=25"])
    share = 300 / 2200
    for one in comparison.evaluation.contenders:
        assert one.metrics["pr_auc"].mean < share + 0.1, one.title
        assert one.metrics["roc_auc"].mean == pytest.approx(0.5, abs=0.12), one.title
        assert one.metrics["f1"].mean < 0.3, one.title
    assert not comparison.evaluation.verdict.beats_none


@pytest.mark.parametrize("technique", ["none", "smote", "tomek-links", "class-weight"])
@pytest.mark.parametrize("model", ["hist-gradient-boosting", "logistic-regression"])
def test_what_stands_in_test_rows_changes_neither_the_model_nor_the_threshold(
    technique: str, model: str, tmp_path: Path
) -> None:
    train = separable_table(300).decode().splitlines()
    test = separable_table(100, seed=22).decode().splitlines()[1:]
    garbage = [f"{at}000.5,-{at}00.25,{row.split(',')[2]}" for at, row in enumerate(test, 1)]
    found = []
    for name, rows in (("usual", test), ("garbage", garbage)):
        path = tmp_path / f"{name}.csv"
        path.write_text("\n".join([*train, *rows]) + "\n")
        with opened(path) as table:
            setting = FitContext(
                table.load(), Features(table), ResampleRequest(), classes=2, positive=0, positive_only=True, seed=0
            )
            own = np.arange(300)
            learn = partial(fit, setting, find_models([model], [])[0], find_chain(technique))
            folds = Splitter(table, np.arange(400), Protocol(), 0).inner_folds(own)
            positive = table.target.codes == 0
            threshold, fitted = tuned_threshold(learn, positive, own, folds, parse_objective("f1"))
            found.append((threshold, fitted.probability(own)))
    assert found[0][0] == found[1][0]
    assert (found[0][1] == found[1][1]).all()


def test_copies_on_both_sides_are_allowed_only_on_request(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(noise_table(copies=3))
    words = [path, "-t", "kind", "--technique", "none", "--json", "--allow-duplicates-across-folds"]
    found = json.loads(train_eval(run, *words).text)
    assert found["contenders"][1]["metrics"]["pr_auc"]["mean"] > 0.5


def test_resampling_before_the_split_would_score_the_same_noise_far_above_chance() -> None:
    frame = pd.DataFrame([row[:2] for row in cells_of(noise_table(copies=3))[1:]], dtype=float)
    rare = np.array([row[3] == "rare" for row in cells_of(noise_table(copies=3))[1:]])
    features, labels = SMOTE(random_state=0).fit_resample(frame, rare)
    train, test, train_labels, test_labels = train_test_split(features, labels, stratify=labels, random_state=0)
    model = HistGradientBoostingClassifier(random_state=0).fit(train, train_labels)
    leaky = metrics.average_precision_score(test_labels, model.predict_proba(test)[:, 1])
    assert leaky > test_labels.mean() + 0.3


def test_the_figures_are_scikit_learns_on_the_same_folds(tmp_path: Path) -> None:
    data = separable_table()
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    matrix, rare = matrix_of(data)
    f1, roc, pr = [], [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=3).split(matrix, rare):
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=3).fit(matrix[train], rare[train])
        score = model.predict_proba(matrix[test])[:, 1]
        f1.append(metrics.f1_score(rare[test], score > 0.5))
        roc.append(metrics.roc_auc_score(rare[test], score))
        pr.append(metrics.average_precision_score(rare[test], score))
    with opened(path) as table:
        metrics = contender(judged(table, "none", seed=3), "none").metrics
    assert metrics["f1"].mean == pytest.approx(np.mean(f1))
    assert metrics["f1"].sd == pytest.approx(np.std(f1, ddof=1))
    assert metrics["roc_auc"].mean == pytest.approx(np.mean(roc))
    assert metrics["pr_auc"].mean == pytest.approx(np.mean(pr))


def test_class_weights_reach_the_model(tmp_path: Path) -> None:
    data = separable_table(300, 15)
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    matrix, rare = matrix_of(data)
    recall, brier = [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(matrix, rare):
        weight = compute_sample_weight("balanced", rare[train])
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
        model.fit(matrix[train], rare[train], sample_weight=weight)
        recall.append(metrics.recall_score(rare[test], model.predict(matrix[test])))
        odds = model.predict_proba(matrix[test]) * [1, rare[train].sum() / (~rare[train]).sum()]
        brier.append(metrics.brier_score_loss(rare[test], odds[:, 1] / odds.sum(axis=1)))
    with opened(path) as table:
        comparison = judged(table, "class-weight")
    assert contender(comparison, "class-weight").metrics["recall"].mean == pytest.approx(np.mean(recall))
    corrected = contender(comparison, "class-weight", "prior-corrected")
    assert corrected.metrics["brier"].mean == pytest.approx(np.mean(brier))


def test_scikit_learns_own_example_of_a_tuned_threshold_comes_out_as_published(tmp_path: Path) -> None:
    features, labels = make_classification(n_samples=1_000, weights=[0.9, 0.1], class_sep=0.8, random_state=42)
    parts = train_test_split(features, labels, stratify=labels, random_state=42)
    frame = pd.DataFrame(np.vstack(parts[:2])).assign(kind=np.concatenate(parts[2:]))
    path = tmp_path / "in.csv"
    frame.to_csv(path, index=False)
    train, test = np.split(np.arange(1000), [len(parts[0])])
    with opened(path) as table:
        codes, positive = table.target.codes, table.target.labels.index("1")
        setting = FitContext(
            table, Features(table), ResampleRequest(), classes=2, positive=positive, positive_only=True, seed=0
        )
        folds = stratified_folds(train, codes[train], train, 5, None)  # in order, as in the example
        learn = partial(fit, setting, find_models(["random-forest"])[0], find_chain("none"))
        objective = parse_objective("balanced-accuracy")
        threshold, fitted = tuned_threshold(learn, codes == positive, train, folds, objective)
        scores = fitted.scores(setting.features.frame(table.read_typed(test)))
    assert threshold == pytest.approx(0.342, abs=0.0005)
    found = []
    for at in (None, threshold):
        predicted = predicted_classes(scores, at, positive)
        own = decide(codes[test], predicted, rank(codes[test], scores, positive, positive_only=True), positive).classes[
            positive
        ]
        found.append([round(own[name], 2) for name in ("precision", "recall", "f1")])
    assert found == [[0.80, 0.46, 0.59], [0.61, 0.65, 0.63]]


def test_a_threshold_is_tuned_well_in_a_file_that_drifts(tmp_path: Path) -> None:
    draw = random.Random(17)
    lines = ["a,b,kind"]
    for number in range(1500):
        rare = draw.random() < (0.03 if number < 1200 else 0.5)
        lines.append(f"{number // 50},{draw.gauss(rare, 1):.3f},{'rare' if rare else 'usual'}")
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    with opened(path) as table:
        comparison = judged(table, "none")
    tuned, none = (contender(comparison, "none", variant) for variant in ("tuned threshold", "as is"))
    assert tuned.metrics["f1"].mean > none.metrics["f1"].mean
    assert tuned.threshold is not None
    assert 0.1 < tuned.threshold < 0.6


def test_the_familiar_reports_are_the_libraries_own(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(separable_table())
    with opened(path) as table:
        comparison = judged(table, "none")
        codes = table.target.codes
    at = comparison.evaluation.verdict.none
    parts = comparison.predictions[at]
    truth, predicted = (
        np.concatenate(own) for own in zip(*((part.truth, part.answer.predicted) for part in parts), strict=True)
    )
    names = list(comparison.evaluation.labels)
    one = comparison.evaluation.contenders[at]
    assert one.report == metrics.classification_report(truth, predicted, target_names=names)
    assert one.imbalanced_report == classification_report_imbalanced(truth, predicted, target_names=names)
    assert sorted(truth) == sorted(codes)


def test_what_makes_a_score_too_good_is_said(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    leaky = tmp_path / "leaky.csv"
    leaky.write_text("\n".join([header + ",refunded", *(f"{row},{row[-2:] == 'es':d}" for row in rows)]) + "\n")
    shown = train_eval(run, leaky, "-t", "fraud", "--technique", "none", "--cv", 2).text
    assert "tells the class of every row" in shown
    assert "refunded" in shown
    same = train_eval(run, ORDERS, "-t", "fraud", "--technique", "none", "--test", ORDERS).text
    assert "2,000 of 2,000 test rows are copies of training rows" in " ".join(same.split())


def test_train_eval_never_overwrites_an_input(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(noise_table(200))
    for option in ("--balanced-output", "--report"):
        target = path if option == "--balanced-output" else tmp_path / "in.md"
        if option == "--report":
            target.symlink_to(path)
        refused = train_eval(run, path, "-t", "kind", "--technique", "none", option, target)
        assert refused.code == 3
        assert "is the input itself" in refused.err
    early = train_eval(run, path, "-t", "kind", "--report", tmp_path / "no" / "report.md")
    assert early.code == 3
    assert "mkdir -p" in early.err
    assert train_eval(run, path, "-t", "kind", "--report", "-").code == 2


def test_reports_are_the_same_bytes_for_any_number_of_jobs(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(separable_table(200))
    words = ["train-eval", path, "-t", "kind", "--cv", 2, "--model", "random-forest", "--technique", "smote"]
    words += ["--param", "n_estimators=20"]
    kinds = ("json", "md", "txt", "csv")
    reports = []
    for jobs in (1, 3):
        options = [word for kind in kinds for word in ("--report", tmp_path / f"{jobs}.{kind}")]
        assert run(*words, "--jobs", jobs, *options).code == 0
        reports.append([(tmp_path / f"{jobs}.{kind}").read_bytes() for kind in kinds])
    assert reports[0] == reports[1]


def test_options_are_for_the_techniques_that_heed_them(run: Run) -> None:
    words = [ORDERS, "-t", "fraud", "--cv", 2, "--ratio", "0.5", "-k", 3]
    assert train_eval(run, *words).code == 0
    assert train_eval(run, *words, "--technique", "none").code == 2


def test_every_row_is_predicted_once_and_the_confusion_matrix_adds_up(run: Run) -> None:
    ran = train_eval(run, ORDERS, "-t", "fraud", "--technique", "class-weight", "--cv", 3, "--json")
    found = json.loads(ran.text)
    for one in found["contenders"]:
        assert sum(map(sum, one["confusion"])) == 2000
        assert [sum(row) for row in one["confusion"]] == found["counts"]
    assert found["positive"] == "yes"


def test_every_comparison_holds_the_dummy_and_doing_nothing(run: Run) -> None:
    found = json.loads(train_eval(run, ORDERS, "-t", "fraud", "--technique", "smote", "--cv", 2, "--json").text)
    shown = [(one["model"], one["technique"], one["variant"]) for one in found["contenders"]]
    name = "hist-gradient-boosting"
    assert shown == [
        ("dummy", "none", "as is"),
        (name, "none", "as is"),
        (name, "none", "tuned threshold"),
        (name, "smote", "as is"),
        (name, "smote", "prior-corrected"),
    ]


def test_a_test_file_is_scored_untouched(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("\n".join([header, *rows[:1500]]) + "\n")
    test.write_text("\n".join([header, *rows[1500:]]) + "\n")
    words = [train, "-t", "fraud", "--test", test, "--technique", "smote", "--json"]
    found = json.loads(train_eval(run, *words).text)
    assert sum(found["counts"]) == 500
    pd.testing.assert_frame_equal(pd.read_csv(test), pd.read_csv(ORDERS).iloc[1500:].reset_index(drop=True))
    odd = rows[0].replace(",no", ",maybe")
    test.write_text("\n".join([header, *rows[1500:], odd]) + "\n")
    refused = train_eval(run, *words)
    assert refused.code == 3
    assert "no training row has the label 'maybe'" in refused.err


def test_after_balancing_the_class_that_is_rare_in_the_test_file_matters(run: Run, tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    options = ["--technique", "random-over", "--holdout", 0.2, "--holdout-output", test, "-o", train]
    assert run("resample", ORDERS, "-t", "fraud", *options).code == 0
    words = [train, "-t", "fraud", "--technique", "none", "--model", "logistic-regression", "--json"]
    assert json.loads(train_eval(run, *words, "--test", test).text)["positive"] == "yes"
    tied = json.loads(train_eval(run, *words, "--cv", 2).text)
    assert any("as many rows are 'no', 'yes'" in note for note in tied["notes"])


def test_text_among_the_numbers_of_a_test_file_is_said(run: Run, tmp_path: Path) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    test = tmp_path / "test.csv"
    cells = rows[0].split(",")
    cells[header.split(",").index("amount")] = "cheap"
    test.write_text("\n".join([header, *rows[1:300], ",".join(cells)]) + "\n")
    words = [ORDERS, "-t", "fraud", "--test", test, "--technique", "none", "--model", "logistic-regression", "--json"]
    notes = json.loads(train_eval(run, *words).text)["notes"]
    assert "no numbers or dates in the test file, taken as missing: amount (1)" in notes


@pytest.mark.parametrize("extra", [["--drop", "ref"], []])
def test_copies_that_differ_only_in_what_names_them_never_straddle_folds(
    extra: list[str], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(18)
    rows = [f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{'rare' if n % 5 == 0 else 'usual'}" for n in range(150)]
    path.write_text("\n".join(["ref,a,b,kind", *(f"R{n:03d},{row}" for n, row in enumerate(rows * 2))]) + "\n")
    words = [path, "-t", "kind", "--technique", "none", "--model", "random-forest", "--json", *extra]
    found = json.loads(train_eval(run, *words).text)
    assert found["contenders"][1]["metrics"]["pr_auc"]["mean"] < 0.5


def test_a_blank_group_lets_no_copy_straddle_folds_and_no_model_learns_the_group(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(19)
    rows = [f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{'rare' if n % 5 == 0 else 'usual'}" for n in range(150)]
    path.write_text("\n".join(["shop,a,b,kind", *(f"{n or ''},{row}" for row in rows for n in (0, 0))]) + "\n")
    words = [path, "-t", "kind", "--technique", "none", "--model", "random-forest", "--json", "--group", "shop"]
    found = json.loads(train_eval(run, *words).text)
    assert found["contenders"][1]["metrics"]["pr_auc"]["mean"] < 0.5
    assert any("not learned from" in note and "shop" in note for note in found["notes"])
    assert train_eval(run, path, "-t", "kind", "--group", "kind").code == 2


def test_the_balanced_output_is_what_resample_writes_with_the_winner(run: Run, tmp_path: Path) -> None:
    balanced = tmp_path / "balanced.csv"
    words = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "random-over", "--rank-by", "recall"]
    found = json.loads(train_eval(run, *words, "--balanced-output", balanced, "--json").text)
    winner = found["contenders"][found["verdict"]["winner"]]["technique"]
    assert winner == "random-over"
    assert balanced.read_bytes() == run("resample", ORDERS, "-t", "fraud", "--technique", winner).out


def test_a_test_file_without_a_column_is_refused(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("amount,fraud\n1,yes\n2,no\n")
    ran = train_eval(run, ORDERS, "-t", "fraud", "--test", other, "--technique", "none")
    assert ran.code == 3
    assert "has no column" in ran.err


def test_a_class_smaller_than_the_folds_is_said_not_hidden(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(7)
    lines = [f"{draw.gauss(0, 1):.3f},{'abc'[n % 2] if n > 1 else 'tiny'}" for n in range(60)]
    path.write_text("\n".join(["x,kind", *lines]) + "\n")
    ran = train_eval(run, path, "-t", "kind")
    assert ran.code == 0
    assert "fewer rows than the 5 folds" in ran.text
    assert "'tiny'" in ran.text


def test_a_column_that_is_blank_in_a_training_part_stops_no_contender(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(16)
    rows = [f"{draw.gauss(0, 1):.3f},{'' if n else 1.5},{'c' if n == 1 else 'ab'[n % 2]}" for n in range(80)]
    path.write_text("\n".join(["x,mostly_blank,kind", *rows]) + "\n")
    ran = train_eval(run, path, "-t", "kind", "--role", "mostly_blank=number")
    assert ran.code == 0
    assert "boosting, smote left out" not in ran.text


def test_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("ref,kind\n" + "".join(f"r{n},{'ab'[n % 2]}\n" for n in range(50)))
    with opened(path) as table, pytest.raises(DataError, match="nothing to learn from"):
        judged(table, "none", model="random-forest")


def test_techniques_that_cannot_be_applied_are_left_out_and_if_all_are_the_run_fails(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n % 7},{'b' if n < 2 else 'a'}\n" for n in range(40)))
    assert train_eval(run, path, "-t", "kind", "--technique", "near-miss", "--allow-duplicates-across-folds").code == 3
    ran = train_eval(
        run,
        path,
        "-t",
        "kind",
        "--technique",
        "near-miss",
        "--technique",
        "random-over",
        "--allow-duplicates-across-folds",
    )
    assert ran.code == 0
    assert "near-miss left out" in ran.text
