"""Nearest neighbors in the feature space: the same at any number of threads.

They are exact, except among so many points that an exact search takes long and an index finds nearly all of them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Codes, Float32, Float64, Int64
from rebalance.system.threads import map_parts, single_threaded
from rebalance.techniques.settings import NEIGHBOR_SEARCH

EXACT, APPROXIMATE = NEIGHBOR_SEARCH.choices[1:]

_ROWS_PER_QUERY = 1024
"""Points that one thread searches neighbors for at a time."""

_SPARE_CANDIDATES = 8
"""Candidates in addition to those wanted: the distance of the last one proves that the others are the nearest."""

_MAX_TREE_DIMENSIONS, _MIN_TREE_POINTS = 5, 10_000
"""In so few dimensions, scikit-learn's tree is faster among many points; in more it is far slower."""

_ROUNDING, _SMALLEST = float(np.finfo(np.float32).eps), float(np.finfo(np.float32).tiny)
"""Relative and absolute error of a number in single precision."""

_SAFETY = 1 + 1e-6
"""A distance in double precision is enlarged by this factor before it bounds another."""

_MAX_CELLS_AT_ONCE = 4_000_000
"""Coordinates of candidates that one thread holds at once."""

_MAX_EXACT_WORK = 300_000_000_000
"""So many differences of coordinates take two cores about eight seconds: above this an index is tried."""

_TRIAL_POINTS, _MIN_ROWS_PER_QUERY = 512, 64
"""The neighbors that an index finds for a sample of points are compared with the true ones."""

MIN_RECALL = 0.98
"""The share of true neighbors that an index must find to be used."""

_MIN_CLUSTERS_SEARCHED, _MIN_GAIN = 4, 16
"""An index that must search more than a sixteenth of its clusters is of no use."""

_MAX_COORDINATE = 1e15
"""The square of a coordinate farther from the center may overflow in single precision."""

_POINTS_PER_CENTROID, _TRAINING_ROUNDS = 64, 10
"""How the clusters of an index are trained: more of either takes longer than it saves."""

_FIRST_MEMBERS = 4096
"""How many points of the same class are looked at first in `all_same_class`; then twice as many, and so on."""

_ORDER_SEED = 0
"""Seed of the order in which points of the same class are looked at; results do not depend on it."""


@dataclass(frozen=True, slots=True)
class NeighborSearchResult:
    """The neighbors of some points."""

    positions: Int64
    """Their positions (points x k), nearest first."""

    recall: float | None = None
    """The share of the true neighbors of a sample of points that were found; None if the search was exact."""


def nearest_others(
    points: Float64, k: int, queries: Int64 | None = None, search: str = NEIGHBOR_SEARCH.default
) -> NeighborSearchResult:
    """Return the k nearest other points of each point, or of those at the positions `queries`.

    A point is never its own neighbor, even if others are at the same place. `search`: EXACT, APPROXIMATE, or the
    default: exact unless that takes long.
    """
    wanted = np.arange(points.shape[0]) if queries is None else queries
    if is_for_tree(points):
        return NeighborSearchResult(_search_tree(points, k, wanted))
    candidates = _CandidateSearch(points, k)
    if search == APPROXIMATE or (search != EXACT and not is_affordable(points, len(wanted))):
        recall = candidates.use_index(wanted)
        return NeighborSearchResult(candidates.nearest(wanted), recall)
    return NeighborSearchResult(candidates.nearest(wanted))


def is_for_tree(points: Float64) -> bool:
    """Whether scikit-learn's search is faster, or the only one, as for a sparse matrix."""
    if not isinstance(points, np.ndarray):
        return True
    return points.shape[1] <= _MAX_TREE_DIMENSIONS and len(points) >= _MIN_TREE_POINTS


def is_affordable(points: Float64, queries: int) -> bool:
    """Whether an exact search for so many of the points takes no more than some seconds."""
    return queries * points.size <= _MAX_EXACT_WORK


def all_same_class(points: Float64, k: int, codes: Codes, queries: Int64) -> Bool:
    """Return whether the k nearest other points of each point at `queries` are all of its class, given all `codes`.

    They are if k points of the same class are nearer than the nearest point of another class. The latter is searched
    first; points of the same class, in random order, only until k nearer ones are found, which for most points takes a
    small part of them. Distances in single precision decide where rounding cannot matter, the exact search the rest.
    """
    if is_for_tree(points):
        return _all_same_class_by_search(points, k, codes, queries)
    single, norms = to_single_precision(points)
    error = rounding_error(points.shape[1], norms + norms.max())
    same, unsure = np.zeros(len(queries), np.bool_), np.zeros(len(queries), np.bool_)
    for code in np.unique(codes[queries]).tolist():
        chosen = np.flatnonzero(codes[queries] == code)
        same_class, other_class = np.flatnonzero(codes == code), np.flatnonzero(codes != code)
        same[chosen], unsure[chosen] = _same_class_in_single_precision(
            single, k, queries[chosen], same_class, other_class, error
        )
    if unsure.any():
        same[unsure] = _all_same_class_by_search(points, k, codes, queries[unsure])
    return same


def _all_same_class_by_search(points: Float64, k: int, codes: Codes, queries: Int64) -> Bool:
    nearest = nearest_others(points, k, queries, EXACT).positions
    same: Bool = (codes[nearest] == codes[queries, None]).all(axis=1)
    return same


def _same_class_in_single_precision(
    single: Float32, k: int, queries: Int64, same_class: Int64, other_class: Int64, error: Float64
) -> tuple[Bool, Bool]:
    """Return which of the points at `queries`, all of one class, have k of `same_class` nearer than all `other_class`.

    The second array says for which points that is unsure. `error`: the error of squared distances from each point.
    """
    same, unsure = np.zeros(len(queries), np.bool_), np.zeros(len(queries), np.bool_)
    limit = np.full(len(queries), np.inf)
    if len(other_class):
        limit = _squared_distances(single, other_class, queries, 1)[0][:, 0]
    margin = 2 * error[queries]
    nearer, maybe_nearer = np.zeros(len(queries), np.int64), np.zeros(len(queries), np.int64)
    order = np.random.default_rng(_ORDER_SEED).permutation(same_class)
    open_queries, start, size = np.arange(len(queries)), 0, _FIRST_MEMBERS
    while len(open_queries) and start < len(order):
        part = order[start : start + size]
        squares, near = _squared_distances(single, part, queries[open_queries], min(k + 1, len(part)))
        is_other = (near >= 0) & (part[near] != queries[open_queries][:, None])
        nearer[open_queries] += (is_other & (squares < (limit - margin)[open_queries, None])).sum(axis=1)
        beyond = squares > (limit + margin)[open_queries, None]  # False for NaN
        maybe_nearer[open_queries] += (is_other & ~beyond).sum(axis=1)
        decided = nearer[open_queries] >= k
        same[open_queries[decided]] = True
        open_queries = open_queries[~decided]
        start, size = start + size, 2 * size
    unsure[open_queries] = maybe_nearer[open_queries] >= k
    return same, unsure


def _squared_distances(single: Float32, among: Int64, queries: Int64, k: int) -> tuple[Float64, Int64]:
    """Return the squared distances of the k nearest points among some, and which of those they are."""
    index = flat_index(single[among])

    def search(part: Int64) -> tuple[Any, Int64]:
        squares, near = index.search(single[part], k)
        return squares.astype(np.float64), near

    parts = map_parts(search, queries)
    return np.concatenate([squares for squares, _ in parts]), np.concatenate([near for _, near in parts])


def flat_index(single: Float32) -> Any:
    """Return faiss's index that searches all points by products of matrices."""
    import faiss

    faiss.cvar.distance_compute_blas_threshold = 1  # products of matrices pay for few queries, too
    index = faiss.IndexFlatL2(single.shape[1])
    index.add(single)
    return index


def to_single_precision(points: Float64) -> tuple[Float32, Float64]:
    """Return the points in single precision, moved so that their center is 0, and their distances from there."""
    centered = points - points.mean(axis=0)
    with np.errstate(over="ignore"):  # what overflows becomes infinite, from which nothing is concluded
        single: Float32 = centered.astype(np.float32)
    return single, np.sqrt((centered**2).sum(axis=1))


def rounding_error(dimensions: int, norms: Float64) -> Float64:
    """Return by how much squared distances may be wrong in single precision.

    d products and sums err by at most d units in the last place of the squares. `norms`: the sum of the two points'
    distances from the center.
    """
    error: Float64 = (dimensions + 4) * (_ROUNDING * norms**2 + _SMALLEST)
    return error


class _CandidateSearch:
    """Finds the k nearest points among a few more than k candidates.

    Candidates come from faiss, by distances in single precision, and are measured again in double precision. If all
    points were searched, no other point is nearer than the last candidate, except within the rounding error. Where that
    leaves a doubt, scikit-learn searches in double precision.
    """

    def __init__(self, points: Float64, k: int) -> None:
        self._points, self._k = points, k
        self._single, self._norms = to_single_precision(points)
        self._index = flat_index(self._single)
        self._searches_all = True
        self._count = min(len(points), k + 1 + _SPARE_CANDIDATES)
        self._max_norm = float(self._norms.max())

    def use_index(self, queries: Int64) -> float | None:
        """Search only the clusters nearest to each point from now on; return the recall on a sample of `queries`.

        None if a trial shows that too many clusters would have to be searched: then all points are searched.
        """
        import faiss

        rows, dimensions = self._points.shape
        clusters = int(2 * np.sqrt(rows))
        if not len(queries) or clusters < _MIN_CLUSTERS_SEARCHED * _MIN_GAIN or not self._max_norm < _MAX_COORDINATE:
            return None
        trial = queries[np.linspace(0, len(queries) - 1, min(_TRIAL_POINTS, len(queries))).astype(np.int64)]
        farthest = self._square_distances(trial, self.nearest(trial)[:, -1:])
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(dimensions), dimensions, clusters)
        index.cp.niter, index.cp.max_points_per_centroid = _TRAINING_ROUNDS, _POINTS_PER_CENTROID
        index.cp.min_points_per_centroid = 1  # otherwise faiss prints a warning
        with single_threaded():
            index.train(self._single)
            index.add(self._single)
        flat, self._index, self._searches_all = self._index, index, False
        index.nprobe = _MIN_CLUSTERS_SEARCHED
        while index.nprobe * _MIN_GAIN <= clusters:
            nearest, complete = self._search_parts(trial)
            is_true = self._square_distances(trial, nearest) <= farthest
            recall = float((is_true & complete[:, None]).mean())
            if recall >= MIN_RECALL:
                return recall
            index.nprobe *= 2
        self._index, self._searches_all = flat, True
        return None

    def nearest(self, queries: Int64) -> Int64:
        """Return the positions of the k nearest other points of those at `queries`."""
        nearest, sure = self._search_parts(queries)
        unsure = np.flatnonzero(~sure)
        if len(unsure):
            nearest[unsure] = _search_tree(self._points, self._k, queries[unsure])
        return nearest

    def _search_parts(self, queries: Int64) -> tuple[Int64, Bool]:
        size = int(np.clip(_MAX_CELLS_AT_ONCE // (self._count * self._points.shape[1]), 1, _ROWS_PER_QUERY))
        size = min(size, max(_MIN_ROWS_PER_QUERY, len(queries) // 8))
        parts = [(np.empty((0, self._k), np.int64), np.empty(0, np.bool_)), *map_parts(self._search, queries, size)]
        return np.concatenate([near for near, _ in parts]), np.concatenate([sure for _, sure in parts])

    def _square_distances(self, part: Int64, near: Int64) -> Float64:
        """Return the squared distance of each point of `part` from those `near` it, in double precision."""
        squares: Float64 = ((self._points[near] - self._points[part][:, None]) ** 2).sum(axis=2)
        return squares

    def _search(self, part: Int64) -> tuple[Int64, Bool]:
        """Return the nearest candidates, and whether no other point that was searched can be among the nearest."""
        points, k = self._points, self._k
        single_squares, near = self._index.search(self._single[part], self._count)
        squares = self._square_distances(part, near)
        squares[near == part[:, None]] = -1  # the point itself comes first, and is then left out
        complete = (near >= 0).all(axis=1) & np.isfinite(single_squares).all(axis=1)
        order = np.lexsort((near, squares), axis=1)[:, : k + 1]
        near, squares = np.take_along_axis(near, order, 1), np.take_along_axis(squares, order, 1)
        has_itself = squares[:, 0] == -1
        if not self._searches_all:  # a point crowded out by others at the same place has neighbors as good
            return np.where(has_itself[:, None], near[:, 1:], near[:, :-1]), complete
        sure = complete & has_itself
        if self._count < len(points):
            # a point farther from the center than the query and the last neighbor's distance together is farther away
            norms = self._norms[part]
            others = np.minimum(self._max_norm, norms + np.sqrt(np.maximum(squares[:, -1], 0)) * _SAFETY)
            sure &= squares[:, -1] < single_squares[:, -1] - rounding_error(points.shape[1], norms + others)
        return near[:, 1:], sure


def _search_tree(points: Float64, k: int, queries: Int64) -> Int64:
    """Return the k nearest other points of those at `queries`, by scikit-learn's search in double precision."""
    from sklearn.neighbors import NearestNeighbors

    index = NearestNeighbors(n_neighbors=k + 1).fit(points)

    def search(part: Int64) -> Int64:
        nearest: Int64 = index.kneighbors(points[part], return_distance=False)
        return nearest

    nearest = np.concatenate([np.empty((0, k + 1), np.int64), *map_parts(search, queries)])
    is_itself = nearest == queries[:, None]
    is_itself[~is_itself.any(axis=1), -1] = True  # crowded out by points at the same place: drop the farthest instead
    others: Int64 = nearest[~is_itself].reshape(len(queries), k)
    return others
