"""A column of weights is carried, multiplied by weighting techniques, and used to train and to score."""

import numpy as np
import pytest
from conftest import CsvFile
from shell import Run
from sklearn.metrics import average_precision_score, brier_score_loss, f1_score, mean_absolute_error
from tables import cells_of, open_table

from rebalance.evaluate.classification import Classification
from rebalance.evaluate.regression import Regression
from rebalance.evaluate.results import Predictions
from rebalance.evaluate.task import TaskWishes

RANDOM = np.random.default_rng(7)


def weighted_table() -> str:
    rows = [f"{row % 13}.5,{row % 5 + 1},{'ab'[row % 4 == 0]}" for row in range(80)]
    return "x,w,kind\n" + "\n".join(rows) + "\n"


def test_a_synthetic_row_has_the_weight_of_a_real_one_and_distances_ignore_it(run: Run, csv_file: CsvFile) -> None:
    argv = ["resample", csv_file(weighted_table()), "-t", "kind", "--technique", "smote", "-q"]
    with_role = cells_of(run(*argv, "--role", "w=weight").out)
    assert {row[1] for row in with_role[81:]} <= set("12345")
    dropped = cells_of(run(*argv, "--drop", "w").out)
    assert [row[0] for row in with_role] == [row[0] for row in dropped]


def test_weighting_techniques_multiply_the_weights_that_are_there(run: Run, csv_file: CsvFile) -> None:
    argv = ["resample", csv_file(weighted_table()), "-t", "kind", "--technique", "class-weight", "-q"]
    alone = [float(row[-1]) for row in cells_of(run(*argv).out)[1:]]
    rows = cells_of(run(*argv, "--role", "w=weight").out)[1:]
    assert [float(row[-1]) for row in rows] == [weight * float(row[1]) for weight, row in zip(alone, rows, strict=True)]


def test_classes_are_scored_as_scikit_learn_scores_with_weights(csv_file: CsvFile) -> None:
    with open_table(csv_file(weighted_table())) as table:
        task = Classification.create(table, np.arange(80), TaskWishes(positive="b"), None)
    truth, probability, weights = RANDOM.integers(0, 2, 80), RANDOM.random(80), RANDOM.integers(0, 5, 80) + 0.5
    predicted = (probability > 0.5).astype(np.int32)
    predictions = Predictions(predicted, np.column_stack([1 - probability, probability]))
    positive = task.positive
    scores = task.weighted_score(truth.astype(np.int32), predictions, weights)
    is_positive = truth == positive
    chance = probability if positive == 1 else 1 - probability
    expected = {
        "f1": f1_score(is_positive, predicted == positive, sample_weight=weights),
        "pr_auc": average_precision_score(is_positive, chance, sample_weight=weights),
        "brier": brier_score_loss(is_positive, chance, sample_weight=weights),
    }
    assert {name: scores.metrics[name] for name in expected} == pytest.approx(expected)
    assert not np.isnan(scores.metrics["calibration_slope"])


def test_numbers_are_scored_as_scikit_learn_scores_with_weights(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        task = Regression.create(table, np.arange(len(table)), TaskWishes(), None)
        truth = task.truth(np.arange(len(table)))
    predicted, weights = truth + RANDOM.normal(size=len(truth)), RANDOM.random(len(truth))
    scores = task.weighted_score(truth, Predictions(predicted), weights)
    assert scores.metrics["mae"] == pytest.approx(mean_absolute_error(truth, predicted, sample_weight=weights))


def test_models_are_trained_with_the_weights(train_eval: Run, csv_file: CsvFile) -> None:
    path = csv_file(weighted_table())
    argv = [path, "-t", "kind", "--cv", 2, "--technique", "smote", "--model", "logistic-regression", "--json", "-q"]
    assert train_eval(*argv, "--role", "w=weight").out != train_eval(*argv, "--drop", "w").out


@pytest.mark.parametrize("weight", ["-1", "", "many"])
def test_a_weight_that_is_none_is_refused_with_its_line(weight: str, run: Run, csv_file: CsvFile) -> None:
    path = csv_file(weighted_table().replace("1.5,2,", f"1.5,{weight},", 1))
    result = run("resample", path, "-t", "kind", "--technique", "class-weight", "--role", "w=weight", code=3)
    assert "line 3: the weight 'w' is missing, negative or no number" in result.err
