"""The figures of one test part of classes: scikit-learn's and imbalanced-learn's, arranged for a rare class."""

import math
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Codes, Float64
from rebalance.evaluate.calibration import calibration_slope, expected_calibration_error, predicted_over_observed
from rebalance.evaluate.kinds import OF_EACH_CLASS
from rebalance.evaluate.scoring import Scored


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
    own = classes.get(positive, dict.fromkeys(OF_EACH_CLASS, math.nan))
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
