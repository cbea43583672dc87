"""The figures of bootstrap samples of one test part (Efron and Tibshirani 1993, chapters 6 and 13).

A sample is a weight for each row: how often the row was drawn. Figures of a thousand samples are wanted, so that they
are computed from weights for all samples at once; of weights of 1 they are those of `metrics`, as a test holds.
"""

from collections.abc import Iterator

import numpy as np

from rebalance.arrays import Bool, Codes, Float64, Int64
from rebalance.evaluate.calibration import BINS
from rebalance.evaluate.fit import Setting
from rebalance.evaluate.kinds import OF_EACH_CLASS
from rebalance.evaluate.scoring import Samples
from rebalance.evaluate.threshold import Objective

SAMPLES = 1000
"""So many that p of the rarest outcome stays below 0.05 when adjusted for two dozen techniques."""

_CELLS_AT_ONCE = 4_000_000
_LEAST = np.finfo(np.float64).eps


def draws(groups: Int64, seed: int) -> Iterator[Float64]:
    """Yield weights (samples x rows), some samples at a time; rows of one group are drawn together."""
    random = np.random.default_rng([seed, 3])
    _, place = np.unique(groups, return_inverse=True)
    size = int(place.max()) + 1
    at_once = max(1, _CELLS_AT_ONCE // len(groups))
    for begin in range(0, SAMPLES, at_once):
        count = min(at_once, SAMPLES - begin)
        yield random.multinomial(size, np.full(size, 1 / size), count)[:, place].astype(np.float64)


def samples(
    truth: Codes, scores: Float64, predicted: Codes, setting: Setting, objective: Objective, weights: Iterator[Float64]
) -> Samples:
    """Return the figures of samples of one test part, but for the calibration slope, which takes a fit each."""
    parts = [_of(truth, scores, predicted, setting, objective, chunk) for chunk in weights]
    return Samples(
        {name: np.concatenate([part.figures[name] for part in parts]) for name in parts[0].figures},
        {
            code: {name: np.concatenate([part.classes[code][name] for part in parts]) for name in own}
            for code, own in parts[0].classes.items()
        },
    )


def _of(
    truth: Codes, scores: Float64, predicted: Codes, setting: Setting, objective: Objective, weights: Float64
) -> Samples:
    size, positive = scores.shape[1], setting.positive
    present = np.unique(truth).tolist()
    areas = {code: _areas(truth == code, scores[:, code], weights) for code in present}
    judged = [positive] if setting.focused else present
    confusions = _confusions(truth, predicted, size, weights)
    decided, classes = _decided(confusions, positive, present)
    for code in present:
        classes[code]["roc_auc"], classes[code]["pr_auc"] = areas[code]
    nothing = np.full(len(weights), np.nan)
    figures = {
        "pr_auc": np.mean([areas[code][1] if code in areas else nothing for code in judged], axis=0),
        "roc_auc": np.mean([areas[code][0] if code in areas else nothing for code in judged], axis=0),
        "pr_auc_no_skill": np.mean([weights @ (truth == code) / weights.sum(axis=1) for code in judged], axis=0),
        **_probabilities(truth, scores, positive, weights),
        "calibration_slope": nothing,
        **decided,
    }
    figures["objective"] = (
        _objective(objective, confusions, positive) if objective.of_counts else figures[objective.figure]
    )
    return Samples(figures, {code: {name: classes[code][name] for name in OF_EACH_CLASS} for code in present})


def _areas(positive: Bool, score: Float64, weights: Float64) -> tuple[Float64, Float64]:
    """Return the areas under the ROC curve and, as average precision, the precision-recall curve, of each sample."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order], append=np.inf))  # rows of one score are taken together
    own = weights[:, order]
    hits = np.cumsum(own * positive[order], axis=1)[:, ends]
    false = np.cumsum(own * ~positive[order], axis=1)[:, ends]
    all_hits, all_false = hits[:, -1:], false[:, -1:]
    with np.errstate(invalid="ignore", divide="ignore"):
        found = hits / all_hits
        gained = np.diff(found, axis=1, prepend=0)
        precision = np.where(hits + false > 0, hits / np.maximum(hits + false, 1), 0)
        average = (gained * precision).sum(axis=1)
        before = np.concatenate([np.zeros((len(own), 1)), hits[:, :-1]], axis=1)
        steps = np.diff(false, axis=1, prepend=0)
        area = (steps * (hits + before) / 2).sum(axis=1) / (all_hits * all_false)[:, 0]
    return area, np.where(all_false[:, 0] > 0, average, np.nan)


def _probabilities(truth: Codes, scores: Float64, positive: int, weights: Float64) -> dict[str, Float64]:
    """Return the figures that are means over rows."""
    rows, size = np.arange(len(truth)), scores.shape[1]
    hot = np.zeros_like(scores)
    hot[rows, truth] = 1
    errors = ((scores - hot) ** 2).sum(axis=1) / (2 if size == 2 else 1)  # noqa: PLR2004  the scale of two classes
    logs = -np.log(np.clip(scores[rows, truth] / scores.sum(axis=1), _LEAST, 1 - _LEAST))
    totals = weights.sum(axis=1)
    shares = weights @ hot / totals[:, None]
    chance = scores[:, positive]
    reference = (shares * (1 - shares)).sum(axis=1) / (2 if size == 2 else 1)  # noqa: PLR2004
    brier = weights @ errors / totals
    places = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    bins = np.eye(BINS)[places]
    gaps = np.abs(weights @ (bins * chance[:, None]) - weights @ (bins * hot[:, [positive]]))
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            "brier": brier,
            "brier_skill": np.where(reference > 0, 1 - brier / reference, np.nan),
            "log_loss": weights @ logs / totals,
            "calibration_error": gaps.sum(axis=1) / totals,
            "predicted_over_observed": np.where(
                shares[:, positive] > 0, weights @ chance / totals / shares[:, positive], np.nan
            ),
        }


def _confusions(truth: Codes, predicted: Codes, size: int, weights: Float64) -> Float64:
    """Return samples x true class x predicted class."""
    pairs = truth.astype(np.int64) * size + predicted
    return np.array([np.bincount(pairs, own, size * size).reshape(size, size) for own in weights])


def _objective(objective: Objective, confusions: Float64, positive: int) -> Float64:
    hits = confusions[:, positive, positive]
    false = confusions[:, :, positive].sum(axis=1) - hits
    missed = confusions[:, positive].sum(axis=1) - hits
    assert objective.of_counts  # noqa: S101  asked for by the caller
    value: Float64 = objective.of_counts(hits, false, missed, confusions.sum(axis=(1, 2)))
    return value


def _decided(
    confusions: Float64, positive: int, present: list[int]
) -> tuple[dict[str, Float64], dict[int, dict[str, Float64]]]:
    """Return the figures of predicted classes; means are over the classes that a sample has rows of."""
    support, taken = confusions.sum(axis=2), confusions.sum(axis=1)
    hits = np.diagonal(confusions, axis1=1, axis2=2)
    total = support.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        recall = np.where(support > 0, hits / support, np.nan)
        precision = np.where(support > 0, np.where(taken > 0, hits / taken, 0), np.nan)
        f1 = np.where(support > 0, 2 * hits / (support + taken), np.nan)
        specificity = (total[:, None] - support - taken + hits) / (total[:, None] - support)
        spread = (total**2 - (taken**2).sum(axis=1)) * (total**2 - (support**2).sum(axis=1))
        covariance = hits.sum(axis=1) * total - (taken * support).sum(axis=1)
        mcc = np.where(spread > 0, covariance / np.sqrt(spread), 0)
        g_mean = np.exp(np.nanmean(np.log(recall), axis=1))
        own, rest = recall[:, positive], specificity[:, positive]
        weigh = support / total[:, None]
        figures = {
            "f1": f1[:, positive],
            "precision": precision[:, positive],
            "recall": own,
            "specificity": rest,
            "balanced_accuracy": np.nanmean(recall, axis=1),
            "mcc": mcc,
            "g_mean": g_mean,
            "index_balanced_accuracy": (1 + 0.1 * (own - rest)) * own * rest,
            "macro_precision": np.nanmean(precision, axis=1),
            "macro_recall": np.nanmean(recall, axis=1),
            "macro_f1": np.nanmean(f1, axis=1),
            "weighted_precision": np.nansum(precision * weigh, axis=1),
            "weighted_recall": np.nansum(recall * weigh, axis=1),
            "weighted_f1": np.nansum(f1 * weigh, axis=1),
        }
    names = {"precision": precision, "recall": recall, "specificity": specificity, "f1": f1, "support": support}
    return figures, {code: {name: values[:, code] for name, values in names.items()} for code in present}
