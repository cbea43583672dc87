"""The figures of classes: scikit-learn's, computed by hand, and those of bootstrap samples of the rows."""

import numpy as np
import pytest
from imblearn.metrics import (
    geometric_mean_score,
    specificity_score,
)
from rebalance.evaluate.bootstrap import SAMPLES, draws, samples
from sklearn import metrics

from rebalance.evaluate.classification_metrics import decide, rank
from rebalance.evaluate.fit import FitContext
from rebalance.evaluate.metrics import CLASS_METRICS, CLASSES
from rebalance.evaluate.threshold import parse_objective
from rebalance.plan.priors import prior_corrected
from rebalance.resample.planner import ResampleRequest


def scored_by_hand(truth: np.ndarray, predicted: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """The positive class is 1; from the libraries' own functions, called by their plain names."""
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


def drawn(rows: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and classes that come true at just these rates."""
    random_state = np.random.default_rng(seed)
    probability = random_state.beta(1, 8, rows)
    return (random_state.random(rows) < probability).astype(np.int32), probability


def test_figures_of_known_probabilities_are_those_computed_by_hand() -> None:
    truth, probability = drawn()
    predicted = (probability > 0.3).astype(np.int32)
    scored = decide(
        truth, predicted, rank(truth, np.column_stack([1 - probability, probability]), 1, positive_only=True), 1
    )
    expected = scored_by_hand(truth, predicted, probability)
    assert {name: scored.metrics[name] for name in expected} == pytest.approx(expected)
    assert set(CLASSES) - set(expected) == {"calibration_slope", "expected_calibration_error", "objective"}
    assert scored.metrics["calibration_slope"] == pytest.approx(1, abs=0.1)
    assert scored.metrics["expected_calibration_error"] < 0.02
    assert scored.classes[1]["support"] == truth.sum()
    assert scored.classes[0]["recall"] == pytest.approx(expected["specificity"])
    assert set(scored.classes[0]) == set(CLASS_METRICS)


def test_calibration_tells_probabilities_that_are_too_extreme_or_too_high() -> None:
    truth, probability = drawn()
    odds = probability / (1 - probability)
    extreme = odds**2 / (1 + odds**2)
    high = np.clip(probability * 2, 0, 1)

    def metrics(values: np.ndarray) -> dict[str, float]:
        return rank(truth, np.column_stack([1 - values, values]), 1, positive_only=True).metrics

    assert metrics(extreme)["calibration_slope"] == pytest.approx(0.5, abs=0.05)
    assert metrics(high)["predicted_over_observed"] == pytest.approx(2, abs=0.15)
    assert metrics(high)["expected_calibration_error"] == pytest.approx((high - probability).mean(), abs=0.02)


def test_figures_of_many_classes_are_means_of_each_against_the_rest() -> None:
    random_state = np.random.default_rng(2)
    truth = random_state.integers(0, 4, 800).astype(np.int32)
    scores = random_state.dirichlet(np.ones(4), 800)
    scores[np.arange(800), truth] += 0.5
    scores /= scores.sum(axis=1, keepdims=True)
    predicted = scores.argmax(axis=1).astype(np.int32)
    metrics = decide(truth, predicted, rank(truth, scores, 2, positive_only=False), 2).metrics
    assert metrics["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, scores, multi_class="ovr"))
    assert metrics["pr_auc"] == pytest.approx(metrics.average_precision_score(np.eye(4)[truth], scores))
    assert metrics["brier"] == pytest.approx(((np.eye(4)[truth] - scores) ** 2).sum(axis=1).mean())
    assert metrics["log_loss"] == pytest.approx(metrics.log_loss(truth, scores))
    assert metrics["recall"] == pytest.approx(metrics.recall_score(truth == 2, predicted == 2))
    assert metrics["g_mean"] == pytest.approx(geometric_mean_score(truth, predicted))


def test_probabilities_are_shifted_back_as_published() -> None:
    share_kept = 0.1  # of the majority: beta of Dal Pozzolo et al. 2015, equation 4
    seen = np.array([0.2, 0.5, 0.9])
    corrected = prior_corrected(
        np.column_stack([1 - seen, seen]), np.array([900.0, 100.0]), np.array([900.0 * share_kept, 100.0])
    )
    assert corrected[:, 1] == pytest.approx(share_kept * seen / (share_kept * seen - seen + 1))
    assert corrected.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("classes", [2, 3])
def test_figures_of_bootstrap_samples_are_those_of_the_rows_drawn(classes: int) -> None:
    random_state = np.random.default_rng(3)
    truth = random_state.integers(0, classes, 120).astype(np.int32)
    scores = np.round(random_state.dirichlet(np.ones(classes), 120), 2)  # with ties
    scores[:, 0] = 1 - scores[:, 1:].sum(axis=1)
    predicted = scores.argmax(axis=1).astype(np.int32)
    setting = FitContext(None, None, ResampleRequest(), classes, 1, positive_only=classes == 2, seed=0)  # type: ignore[arg-type]
    objective = parse_objective("cost=1:5")
    weights = np.vstack([np.ones(120), random_state.multinomial(120, np.full(120, 1 / 120), 2)])
    found = samples(truth, scores, predicted, setting, objective, iter([weights]))
    for at, weight in enumerate(weights):
        drawn_rows = np.repeat(np.arange(120), weight.astype(int))
        own = truth[drawn_rows], predicted[drawn_rows]
        ranking = rank(own[0], scores[drawn_rows], 1, positive_only=classes == 2)
        expected = decide(*own, ranking, 1)
        for name, value in expected.metrics.items():
            if name != "calibration_slope":
                assert found.metrics[name][at] == pytest.approx(value), name
        assert found.metrics["objective"][at] == pytest.approx(objective.value(own[0] == 1, own[1] == 1))
        for code, metrics in expected.classes.items():
            assert {name: found.classes[code][name][at] for name in metrics} == pytest.approx(metrics)


def test_rows_of_a_group_are_drawn_together() -> None:
    groups = np.array([5, 5, 5, 7, 9, 9])
    drawn_weights = np.vstack(list(draws(groups, 0)))
    assert len(drawn_weights) == SAMPLES
    assert (drawn_weights[:, 0] == drawn_weights[:, 2]).all()
    assert (drawn_weights[:, [0, 3, 4]].sum(axis=1) == 3).all()
