"""How rows are set aside, how thresholds are tuned, and which models compete."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SAMPLE_DATA, Run, train_eval
from tables import opened

from rebalance.errors import UsageError
from rebalance.evaluate.split_protocol import Protocol, Splitter
from rebalance.evaluate.threshold import parse_objective
from rebalance.splits import stratified_folds, stratified_holdout, time_folds, time_holdout

ORDERS = SAMPLE_DATA / "orders.csv"


def test_a_holdout_takes_its_share_of_each_class() -> None:
    codes = np.repeat([0, 1, 2], [80, 19, 1]).astype(np.int32)
    fold = stratified_holdout(np.arange(100), codes, np.arange(100), 0.25, 0, "--test-size")
    assert np.bincount(codes[fold.test], minlength=3).tolist() == [20, 5, 0]
    assert sorted([*fold.train, *fold.test]) == list(range(100))


def test_groups_stay_whole_and_every_row_is_tested_once() -> None:
    random_state = np.random.default_rng(0)
    groups = random_state.integers(0, 40, 300)
    codes = (groups % 4 == 0).astype(np.int32)
    folds = stratified_folds(np.arange(300), codes, groups, 5, 0)
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(300))
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_repeats_deal_out_other_folds(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,kind\n" + "".join(f"{n / 7:.3f},{'ab'[n % 2]}\n" for n in range(60)))
    with opened(path) as table:
        folds = Splitter(table, np.arange(60), Protocol(folds=3, repeats=2), 0).folds()
    assert len(folds) == 6
    assert folds[0].test.tolist() != folds[3].test.tolist()
    assert sorted(np.concatenate([fold.test for fold in folds[3:]]).tolist()) == list(range(60))


def test_time_folds_train_on_the_past_and_never_split_a_moment() -> None:
    random_state = np.random.default_rng(1)
    times = random_state.integers(0, 50, 400).astype(float)
    folds = time_folds(np.arange(400), times, 4)
    assert len(folds) == 4
    for fold in folds:
        assert times[fold.train].max() < times[fold.test].min()
    for earlier, later in itertools.pairwise(folds):
        assert set(earlier.train) < set(later.train)
    last = time_holdout(np.arange(400), times, 0.2)
    assert times[last.train].max() < times[last.test].min()
    assert 80 <= len(last.test) < 95


def test_one_time_only_is_refused() -> None:
    with pytest.raises(UsageError, match="different times"):
        time_folds(np.arange(30), np.zeros(30), 3)


def test_the_past_is_trained_on_from_the_shell(run: Run, tmp_path: Path) -> None:
    ran = train_eval(run, ORDERS, "-t", "fraud", "--time", "placed_at", "--cv", 2, "--technique", "none", "--json")
    found = json.loads(ran.text)
    assert "order of placed_at" in found["protocol"]
    assert sum(found["counts"]) < 2000
    refused = train_eval(run, ORDERS, "-t", "fraud", "--time", "country", "--technique", "none")
    assert refused.code == 3
    assert "neither numbers nor ISO dates" in refused.err
    path = tmp_path / "in.csv"
    path.write_text("at,x,kind\n1,2,a\n2,3,b\n,4,a\n" + "3,1,b\n4,1,a\n" * 20)
    blank = train_eval(run, path, "-t", "kind", "--time", "at", "--technique", "none")
    assert blank.code == 3
    assert "line 4" in blank.err


def test_a_class_in_every_group_is_in_every_fold_and_rows_made_before_are_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rows = [f"{'' if at > 90 else f'n{at}'},{at * 7 % 31},{at % 4},{'abc'[at % 3]}" for at in range(120)]
    path.write_text("id,x,place,kind\n" + "\n".join(rows) + "\n")
    words = [path, "-t", "kind", "--technique", "none", "--model", "logistic-regression", "--cv", 3]
    said = run("train-eval", *words, "--group", "place").text
    assert "absent from some" not in said
    assert "29 rows have no 'id'" in said
    path.write_text("id,x,place,kind\n" + "\n".join(row for row in rows if not row.startswith(",")) + "\n")
    assert "have no 'id'" not in run("train-eval", *words).text


def test_a_class_that_is_never_tested_on_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    early = "".join(f"{day},{day % 7},{'ab'[day % 2]}\n1,{day % 5},old\n" for day in range(1, 40))
    path.write_text(
        "day,x,kind\n" + early + "".join(f"{day},{day % 7},{'ab'[day % 3 == 0]}\n" for day in range(40, 90))
    )
    words = [path, "-t", "kind", "--technique", "none", "--model", "logistic-regression"]
    assert "no test row is of 'old'" in run("train-eval", *words, "--time", "day", "--test-size", ".3").text
    assert "no test row" not in run("train-eval", *words, "--test-size", ".3").text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--cv", 3, "--test-size", ".2"], "three ways"),
        (["--test", ORDERS, "--group", "country"], "--group has no meaning"),
        (["--time", "placed_at", "--group", "country"], "--time decides alone"),
        (["--repeats", 2, "--test-size", ".2"], "--repeats deals"),
        (["--threshold", "0.3"], "default or tuned"),
        (["--optimize", "accuracy"], "nothing to tune"),
        (["--optimize", "cost=0:0"], "nothing to tune"),
        (["--rank-by", "accuracy"], "no such figure"),
        (["--positive", "maybe"], "no such class"),
        (["--model", "lightgbm"], "no model"),
        (["--model", "no.such:Thing"], "cannot be imported"),
        (["--model", "sklearn.linear_model:LinearRegression"], "no probabilities"),
        (["--model", "math:sqrt"], "no estimator"),
        (["--param", "max_iter"], "not NAME=VALUE"),
        (["--param", "learning_rate=fast"], "learning_rate"),
        (["--time", "placed_at", "--allow-duplicates-across-folds"], "has no meaning"),
        (["--report", "a.md", "--report", "a.md"], "two outputs are one"),
        (["--technique", "none", "--require-gain", "f1"], "no technique is named"),
        (["--fail-under", "brier=0.2"], "--fail-if 'brier>0.2'"),
        (["--param", "max_deepth=3"], "did you mean 'max_depth'"),
        (["--jobs", 0], "--jobs"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_work(words: list[object], said: str, run: Run) -> None:
    ran = run("train-eval", ORDERS, "-t", "fraud", *words)
    assert ran.code == 2
    assert said in ran.err


@pytest.mark.parametrize(
    ("text", "predicted", "score"),
    [
        ("f1", [1, 1, 0, 0], 0.5),
        ("balanced-accuracy", [1, 1, 0, 0], 0.5),
        ("mcc", [1, 1, 0, 0], 0.0),
        ("g-mean", [1, 1, 1, 0], 0.5**0.5),
        ("recall@precision=0.5", [1, 1, 1, 0], 1.0),
        ("recall@precision=0.9", [1, 1, 0, 0], -0.4),
        ("cost=1:20", [1, 1, 0, 0], -21 / 4),
    ],
)
def test_objectives_score_as_they_say(text: str, predicted: list[int], score: float) -> None:
    truth = np.array([1, 0, 1, 0], bool)
    assert parse_objective(text).score(truth, np.array(predicted, bool)) == pytest.approx(score)


def test_an_expensive_miss_lowers_the_threshold(run: Run) -> None:
    thresholds = []
    for cost in ("1:1", "1:50"):
        words = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression"]
        found = json.loads(train_eval(run, *words, "--optimize", f"cost={cost}", "--json").text)
        thresholds.append(found["contenders"][2]["threshold"])
    assert thresholds[1] < thresholds[0] / 3


def test_another_class_can_matter_and_of_several_it_is_set_against_the_rest(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(11)
    lines = [
        f"{draw.gauss('abc'.index(kind), 0.8):.3f},{kind}" for kind in draw.column_options("abc", [5, 2, 3], k=400)
    ]
    path.write_text("x,kind\n" + "\n".join(lines) + "\n")
    words = [path, "-t", "kind", "--positive", "c", "--technique", "random-over", "--model", "logistic-regression"]
    found = json.loads(train_eval(run, *words, "--json").text)
    assert found["positive"] == "c"
    none, tuned = found["contenders"][1:3]
    assert none["metrics"]["recall"]["mean"] == none["classes"]["c"]["recall"]["mean"]
    assert 0 < tuned["threshold"] < 1
    assert tuned["metrics"]["recall"]["mean"] != none["metrics"]["recall"]["mean"]


@pytest.mark.parametrize("model", ["balanced-random-forest", "balanced-bagging", "easy-ensemble", "rus-boost"])
def test_ensembles_that_balance_themselves_stand_alone_unless_told_otherwise(model: str, run: Run) -> None:
    ran = train_eval(run, ORDERS, "-t", "fraud", "--cv", 2, "--model", model, "--param", "n_estimators=5", "--json")
    found = json.loads(ran.text)
    assert {(one["model"], one["technique"]) for one in found["contenders"]} == {("dummy", "none"), (model, "none")}


def test_any_importable_classifier_competes_with_its_settings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.neighbors import KNeighborsClassifier\nclass Nearest(KNeighborsClassifier):\n    pass\n"
    )
    words = ["train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--model", "mine:Nearest", "--param", "n_neighbors=3"]
    ran = run(*words, "--technique", "smote", "--technique", "class-weight", "--jobs", 2, "--json", cwd=tmp_path)
    assert ran.code == 0, ran.err
    found = json.loads(ran.text)
    assert found["contenders"][1]["model"] == "mine:Nearest"
    assert any("takes no weights" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ("raise RuntimeError('no')", 3, "mine:Broken cannot be trained"),
        ("return self\n    def predict_proba(self, X):\n        raise KeyError('x')", 3, "mine:Broken cannot predict"),
        ("]", 2, "cannot be imported"),
    ],
)
def test_what_is_wrong_with_a_model_of_the_users_own_is_said_as_such(
    body: str, code: int, said: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.dummy import DummyClassifier\n"
        "class Broken(DummyClassifier):\n"
        "    def fit(self, X, y):\n"
        "        super().fit(X, y)\n"
        f"        {body}\n"
    )
    ran = run("train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--model", "mine:Broken", "--jobs", 1, cwd=tmp_path)
    assert ran.code == code
    assert said in ran.err


def test_a_setting_is_for_the_models_that_have_it(run: Run) -> None:
    models = ["--model", "logistic-regression", "--model", "sklearn.naive_bayes:GaussianNB"]
    words = [ORDERS, "-t", "fraud", "--cv", 2, *models, "--technique", "none"]
    ran = train_eval(run, *words, "--param", "max_iter=50", "--param", "var_smoothing=0.01")
    assert ran.code == 0, ran.err


def test_few_different_times_or_rows_only_cost_the_tuned_threshold(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    draw = random.Random(20)
    rows = [
        f"{2000 + n // 100},{draw.gauss(n % 4 == 0, 1):.3f},{'rare' if n % 4 == 0 else 'usual'}" for n in range(400)
    ]
    path.write_text("\n".join(["year,x,kind", *rows]) + "\n")
    words = [path, "-t", "kind", "--technique", "none", "--model", "logistic-regression", "--time", "year"]
    for folds in (1, 2, 3):
        ran = train_eval(run, *words, "--cv", folds)
        assert ran.code == 0, ran.err


def test_repeats_count_each_row_once(run: Run) -> None:
    words = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression", "--json"]
    found = json.loads(train_eval(run, *words, "--repeats", 2, "--seed", 2**32 - 1).text)
    assert sum(found["counts"]) == 2000
    assert sum(map(sum, found["contenders"][1]["confusion"])) == 2000
    assert len(found["contenders"][1]["folds"]) == 4


def test_a_column_that_only_the_training_file_has_can_be_dropped(run: Run, tmp_path: Path) -> None:
    held = ["--holdout", 0.3, "--holdout-output", "test.csv", "--mark", "made", "-o", "train.csv"]
    assert run("resample", ORDERS, "-t", "fraud", "--technique", "random-over", *held, cwd=tmp_path).code == 0
    words = ["train-eval", "train.csv", "-t", "fraud", "--test", "test.csv", "--technique", "none"]
    words += ["--model", "logistic-regression", "--jobs", 1]
    assert "has no column 'made'" in run(*words, cwd=tmp_path).err
    assert run(*words, "--drop", "made", cwd=tmp_path).code == 0


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_comparison_ends_at_once_with_its_processes_and_leaves_no_report(
    sent: signal.Signals, code: int, tmp_path: Path
) -> None:
    words = ["train-eval", ORDERS, "-t", "fraud", "--model", "random-forest", "--param", "n_estimators=20000"]
    words += ["--jobs", 2, "--report", tmp_path / "report.html"]
    command = [sys.executable, "-m", "rebalance", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    ) as running:
        while len(processes_of_group(running.pid)) < 3 and running.poll() is None:
            time.sleep(0.1)
        time.sleep(3)  # into the training
        (os.killpg if sent is signal.SIGINT else os.kill)(running.pid, sent)
        out, err = running.communicate(timeout=60)
    assert running.returncode == code, err
    assert (out, err) == (b"", b"")
    assert not list(tmp_path.iterdir())
    for _ in range(100):
        if not processes_of_group(running.pid):
            return
        time.sleep(0.1)
    pytest.fail(f"still there: {processes_of_group(running.pid)}")


def processes_of_group(group: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]
