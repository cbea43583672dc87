"""The judge of a quantity: errors overall and on rare values, honest folds, transformed targets, a verdict."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUANTITIES, SHARED, Run, train_eval
from rebalance.evaluate.bootstrap import draws
from rebalance.evaluate.curves_quantity import errors_by_relevance
from sklearn import metrics
from tables import contender, judged, opened

from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import FitContext, fit
from rebalance.evaluate.metrics import RANGE_METRICS, REGRESSION_METRICS
from rebalance.evaluate.models import find_models
from rebalance.evaluate.regression import Regression, squared_error_relevance_area
from rebalance.evaluate.results import Contender, Predictions
from rebalance.evaluate.split_protocol import Protocol, Splitter
from rebalance.resample.planner import ResampleRequest
from rebalance.techniques.chain import find_chain
from rebalance.techniques.context import TechniqueParams


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(QUANTITIES["quantity"])
    return path


def learnable(rows: int = 240, seed: int = 9, noise: float = 0.3) -> bytes:
    """A target that grows exponentially with a column: its logarithm is what a line can learn."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for _ in range(rows):
        a = draw.gauss(0, 1.2)
        lines.append(f"{a:.4f},{draw.choice('xyz')},{math.exp(2 + a + draw.gauss(0, noise)):.4f}")
    return "\n".join(lines).encode() + b"\n"


def test_sera_is_the_area_under_the_errors_of_the_rows_that_matter_as_much() -> None:
    errors, relevance = np.array([1.0, 2, 3, 0.5]), np.array([1.0, 0.25, 0, 1])
    grid = np.linspace(0, 1, 1001)
    curve = [(errors[relevance >= at - 1e-12] ** 2).sum() for at in grid]
    area = squared_error_relevance_area(errors, relevance, np.ones((1, 4)))
    assert area == pytest.approx([np.trapezoid(curve, grid)])
    # by hand: errors of relevance 1 count whole, 4 for 0.2505 of the way, 9 for the half of the first step
    assert area == pytest.approx([1 + 0.25 + 4 * 0.2505 + 9 * 0.0005])


def test_figures_are_scikit_learns_overall_and_on_rare_rows_and_samples_are_of_the_rows_drawn(path: Path) -> None:
    with opened(path) as table:
        numeric_target = table.target.numeric_target
        assert numeric_target
    truth = numeric_target.numbers
    predicted = truth + np.random.default_rng(0).normal(1, 4, len(truth))
    scoring = Regression(numeric_target)
    weights = next(draws(np.arange(len(truth)), 0))[:3]
    sampled = scoring.samples(truth, Predictions(predicted), iter([weights]))
    cases = [(np.arange(len(truth)), scoring.scored(truth, Predictions(predicted)).metrics)]
    for at, own in enumerate(weights):
        rows = np.repeat(np.arange(len(truth)), own.astype(int))
        cases.append((rows, {name: values[at] for name, values in sampled.metrics.items()}))
    for rows, found in cases:
        true, said = truth[rows], predicted[rows]
        relevance = numeric_target.relevance_of(true)
        rare = relevance >= 0.8
        expected = {
            "rmse": metrics.root_mean_squared_error(true, said),
            "mae": metrics.mean_absolute_error(true, said),
            "median_ae": metrics.median_absolute_error(true, said),
            "r2": metrics.r2_score(true, said),
            "weighted_r2": metrics.r2_score(true, said, sample_weight=relevance),
            "rare_rmse": metrics.root_mean_squared_error(true[rare], said[rare]),
            "rare_mae": metrics.mean_absolute_error(true[rare], said[rare]),
            "common_rmse": metrics.root_mean_squared_error(true[~rare], said[~rare]),
            "bias": (said - true).mean(),
            "rare_bias": (said - true)[rare].mean(),
        }
        assert {name: found[name] for name in expected} == pytest.approx(expected)
        assert set(found) == {*expected, "sera"} == set(REGRESSION_METRICS)


def test_folds_hold_as_many_rows_of_each_quantile_of_each_range(path: Path) -> None:
    with opened(path) as table:
        folds = Splitter(table, np.arange(len(table)), Protocol(folds=3), 0).folds()
        assert table.target.numeric_target
        values, codes = table.target.numeric_target.numbers, table.target.codes
    for code in range(3):
        sizes = [np.count_nonzero(codes[fold.test] == code) for fold in folds]
        assert max(sizes) - min(sizes) <= 2
    medians = [np.median(values[fold.test]) for fold in folds]
    assert np.ptp(medians) < 0.6


def test_what_is_fitted_sees_no_test_row(tmp_path: Path) -> None:
    train = learnable(200).decode().splitlines()
    test = learnable(60, seed=10).decode().splitlines()[1:]
    garbage = [f"{at}000.5,x,{at}5.5" for at, row in enumerate(test, 1)]
    for technique in ("smogn", "random-under", "clip-outliers+quantile-normal", "density-weight", "drop-outliers"):
        found = []
        for name, rows in (("usual", test), ("garbage", garbage)):
            path = tmp_path / f"{name}.csv"
            path.write_text("\n".join([*train, *rows]) + "\n")
            with opened(path) as table:
                setting = FitContext(
                    table.load(),
                    Features(table),
                    ResampleRequest(),
                    len(table.target.labels),
                    -1,
                    positive_only=False,
                    seed=0,
                )
                model = find_models(["ridge"], regression=True)[0]
                fitted = fit(setting, model, find_chain(technique), np.arange(200))
                found.append(fitted.numbers(setting.features.frame(table.read_typed(np.arange(200)))))
        assert np.array_equal(*found), technique


def test_a_transformed_target_is_undone_before_it_is_scored(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(learnable())
    with opened(path) as table:
        comparison = judged(table, "log1p", "quantile-normal", "random-over", model="ridge", rank_by="mae")
    none, log, rank = (contender(comparison, name).metrics for name in ("none", "log1p", "quantile-normal"))
    assert log["mae"].mean < none["mae"].mean / 1.5
    assert rank["mae"].mean < none["mae"].mean / 1.5
    verdict = comparison.evaluation.verdict
    assert verdict.advice == "rewrite"
    assert comparison.evaluation.winner.technique in ("log1p", "quantile-normal")
    assert "--manifest" in verdict.apply


def test_clipping_and_dropping_leave_the_test_rows_as_they_are(path: Path) -> None:
    options = TechniqueParams(columns=("width", "kind"))
    with opened(path) as table:
        comparison = judged(table, "drop-outliers", model="ridge")
        setting = FitContext(
            table.load(), Features(table), ResampleRequest(options=options), 3, -1, positive_only=False, seed=0
        )
        model = find_models(["ridge"], regression=True)[0]
        fitted = fit(setting, model, find_chain("clip-outliers"), np.arange(100))
        frame = setting.features.frame(table.read_typed(np.arange(100, 150)))
    dropped = contender(comparison, "drop-outliers")
    assert dropped.training_rows < contender(comparison, "none").training_rows
    assert sum(comparison.evaluation.counts) == 150
    clipped = [transform.parameters for transform in fitted.transforms]
    assert (frame["0"].to_numpy() > clipped[0]["high"]).any()
    far = frame.assign(**{"0": 1000.0})
    assert fitted.numbers(far).min() > clipped[1]["high"]  # a line goes on beyond what it has seen


def test_rewrites_of_the_target_are_done_in_their_order_and_undone_from_the_last(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(learnable())
    with opened(path) as table:
        comparison = judged(table, "log1p", "log1p+clip-outliers", "clip-outliers+log1p", model="ridge", rank_by="mae")
    plain, after, before = (
        contender(comparison, name).metrics["mae"].mean
        for name in ("log1p", "log1p+clip-outliers", "clip-outliers+log1p")
    )
    assert plain < after < contender(comparison, "none").metrics["mae"].mean / 1.5
    assert before > plain


def test_columns_written_anew_are_so_for_the_rows_that_are_scored(tmp_path: Path) -> None:
    draw = random.Random(4)
    lines = ["a,kind"]
    for _ in range(200):
        a = draw.lognormvariate(1, 1.5)
        lines.append(f"{a:.3f},{math.log1p(a) + draw.gauss(0, 0.1):.3f}")
    path = tmp_path / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    with opened(path) as table:
        request = ResampleRequest(options=TechniqueParams(columns=("a",)))
        comparison = judged(table, "log1p", model="ridge", request=request, rank_by="rmse")
    assert contender(comparison, "log1p").metrics["rmse"].mean < 0.15
    assert contender(comparison, "none").metrics["rmse"].mean > 0.3


def test_the_curve_of_errors_by_relevance_falls_to_those_of_the_rows_that_matter_whole(path: Path) -> None:
    with opened(path) as table:
        comparison = judged(table, "none", model="ridge")
        assert table.target.numeric_target
        curve = errors_by_relevance(comparison.predictions[1], table.target.numeric_target)
    assert (np.diff(curve.y) <= 1e-9).all()
    none = contender(comparison, "none").metrics
    assert curve.y[0] == pytest.approx(
        np.mean([fold["rmse"] ** 2 * 30 for fold in contender(comparison, "none").folds])
    )
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(none["sera"].mean, rel=0.02)


def test_the_verdict_says_errors_overall_and_on_rare_rows_and_what_the_median_alone_does(path: Path) -> None:
    with opened(path) as table:
        comparison = judged(table, "smogn", model="ridge")
    text = comparison.evaluation.verdict.text
    assert "; rare RMSE is" in text
    assert text.count("with the median alone") == 2
    everyone: dict[str, Contender] = {one.title: one for one in comparison.evaluation.contenders if not one.is_dummy}
    assert set(everyone) == {"none", "smogn"}
    for label, own in everyone["smogn"].classes.items():
        assert set(own) == set(RANGE_METRICS), label


def words_of(*words: object) -> list[object]:
    return ["--model", "ridge", "--cv", 3, *words]


def test_train_eval_of_a_quantity_from_the_shell(path: Path, run: Run, tmp_path: Path) -> None:
    outputs = [tmp_path / f"r.{suffix}" for suffix in ("html", "md", "json", "csv", "txt")]
    model = tmp_path / "m.skops"
    words = words_of("--technique", "smogn", "--technique", "yeo-johnson", "--save-model", model)
    for output in outputs:
        words += ["--report", output]
    ran = train_eval(run, path, "-t", "kind", *words)
    assert ran.code == 0, ran.err
    assert "a quantity (--task classification for classes)" in ran.err
    assert "SERA rare RMSE" in ran.text
    page, markdown, document, folds, text = (output.read_text() for output in outputs)
    assert page.count("<svg") >= 6
    assert 'id="h-predicted"' in page
    assert "nan" not in page.replace("nanometre", "")
    assert "| ridge | smogn |" in markdown.replace("**", "")
    found = json.loads(document)
    assert found["task"] == "regression"
    assert found["positive"] is None
    assert len(found["rare"]) == 2
    assert len(folds.splitlines()) == 1 + 3 * 4
    assert [line for line in text.split("\n") if line.startswith(("verdict", "to apply"))]
    assert text.count("±") > 20
    again = train_eval(run, path, "-t", "kind", *words, "-q")
    assert again.out == ran.out


def test_a_saved_model_answers_in_the_targets_own_units(run: Run, tmp_path: Path) -> None:
    import pandas as pd
    import skops.io

    path, model = tmp_path / "in.csv", tmp_path / "m.skops"
    path.write_bytes(learnable())
    ran = train_eval(
        run, path, "-t", "kind", *words_of("--technique", "log1p", "--rank-by", "mae", "--save-model", model)
    )
    assert ran.code == 0, ran.err
    assert "Apply log1p." in ran.text
    loaded = skops.io.load(model, trusted=skops.io.get_untrusted_types(file=model))
    table = pd.read_csv(path)
    predicted = loaded.predict(table[["a", "b"]])
    assert metrics.mean_absolute_error(table["kind"], predicted) < table["kind"].std() / 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--fail-if", "rare-rmse>0.1"], 1, "rare_rmse is"),
        (["--fail-under", "r2=0.99"], 1, "r2 is"),
        (["--fail-under", "rmse=3"], 2, "less of it is better"),
        (["--fail-if", "brier>0.1"], 2, "brier is no figure of a quantity"),
        (["--rank-by", "f1"], 2, "there is no such figure"),
        (["--positive", "yes"], 2, "--positive is for classes"),
        (["--threshold", "tuned"], 2, "--threshold is for classes"),
        (["--optimize", "mcc"], 2, "--optimize is for classes"),
        (["--model", "logistic-regression"], 2, "no model 'logistic-regression' for a quantity"),
        (["--model", "sklearn.tree:DecisionTreeClassifier"], 2, "predicts no numbers"),
        (["--technique", "smote-enn"], 2, "not for a target that is a quantity"),
        (["--require-gain", "mae"], 1, "no technique surely beats none by mae"),
        (["--task", "classification"], 3, "looks like a quantity"),
    ],
)
def test_options_and_gates_of_a_quantity(words: list[str], code: int, said: str, path: Path, run: Run) -> None:
    usual = [] if "--technique" in words else ["--technique", "random-over"]
    model = [] if {"--model", "classification"} & set(words) else ["--model", "ridge"]
    ran = train_eval(run, path, "-t", "kind", "--cv", 2, *usual, *model, *words)
    assert ran.code == code, ran.err
    assert said in ran.err


def test_a_file_to_test_on_has_the_ranges_of_the_one_trained_on(run: Run, tmp_path: Path) -> None:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_bytes(learnable())
    test.write_bytes(learnable(60, seed=11))
    words = [train, "-t", "kind", "--test", test, "--model", "ridge", "--technique", "smogn", "--json"]
    found = json.loads(train_eval(run, *words).text)
    labels = found["labels"]
    own = json.loads(run("inspect", train, "-t", "kind", "--json").text)
    assert labels[-1] == f"{own['rare_ranges'][0]['low']:g}..{own['rare_ranges'][0]['high']:g}"
    assert sum(found["counts"]) == 60
    none: Any = next(one for one in found["contenders"] if one["model"] == "ridge" and one["technique"] == "none")
    assert none["metrics"]["rmse"]["low"] < none["metrics"]["rmse"]["mean"] < none["metrics"]["rmse"]["high"]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real datasets are not here")
def test_the_median_is_hard_to_beat_on_forest_fires(run: Run) -> None:
    words = [SHARED / "data" / "forestfires.csv", "-t", "area", "--model", "random-forest", "--technique", "smogn"]
    found = json.loads(train_eval(run, *words, "--param", "n_estimators=20", "--json").text)
    dummy, none = found["contenders"][0], found["contenders"][1]
    assert dummy["metrics"]["mae"]["mean"] < none["metrics"]["mae"]["mean"]
    assert found["verdict"]["advice"] == "do not resample"
