"""How often the 95 % intervals of `train-eval` cover the truth, where the truth is known.

Tables are drawn from two normal distributions. The truth is the mean metric, on a very large table, of models trained
on as many rows as a fold has. `python benchmarks/coverage.py [--tables N]` prints, for folds and for a holdout, the
share of tables whose interval covers the truth, and how often two equally good contenders are found to differ
significantly.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from rebalance.evaluate.classification import Classification
from rebalance.evaluate.intervals import SIGNIFICANCE, BootstrapIntervals, Estimate, FoldIntervals
from rebalance.evaluate.results import Predictions
from rebalance.evaluate.task import bootstrap_weights
from rebalance.evaluate.threshold import metric_objective

ROWS, SHARE, FOLDS = 800, 0.1, 5
"""The rows of a table, the share of positive ones, and the folds."""

LARGE, MODELS_FOR_TRUTH = 100_000, 50
"""The rows of the table that the truth is computed on, and the models whose mean metric is the truth."""

TRAINING_SHARE = 0.9
"""Each of two equally good contenders is trained on this share of a fold's training rows, drawn at random."""

METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "ROC-AUC": roc_auc_score,
    "PR-AUC": average_precision_score,
    "Brier": brier_score_loss,
}
KEYS = {"ROC-AUC": "roc_auc", "PR-AUC": "pr_auc", "Brier": "brier"}
TASK = Classification(
    ("0", "1"), np.empty(0, np.int32), positive=1, positive_only=True, objective=metric_objective("f1")
)


@dataclass
class Tally:
    """How many tables of a simulation had each outcome, by metric."""

    covered_by_folds: dict[str, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))
    """The interval over folds covers the truth."""

    covered_by_holdout: dict[str, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))
    """The bootstrap interval of a holdout covers the truth."""

    false_alarms: dict[str, int] = field(default_factory=lambda: dict.fromkeys(METRICS, 0))
    """Two equally good contenders differ significantly."""


def draw_table(random: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features (rows x 4) and classes."""
    labels = (random.random(rows) < SHARE).astype(int)
    features = random.normal(size=(rows, 4))
    features[:, 0] += 1.2 * labels
    return features, labels


def main() -> None:
    """Simulate, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=500)
    tables = parser.parse_args().tables
    random = np.random.default_rng(0)
    large = draw_table(random, LARGE)
    truth = {
        name: float(np.mean([_large_table_metric(random, large, metric) for _ in range(MODELS_FOR_TRUTH)]))
        for name, metric in METRICS.items()
    }
    tally = Tally()
    for number in range(tables):
        features, labels = draw_table(random, ROWS)
        _evaluate_folds(random, features, labels, number, truth, tally)
        _evaluate_holdout(features, labels, number, truth, tally)
        if sys.stderr.isatty():
            print(f"{number + 1} of {tables}", end="\r", file=sys.stderr)
    print(f"{tables} tables of {ROWS} rows, {SHARE:.0%} positive; {FOLDS} folds, or a fifth held out\n")
    print("| metric | truth | folds cover it | holdout covers it | equal contenders differ significantly |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in METRICS:
        counts = (tally.covered_by_folds[name], tally.covered_by_holdout[name], tally.false_alarms[name])
        print(f"| {name} | {truth[name]:.4f} | " + " | ".join(f"{count / tables:.1%}" for count in counts) + " |")


def _evaluate_folds(
    random: np.random.Generator,
    features: np.ndarray,
    labels: np.ndarray,
    number: int,
    truth: dict[str, float],
    tally: Tally,
) -> None:
    """Count whether the intervals over folds cover the truth, and whether equally good contenders differ."""
    values: dict[str, list[float]] = {name: [] for name in METRICS}
    differences: dict[str, list[float]] = {name: [] for name in METRICS}
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=number).split(features, labels):
        probability = _probability(features[train], labels[train], features[test])
        parts = [train[random.permutation(len(train))[: int(TRAINING_SHARE * len(train))]] for _ in range(2)]
        pair = [_probability(features[part], labels[part], features[test]) for part in parts]
        for name, metric in METRICS.items():
            values[name].append(metric(labels[test], probability))
            differences[name].append(metric(labels[test], pair[0]) - metric(labels[test], pair[1]))
    intervals = FoldIntervals(1 / (FOLDS - 1))
    for name in METRICS:
        tally.covered_by_folds[name] += _covers(intervals.estimate(0, values[name]), truth[name])
        tally.false_alarms[name] += intervals.difference((0, 0), differences[name], [0] * FOLDS).p < SIGNIFICANCE


def _evaluate_holdout(
    features: np.ndarray, labels: np.ndarray, number: int, truth: dict[str, float], tally: Tally
) -> None:
    """Count whether the bootstrap intervals of the last fifth of the rows cover the truth."""
    start = ROWS * 4 // 5
    test, probability = labels[start:], _probability(features[:start], labels[:start], features[start:])
    predictions = Predictions(test, np.column_stack([1 - probability, probability]))
    bootstrap = TASK.bootstrap(test, predictions, bootstrap_weights(np.arange(len(test)), number))
    for name, metric in METRICS.items():
        estimate = BootstrapIntervals().estimate(metric(test, probability), bootstrap.metrics[KEYS[name]])
        tally.covered_by_holdout[name] += _covers(estimate, truth[name])


def _covers(estimate: Estimate, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high


def _probability(features: np.ndarray, labels: np.ndarray, test_features: np.ndarray) -> np.ndarray:
    """Return the probability of the positive class that a logistic regression predicts for the test rows."""
    return LogisticRegression().fit(features, labels).predict_proba(test_features)[:, 1]


def _large_table_metric(
    random: np.random.Generator,
    large: tuple[np.ndarray, np.ndarray],
    metric: Callable[[np.ndarray, np.ndarray], float],
) -> float:
    """Return the metric on the large table of a model trained on a new table with as many rows as a fold trains on."""
    features, labels = draw_table(random, ROWS * (FOLDS - 1) // FOLDS)
    return float(metric(large[1], _probability(features, labels, large[0])))


if __name__ == "__main__":
    main()
