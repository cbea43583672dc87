"""Curves of predicted probabilities and of predicted numbers, and a map of the feature space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.calibration import calibration_curve
from rebalance.evaluate.results import SplitResult
from rebalance.plan.plan import Plan
from rebalance.plan.rows import typed_rows
from rebalance.resample.planner import ResampleRequest, make_plan
from rebalance.table.table import Table, sample
from rebalance.techniques.chain import Chain
from rebalance.techniques.feature_space import FeatureSpace

_GRID_POINTS = 101
"""Points of a curve: every hundredth from 0 to 1."""

_MAX_MAPPED_ROWS, _MAX_DRAWN_ROWS = 5000, 400
"""Rows from which a map is computed, and rows of each kind that are drawn."""


@dataclass(frozen=True)
class Curve:
    """The mean of the folds' curves, with their minimum and maximum."""

    x: Float64
    y: Float64
    low: Float64
    high: Float64


def precision_recall_curve(splits: Sequence[SplitResult], positive: int) -> Curve:
    """Return precision by recall: at each recall the best precision that still reaches it."""
    from sklearn.metrics import precision_recall_curve as precision_recall

    grid = np.linspace(0, 1, _GRID_POINTS)
    folds = []
    for truth, probability in _splits_with_both_classes(splits, positive):
        precision, recall, _ = precision_recall(truth, probability)
        best = np.maximum.accumulate(precision)  # from the highest recall downwards
        folds.append(best[np.searchsorted(-recall, -grid, side="right") - 1])
    return mean_curve(grid, folds)


def roc_curve(splits: Sequence[SplitResult], positive: int) -> Curve:
    """Return the true positive rate by the false positive rate."""
    from sklearn.metrics import roc_curve as roc

    grid = np.linspace(0, 1, _GRID_POINTS)
    folds = []
    for truth, probability in _splits_with_both_classes(splits, positive):
        false_positive_rate, true_positive_rate, _ = roc(truth, probability)
        folds.append(np.interp(grid, false_positive_rate, true_positive_rate))
    return mean_curve(grid, folds)


def pooled_calibration_curve(splits: Sequence[SplitResult], positive: int) -> tuple[Float64, Float64]:
    """Return the mean predicted probability and the fraction of positives of each bin, all splits together."""
    _, predicted, observed = calibration_curve(*_pool(splits, positive))
    return predicted, observed


@dataclass(frozen=True)
class ThresholdCurve:
    """Precision, recall and F1 of the positive class by threshold, all splits together."""

    threshold: Float64
    precision: Float64
    recall: Float64
    f1: Float64


def threshold_curve(splits: Sequence[SplitResult], positive: int) -> ThresholdCurve:
    """Return what each threshold would give."""
    truth, probability = _pool(splits, positive)
    grid = np.linspace(0.0, 1, _GRID_POINTS)[1:]
    order = np.argsort(-probability, kind="stable")
    hits = np.concatenate([[0], np.cumsum(truth[order])])
    taken = np.searchsorted(-probability[order], -grid, side="right")
    true_positives = hits[taken]
    precision = np.divide(true_positives, taken, out=np.full(len(grid), np.nan), where=taken > 0)
    recall = true_positives / max(int(truth.sum()), 1)
    f1 = 2 * true_positives / np.maximum(taken + truth.sum(), 1)
    return ThresholdCurve(grid, precision, recall, f1)


@dataclass(frozen=True)
class FeatureMap:
    """Rows in the two directions in which the feature space varies most (points x 2)."""

    others: Float64
    positives: Float64

    synthetic: Float64
    """The synthetic rows of the positive class."""

    technique: str
    """The technique that added them."""

    shares: tuple[float, float]
    """The two directions' shares of the variance."""


def feature_map(
    table: Table, rows: Int64, positive: int, chains: Sequence[Chain], request: ResampleRequest, seed: int
) -> FeatureMap | None:
    """Return a map of a sample of the records `rows`, with the synthetic rows of the first technique that adds some.

    None where distances cannot be computed.
    """
    from sklearn.decomposition import PCA

    rows = sample(rows, _MAX_MAPPED_ROWS)
    try:
        feature_space = FeatureSpace(table, rows)
    except DataError:
        return None
    plan, technique = _first_synthetic(table, rows, positive, chains, request, seed)
    points = _to_dense(feature_space.coordinates(typed_rows(table, Plan(rows, plan.synthetic))))
    if points.shape[1] < 2:  # noqa: PLR2004  a map has two directions
        points = np.column_stack([points, np.zeros(len(points))])
    pca = PCA(2, random_state=seed).fit(points[: len(rows)])
    flat = pca.transform(points)
    is_positive = np.concatenate([table.target.codes[rows], plan.synthetic.label]) == positive
    is_synthetic = np.arange(len(flat)) >= len(rows)
    shares = pca.explained_variance_ratio_
    return FeatureMap(
        others=_sample_points(flat[~is_positive & ~is_synthetic]),
        positives=_sample_points(flat[is_positive & ~is_synthetic]),
        synthetic=_sample_points(flat[is_positive & is_synthetic]),
        technique=technique,
        shares=(float(shares[0]), float(shares[1])),
    )


def _first_synthetic(
    table: Table, rows: Int64, positive: int, chains: Sequence[Chain], request: ResampleRequest, seed: int
) -> tuple[Plan, str]:
    for chain in chains:
        try:
            plan = make_plan(table, chain, rows, request, seed)
        except DataError:
            continue
        if (plan.synthetic.label == positive).any():
            return plan, chain.name
    return Plan(rows), ""


def _to_dense(points: Float64) -> Float64:
    from scipy import sparse

    if sparse.issparse(points):
        matrix: Any = points
        return np.asarray(matrix.toarray())
    return points


def _sample_points(points: Float64) -> Float64:
    return points[sample(np.arange(len(points)), _MAX_DRAWN_ROWS)]


def _splits_with_both_classes(splits: Sequence[SplitResult], positive: int) -> list[tuple[Bool, Float64]]:
    """Return the truth and the probability of each test split that has positive and other rows."""
    pairs = [_positive_probability(split, positive) for split in splits]
    return [(truth, probability) for truth, probability in pairs if truth.any() and not truth.all()]


def _positive_probability(split: SplitResult, positive: int) -> tuple[Bool, Float64]:
    assert split.predictions.probabilities is not None  # noqa: S101  classes have them
    return split.truth == positive, split.predictions.probabilities[:, positive]


def _pool(splits: Sequence[SplitResult], positive: int) -> tuple[Bool, Float64]:
    pairs = [_positive_probability(split, positive) for split in splits]
    return np.concatenate([truth for truth, _ in pairs]), np.concatenate([probability for _, probability in pairs])


def mean_curve(grid: Float64, folds: Sequence[Float64]) -> Curve:
    """Return the mean, the minimum and the maximum of curves over a grid, one for each fold."""
    if not folds:
        undefined = np.full(len(grid), np.nan)
        return Curve(grid, undefined, undefined, undefined)
    values = np.array(folds)
    return Curve(grid, values.mean(axis=0), values.min(axis=0), values.max(axis=0))
