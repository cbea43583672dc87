"""What is drawn of predictions: curves over thresholds, a reliability diagram, a map of the feature space."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.calibration import reliability
from rebalance.evaluate.judge import Prediction
from rebalance.plan.materialise import typed_rows
from rebalance.plan.plan import Plan
from rebalance.resample import Request, make_plan
from rebalance.table.table import Table, sample
from rebalance.techniques.chain import Chain
from rebalance.techniques.space import Space

_POINTS = 101
_MOST_MAPPED, _MOST_SHOWN = 5000, 400


@dataclass(frozen=True)
class Curve:
    """A curve over the folds: at each `x` the mean, the least and the most of the folds' `y`."""

    x: Float64
    y: Float64
    low: Float64
    high: Float64


def precision_recall(parts: Sequence[Prediction], positive: int) -> Curve:
    """Return precision by recall: at each recall the best precision that still reaches it."""
    from sklearn.metrics import precision_recall_curve

    grid = np.linspace(0, 1, _POINTS)
    folds = []
    for truth, chance in _by_fold(parts, positive):
        precision, recall, _ = precision_recall_curve(truth, chance)
        best = np.maximum.accumulate(precision)  # from the highest recall down
        folds.append(best[np.searchsorted(-recall, -grid, side="right") - 1])
    return over_folds(grid, folds)


def roc(parts: Sequence[Prediction], positive: int) -> Curve:
    """Return the share of positives found by the share of others taken for one."""
    from sklearn.metrics import roc_curve

    grid = np.linspace(0, 1, _POINTS)
    folds = []
    for truth, chance in _by_fold(parts, positive):
        false, found, _ = roc_curve(truth, chance)
        folds.append(np.interp(grid, false, found))
    return over_folds(grid, folds)


def reliability_curve(parts: Sequence[Prediction], positive: int) -> tuple[Float64, Float64]:
    """Return, of each bin with rows, the mean predicted probability and the share of positives, all folds together."""
    _, predicted, observed = reliability(*_together(parts, positive))
    return predicted, observed


@dataclass(frozen=True)
class Sweep:
    """Precision, recall and F1 of the positive class at each threshold, all folds together."""

    threshold: Float64
    precision: Float64
    recall: Float64
    f1: Float64


def sweep(parts: Sequence[Prediction], positive: int) -> Sweep:
    """Return what each threshold would give."""
    truth, chance = _together(parts, positive)
    grid = np.linspace(0.0, 1, _POINTS)[1:]
    order = np.argsort(-chance, kind="stable")
    hits = np.concatenate([[0], np.cumsum(truth[order])])
    taken = np.searchsorted(-chance[order], -grid, side="right")
    found = hits[taken]
    precision = np.divide(found, taken, out=np.full(len(grid), np.nan), where=taken > 0)
    recall = found / max(int(truth.sum()), 1)
    f1 = 2 * found / np.maximum(taken + truth.sum(), 1)
    return Sweep(grid, precision, recall, f1)


@dataclass(frozen=True)
class Map:
    """Rows in the two directions in which the feature space varies most (points x 2).

    `technique` made the `made` rows; `shares` are the two directions' parts of the variance.
    """

    others: Float64
    positives: Float64
    made: Float64
    technique: str
    shares: tuple[float, float]


def feature_map(
    table: Table, rows: Int64, positive: int, chains: Sequence[Chain], request: Request, seed: int
) -> Map | None:
    """Return a map of a sample of the records `rows`, with the rows that the first technique that can makes of them.

    None where no column can be measured.
    """
    from sklearn.decomposition import PCA

    rows = sample(rows, _MOST_MAPPED)
    try:
        space = Space(table, rows)
    except DataError:
        return None
    plan, technique = _first_that_makes(table, rows, positive, chains, request, seed)
    points = _dense(space.coordinates(typed_rows(table, Plan(rows, plan.made))))
    if points.shape[1] < 2:  # noqa: PLR2004  a map has two directions
        points = np.column_stack([points, np.zeros(len(points))])
    pca = PCA(2, random_state=seed).fit(points[: len(rows)])
    flat = pca.transform(points)
    is_positive = np.concatenate([table.target.codes[rows], plan.made.label]) == positive
    is_made = np.arange(len(flat)) >= len(rows)
    shares = pca.explained_variance_ratio_
    return Map(
        others=_spread(flat[~is_positive & ~is_made]),
        positives=_spread(flat[is_positive & ~is_made]),
        made=_spread(flat[is_positive & is_made]),
        technique=technique,
        shares=(float(shares[0]), float(shares[1])),
    )


def _first_that_makes(
    table: Table, rows: Int64, positive: int, chains: Sequence[Chain], request: Request, seed: int
) -> tuple[Plan, str]:
    for chain in chains:
        try:
            plan = make_plan(table, chain, rows, request, seed)
        except DataError:
            continue
        if (plan.made.label == positive).any():
            return plan, chain.name
    return Plan(rows), ""


def _dense(points: Float64) -> Float64:
    from scipy import sparse

    if sparse.issparse(points):
        matrix: Any = points
        return np.asarray(matrix.toarray())
    return points


def _spread(points: Float64) -> Float64:
    """Return a few hundred of some points, evenly spread."""
    return points[sample(np.arange(len(points)), _MOST_SHOWN)]


def _by_fold(parts: Sequence[Prediction], positive: int) -> list[tuple[Bool, Float64]]:
    """Return the truth and the chance of each test part that has rows of both sides."""
    pairs = [_of_class(part, positive) for part in parts]
    return [(truth, chance) for truth, chance in pairs if truth.any() and not truth.all()]


def _of_class(part: Prediction, positive: int) -> tuple[Bool, Float64]:
    assert part.answer.scores is not None  # noqa: S101  classes have them
    return part.truth == positive, part.answer.scores[:, positive]


def _together(parts: Sequence[Prediction], positive: int) -> tuple[Bool, Float64]:
    pairs = [_of_class(part, positive) for part in parts]
    return np.concatenate([truth for truth, _ in pairs]), np.concatenate([chance for _, chance in pairs])


def over_folds(grid: Float64, folds: Sequence[Float64]) -> Curve:
    """Return the mean of curves over a grid, one a fold, in the band of them all."""
    if not folds:
        nothing = np.full(len(grid), np.nan)
        return Curve(grid, nothing, nothing, nothing)
    values = np.array(folds)
    return Curve(grid, values.mean(axis=0), values.min(axis=0), values.max(axis=0))
