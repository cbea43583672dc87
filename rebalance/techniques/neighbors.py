"""Nearest neighbours in the feature space: exact, and the same at any number of threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import numpy as np

from rebalance.ahead import threads
from rebalance.arrays import Bool, Float64, Int64

_ROWS_PER_QUERY = 1024
Result = TypeVar("Result")

_SPARE = 8
"""Candidates beyond those wanted: by how much more the last one is away tells whether the others are the nearest."""

_FEW_DIMENSIONS, _MANY_POINTS = 5, 10_000
"""In so few dimensions a tree, scikit-learn's, is faster among many points; in more it is the slower by far."""

_ROUNDING, _SMALLEST = float(np.finfo(np.float32).eps), float(np.finfo(np.float32).tiny)
_A_LITTLE_MORE = 1 + 1e-6
_CELLS_AT_ONCE = 4_000_000


def nearest_others(points: Float64, k: int, of: Int64 | None = None) -> Int64:
    """Return the positions of the k nearest other points, nearest first: for each point, or those at `of`.

    Of several points in one place, the point itself is never among its neighbours.
    """
    own = np.arange(points.shape[0]) if of is None else of
    sparse = not isinstance(points, np.ndarray)
    if sparse or (points.shape[1] <= _FEW_DIMENSIONS and len(points) >= _MANY_POINTS):
        return _searched(points, k, own)
    found, proven = _candidates(points, k, own)
    unsure = np.flatnonzero(~proven)
    if len(unsure):
        found[unsure] = _searched(points, k, own[unsure])
    return found


def _candidates(points: Float64, k: int, own: Int64) -> tuple[Int64, Bool]:
    """Return the k nearest of a few more than k candidates, and whether no other point can be among them.

    Candidates are faiss's, from distances in single precision; they are measured again in double. No other point is
    nearer than the last candidate, but for what rounding may hide: d products and sums err by at most that many units
    in the last place of the squares they are of.
    """
    import faiss

    faiss.cvar.distance_compute_blas_threshold = 1  # products of matrices pay for few queries, too
    rows, dimensions = points.shape
    centred = points - points.mean(axis=0)
    single = centred.astype(np.float32)
    index = faiss.IndexFlatL2(dimensions)
    index.add(single)
    count = min(rows, k + 1 + _SPARE)
    sizes = np.sqrt((centred**2).sum(axis=1))
    largest = float(sizes.max())

    def search(part: Int64) -> tuple[Int64, Bool]:
        reach, near = index.search(single[part], count)
        apart = ((points[near] - points[part][:, None]) ** 2).sum(axis=2)
        apart[near == part[:, None]] = -1  # itself first, and then left out
        whole = (near >= 0).all(axis=1) & np.isfinite(reach).all(axis=1)
        order = np.lexsort((near, apart), axis=1)[:, : k + 1]
        near, apart = np.take_along_axis(near, order, 1), np.take_along_axis(apart, order, 1)
        # a point further from the centre than the row and the last neighbour's distance together is further than that
        others = np.minimum(largest, sizes[part] + np.sqrt(np.maximum(apart[:, -1], 0)) * _A_LITTLE_MORE)
        error = (dimensions + 4) * (_ROUNDING * (sizes[part] + others) ** 2 + _SMALLEST)
        proven = whole & (apart[:, 0] == -1) & ((apart[:, -1] < reach[:, -1] - error) | (count == rows))
        return near[:, 1:], proven

    size = int(np.clip(_CELLS_AT_ONCE // (count * dimensions), 1, _ROWS_PER_QUERY))
    parts = [(np.empty((0, k), np.int64), np.empty(0, np.bool_)), *_divided(search, own, size)]
    return np.concatenate([near for near, _ in parts]), np.concatenate([proven for _, proven in parts])


def _searched(points: Float64, k: int, own: Int64) -> Int64:
    """Return the same by scikit-learn's search in double precision."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=k + 1).fit(points)

    def search(part: Int64) -> Int64:
        found: Int64 = index.kneighbors(points[part], return_distance=False)
        return found

    found = np.concatenate([np.empty((0, k + 1), np.int64), *_divided(search, own)])
    is_own = found == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True  # crowded out by points in the same place: the furthest goes instead
    others: Int64 = found[~is_own].reshape(len(own), k)
    return others


def _divided(search: Callable[[Int64], Result], rows: Int64, size: int = _ROWS_PER_QUERY) -> list[Result]:
    """Return what `search` finds for parts of the rows, each of which is searched by one thread.

    Which of several points at the same distance a library finds depends on how its threads divide the work. So the work
    is divided here, always in the same way.
    """
    parts = [rows[begin : begin + size] for begin in range(0, len(rows), size)]
    with one_thread(), ThreadPoolExecutor(threads(), initializer=stay_on_one_thread) as pool:
        return list(pool.map(search, parts))


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
