"""A model is trained on what a technique makes of the training rows: their weights, transforms and blank columns."""

import math
import random

import numpy as np
import pytest
from conftest import CsvFile
from evaluations import evaluation_of, exponential_table, features_and_rare_rows, separable_table
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.class_weight import compute_sample_weight
from tables import compare_techniques, contender, open_table


def test_class_weights_reach_the_model(csv_file: CsvFile) -> None:
    data = separable_table(300, 15)
    features, rare = features_and_rare_rows(data)
    recall, brier = [], []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(features, rare):
        weight = compute_sample_weight("balanced", rare[train])
        model = HistGradientBoostingClassifier(early_stopping=False, random_state=0)
        model.fit(features[train], rare[train], sample_weight=weight)
        recall.append(metrics.recall_score(rare[test], model.predict(features[test])))
        odds = model.predict_proba(features[test]) * [1, rare[train].sum() / (~rare[train]).sum()]
        brier.append(metrics.brier_score_loss(rare[test], odds[:, 1] / odds.sum(axis=1)))
    with open_table(csv_file(data)) as table:
        comparison = compare_techniques(table, "class-weight")
    assert contender(comparison, "class-weight").metrics["recall"].mean == pytest.approx(np.mean(recall))
    corrected = contender(comparison, "class-weight", "prior-corrected")
    assert corrected.metrics["brier"].mean == pytest.approx(np.mean(brier))


def test_the_transform_of_a_target_is_inverted_before_predictions_are_scored(csv_file: CsvFile) -> None:
    with open_table(csv_file(exponential_table())) as table:
        comparison = compare_techniques(table, "log1p", "quantile-normal", "random-over", model="ridge", rank_by="mae")
    none, log, quantile = (
        contender(comparison, name).metrics["mae"].mean for name in ("none", "log1p", "quantile-normal")
    )
    assert log < none / 1.5
    assert quantile < none / 1.5
    verdict = comparison.evaluation.verdict
    assert verdict.advice == "transform the target"
    assert comparison.evaluation.winner.technique in ("log1p", "quantile-normal")
    assert "--manifest" in verdict.apply


def test_transforms_of_a_target_are_applied_in_their_order_and_inverted_from_the_last(csv_file: CsvFile) -> None:
    techniques = ("log1p", "log1p+clip-outliers", "clip-outliers+log1p")
    with open_table(csv_file(exponential_table())) as table:
        comparison = compare_techniques(table, *techniques, model="ridge", rank_by="mae")
    unclipped, clipped_after, clipped_before = (contender(comparison, name).metrics["mae"].mean for name in techniques)
    assert unclipped < clipped_after < contender(comparison, "none").metrics["mae"].mean / 1.5
    assert clipped_before > unclipped


def test_an_invertible_transform_of_a_feature_is_applied_to_the_rows_that_are_scored(csv_file: CsvFile) -> None:
    draw = random.Random(4)
    lines = ["a,kind"]
    for _ in range(200):
        a = draw.lognormvariate(1, 1.5)
        lines.append(f"{a:.3f},{math.log1p(a) + draw.gauss(0, 0.1):.3f}")
    with open_table(csv_file("\n".join(lines) + "\n")) as table:
        comparison = compare_techniques(table, "log1p:columns=a", model="ridge", rank_by="rmse")
    assert contender(comparison, "log1p:columns=a").metrics["rmse"].mean < 0.15
    assert contender(comparison, "none").metrics["rmse"].mean > 0.3


def test_a_column_that_is_blank_in_a_training_part_is_no_obstacle(csv_file: CsvFile) -> None:
    draw = random.Random(16)
    rows = [f"{draw.gauss(0, 1):.3f},{'' if n else 1.5},{'c' if n == 1 else 'ab'[n % 2]}" for n in range(80)]
    path = csv_file("\n".join(["x,mostly_blank,kind", *rows]) + "\n")
    evaluation = evaluation_of(path, "-t", "kind", "--role", "mostly_blank=number")
    assert "smote" in {contender["technique"] for contender in evaluation["contenders"]}
    assert not any("hist-gradient-boosting, smote left out" in note for note in evaluation["notes"])
