"""The metrics of one test split of classes, and of its bootstrap samples.

Those of the test split are scikit-learn's and imbalanced-learn's, arranged for a rare class. Those of the samples are
computed from weights, for all samples at once: a sample is a weight for each row, how often the row was drawn. With
weights of 1 both are equal, as a test holds.
"""

import math
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Codes, Float64
from rebalance.evaluate.calibration import (
    BINS,
    calibration_slope,
    expected_calibration_error,
    predicted_over_observed,
)
from rebalance.evaluate.metrics import CLASS_METRICS
from rebalance.evaluate.results import BootstrapScores, Scores
from rebalance.evaluate.threshold import CountScore, Objective

_MIN_PROBABILITY = np.finfo(np.float64).eps
"""scikit-learn's log_loss clips probabilities to this."""

_DOMINANCE_WEIGHT = 0.1
"""Alpha of the index of balanced accuracy: imbalanced-learn's default."""


@dataclass(frozen=True, slots=True)
class ProbabilityScores:
    """The metrics that need only probabilities: the same at any threshold."""

    metrics: dict[str, float]

    roc_auc: dict[int, float]
    pr_auc: dict[int, float]
    """By class code, each class against the rest."""


def probability_metrics(
    truth: Codes, probabilities: Float64, positive: int, *, positive_only: bool
) -> ProbabilityScores:
    """Return the metrics of predicted probabilities (rows x classes).

    `positive_only`: areas under curves are those of the positive class, not means over the classes.
    """
    from sklearn.metrics import log_loss

    present = np.unique(truth).tolist()
    averaged = [positive] if positive_only else present
    areas = {code: _areas(truth == code, probabilities[:, code]) for code in {*present, *averaged}}
    is_positive, probability = truth == positive, probabilities[:, positive]
    brier, skill = _brier(truth, probabilities, positive)
    metrics = {
        "pr_auc": _mean([areas[code][1] for code in averaged]),
        "pr_auc_no_skill": _mean([float((truth == code).mean()) for code in averaged]),
        "roc_auc": _mean([areas[code][0] for code in averaged]),
        "brier": brier,
        "brier_skill": skill,
        "log_loss": float(log_loss(truth, probabilities, labels=np.arange(probabilities.shape[1]))),
        "calibration_slope": calibration_slope(is_positive, probability),
        "expected_calibration_error": expected_calibration_error(is_positive, probability),
        "predicted_over_observed": predicted_over_observed(is_positive, probability),
    }
    return ProbabilityScores(
        metrics,
        {code: area[0] for code, area in areas.items()},
        {code: area[1] for code, area in areas.items()},
    )


def _brier(truth: Codes, probabilities: Float64, positive: int) -> tuple[float, float]:
    """Return the Brier score and its skill against predicting the class priors."""
    from sklearn.metrics import brier_score_loss, d2_brier_score

    has_one_class = len(np.unique(truth)) == 1
    if probabilities.shape[1] == 2:  # noqa: PLR2004  two classes
        is_positive, probability = truth == positive, probabilities[:, positive]
        brier = brier_score_loss(is_positive, probability, pos_label=True)
        skill = math.nan if has_one_class else d2_brier_score(is_positive, probability, pos_label=True)
    else:
        classes = np.arange(probabilities.shape[1])
        brier = brier_score_loss(truth, probabilities, labels=classes)
        skill = math.nan if has_one_class else d2_brier_score(truth, probabilities, labels=classes)
    return float(brier), float(skill)


def label_metrics(truth: Codes, predicted: Codes, by_probability: ProbabilityScores, positive: int) -> Scores:
    """Return all metrics of a test split, given the predicted classes.

    The positive class's are not defined if it has no row; means over classes are over those that have rows.
    """
    from imblearn.metrics import geometric_mean_score, make_index_balanced_accuracy, sensitivity_specificity_support
    from sklearn.metrics import matthews_corrcoef, precision_recall_fscore_support

    present = np.unique(truth)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, predicted, labels=present, zero_division=0.0
    )
    specificity = sensitivity_specificity_support(truth, predicted, labels=present, average=None)[1]
    by_label = {
        code: {
            "precision": float(precision[index]),
            "recall": float(recall[index]),
            "specificity": float(specificity[index]),
            "f1": float(f1[index]),
            "support": float(support[index]),
            "roc_auc": by_probability.roc_auc[code],
            "pr_auc": by_probability.pr_auc[code],
        }
        for index, code in enumerate(present.tolist())
    }
    of_positive = by_label.get(positive, dict.fromkeys(CLASS_METRICS, math.nan))
    iba_of = make_index_balanced_accuracy(alpha=_DOMINANCE_WEIGHT, squared=True)(geometric_mean_score)
    iba = math.nan
    if positive in by_label:
        iba = float(iba_of(truth == positive, predicted == positive, average="binary", pos_label=True))
    metrics = {
        **by_probability.metrics,
        **{name: of_positive[name] for name in ("f1", "precision", "recall", "specificity")},
        "balanced_accuracy": float(recall.mean()),
        "mcc": float(matthews_corrcoef(truth, predicted)),
        "g_mean": float(geometric_mean_score(truth, predicted, labels=present, average="multiclass")),
        "index_balanced_accuracy": iba,
        "macro_precision": float(precision.mean()),
        "macro_recall": float(recall.mean()),
        "macro_f1": float(f1.mean()),
        "weighted_precision": float(np.average(precision, weights=support)),
        "weighted_recall": float(np.average(recall, weights=support)),
        "weighted_f1": float(np.average(f1, weights=support)),
    }
    return Scores(metrics, by_label)


def _areas(is_positive: Bool, probability: Float64) -> tuple[float, float]:
    """Return ROC-AUC and PR-AUC."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    if is_positive.all() or not is_positive.any():
        return math.nan, math.nan
    return float(roc_auc_score(is_positive, probability)), float(average_precision_score(is_positive, probability))


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def bootstrap_metrics(
    truth: Codes,
    probabilities: Float64,
    predicted: Codes,
    weights: Float64,
    positive: int,
    objective: Objective,
    *,
    positive_only: bool,
) -> BootstrapScores:
    """Return the metrics of bootstrap samples, given how often each row is drawn (`weights`: samples x rows).

    The calibration slope is left undefined: it would take a fit for each sample.
    """
    present = np.unique(truth).tolist()
    areas = {code: _sample_areas(truth == code, probabilities[:, code], weights) for code in present}
    averaged = [positive] if positive_only else present
    confusions = _sample_confusions(truth, predicted, probabilities.shape[1], weights)
    of_labels, by_label = _sample_label_metrics(confusions, positive, present)
    for code in present:
        by_label[code]["roc_auc"], by_label[code]["pr_auc"] = areas[code]
    undefined = np.full(len(weights), np.nan)
    no_skill = [weights @ (truth == code) / weights.sum(axis=1) for code in averaged]
    metrics = {
        "pr_auc": np.mean([areas[code][1] if code in areas else undefined for code in averaged], axis=0),
        "roc_auc": np.mean([areas[code][0] if code in areas else undefined for code in averaged], axis=0),
        "pr_auc_no_skill": np.mean(no_skill, axis=0),
        **_sample_probability_metrics(truth, probabilities, positive, weights),
        "calibration_slope": undefined,
        **of_labels,
    }
    metrics["tuning_score"] = (
        _sample_counts(objective.count_score, confusions, positive)
        if objective.count_score
        else metrics[objective.metric]
    )
    return BootstrapScores(metrics, {code: {name: by_label[code][name] for name in CLASS_METRICS} for code in present})


def _sample_areas(is_positive: Bool, probability: Float64, weights: Float64) -> tuple[Float64, Float64]:
    """Return ROC-AUC and PR-AUC of each sample."""
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.diff(probability[order], append=np.inf))  # rows of equal probability count together
    ordered = weights[:, order]
    true_positives = np.cumsum(ordered * is_positive[order], axis=1)[:, ends]
    false_positives = np.cumsum(ordered * ~is_positive[order], axis=1)[:, ends]
    positives, negatives = true_positives[:, -1:], false_positives[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = true_positives / positives
        gained = np.diff(recall, axis=1, prepend=0)
        taken = true_positives + false_positives
        precision = np.where(taken > 0, true_positives / np.maximum(taken, 1), 0)
        average_precision = (gained * precision).sum(axis=1)
        before = np.concatenate([np.zeros((len(ordered), 1)), true_positives[:, :-1]], axis=1)
        steps = np.diff(false_positives, axis=1, prepend=0)
        roc_auc = (steps * (true_positives + before) / 2).sum(axis=1) / (positives * negatives)[:, 0]
    return roc_auc, np.where(negatives[:, 0] > 0, average_precision, np.nan)


def _sample_probability_metrics(
    truth: Codes, probabilities: Float64, positive: int, weights: Float64
) -> dict[str, Float64]:
    """Return the metrics that are means over rows."""
    rows, classes = np.arange(len(truth)), probabilities.shape[1]
    scale = 2 if classes == 2 else 1  # noqa: PLR2004  scikit-learn's scale for two classes
    one_hot = np.zeros_like(probabilities)
    one_hot[rows, truth] = 1
    errors = ((probabilities - one_hot) ** 2).sum(axis=1) / scale
    of_truth = probabilities[rows, truth] / probabilities.sum(axis=1)
    log_losses = -np.log(np.clip(of_truth, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY))
    totals = weights.sum(axis=1)
    priors = weights @ one_hot / totals[:, None]
    probability = probabilities[:, positive]
    reference = (priors * (1 - priors)).sum(axis=1) / scale
    brier = weights @ errors / totals
    bins = np.eye(BINS)[np.minimum((probability * BINS).astype(np.int64), BINS - 1)]
    gaps = np.abs(weights @ (bins * probability[:, None]) - weights @ (bins * one_hot[:, [positive]]))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = weights @ probability / totals / priors[:, positive]
        return {
            "brier": brier,
            "brier_skill": np.where(reference > 0, 1 - brier / reference, np.nan),
            "log_loss": weights @ log_losses / totals,
            "expected_calibration_error": gaps.sum(axis=1) / totals,
            "predicted_over_observed": np.where(priors[:, positive] > 0, ratio, np.nan),
        }


def _sample_confusions(truth: Codes, predicted: Codes, classes: int, weights: Float64) -> Float64:
    """Return the confusion matrix of each sample (samples x true class x predicted class)."""
    pairs = truth.astype(np.int64) * classes + predicted
    return np.array([np.bincount(pairs, sample, classes * classes).reshape(classes, classes) for sample in weights])


def _sample_counts(count_score: CountScore, confusions: Float64, positive: int) -> Float64:
    """Return the value of an objective of counts in each sample."""
    true_positives = confusions[:, positive, positive]
    false_positives = confusions[:, :, positive].sum(axis=1) - true_positives
    false_negatives = confusions[:, positive].sum(axis=1) - true_positives
    value: Float64 = count_score(true_positives, false_positives, false_negatives, confusions.sum(axis=(1, 2)))
    return value


def _sample_label_metrics(
    confusions: Float64, positive: int, present: list[int]
) -> tuple[dict[str, Float64], dict[int, dict[str, Float64]]]:
    """Return the metrics of predicted classes; means are over the classes that have rows in a sample."""
    support, taken = confusions.sum(axis=2), confusions.sum(axis=1)
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    total = support.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.where(support > 0, hits / support, np.nan)
        precision = np.where(support > 0, np.where(taken > 0, hits / taken, 0), np.nan)
        f1 = np.where(support > 0, 2 * hits / (support + taken), np.nan)
        specificity = (total[:, None] - support - taken + hits) / (total[:, None] - support)
        variance = (total**2 - (taken**2).sum(axis=1)) * (total**2 - (support**2).sum(axis=1))
        covariance = hits.sum(axis=1) * total - (taken * support).sum(axis=1)
        sensitivity, rest = recall[:, positive], specificity[:, positive]
        weight = support / total[:, None]
        metrics = {
            "f1": f1[:, positive],
            "precision": precision[:, positive],
            "recall": sensitivity,
            "specificity": rest,
            "balanced_accuracy": np.nanmean(recall, axis=1),
            "mcc": np.where(variance > 0, covariance / np.sqrt(variance), 0),
            "g_mean": np.exp(np.nanmean(np.log(recall), axis=1)),
            "index_balanced_accuracy": (1 + _DOMINANCE_WEIGHT * (sensitivity - rest)) * sensitivity * rest,
            "macro_precision": np.nanmean(precision, axis=1),
            "macro_recall": np.nanmean(recall, axis=1),
            "macro_f1": np.nanmean(f1, axis=1),
            "weighted_precision": np.nansum(precision * weight, axis=1),
            "weighted_recall": np.nansum(recall * weight, axis=1),
            "weighted_f1": np.nansum(f1 * weight, axis=1),
        }
    by_class = {"precision": precision, "recall": recall, "specificity": specificity, "f1": f1, "support": support}
    return metrics, {code: {name: values[:, code] for name, values in by_class.items()} for code in present}
