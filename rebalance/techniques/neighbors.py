"""Nearest neighbours in the feature space."""

import numpy as np

from rebalance.arrays import Float64, Int64


def nearest_others(points: Float64, k: int, of: Int64 | None = None) -> Int64:
    """Return the positions of the k nearest other points, nearest first: for each point, or those at `of`.

    Exact. Of several points in one place, the point itself is never among its neighbours.
    """
    from sklearn.neighbors import NearestNeighbors

    own = np.arange(points.shape[0]) if of is None else of
    index = NearestNeighbors(n_neighbors=k + 1, n_jobs=-1).fit(points)
    found: Int64 = index.kneighbors(points if of is None else points[of], return_distance=False)
    is_own = found == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True  # crowded out by points in the same place: the furthest goes instead
    others: Int64 = found[~is_own].reshape(len(own), k)
    return others
