"""Techniques that remove rows of the larger classes, down to the wanted counts."""

import warnings

import numpy as np

from rebalance.arrays import Bool, Float64, Int64, rows_where
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.system.threads import single_threaded
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.settings import VERSION

_NEAR_MISS_NEIGHBORS = 3
"""imbalanced-learn's default."""

_MAX_FOREST_FOLDS = 5
"""Folds in which the forest of instance-hardness classifies rows: imbalanced-learn's default."""

_MAX_DISTANCES = 20_000_000
"""With more point-to-center distances an iteration, k-means learns from mini-batches."""


def random_under(context: TechniqueContext) -> Plan:
    """Keep random rows of each class that is to shrink, in input order."""
    random = context.random()
    kept = np.ones(len(context.codes), np.bool_)
    for code, wanted in context.classes_to_shrink().items():
        chosen = random.choice(int(context.counts[code]), wanted, replace=False)  # first: it takes most memory
        members = rows_where(context.codes == code)
        kept[members] = False
        kept[members[chosen]] = True
    return context.before.select(kept)


def near_miss(context: TechniqueContext) -> Plan:
    """Keep the rows nearest to the smallest class (Mani and Zhang 2003), in one of three versions."""
    from imblearn.under_sampling import NearMiss

    wanted = context.classes_to_shrink()
    if not wanted:
        return context.before
    smallest = int(context.counts[context.counts > 0].min())
    if smallest < _NEAR_MISS_NEIGHBORS:
        raise DataError(
            f"near-miss needs {_NEAR_MISS_NEIGHBORS} rows of the smallest class, and there are {smallest}",
            "--technique random-under needs 1",
        )
    version = context.params[VERSION]
    sampler = NearMiss(sampling_strategy=wanted, version=version, n_neighbors=_NEAR_MISS_NEIGHBORS)
    with warnings.catch_warnings(), single_threaded():
        warnings.filterwarnings("ignore", message="The number of the samples to be selected")
        sampler.fit_resample(context.points(), context.codes)
    return context.before.select(_adjust_counts(context, sampler.sample_indices_))


def cluster_centroids(context: TechniqueContext) -> Plan:
    """Keep, for each class that is to shrink, the row nearest to each of as many k-means centers as rows are wanted."""
    points = context.points()
    kept = np.ones(len(context.codes), np.bool_)
    for code, wanted in context.classes_to_shrink().items():
        members = np.flatnonzero(context.codes == code)
        kept[members] = False
        if wanted:
            kept[members[nearest_to_centers(points[members], wanted, context.seed)]] = True
    return context.before.select(kept)


def nearest_to_centers(points: Float64, wanted: int, seed: int) -> Int64:
    """Return the positions of the points nearest to `wanted` k-means centers, each once, filled up at random."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.metrics import pairwise_distances_argmin

    kmeans = KMeans if points.shape[0] * wanted <= _MAX_DISTANCES else MiniBatchKMeans
    with warnings.catch_warnings(), single_threaded():
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        centers = kmeans(wanted, n_init=1, random_state=seed).fit(points).cluster_centers_
    nearest = np.unique(pairwise_distances_argmin(centers, points))
    others = np.setdiff1d(np.arange(points.shape[0]), nearest)
    extra = np.random.default_rng(seed).permutation(others)[: wanted - len(nearest)]
    return np.concatenate([nearest, extra])


def instance_hardness(context: TechniqueContext) -> Plan:
    """Keep the rows that a random forest, trained on others, is surest of (Smith, Martinez and Giraud-Carrier 2014)."""
    from imblearn.under_sampling import InstanceHardnessThreshold

    to_shrink = context.classes_to_shrink()
    if not to_shrink:
        return context.before
    smallest = int(context.counts[context.counts > 0].min())
    if smallest < 2:  # noqa: PLR2004  one to train on, one to classify
        raise DataError(
            "instance-hardness needs 2 rows of each class, and the smallest class has 1",
            "--technique random-under needs 1",
        )
    present, codes = np.unique(context.codes, return_inverse=True)
    wanted = {position: to_shrink[code] for position, code in enumerate(present.tolist()) if code in to_shrink}
    folds = min(_MAX_FOREST_FOLDS, smallest)
    sampler = InstanceHardnessThreshold(sampling_strategy=wanted, cv=folds, random_state=context.seed)
    with single_threaded():
        sampler.fit_resample(context.points(), codes)
    return context.before.select(_adjust_counts(context, sampler.sample_indices_))


def _adjust_counts(context: TechniqueContext, selected: Int64) -> Bool:
    """Mark the selected rows, exactly as many of each shrinking class as wanted.

    A library selects more where rows tie, and fewer where it runs out of candidates: the difference is made up at
    random.
    """
    random = context.random()
    kept = np.ones(len(context.codes), np.bool_)
    for code, wanted in context.classes_to_shrink().items():
        members = np.flatnonzero(context.codes == code)
        chosen = np.intersect1d(selected, members)
        kept[members] = False
        others = np.setdiff1d(members, chosen)
        kept[random.permutation(chosen)[:wanted]] = True
        kept[random.permutation(others)[: max(wanted - len(chosen), 0)]] = True
    return kept
