"""The figures of one test part: scikit-learn's and imbalanced-learn's, arranged for a rare class."""

import math
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Codes, Float64
from rebalance.evaluate.calibration import calibration_slope, expected_calibration_error, predicted_over_observed
from rebalance.evaluate.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Kind:
    """What a figure is called in a table, what it means, which way is better (0: nearest to 1), its least and most."""

    heading: str
    meaning: str
    better: int = 1
    least: float = 0.0
    most: float = 1.0


FIGURES = {
    "pr_auc": Kind("PR-AUC", "area under the precision-recall curve (average precision)"),
    "pr_auc_no_skill": Kind("PR-AUC of no skill", "what guessing at random scores: the class's share", 0),
    "roc_auc": Kind("ROC-AUC", "area under the ROC curve"),
    "brier": Kind("Brier", "mean squared error of the predicted probabilities", -1, most=2.0),
    "brier_skill": Kind("Brier skill", "1 minus Brier over that of the classes' shares", least=-math.inf),
    "log_loss": Kind("log loss", "minus the mean log probability of the true class", -1, most=math.inf),
    "calibration_slope": Kind("slope", "of truth on predicted log odds; below 1: too extreme", 0, -math.inf, math.inf),
    "calibration_error": Kind("ECE", "expected calibration error, 10 bins of equal width", -1),
    "predicted_over_observed": Kind("pred./obs.", "mean predicted probability over the share", 0, most=math.inf),
    "f1": Kind("F1", "harmonic mean of precision and recall"),
    "precision": Kind("prec.", "of the rows predicted so, those that are"),
    "recall": Kind("recall", "of the rows that are so, those predicted"),
    "specificity": Kind("specif.", "of the rows that are not, those predicted not to be"),
    "balanced_accuracy": Kind("bal.acc.", "recall, mean over the classes"),
    "mcc": Kind("MCC", "Matthews' correlation of true and predicted classes", least=-1.0),
    "g_mean": Kind("G-mean", "geometric mean of the classes' recalls"),
    "index_balanced_accuracy": Kind("IBA", "squared G-mean of the class against the rest, weighted by dominance 0.1"),
    "objective": Kind("objective", "what thresholds are tuned for; costs are negative", least=-math.inf),
    "macro_precision": Kind("macro prec.", "precision, mean over the classes"),
    "macro_recall": Kind("macro recall", "recall, mean over the classes"),
    "macro_f1": Kind("macro F1", "F1, mean over the classes"),
    "weighted_precision": Kind("w. prec.", "precision, mean over the rows' classes"),
    "weighted_recall": Kind("w. recall", "recall, mean over the rows' classes: accuracy"),
    "weighted_f1": Kind("w. F1", "F1, mean over the rows' classes"),
}
"""What is reported of a test part. Those of one class are the positive class's; with more than two classes the
areas are means of each class against the rest (unless the user names the positive class), Brier and log loss of all
probabilities."""

CLASS_FIGURES = ("precision", "recall", "specificity", "f1", "support", "roc_auc", "pr_auc")
"""What is reported of each class, against the rest."""

NAMES = {name: kind.heading for name, kind in FIGURES.items()}
RANKABLE = {name: kind.heading for name, kind in FIGURES.items() if kind.better}
"""Figures of which more is better, or less."""


def within_range(estimate: Estimate, name: str) -> tuple[float, float]:
    """Return the ends of an interval, moved to where the figure can be."""
    kind = FIGURES[name]
    return max(estimate.low, kind.least), min(estimate.high, kind.most)


@dataclass(frozen=True, slots=True)
class Scored:
    """The figures of one test part, and those of each class (by code), NaN where not defined."""

    figures: dict[str, float]
    classes: dict[int, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The figures that need only probabilities: the same at any threshold."""

    figures: dict[str, float]
    roc_auc: dict[int, float]
    pr_auc: dict[int, float]


def rank(truth: Codes, scores: Float64, positive: int, *, focused: bool) -> Ranking:
    """Return what the predicted probabilities (rows x classes) are worth; `focused`: areas of the positive class."""
    from sklearn.metrics import brier_score_loss, d2_brier_score, log_loss

    size = scores.shape[1]
    binary = size == 2  # noqa: PLR2004  two classes mirror each other
    present = np.unique(truth).tolist()
    judged = [positive] if focused else present
    areas = {code: _areas(truth == code, scores[:, code]) for code in {*present, *judged}}
    classes = np.arange(size)
    is_positive, chance = truth == positive, scores[:, positive]
    alone = len(present) == 1
    if binary:
        brier = brier_score_loss(is_positive, chance, pos_label=True)
        skill = math.nan if alone else d2_brier_score(is_positive, chance, pos_label=True)
    else:
        brier = brier_score_loss(truth, scores, labels=classes)
        skill = math.nan if alone else d2_brier_score(truth, scores, labels=classes)
    figures = {
        "pr_auc": _mean([areas[code][1] for code in judged]),
        "pr_auc_no_skill": _mean([float((truth == code).mean()) for code in judged]),
        "roc_auc": _mean([areas[code][0] for code in judged]),
        "brier": float(brier),
        "brier_skill": float(skill),
        "log_loss": float(log_loss(truth, scores, labels=classes)),
        "calibration_slope": calibration_slope(is_positive, chance),
        "calibration_error": expected_calibration_error(is_positive, chance),
        "predicted_over_observed": predicted_over_observed(is_positive, chance),
    }
    return Ranking(
        figures, {code: area[0] for code, area in areas.items()}, {code: area[1] for code, area in areas.items()}
    )


def decide(truth: Codes, predicted: Codes, ranking: Ranking, positive: int) -> Scored:
    """Return all figures of a test part, given the predicted classes.

    The positive class's are not defined where it has no row; means over classes are over those that have one.
    """
    from imblearn.metrics import geometric_mean_score, make_index_balanced_accuracy, sensitivity_specificity_support
    from sklearn.metrics import matthews_corrcoef, precision_recall_fscore_support

    present = np.unique(truth)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=present, zero_division=0.0
    )
    specificity = sensitivity_specificity_support(truth, predicted, labels=present, average=None)[1]
    classes = {
        code: {
            "precision": float(precision[at]),
            "recall": float(recall[at]),
            "specificity": float(specificity[at]),
            "f1": float(f1[at]),
            "support": float(support[at]),
            "roc_auc": ranking.roc_auc[code],
            "pr_auc": ranking.pr_auc[code],
        }
        for at, code in enumerate(present.tolist())
    }
    own = classes.get(positive, dict.fromkeys(CLASS_FIGURES, math.nan))
    index_of = make_index_balanced_accuracy(alpha=0.1, squared=True)(geometric_mean_score)
    return Scored(
        {
            **ranking.figures,
            **{name: own[name] for name in ("f1", "precision", "recall", "specificity")},
            "balanced_accuracy": float(recall.mean()),
            "mcc": float(matthews_corrcoef(truth, predicted)),
            "g_mean": float(geometric_mean_score(truth, predicted, labels=present, average="multiclass")),
            "index_balanced_accuracy": (
                float(index_of(truth == positive, predicted == positive, average="binary", pos_label=True))
                if positive in classes
                else math.nan
            ),
            "macro_precision": float(precision.mean()),
            "macro_recall": float(recall.mean()),
            "macro_f1": float(f1.mean()),
            "weighted_precision": float(np.average(precision, weights=support)),
            "weighted_recall": float(np.average(recall, weights=support)),
            "weighted_f1": float(np.average(f1, weights=support)),
        },
        classes,
    )


def _areas(positive: Bool, score: Float64) -> tuple[float, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    if positive.all() or not positive.any():
        return math.nan, math.nan
    return float(roc_auc_score(positive, score)), float(average_precision_score(positive, score))


def _mean(values: list[float]) -> float:
    return float(np.mean(values))
