"""Nearest neighbours in the feature space."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from rebalance.arrays import Float64, Int64

_ROWS_PER_QUERY = 1024


def nearest_others(points: Float64, k: int, of: Int64 | None = None) -> Int64:
    """Return the positions of the k nearest other points, nearest first: for each point, or those at `of`.

    Exact, and the same at any number of threads. Of several points in one place, the point itself is never
    among its neighbours.
    """
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import ThreadpoolController

    own = np.arange(points.shape[0]) if of is None else of
    index = NearestNeighbors(n_neighbors=k + 1).fit(points)
    parts = [own[begin : begin + _ROWS_PER_QUERY] for begin in range(0, len(own), _ROWS_PER_QUERY)]
    controller = ThreadpoolController()

    def query(rows: Int64) -> Int64:
        with controller.limit(limits=1):
            found: Int64 = index.kneighbors(points[rows], return_distance=False)
        return found

    # Which of several points at the same distance scikit-learn finds depends on how its threads divide the work.
    # So the work is divided here, always in the same way, and each part is done by one thread.
    with controller.limit(limits=1), ThreadPoolExecutor(os.cpu_count()) as pool:
        found = np.concatenate([*pool.map(query, parts), np.empty((0, k + 1), np.int64)])
    is_own = found == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True  # crowded out by points in the same place: the furthest goes instead
    others: Int64 = found[~is_own].reshape(len(own), k)
    return others


@contextmanager
def one_thread() -> Iterator[None]:
    """Let libraries use one thread while the block runs: sums and ties then come out the same on any machine."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def stay_on_one_thread() -> None:
    """Let libraries use one thread for as long as the calling thread lives."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
