"""The metrics by which contenders are compared: what each is called, and what it means."""

import math
from dataclasses import dataclass

from rebalance.evaluate.intervals import Estimate

_MIN_WHOLE, _MAX_PLAIN = 100, 100_000
"""Numbers in the target's units are written without decimals from here, and in scientific notation from there."""

_MAX_WITH_DECIMALS = 1000
"""A metric of no unit that exceeds this is written like a number in the target's units."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a test split."""

    display_name: str
    explanation: str

    greater_is_better: bool | None = True
    """None for a metric of which neither more nor less is better."""

    minimum: float = 0.0
    maximum: float = 1.0

    has_target_units: bool = False
    """Whether it is in units of the target, or their squares."""

    @property
    def sign(self) -> int:
        """1 if greater is better, -1 if less is, else 0."""
        return 0 if self.greater_is_better is None else 1 if self.greater_is_better else -1


CLASSIFICATION_METRICS = {
    "pr_auc": Metric("PR-AUC", "area under the precision-recall curve, as average precision"),
    "pr_auc_no_skill": Metric("PR-AUC, no skill", "PR-AUC of a random classifier: the prior of the class", None),
    "roc_auc": Metric("ROC-AUC", "area under the ROC curve"),
    "brier": Metric("Brier", "mean squared error of the predicted probabilities", greater_is_better=False, maximum=2.0),
    "brier_skill": Metric("Brier skill", "1 - Brier / Brier of predicting the class priors", minimum=-math.inf),
    "log_loss": Metric(
        "log loss", "negative mean log probability of the true class", greater_is_better=False, maximum=math.inf
    ),
    "calibration_slope": Metric(
        "calibration slope",
        "slope of a logistic regression of the true class on the predicted log odds; below 1, probabilities are too"
        " extreme",
        None,
        -math.inf,
        math.inf,
    ),
    "expected_calibration_error": Metric(
        "ECE", "expected calibration error, 10 bins of equal width", greater_is_better=False
    ),
    "predicted_over_observed": Metric(
        "predicted/observed", "mean predicted probability over the observed share", None, maximum=math.inf
    ),
    "f1": Metric("F1", "harmonic mean of precision and recall"),
    "precision": Metric("precision", "share of true positives among the rows predicted positive"),
    "recall": Metric("recall", "share of the positive rows that are predicted positive"),
    "specificity": Metric("specificity", "share of the negative rows that are predicted negative"),
    "balanced_accuracy": Metric("balanced acc.", "mean recall of the classes"),
    "mcc": Metric("MCC", "Matthews correlation coefficient", minimum=-1.0),
    "g_mean": Metric("G-mean", "geometric mean of the classes' recalls"),
    "index_balanced_accuracy": Metric(
        "IBA", "index of balanced accuracy: squared G-mean weighted by dominance with alpha 0.1"
    ),
    "tuning_score": Metric(
        "tuning score", "the score that thresholds are tuned for; costs are negative", minimum=-math.inf
    ),
    "macro_precision": Metric("macro precision", "mean precision of the classes"),
    "macro_recall": Metric("macro recall", "mean recall of the classes"),
    "macro_f1": Metric("macro F1", "mean F1 of the classes"),
    "weighted_precision": Metric("weighted precision", "mean precision of the classes, weighted by their rows"),
    "weighted_recall": Metric("weighted recall", "mean recall of the classes, weighted by their rows: accuracy"),
    "weighted_f1": Metric("weighted F1", "mean F1 of the classes, weighted by their rows"),
}
"""Metrics of a single class are those of the positive class. With more than two classes, areas under curves are means
of each class against the rest (unless the user names the positive class), and Brier score and log loss are of all
probabilities."""


def _error(display_name: str, explanation: str) -> Metric:
    return Metric(display_name, explanation, greater_is_better=False, maximum=math.inf, has_target_units=True)


def _bias(display_name: str, explanation: str) -> Metric:
    return Metric(display_name, explanation, None, -math.inf, math.inf, has_target_units=True)


REGRESSION_METRICS = {
    "sera": _error("SERA", "squared error-relevance area: squared errors weighted by the relevance of the true value"),
    "rmse": _error("RMSE", "root mean squared error"),
    "mae": _error("MAE", "mean absolute error"),
    "median_ae": _error("median AE", "median absolute error"),
    "r2": Metric("R2", "coefficient of determination", minimum=-math.inf),
    "rare_rmse": _error("rare RMSE", "RMSE of the rows with a rare true value"),
    "rare_mae": _error("rare MAE", "MAE of the rows with a rare true value"),
    "rare_bias": _bias("rare bias", "mean of predicted minus true value, of the rows with a rare true value"),
    "common_rmse": _error("common RMSE", "RMSE of the rows with a common true value"),
    "weighted_r2": Metric("weighted R2", "R2 with rows weighted by the relevance of the true value", minimum=-math.inf),
    "bias": _bias("bias", "mean of predicted minus true value"),
}

CLASS_METRICS = ("precision", "recall", "specificity", "f1", "support", "roc_auc", "pr_auc")
"""Metrics of each class against the rest; support is its number of rows."""

RANGE_METRICS = ("rmse", "mae", "bias", "support")
"""Metrics of the rows whose true value lies in a range; support is their number."""

METRICS = {**CLASSIFICATION_METRICS, **REGRESSION_METRICS}
METRIC_NAMES = {name: metric.display_name for name, metric in METRICS.items()}
RANKABLE_METRICS = {name: metric.display_name for name, metric in METRICS.items() if metric.sign}
"""Metrics of which more, or less, is better."""


def clip_interval(estimate: Estimate, name: str) -> tuple[float, float]:
    """Return the ends of an interval, moved to where the metric can be."""
    metric = METRICS[name]
    return max(estimate.low, metric.minimum), min(estimate.high, metric.maximum)


def format_rough(value: float, name: str) -> str:
    """Return the value of a metric with two digits."""
    if _has_decimals(value, name):
        return f"{value:.2f}"
    return _format_scaled(value, f"{value:.2g}", "")


def format_value(value: float, name: str, *, signed: bool = False) -> str:
    """Return the value of a metric with three decimals, or with three digits if it is in the target's units."""
    sign = "+" if signed else ""
    if _has_decimals(value, name):
        return f"{value:{sign}.3f}"
    return _format_scaled(value, f"{value:{sign}.3g}", sign)


def _has_decimals(value: float, name: str) -> bool:
    return not METRICS[name].has_target_units and abs(value) < _MAX_WITH_DECIMALS


def _format_scaled(value: float, digits: str, sign: str) -> str:
    if _MIN_WHOLE <= abs(value) < _MAX_PLAIN:
        return f"{value:{sign},.0f}"
    mantissa, e, exponent = digits.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else mantissa
