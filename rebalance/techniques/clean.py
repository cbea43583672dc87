"""Techniques that remove the rows that blur the border between classes.

They are imbalanced-learn's, on the feature space, except for three whose search is slow there: those are implemented
here, and tests compare them with imbalanced-learn's where no two distances are equal. The smallest class is kept whole,
except by the combined techniques, which have over-sampled it first.
"""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.system.threads import single_threaded
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.oversample import smote

_EDITED_NEIGHBORS = 3
"""imbalanced-learn's default for edited nearest neighbors."""


def tomek_links(context: TechniqueContext, *, every_class: bool = False) -> Plan:
    """Remove the larger class's row of each pair of mutual nearest neighbors of two classes (Tomek 1976).

    One row of every pair is not of the largest class, so only the neighbors of those rows, and theirs, are searched.
    """
    _check_rows(context, 1)
    points, codes = context.points(), context.codes
    queries = np.flatnonzero(codes != context.counts.argmax())
    nearest = context.nearest_others(points, 1, queries)[:, 0]
    differs = codes[nearest] != codes[queries]
    queries, nearest = queries[differs], nearest[differs]
    ends, position = np.unique(nearest, return_inverse=True)
    is_mutual = context.nearest_others(points, 1, ends)[position, 0] == queries
    linked = np.zeros(len(codes), np.bool_)
    linked[queries[is_mutual]] = linked[nearest[is_mutual]] = True
    return context.before.select(~linked | _is_spared(context, every_class=every_class))


def edited_nn(context: TechniqueContext, *, every_class: bool = False) -> Plan:
    """Remove rows whose 3 nearest neighbors are not all of their class (Wilson 1972)."""
    _check_rows(context, _EDITED_NEIGHBORS)
    kept = _is_spared(context, every_class=every_class)
    queries = np.flatnonzero(~kept)
    kept[queries] = context.has_same_class_neighbors(context.points(), _EDITED_NEIGHBORS, queries)
    return context.before.select(kept)


def repeated_edited_nn(context: TechniqueContext) -> Plan:
    """Repeat edited-nn until nothing more is removed (Tomek 1976)."""
    from imblearn.under_sampling import RepeatedEditedNearestNeighbours

    return _apply_sampler(context, RepeatedEditedNearestNeighbours(), _EDITED_NEIGHBORS)


def all_knn(context: TechniqueContext) -> Plan:
    """Repeat edited-nn with 1, 2 and 3 neighbors (Tomek 1976)."""
    from imblearn.under_sampling import AllKNN

    return _apply_sampler(context, AllKNN(), _EDITED_NEIGHBORS)


def condensed_nn(context: TechniqueContext) -> Plan:
    """Keep the rows of the larger classes that a nearest-neighbor classifier needs (Hart 1968).

    imbalanced-learn's implementation searches all rows again for each row it keeps, which takes hours on 50,000 rows.
    """
    _check_rows(context, 1)
    points, codes = context.points(), context.codes
    smallest = context.smallest
    random = np.random.RandomState(context.seed)
    kept = codes == smallest
    for code in np.unique(codes[~kept]).tolist():
        members = np.flatnonzero(codes == code)
        first = int(random.randint(0, len(members), size=1)[0])
        kept[members[condense(points[members], points[codes == smallest], first)]] = True
    return context.before.select(kept)


def condense(points: Float64, others: Float64, first: int) -> Int64:
    """Return the positions of the points to keep: `first`, and each point nearer to `others` than to a kept point.

    Points are visited in order. A point that is nearer to a kept point than to `others` stays so whichever points are
    kept later, so only the remaining ones are measured again.
    """
    from sklearn.metrics import pairwise_distances
    from sklearn.neighbors import NearestNeighbors

    with single_threaded():
        to_others = NearestNeighbors(n_neighbors=1).fit(others).kneighbors(points)[0][:, 0]
        to_kept = pairwise_distances(points, points[[first]])[:, 0]
        kept = [first]
        remaining = np.flatnonzero(to_kept >= to_others)
        while len(remaining):
            kept.append(int(remaining[0]))
            remaining = remaining[1:]
            if not len(remaining):
                break
            to_kept[remaining] = np.minimum(to_kept[remaining], _distances(points[remaining], points[kept[-1:]]))
            remaining = remaining[to_kept[remaining] >= to_others[remaining]]
    return np.unique(kept)


def _distances(points: Float64, to: Float64) -> Float64:
    if isinstance(points, np.ndarray):
        distances: Float64 = np.sqrt(np.square(points - to).sum(axis=1))
        return distances
    from sklearn.metrics import pairwise_distances

    sparse_distances: Float64 = pairwise_distances(points, to)[:, 0]
    return sparse_distances


def one_sided_selection(context: TechniqueContext) -> Plan:
    """Condense once, then remove Tomek links (Kubat and Matwin 1997)."""
    from imblearn.under_sampling import OneSidedSelection

    return _apply_sampler(context, OneSidedSelection(random_state=context.seed), 1, min_rows=2)


def neighborhood_cleaning(context: TechniqueContext) -> Plan:
    """Apply edited-nn, and remove rows that mislead the neighbors of the smallest class (Laurikkala 2001)."""
    from imblearn.under_sampling import NeighbourhoodCleaningRule

    return _apply_sampler(context, NeighbourhoodCleaningRule(), _EDITED_NEIGHBORS)


def smote_tomek(context: TechniqueContext) -> Plan:
    """Over-sample by SMOTE, then remove both rows of each Tomek link (Batista, Bazzan and Monard 2003)."""
    oversampled = smote(context)
    cleaned = tomek_links(replace(context, before=oversampled), every_class=True)
    return replace(cleaned, neighbors=oversampled.neighbors, notes=oversampled.notes)


def smote_enn(context: TechniqueContext) -> Plan:
    """Over-sample by SMOTE, then apply edited-nn to all classes (Batista, Prati and Monard 2004)."""
    oversampled = smote(context)
    cleaned = edited_nn(replace(context, before=oversampled), every_class=True)
    return replace(cleaned, neighbors=oversampled.neighbors, notes=oversampled.notes)


def _apply_sampler(context: TechniqueContext, sampler: Any, neighbors: int, min_rows: int = 1) -> Plan:
    """Keep the rows that an imbalanced-learn sampler keeps, given classes as whole numbers from 0 without a gap.

    Classes of fewer than `min_rows` rows stay as they are.
    """
    _check_rows(context, neighbors)
    points = context.points()
    present, codes, counts = np.unique(context.codes, return_inverse=True, return_counts=True)
    cleaned = (present != context.smallest) & (counts >= min_rows)
    sampler.sampling_strategy = np.flatnonzero(cleaned).tolist()
    with warnings.catch_warnings(), single_threaded():
        warnings.filterwarnings("ignore", category=UserWarning)
        sampler.fit_resample(points, codes)
    kept = np.zeros(len(codes), np.bool_)
    kept[sampler.sample_indices_] = True
    return context.before.select(kept)


def _check_rows(context: TechniqueContext, neighbors: int) -> None:
    rows = len(context.codes)
    if rows <= neighbors:
        raise DataError(
            f"this technique needs {neighbors + 1} rows, and there are {rows}",
            "--technique random-under needs 1 row of each class",
        )


def _is_spared(context: TechniqueContext, *, every_class: bool) -> Bool:
    spared: Bool = (context.codes == context.smallest) & (not every_class)
    return spared
