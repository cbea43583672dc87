"""How often the 95 % intervals of `train-eval` hold the truth, where the truth is known.

Tables are drawn from two normal clouds; the truth is the mean figure, on a very large table, of models trained on as
many rows as a fold has. `python benchmarks/coverage.py [--tables N]` prints, for folds and for a holdout, the share of
tables whose interval holds it, and how often two contenders that are truly alike are called different.
"""

import argparse
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold

from rebalance.evaluate.bootstrap import draws, samples
from rebalance.evaluate.fit import FitContext
from rebalance.evaluate.intervals import BootstrapIntervals, FoldIntervals
from rebalance.evaluate.threshold import parse_objective
from rebalance.resample.planner import ResampleRequest

ROWS, SHARE, FOLDS, LARGE = 800, 0.1, 5, 100_000
SIGNIFICANT = 0.05
KEYS = {"ROC-AUC": "roc_auc", "PR-AUC": "pr_auc", "Brier": "brier"}
SETTING = FitContext(None, None, ResampleRequest(), classes=2, positive=1, positive_only=True, seed=0)  # type: ignore[arg-type]
OBJECTIVE = parse_objective("f1")
METRICS = {"ROC-AUC": roc_auc_score, "PR-AUC": average_precision_score, "Brier": brier_score_loss}


def draw(random: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features (rows x 4) and classes."""
    labels = (random.random(rows) < SHARE).astype(int)
    features = random.normal(size=(rows, 4))
    features[:, 0] += 1.2 * labels
    return features, labels


def main() -> None:
    """Simulate, and print a Markdown table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tables", type=int, default=500)
    tables = options.parse_args().tables
    random = np.random.default_rng(0)
    large = draw(random, LARGE)
    hits = {name: {"folds": 0, "holdout": 0} for name in METRICS}
    alarms = dict.fromkeys(METRICS, 0)
    truth = {name: np.mean([_score(random, large, metric) for _ in range(50)]) for name, metric in METRICS.items()}
    for number in range(tables):
        features, labels = draw(random, ROWS)
        values: dict[str, list[float]] = {name: [] for name in METRICS}
        others: dict[str, list[float]] = {name: [] for name in METRICS}
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=number).split(features, labels):
            probability = LogisticRegression().fit(features[train], labels[train]).predict_proba(features[test])[:, 1]
            again = train[random.permutation(len(train))[: int(0.9 * len(train))]]
            other = train[random.permutation(len(train))[: int(0.9 * len(train))]]
            pair = [
                LogisticRegression().fit(features[at], labels[at]).predict_proba(features[test])[:, 1]
                for at in (again, other)
            ]
            for name, metric in METRICS.items():
                values[name].append(metric(labels[test], probability))
                others[name].append(metric(labels[test], pair[0]) - metric(labels[test], pair[1]))
        model = LogisticRegression().fit(features[: ROWS * 4 // 5], labels[: ROWS * 4 // 5])
        test, held = labels[ROWS * 4 // 5 :], model.predict_proba(features[ROWS * 4 // 5 :])[:, 1]
        scores = np.column_stack([1 - held, held])
        sampled = samples(test, scores, test, SETTING, OBJECTIVE, draws(np.arange(len(test)), number))
        for name, metric in METRICS.items():
            found = FoldIntervals(1 / (FOLDS - 1)).estimate(0, values[name])
            hits[name]["folds"] += found.low <= truth[name] <= found.high
            alarms[name] += FoldIntervals(1 / (FOLDS - 1)).difference((0, 0), others[name], [0] * FOLDS).p < SIGNIFICANT
            found = BootstrapIntervals().estimate(metric(test, held), sampled.metrics[KEYS[name]])
            hits[name]["holdout"] += found.low <= truth[name] <= found.high
        if sys.stderr.isatty():
            print(f"{number + 1} of {tables}", end="\r", file=sys.stderr)
    print(f"{tables} tables of {ROWS} rows, {SHARE:.0%} positive; {FOLDS} folds, or a fifth held out\n")
    print("| figure | truth | folds hold it | holdout holds it | alike called different |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in METRICS:
        folds, holdout = (hits[name][way] / tables for way in ("folds", "holdout"))
        print(f"| {name} | {truth[name]:.4f} | {folds:.1%} | {holdout:.1%} | {alarms[name] / tables:.1%} |")


def _score(random: np.random.Generator, large: tuple[np.ndarray, np.ndarray], metric: object) -> float:
    """Return the figure on the large table of a model trained on a fold's rows of a new one."""
    features, labels = draw(random, ROWS * (FOLDS - 1) // FOLDS)
    probability = LogisticRegression().fit(features, labels).predict_proba(large[0])[:, 1]
    return float(metric(large[1], probability))  # type: ignore[operator]


if __name__ == "__main__":
    main()
