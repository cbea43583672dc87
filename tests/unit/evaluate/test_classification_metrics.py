"""The metrics of classes are those of scikit-learn and imbalanced-learn, also for bootstrap samples."""

import numpy as np
import pytest
from imblearn.metrics import geometric_mean_score, specificity_score
from sklearn import metrics

from rebalance.arrays import Codes, Float64
from rebalance.cli.parse import parse_objective
from rebalance.evaluate.classification_metrics import bootstrap_metrics, label_metrics, probability_metrics
from rebalance.evaluate.metrics import CLASS_METRICS, CLASSIFICATION_METRICS
from rebalance.evaluate.results import Scores


def score(truth: Codes, predicted: Codes, probabilities: Float64, positive: int, *, positive_only: bool) -> Scores:
    """All metrics of a test split."""
    by_probability = probability_metrics(truth, probabilities, positive, positive_only=positive_only)
    return label_metrics(truth, predicted, by_probability, positive)


def metrics_of_the_libraries(truth: Codes, predicted: Codes, probability: Float64) -> dict[str, float]:
    """The metrics of two classes, 1 the positive class, from the libraries' functions or by their definition."""
    recall, specificity = metrics.recall_score(truth, predicted), specificity_score(truth, predicted)
    return {
        "pr_auc": metrics.average_precision_score(truth, probability),
        "pr_auc_no_skill": truth.mean(),
        "roc_auc": metrics.roc_auc_score(truth, probability),
        "brier": ((probability - truth) ** 2).mean(),
        "brier_skill": 1 - ((probability - truth) ** 2).mean() / (truth.mean() * (1 - truth.mean())),
        "log_loss": -np.log(np.where(truth == 1, probability, 1 - probability)).mean(),
        "predicted_over_observed": probability.mean() / truth.mean(),
        "f1": metrics.f1_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted),
        "recall": recall,
        "specificity": specificity,
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "mcc": metrics.matthews_corrcoef(truth, predicted),
        "g_mean": geometric_mean_score(truth, predicted),
        "index_balanced_accuracy": (1 + 0.1 * (recall - specificity)) * recall * specificity,  # García et al. 2009
        "macro_precision": metrics.precision_score(truth, predicted, average="macro"),
        "macro_recall": metrics.recall_score(truth, predicted, average="macro"),
        "macro_f1": metrics.f1_score(truth, predicted, average="macro"),
        "weighted_precision": metrics.precision_score(truth, predicted, average="weighted"),
        "weighted_recall": metrics.accuracy_score(truth, predicted),
        "weighted_f1": metrics.f1_score(truth, predicted, average="weighted"),
    }


def test_metrics_of_calibrated_probabilities_are_those_of_the_libraries() -> None:
    random = np.random.default_rng(1)
    probability = random.beta(1, 8, 4000)
    truth = (random.random(4000) < probability).astype(np.int32)
    predicted = (probability > 0.3).astype(np.int32)
    scores = score(truth, predicted, np.column_stack([1 - probability, probability]), 1, positive_only=True)
    expected = metrics_of_the_libraries(truth, predicted, probability)
    assert {name: scores.metrics[name] for name in expected} == pytest.approx(expected)
    others = {"calibration_slope", "expected_calibration_error"}
    assert set(scores.metrics) == {*expected, *others} == set(CLASSIFICATION_METRICS) - {"tuning_score"}
    assert scores.metrics["calibration_slope"] == pytest.approx(1, abs=0.1)
    assert scores.metrics["expected_calibration_error"] < 0.02
    assert scores.by_label[1]["support"] == truth.sum()
    assert scores.by_label[0]["recall"] == pytest.approx(expected["specificity"])
    assert set(scores.by_label[0]) == set(CLASS_METRICS)


def test_areas_of_several_classes_are_means_of_each_class_against_the_rest() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(0, 4, 800).astype(np.int32)
    probabilities = random.dirichlet(np.ones(4), 800)
    probabilities[np.arange(800), truth] += 0.5
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    predicted = probabilities.argmax(axis=1).astype(np.int32)
    scored = score(truth, predicted, probabilities, 2, positive_only=False).metrics
    assert scored["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, probabilities, multi_class="ovr"))
    assert scored["pr_auc"] == pytest.approx(metrics.average_precision_score(np.eye(4)[truth], probabilities))
    assert scored["brier"] == pytest.approx(((np.eye(4)[truth] - probabilities) ** 2).sum(axis=1).mean())
    assert scored["log_loss"] == pytest.approx(metrics.log_loss(truth, probabilities))
    assert scored["recall"] == pytest.approx(metrics.recall_score(truth == 2, predicted == 2))
    assert scored["g_mean"] == pytest.approx(geometric_mean_score(truth, predicted))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_metrics_of_a_bootstrap_sample_are_those_of_the_rows_drawn(classes: int) -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, classes, 120).astype(np.int32)
    probabilities = np.round(random.dirichlet(np.ones(classes), 120), 2)  # with ties
    probabilities[:, 0] = 1 - probabilities[:, 1:].sum(axis=1)
    predicted = probabilities.argmax(axis=1).astype(np.int32)
    positive_only, objective = classes == 2, parse_objective("cost=1:5")
    weights = np.vstack([np.ones(120), random.multinomial(120, np.full(120, 1 / 120), 2)])
    samples = bootstrap_metrics(truth, probabilities, predicted, weights, 1, objective, positive_only=positive_only)
    for sample, weight in enumerate(weights):
        rows = np.repeat(np.arange(120), weight.astype(int))
        expected = score(truth[rows], predicted[rows], probabilities[rows], 1, positive_only=positive_only)
        for name, value in expected.metrics.items():
            if name != "calibration_slope":
                assert samples.metrics[name][sample] == pytest.approx(value), name
        tuning_score = objective.value(truth[rows] == 1, predicted[rows] == 1)
        assert samples.metrics["tuning_score"][sample] == pytest.approx(tuning_score)
        for code, by_class in expected.by_label.items():
            assert {name: samples.by_label[code][name][sample] for name in by_class} == pytest.approx(by_class)
