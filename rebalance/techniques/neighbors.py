"""Nearest neighbours in the feature space."""

import numpy as np

from rebalance.arrays import Float64, Int64


def nearest_others(points: Float64, k: int) -> Int64:
    """Return, for each point, the positions of the k nearest other points, nearest first (n x k).

    Exact. Of several points in one place, the point itself is never among its neighbours.
    """
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=k + 1, n_jobs=-1).fit(points)
    found: Int64 = index.kneighbors(points, return_distance=False)
    own = found == np.arange(len(points))[:, None]
    own[~own.any(axis=1), -1] = True  # crowded out by points in the same place: the furthest goes instead
    others: Int64 = found[~own].reshape(len(points), k)
    return others
