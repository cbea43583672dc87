"""The probability from which the positive class is predicted, tuned on inner folds of a training split."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError
from rebalance.splits import Fold

LabelScore = Callable[[Bool, Bool], float]
"""A score of true and predicted positives; higher is better."""

CountScore = Callable[[Any, Any, Any, Any], Any]
"""A score of the numbers of true positives, false positives, false negatives, and all rows; higher is better."""


@dataclass(frozen=True)
class Objective:
    """What a threshold is tuned for."""

    name: str
    """The objective as it is typed."""

    metric: str
    """The metric that reports it."""

    score: LabelScore
    """What the search maximizes."""

    count_score: CountScore | None = None
    """The value that is reported, for an objective that is not one of the other metrics."""

    def value(self, truth: Bool, predicted: Bool) -> float | None:
        """Return what is reported of a test split; None for an objective that is one of the other metrics."""
        return None if self.count_score is None else _from_counts(self.count_score, truth, predicted)


METRIC_OBJECTIVES = {"f1": "f1", "balanced-accuracy": "balanced_accuracy", "mcc": "mcc", "g-mean": "g_mean"}
"""Objectives that are metrics: the name that is typed, and the metric."""


def metric_objective(name: str) -> Objective:
    """Return the objective of maximizing one of METRIC_OBJECTIVES.

    The search computes it from counts: a hundred thresholds are tried on each inner fold, and scikit-learn's functions
    spend most of their time on checking labels.
    """
    scores: dict[str, CountScore] = {
        "f1": _f1,
        "balanced_accuracy": _balanced_accuracy,
        "mcc": _mcc,
        "g_mean": _g_mean,
    }
    metric = METRIC_OBJECTIVES[name]
    return Objective(name, metric, partial(_from_counts, scores[metric]))


def recall_objective(name: str, precision: float) -> Objective:
    """Return the objective of maximizing recall where the precision is at least `precision`."""
    return _count_objective(name, partial(_recall_at, precision), partial(_recall_or_shortfall, precision))


def cost_objective(name: str, false_positive: float, false_negative: float) -> Objective:
    """Return the objective of minimizing the cost of a row, given that of a false positive and a false negative."""
    return _count_objective(name, partial(_negative_cost, false_positive, false_negative))


def _count_objective(name: str, count_score: CountScore, search_score: CountScore | None = None) -> Objective:
    return Objective(name, "tuning_score", partial(_from_counts, search_score or count_score), count_score)


def _from_counts(count_score: CountScore, truth: Bool, predicted: Bool) -> float:
    true_positives = (truth & predicted).sum()
    false_positives, false_negatives = (predicted & ~truth).sum(), (truth & ~predicted).sum()
    return float(count_score(true_positives, false_positives, false_negatives, len(truth)))


def _f1(true_positives: Any, false_positives: Any, false_negatives: Any, _rows: Any) -> Any:
    return 2 * true_positives / np.maximum(2 * true_positives + false_positives + false_negatives, 1)


def _recalls(true_positives: Any, false_positives: Any, false_negatives: Any, rows: Any) -> tuple[Any, Any]:
    """Return the recalls of the positive and of the negative class, both of which have rows."""
    positives = true_positives + false_negatives
    negatives = rows - positives
    return true_positives / positives, (negatives - false_positives) / negatives


def _balanced_accuracy(true_positives: Any, false_positives: Any, false_negatives: Any, rows: Any) -> Any:
    positive, negative = _recalls(true_positives, false_positives, false_negatives, rows)
    return (positive + negative) / 2


def _g_mean(true_positives: Any, false_positives: Any, false_negatives: Any, rows: Any) -> Any:
    positive, negative = _recalls(true_positives, false_positives, false_negatives, rows)
    return np.sqrt(positive * negative)


def _mcc(true_positives: Any, false_positives: Any, false_negatives: Any, rows: Any) -> Any:
    """Return Matthews' correlation coefficient, 0 where all predictions are the same (Gorodkin 2004, equation 8)."""
    positives, predicted = float(true_positives + false_negatives), float(true_positives + false_positives)
    spread = positives * (rows - positives) * predicted * (rows - predicted)
    return (true_positives * rows - positives * predicted) / math.sqrt(spread) if spread else 0.0


def _recall_at(
    min_precision: float, true_positives: Any, false_positives: Any, false_negatives: Any, _rows: Any
) -> Any:
    """Return the recall where precision is at least `min_precision`, elsewhere 0."""
    precision = true_positives / np.maximum(true_positives + false_positives, 1)
    recall = true_positives / np.maximum(true_positives + false_negatives, 1)
    return np.where(precision >= min_precision, recall, 0.0)


def _recall_or_shortfall(
    min_precision: float, true_positives: Any, false_positives: Any, false_negatives: Any, rows: Any
) -> Any:
    """Return the same, but what precision lacks (negative) instead of 0, so that a search knows where to go."""
    precision = true_positives / np.maximum(true_positives + false_positives, 1)
    recall = _recall_at(min_precision, true_positives, false_positives, false_negatives, rows)
    return np.where(precision >= min_precision, recall, precision - min_precision)


def _negative_cost(
    false_positive: float,
    false_negative: float,
    _true_positives: Any,
    false_positives: Any,
    false_negatives: Any,
    rows: Any,
) -> Any:
    return -(false_positive * false_positives + false_negative * false_negatives) / rows


class Learned(Protocol):
    """What has learned from records."""

    def probability(self, rows: Int64) -> Float64:
        """Return the probability of the positive class for each of the records."""


L = TypeVar("L", bound=Learned)


def tuned_threshold(
    learn: Callable[[Int64], L], is_positive: Bool, rows: Int64, folds: list[Fold], objective: Objective
) -> tuple[float, L]:
    """Return the threshold that scikit-learn's TunedThresholdClassifierCV finds, and what `learn` makes of all `rows`.

    `learn` is given record numbers; `is_positive`: for each record of the table. Raises DataError where there is no
    threshold to find.
    """
    from sklearn.metrics import make_scorer
    from sklearn.model_selection import TunedThresholdClassifierCV

    truth = is_positive[rows]
    parts = [(np.searchsorted(rows, fold.train), np.searchsorted(rows, fold.test)) for fold in folds]
    parts = [part for part in parts if all(truth[side].any() and not truth[side].all() for side in part)]
    if not parts:
        raise DataError(
            "no inner fold has both classes to train and to test on",
            "use fewer folds: --cv 2",
        )
    scorer = make_scorer(lambda truth, predicted: objective.score(truth == 1, predicted == 1))
    search: Any = TunedThresholdClassifierCV(_RecordClassifier(learn), scoring=scorer, cv=parts)
    try:
        search.fit(rows[:, None], truth.astype(np.int64))
    except ValueError as error:
        if "constant predictions" not in str(error):
            raise
        raise DataError("the model predicts the same probability for all rows", "use another --model") from error
    return float(search.best_threshold_), search.estimator_.learned


class _RecordClassifier(Generic[L]):
    """A scikit-learn classifier whose only feature is the number of a record."""

    learned: L

    def __init__(self, learn: Callable[[Int64], L]) -> None:
        self._learn = learn
        self.classes_ = np.array([0, 1])

    def __sklearn_clone__(self) -> "_RecordClassifier[L]":
        return _RecordClassifier(self._learn)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags("classifier", TargetTags(required=True), classifier_tags=ClassifierTags())

    def fit(self, rows: Int64, _truth: Int64) -> "_RecordClassifier[L]":
        """Learn from the records."""
        self.learned = self._learn(rows[:, 0])
        return self

    def predict_proba(self, rows: Int64) -> Float64:
        """Return the probabilities of the other classes and of the positive class (rows x 2)."""
        probability = self.learned.probability(rows[:, 0])
        return np.column_stack([1 - probability, probability])
