"""Choosing the probability above which the positive class is predicted, on inner folds of a training part."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError, UsageError
from rebalance.evaluate.folds import Fold

Score = Callable[[Bool, Bool], float]
Counts = Callable[[Any, Any, Any, Any], Any]
"""A score of how many positives were found, others taken for positive, positives missed, and rows in all."""


@dataclass(frozen=True)
class Objective:
    """What a threshold is tuned for: a score of true and predicted positives, higher is better.

    `figure`: the figure of `metrics.FIGURES` that it is; `of_counts` for one that is none of the others.
    """

    name: str
    figure: str
    score: Score
    of_counts: Counts | None = None

    def value(self, truth: Bool, predicted: Bool) -> float | None:
        """Return what is reported of a test part, None for an objective that is one of the figures."""
        return None if self.of_counts is None else _counted(self.of_counts, truth, predicted)


class Learned(Protocol):
    """What has learned from records."""

    def chance(self, rows: Int64) -> Float64:
        """Return, for each of the records, the probability that it is positive."""


L = TypeVar("L", bound=Learned)


def parse_objective(text: str) -> Objective:
    """Read `--optimise`. Raises UsageError for what is no objective."""
    from imblearn.metrics import geometric_mean_score
    from sklearn.metrics import balanced_accuracy_score, f1_score, matthews_corrcoef

    simple: dict[str, tuple[str, Score]] = {
        "f1": ("f1", partial(f1_score, zero_division=0.0)),
        "balanced-accuracy": ("balanced_accuracy", balanced_accuracy_score),
        "mcc": ("mcc", matthews_corrcoef),
        "g-mean": ("g_mean", geometric_mean_score),
    }
    if text in simple:
        return Objective(text, *simple[text])
    if found := re.fullmatch(r"recall@precision=([0-9.]+)", text):
        least = _number(text, found[1])
        if 0 < least <= 1:
            return _of_counts(text, partial(_recall_at, least), partial(_recall_or_shortfall, least))
    if found := re.fullmatch(r"cost=([0-9.]+):([0-9.]+)", text):
        false_positive, false_negative = _number(text, found[1]), _number(text, found[2])
        if false_positive + false_negative > 0:
            return _of_counts(text, partial(_minus_cost, false_positive, false_negative))
    raise UsageError(
        f"--optimise {text}: nothing to tune a threshold for",
        f"one of {', '.join(simple)}, recall@precision=0.9, cost=1:20 (a false positive to a false negative)",
    )


def _number(text: str, digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        raise UsageError(f"--optimise {text}: {digits} is not a number", "for example cost=1:20") from None


def _of_counts(name: str, of_counts: Counts, searched_by: Counts | None = None) -> Objective:
    return Objective(name, "objective", partial(_counted, searched_by or of_counts), of_counts)


def _counted(of_counts: Counts, truth: Bool, predicted: Bool) -> float:
    hits, false, missed = (truth & predicted).sum(), (predicted & ~truth).sum(), (truth & ~predicted).sum()
    return float(of_counts(hits, false, missed, len(truth)))


def _recall_at(least: float, hits: Any, false: Any, missed: Any, _rows: Any) -> Any:
    """Return the recall where precision is at least `least`, elsewhere 0."""
    precision = hits / np.maximum(hits + false, 1)
    return np.where(precision >= least, hits / np.maximum(hits + missed, 1), 0.0)


def _recall_or_shortfall(least: float, hits: Any, false: Any, missed: Any, rows: Any) -> Any:
    """Return the same, but what the precision lacks, negative, instead of 0: a search must know where to go."""
    precision = hits / np.maximum(hits + false, 1)
    return np.where(precision >= least, _recall_at(least, hits, false, missed, rows), precision - least)


def _minus_cost(false_positive: float, false_negative: float, _hits: Any, false: Any, missed: Any, rows: Any) -> Any:
    return -(false_positive * false + false_negative * missed) / rows


def tuned_threshold(
    learn: Callable[[Int64], L], positive: Bool, rows: Int64, folds: list[Fold], objective: Objective
) -> tuple[float, L]:
    """Return the threshold that scikit-learn's TunedThresholdClassifierCV finds, and what `learn` makes of all `rows`.

    `learn` is given record numbers; `positive`: for each record of the table, whether it is. Raises DataError where
    there is no threshold to find.
    """
    from sklearn.metrics import make_scorer
    from sklearn.model_selection import TunedThresholdClassifierCV

    truth = positive[rows]
    parts = [(np.searchsorted(rows, fold.train), np.searchsorted(rows, fold.test)) for fold in folds]
    parts = [part for part in parts if all(truth[side].any() and not truth[side].all() for side in part)]
    if not parts:
        raise DataError("no inner fold trains and tests on rows of both sides", "a larger training part")
    scorer = make_scorer(lambda truth, predicted: objective.score(truth == 1, predicted == 1))
    search: Any = TunedThresholdClassifierCV(_ByRecord(learn), scoring=scorer, cv=parts)
    try:
        search.fit(rows[:, None], truth.astype(np.int64))
    except ValueError as error:
        if "constant predictions" not in str(error):
            raise
        raise DataError("the model predicts one probability for all rows", "another --model") from error
    return float(search.best_threshold_), search.estimator_.learned


class _ByRecord(Generic[L]):
    """A classifier, as scikit-learn knows them, whose only feature is the number of a record."""

    learned: L

    def __init__(self, learn: Callable[[Int64], L]) -> None:
        self._learn = learn
        self.classes_ = np.array([0, 1])

    def __sklearn_clone__(self) -> "_ByRecord[L]":
        return _ByRecord(self._learn)

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, Tags, TargetTags

        return Tags("classifier", TargetTags(required=True), classifier_tags=ClassifierTags())

    def fit(self, rows: Int64, _truth: Int64) -> "_ByRecord[L]":
        """Learn from the records."""
        self.learned = self._learn(rows[:, 0])
        return self

    def predict_proba(self, rows: Int64) -> Float64:
        """Return rows x 2: the chance of being other than positive, and of being it."""
        chance = self.learned.chance(rows[:, 0])
        return np.column_stack([1 - chance, chance])
