"""The figures of one fold: scikit-learn's, arranged for a rare class."""

import math

import numpy as np

from rebalance.arrays import Bool, Codes, Float64

FIGURES = {
    "precision": "precision of the minority class",
    "recall": "recall of the minority class",
    "f1": "F1 of the minority class",
    "macro_f1": "F1, mean over the classes",
    "balanced_accuracy": "recall, mean over the classes",
    "roc_auc": "area under the ROC curve",
    "pr_auc": "area under the precision-recall curve (average precision)",
}
"""What is reported of a fold, in this order. The areas are the minority class's for two classes, for more the
mean of each class against the rest."""


def fold_figures(truth: Codes, predicted: Codes, scores: Float64, minority: int) -> dict[str, float]:
    """Return the figures of one test part; NaN for one that is not defined there.

    `scores`: rows x classes, the predicted probabilities. The minority's precision, recall and F1 are not
    defined where it has no test row; means over classes are over those that have one.
    """
    from sklearn.metrics import precision_recall_fscore_support

    present = np.unique(truth)
    precision, recall, f1, _ = precision_recall_fscore_support(truth, predicted, labels=present, zero_division=0.0)
    at = int(np.flatnonzero(present == minority)[0]) if minority in present else None
    judged = [minority] if scores.shape[1] == 2 else present.tolist()  # noqa: PLR2004  two classes mirror each other
    areas = [_areas(truth == code, scores[:, code]) for code in judged]
    return {
        "precision": math.nan if at is None else float(precision[at]),
        "recall": math.nan if at is None else float(recall[at]),
        "f1": math.nan if at is None else float(f1[at]),
        "macro_f1": float(np.mean(f1)),
        "balanced_accuracy": float(np.mean(recall)),
        "roc_auc": float(np.mean([area[0] for area in areas])),
        "pr_auc": float(np.mean([area[1] for area in areas])),
    }


def _areas(positive: Bool, score: Float64) -> tuple[float, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    if positive.all() or not positive.any():
        return math.nan, math.nan
    return float(roc_auc_score(positive, score)), float(average_precision_score(positive, score))
