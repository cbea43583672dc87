"""A threshold is tuned for what the user wants, on inner folds of a training split."""

import random
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pytest
from conftest import CsvFile
from evaluations import evaluation_of, fit_context
from hypothesis import given
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score
from shell import ORDERS, Run
from sklearn.datasets import make_classification
from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef
from sklearn.model_selection import train_test_split
from tables import compare_techniques, contender, open_table

from rebalance.cli.parse import parse_objective
from rebalance.evaluate.classification import Classification
from rebalance.evaluate.fit import fit
from rebalance.evaluate.models import find_models
from rebalance.evaluate.results import Variant
from rebalance.evaluate.task import TaskWishes
from rebalance.splits import stratified_folds
from rebalance.techniques.chain import parse_chain


@pytest.mark.parametrize(
    ("name", "predicted", "score"),
    [
        ("f1", [1, 1, 0, 0], 0.5),
        ("balanced-accuracy", [1, 1, 0, 0], 0.5),
        ("mcc", [1, 1, 0, 0], 0.0),
        ("g-mean", [1, 1, 1, 0], 0.5**0.5),
        ("recall@precision=0.5", [1, 1, 1, 0], 1.0),
        ("recall@precision=0.9", [1, 1, 0, 0], -0.4),
        ("cost=1:20", [1, 1, 0, 0], -21 / 4),
    ],
    ids=["f1", "balanced-accuracy", "mcc", "g-mean", "precision-reached", "precision-missed", "cost"],
)
def test_an_objective_scores_what_it_is_named_after(name: str, predicted: list[int], score: float) -> None:
    truth = np.array([1, 0, 1, 0], bool)
    assert parse_objective(name).score(truth, np.array(predicted, bool)) == pytest.approx(score)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        pytest.param("f1", partial(f1_score, zero_division=0.0), id="f1"),
        pytest.param("balanced-accuracy", balanced_accuracy_score, id="balanced-accuracy"),
        pytest.param("mcc", matthews_corrcoef, id="mcc"),
        pytest.param("g-mean", geometric_mean_score, id="g-mean"),
    ],
)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_an_objective_is_the_metric_of_the_library(
    name: str, reference: Callable[..., float], rows: list[tuple[bool, bool]]
) -> None:
    truth, predicted = np.array([(True, True), (False, False), *rows]).T
    expected = reference(truth, predicted)
    assert parse_objective(name).score(truth, predicted) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("objective", ["accuracy", "cost=0:0"], ids=["unknown", "cost-of-nothing"])
def test_an_objective_that_does_not_exist_is_refused(objective: str, train_eval: Run) -> None:
    assert "no such objective" in train_eval(ORDERS, "-t", "fraud", "--optimize", objective, code=2).err


def test_a_threshold_cannot_be_set_but_only_tuned(train_eval: Run) -> None:
    assert "--tune-thresholds" in train_eval(ORDERS, "-t", "fraud", "--threshold", "0.3", code=2).err
    assert "0.3" in train_eval(ORDERS, "-t", "fraud", "--tune-thresholds", "0.3", code=2).err


def test_the_threshold_of_the_example_of_scikit_learn_is_the_published_one(csv_file: CsvFile) -> None:
    features, labels = make_classification(n_samples=1_000, weights=[0.9, 0.1], class_sep=0.8, random_state=42)
    parts = train_test_split(features, labels, stratify=labels, random_state=42)
    frame = pd.DataFrame(np.vstack(parts[:2])).assign(kind=np.concatenate(parts[2:]))
    train, test = np.split(np.arange(1000), [len(parts[0])])
    with open_table(csv_file(frame.to_csv(index=False))) as table:
        codes = table.target.codes
        context = fit_context(table, TaskWishes(positive="1", objective=parse_objective("balanced-accuracy")))
        folds = stratified_folds(train, codes[train], train, 5, None)  # in order, as in the example
        model = find_models(["random-forest"], {}, Classification.models, "Classifier", Classification.check_estimator)[
            0
        ]
        learn = partial(fit, context, model, parse_chain("none"))
        fitted, threshold = context.task.fit_with_threshold(learn, train, folds)
        test_frame = context.features.frame(table.read_typed(test))
        variants = context.task.predict(fitted, test_frame, threshold, is_resampled=False)
        positive = table.target.labels.index("1")
    assert threshold == pytest.approx(0.342, abs=0.0005)
    published = {Variant.UNCHANGED: [0.80, 0.46, 0.59], Variant.TUNED: [0.61, 0.65, 0.63]}
    assert set(variants) == set(published)
    for variant, expected in published.items():
        metrics = context.task.score(codes[test], variants[variant]).by_label[positive]
        assert [round(metrics[name], 2) for name in ("precision", "recall", "f1")] == expected


def test_a_threshold_is_tuned_well_in_a_file_that_drifts(csv_file: CsvFile) -> None:
    draw = random.Random(17)
    lines = ["a,b,kind"]
    for number in range(1500):
        rare = draw.random() < (0.03 if number < 1200 else 0.5)
        lines.append(f"{number // 50},{draw.gauss(rare, 1):.3f},{'rare' if rare else 'usual'}")
    with open_table(csv_file("\n".join(lines) + "\n")) as table:
        comparison = compare_techniques(table, "none")
    tuned, none = (contender(comparison, "none", variant) for variant in ("tuned threshold", "unchanged"))
    assert tuned.metrics["f1"].mean > none.metrics["f1"].mean
    assert tuned.threshold is not None
    assert 0.1 < tuned.threshold < 0.6


def test_a_high_cost_of_false_negatives_lowers_the_threshold() -> None:
    thresholds = []
    for cost in ("1:1", "1:50"):
        argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression"]
        evaluation = evaluation_of(*argv, "--optimize", f"cost={cost}")
        thresholds.append(evaluation["contenders"][2]["threshold"])
    assert thresholds[1] < thresholds[0] / 3
