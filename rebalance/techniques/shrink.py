"""Techniques that leave rows of the larger classes out, down to the wanted counts."""

import warnings

import numpy as np

from rebalance.arrays import Bool, Float64, Int64, marked_rows
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.techniques.neighbors import one_thread
from rebalance.techniques.problem import Problem

_NEAR_MISS_NEIGHBORS = 3
_MOST_DISTANCES = 20_000_000
"""Above this many point-to-centre distances a pass, k-means learns from batches."""


def random_under(problem: Problem) -> Plan:
    """Keep random rows of each class that is to shrink, in input order."""
    random = problem.random()
    kept = np.ones(len(problem.codes), np.bool_)
    for code, wanted in problem.to_shrink().items():
        chosen = random.choice(int(problem.counts[code]), wanted, replace=False)  # first: it takes most memory
        members = marked_rows(problem.codes == code)
        kept[members] = False
        kept[members[chosen]] = True
    return problem.before.select(kept)


def near_miss(problem: Problem) -> Plan:
    """Keep the rows that lie nearest to the smallest class (Mani and Zhang 2003), in one of three versions."""
    from imblearn.under_sampling import NearMiss

    if not problem.to_shrink():
        return problem.before
    version, smallest = problem.options.version, int(problem.counts[problem.counts > 0].min())
    if smallest < _NEAR_MISS_NEIGHBORS:
        raise DataError(
            f"near-miss needs {_NEAR_MISS_NEIGHBORS} rows of the smallest class, and there are {smallest}",
            "--technique random-under needs 1",
        )
    sampler = NearMiss(sampling_strategy=problem.to_shrink(), version=version, n_neighbors=_NEAR_MISS_NEIGHBORS)
    with warnings.catch_warnings(), one_thread():
        warnings.filterwarnings("ignore", message="The number of the samples to be selected")
        sampler.fit_resample(problem.points(), problem.codes)
    return problem.before.select(_topped_up(problem, sampler.sample_indices_))


def cluster_centroids(problem: Problem) -> Plan:
    """Keep, of each class that is to shrink, the row nearest to each of as many k-means centres."""
    points = problem.points()
    kept = np.ones(len(problem.codes), np.bool_)
    for code, wanted in problem.to_shrink().items():
        members = np.flatnonzero(problem.codes == code)
        kept[members] = False
        if wanted:
            kept[members[nearest_to_centres(points[members], wanted, problem.seed)]] = True
    return problem.before.select(kept)


def nearest_to_centres(points: Float64, wanted: int, seed: int) -> Int64:
    """Return the positions of the points nearest to `wanted` k-means centres; of two centres' one, the next free."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from sklearn.metrics import pairwise_distances_argmin

    chosen = KMeans if points.shape[0] * wanted <= _MOST_DISTANCES else MiniBatchKMeans
    with warnings.catch_warnings(), one_thread():
        warnings.filterwarnings("ignore", message="Number of distinct clusters")
        centres = chosen(wanted, n_init=1, random_state=seed).fit(points).cluster_centers_
    found = np.unique(pairwise_distances_argmin(centres, points))
    free = np.setdiff1d(np.arange(points.shape[0]), found)
    extra = np.random.default_rng(seed).permutation(free)[: wanted - len(found)]
    return np.concatenate([found, extra])


def instance_hardness(problem: Problem) -> Plan:
    """Keep the rows that a random forest, shown the others, is surest of (Smith, Martinez and Giraud-Carrier 2014)."""
    from imblearn.under_sampling import InstanceHardnessThreshold

    if not problem.to_shrink():
        return problem.before
    smallest = int(problem.counts[problem.counts > 0].min())
    if smallest < 2:  # noqa: PLR2004  one to learn from, one to judge
        raise DataError(
            "instance-hardness needs 2 rows of each class, and the smallest has 1", "--technique random-under needs 1"
        )
    present, codes = np.unique(problem.codes, return_inverse=True)
    shrinking = {
        at: problem.to_shrink()[code] for at, code in enumerate(present.tolist()) if code in problem.to_shrink()
    }
    sampler = InstanceHardnessThreshold(sampling_strategy=shrinking, cv=min(5, smallest), random_state=problem.seed)
    with one_thread():
        sampler.fit_resample(problem.points(), codes)
    return problem.before.select(_topped_up(problem, sampler.sample_indices_))


def _topped_up(problem: Problem, found: Int64) -> Bool:
    """Mark the rows found, of each shrinking class as many as wanted: ties are cut, a shortfall filled, at random."""
    random = problem.random()
    kept = np.ones(len(problem.codes), np.bool_)
    for code, wanted in problem.to_shrink().items():
        members = np.flatnonzero(problem.codes == code)
        chosen = np.intersect1d(found, members)
        kept[members] = False
        others = np.setdiff1d(members, chosen)
        kept[random.permutation(chosen)[:wanted]] = True
        kept[random.permutation(others)[: max(wanted - len(chosen), 0)]] = True
    return kept
