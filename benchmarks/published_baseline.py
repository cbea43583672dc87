"""The SVR baseline of Avelino, Cavalcanti and Cruz 2024 (doi 10.1007/s10462-024-10724-3), by rebalance's metrics.

`python benchmarks/published_baseline.py FOLDER` reads forestFires.csv, abalone.csv and concreteStrength.csv from it,
each with the target as its first column. Prints the means and standard deviations of 20 folds, and the published ones.
"""

import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.model_selection import RepeatedKFold
from sklearn.svm import SVR

from rebalance.csvio.records import open_csv
from rebalance.csvio.source import open_source
from rebalance.evaluate.features import Features
from rebalance.evaluate.regression import Regression
from rebalance.evaluate.results import Predictions
from rebalance.table.numeric_target import NumericTarget, with_numeric_target
from rebalance.table.table import ColumnOptions, read_table

PUBLISHED = {
    "forestFires": "RMSE 47.506 (45.525)  MAE 12.869 (8.497)  SERA 2.16e5 (3.82e5)",
    "abalone": "RMSE 2.758 (0.201)  MAE 1.870 (0.118)  SERA 2.59e3 (469)",
    "concreteStrength": "RMSE 14.377 (1.083)  MAE 11.525 (0.797)  SERA 9.27e3 (3.45e3)",
}


def main() -> None:
    """Print the published and the computed metrics of each table."""
    folder = Path(sys.argv[1])
    print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}")
    for name, published in PUBLISHED.items():
        with open_source(str(folder / f"{name}.csv")) as source:
            table = with_numeric_target(read_table(open_csv(source, None, "utf-8", header=True), 0, ColumnOptions()))
            target = NumericTarget.of(table)
            frame = Features(table).frame(table.read_typed(np.arange(len(table)))).to_numpy()
        metrics = score_folds(frame, target.floats, Regression(target))
        computed = "  ".join(
            f"{metric} {np.mean(values):.6g} ({np.std(values, ddof=1):.4g})" for metric, values in metrics.items()
        )
        print(f"{name}\n  published  {published}\n  rebalance  {computed}")


def score_folds(frame: np.ndarray, truth: np.ndarray, task: Regression) -> dict[str, list[float]]:
    """Return the metrics of an SVR without scaling, one value for each of 20 folds."""
    metrics: dict[str, list[float]] = {"RMSE": [], "MAE": [], "SERA": []}
    for train, test in RepeatedKFold(n_splits=10, n_repeats=2, random_state=42).split(frame):
        predicted = SVR().fit(frame[train], truth[train]).predict(frame[test])
        scores = task.score(truth[test], Predictions(predicted))
        for metric, values in metrics.items():
            values.append(scores.metrics[metric.lower()])
    return metrics


if __name__ == "__main__":
    main()
