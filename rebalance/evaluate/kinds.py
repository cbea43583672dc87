"""The figures that contenders are told apart by: what each is called, and what it means."""

import math
from dataclasses import dataclass

from rebalance.evaluate.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Kind:
    """What a figure is called in a table, what it means, which way is better (0: neither), its least and most.

    `scaled`: it is in units of the target, or their squares.
    """

    heading: str
    meaning: str
    better: int = 1
    least: float = 0.0
    most: float = 1.0
    scaled: bool = False


CLASSES = {
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


def _error(heading: str, meaning: str) -> Kind:
    return Kind(heading, meaning, -1, most=math.inf, scaled=True)


QUANTITY = {
    "sera": _error("SERA", "squared errors times the relevance of the true value, summed"),
    "rmse": _error("RMSE", "root of the mean squared error"),
    "mae": _error("MAE", "mean absolute error"),
    "median_ae": _error("med. AE", "median absolute error"),
    "r2": Kind("R2", "1 minus the squared error over that of the mean", least=-math.inf),
    "rare_rmse": _error("rare RMSE", "RMSE of the rows whose true value is rare"),
    "rare_mae": _error("rare MAE", "MAE of the rows whose true value is rare"),
    "rare_bias": Kind("rare bias", "mean of predicted minus true rare values", 0, -math.inf, math.inf, scaled=True),
    "common_rmse": _error("common RMSE", "RMSE of the other rows"),
    "weighted_r2": Kind("phi-R2", "R2 with rows weighted by the relevance of the true value", least=-math.inf),
    "bias": Kind("bias", "mean of predicted minus true values", 0, -math.inf, math.inf, scaled=True),
}
"""What is reported of a test part whose target is a quantity."""

OF_EACH_CLASS = ("precision", "recall", "specificity", "f1", "support", "roc_auc", "pr_auc")
"""What is reported of each class, against the rest."""

OF_EACH_RANGE = ("rmse", "mae", "bias", "support")
"""What is reported of the rows whose true value is in a range."""

FIGURES = {**CLASSES, **QUANTITY}
NAMES = {name: kind.heading for name, kind in FIGURES.items()}
RANKABLE = {name: kind.heading for name, kind in FIGURES.items() if kind.better}
"""Figures of which more is better, or less."""


def within_range(estimate: Estimate, name: str) -> tuple[float, float]:
    """Return the ends of an interval, moved to where the figure can be."""
    kind = FIGURES[name]
    return max(estimate.low, kind.least), min(estimate.high, kind.most)


def roughly(value: float, name: str) -> str:
    """Return a figure's value in as little room as it takes to know its size."""
    size = abs(value)
    if not FIGURES[name].scaled and size < 1000:  # noqa: PLR2004  as below
        return f"{value:.2f}"
    mantissa, e, exponent = f"{value:.2g}".partition("e")
    if 100 <= size < 100_000:  # noqa: PLR2004  as below
        return f"{value:,.0f}"
    return f"{mantissa}e{int(exponent)}" if e else mantissa


def written(value: float, name: str, *, signed: bool = False) -> str:
    """Return a figure's value for people: three decimals, or three digits where it is in units of the target."""
    sign, size = "+" if signed else "", abs(value)
    if not FIGURES[name].scaled and size < 1000:  # noqa: PLR2004  else there is no sense in decimals
        return f"{value:{sign}.3f}"
    if 100 <= size < 100_000:  # noqa: PLR2004  three digits and more before the point, and a number to be read
        return f"{value:{sign},.0f}"
    mantissa, e, exponent = f"{value:{sign}.3g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa
