"""Nearest neighbours in the feature space: the same at any number of threads.

They are exact, but among so many points that this takes long, where nearly all can be had for much less.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from rebalance.ahead import threads
from rebalance.arrays import Bool, Float32, Float64, Int64

SEARCHES = EXACT, APPROXIMATE = "exact", "approximate"

_ROWS_PER_QUERY = 1024
Result = TypeVar("Result")

_SPARE = 8
"""Candidates beyond those wanted: by how much more the last one is away tells whether the others are the nearest."""

_FEW_DIMENSIONS, _MANY_POINTS = 5, 10_000
"""In so few dimensions a tree, scikit-learn's, is faster among many points; in more it is the slower by far."""

_ROUNDING, _SMALLEST = float(np.finfo(np.float32).eps), float(np.finfo(np.float32).tiny)
_A_LITTLE_MORE = 1 + 1e-6
_CELLS_AT_ONCE = 4_000_000

_AFFORDABLE = 300_000_000_000
"""So many differences of coordinates take two processors about eight seconds: above this an index is tried."""

_TRIED, _FEWEST_PER_QUERY = 512, 64
"""For so many points the neighbours an index finds are held against the true ones."""

RECALL = 0.98
"""The share of true neighbours that an index must find to be used."""

_FEWEST_SEARCHED, _LEAST_GAIN = 4, 16
"""How many clusters are searched at least; and an index is of no use that searches more than a sixteenth of them."""

_LARGEST = 1e15
"""Of a coordinate further from the centre the square may not be a number in single precision."""

_POINTS_PER_CLUSTER, _ROUNDS = 64, 10
"""What places the clusters: more of either takes longer than what it gains."""


@dataclass(frozen=True, slots=True)
class Found:
    """Neighbours (points x k), nearest first.

    `recall`: of a sample of points, the share of those found that are no further than the true ones; None if all are.
    """

    positions: Int64
    recall: float | None = None


def nearest_others(points: Float64, k: int, of: Int64 | None = None, search: str = "") -> Found:
    """Find the positions of the k nearest other points, nearest first: for each point, or those at `of`.

    Of several points in one place, the point itself is never among its neighbours. `search`: EXACT or APPROXIMATE;
    else they are exact where that is affordable.
    """
    own = np.arange(points.shape[0]) if of is None else of
    if is_for_a_tree(points):
        return Found(_searched(points, k, own))
    candidates = _Candidates(points, k)
    if search == APPROXIMATE or (search != EXACT and not is_affordable(points, len(own))):
        recall = candidates.look_in_clusters(own)
        return Found(candidates.nearest(own), recall)
    return Found(candidates.nearest(own))


def is_for_a_tree(points: Float64) -> bool:
    """Whether scikit-learn's search is the quicker one, or the only one: for a sparse matrix."""
    return not isinstance(points, np.ndarray) or (points.shape[1] <= _FEW_DIMENSIONS and len(points) >= _MANY_POINTS)


def is_affordable(points: Float64, queries: int) -> bool:
    """Whether an exact search for so many of the points takes no more than some seconds."""
    return queries * points.size <= _AFFORDABLE


def candidate_index(single: Float32) -> Any:
    """Return faiss's index of points, for a search by products of matrices over all of them."""
    import faiss

    faiss.cvar.distance_compute_blas_threshold = 1  # products of matrices pay for few queries, too
    index = faiss.IndexFlatL2(single.shape[1])
    index.add(single)
    return index


def in_single_precision(points: Float64) -> tuple[Float32, Float64]:
    """Return points in single precision, their centre moved to 0, and how far each is from there."""
    centred = points - points.mean(axis=0)
    with np.errstate(over="ignore"):  # what is too large becomes infinite, which nothing is proven from
        single: Float32 = centred.astype(np.float32)
    return single, np.sqrt((centred**2).sum(axis=1))


def rounding(dimensions: int, sizes: Float64) -> Float64:
    """Return by how much squares of distances may be wrong in single precision.

    d products and sums err by at most that many units in the last place of the squares they are of. `sizes`: of the two
    points together, from the centre.
    """
    error: Float64 = (dimensions + 4) * (_ROUNDING * sizes**2 + _SMALLEST)
    return error


class _Candidates:
    """The k nearest of a few more than k candidates.

    Candidates are faiss's, from distances in single precision; they are measured again in double. If all points were
    looked at, no other one is nearer than the last candidate, but for what rounding may hide. Where it may hide one,
    scikit-learn searches in double precision.
    """

    def __init__(self, points: Float64, k: int) -> None:
        self._points, self._k = points, k
        self._single, self._sizes = in_single_precision(points)
        self._index = candidate_index(self._single)
        self._whole = True
        self._count = min(len(points), k + 1 + _SPARE)
        self._largest = float(self._sizes.max())

    def look_in_clusters(self, own: Int64) -> float | None:
        """Look for the candidates of a point only in the clusters nearest to it; return the recall.

        None if a trial shows that too many clusters would have to be searched: then all points are looked at.
        """
        import faiss

        rows, dimensions = self._points.shape
        clusters = int(2 * np.sqrt(rows))
        if not len(own) or clusters < _FEWEST_SEARCHED * _LEAST_GAIN or not self._largest < _LARGEST:
            return None
        tried = own[np.linspace(0, len(own) - 1, min(_TRIED, len(own))).astype(np.int64)]
        furthest = self._apart(tried, self.nearest(tried)[:, -1:])
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimensions), dimensions, clusters)
        index.cp.niter, index.cp.max_points_per_centroid = _ROUNDS, _POINTS_PER_CLUSTER
        index.cp.min_points_per_centroid = 1  # else faiss prints a warning
        with one_thread():
            index.train(self._single)
            index.add(self._single)
        everywhere, self._index, self._whole = self._index, index, False
        index.nprobe = _FEWEST_SEARCHED
        while index.nprobe * _LEAST_GAIN <= clusters:
            found, enough = self._looked_up(tried)
            recall = float(((self._apart(tried, found) <= furthest) & enough[:, None]).mean())
            if recall >= RECALL:
                return recall
            index.nprobe *= 2
        self._index, self._whole = everywhere, True
        return None

    def nearest(self, own: Int64) -> Int64:
        """Return the positions of the k nearest other points of those at `own`."""
        found, sure = self._looked_up(own)
        unsure = np.flatnonzero(~sure)
        if len(unsure):
            found[unsure] = _searched(self._points, self._k, own[unsure])
        return found

    def _looked_up(self, own: Int64) -> tuple[Int64, Bool]:
        size = int(np.clip(_CELLS_AT_ONCE // (self._count * self._points.shape[1]), 1, _ROWS_PER_QUERY))
        size = min(size, max(_FEWEST_PER_QUERY, len(own) // 8))
        parts = [(np.empty((0, self._k), np.int64), np.empty(0, np.bool_)), *divided(self._search, own, size)]
        return np.concatenate([near for near, _ in parts]), np.concatenate([sure for _, sure in parts])

    def _apart(self, part: Int64, near: Int64) -> Float64:
        """Return the square of the distance of each point from those near it."""
        squares: Float64 = ((self._points[near] - self._points[part][:, None]) ** 2).sum(axis=2)
        return squares

    def _search(self, part: Int64) -> tuple[Int64, Bool]:
        """Return the nearest of the candidates, and whether no other point looked at can be among them."""
        points, k = self._points, self._k
        reach, near = self._index.search(self._single[part], self._count)
        apart = self._apart(part, near)
        apart[near == part[:, None]] = -1  # itself first, and then left out
        enough = (near >= 0).all(axis=1) & np.isfinite(reach).all(axis=1)
        order = np.lexsort((near, apart), axis=1)[:, : k + 1]
        near, apart = np.take_along_axis(near, order, 1), np.take_along_axis(apart, order, 1)
        itself = apart[:, 0] == -1
        if not self._whole:  # crowded out by points in the same place, which are neighbours as good
            return np.where(itself[:, None], near[:, 1:], near[:, :-1]), enough
        sure = enough & itself
        if self._count < len(points):
            # a point further from the centre than the row and the last neighbour's distance together is further away
            sizes = self._sizes[part]
            others = np.minimum(self._largest, sizes + np.sqrt(np.maximum(apart[:, -1], 0)) * _A_LITTLE_MORE)
            sure &= apart[:, -1] < reach[:, -1] - rounding(points.shape[1], sizes + others)
        return near[:, 1:], sure


def _searched(points: Float64, k: int, own: Int64) -> Int64:
    """Return the same by scikit-learn's search in double precision."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=k + 1).fit(points)

    def search(part: Int64) -> Int64:
        found: Int64 = index.kneighbors(points[part], return_distance=False)
        return found

    found = np.concatenate([np.empty((0, k + 1), np.int64), *divided(search, own)])
    is_own = found == own[:, None]
    is_own[~is_own.any(axis=1), -1] = True  # crowded out by points in the same place: the furthest goes instead
    others: Int64 = found[~is_own].reshape(len(own), k)
    return others


def divided(search: Callable[[Int64], Result], rows: Int64, size: int = _ROWS_PER_QUERY) -> list[Result]:
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
