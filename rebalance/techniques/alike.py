"""Whether all near neighbours of a point are of its class: exactly, without finding out which they are.

They are if k fellows are nearer than the nearest foreign point. That one is looked for first; fellows, taken at random,
only until k are nearer, which for most points a small part of them is.
"""

from typing import Any

import numpy as np

from rebalance.arrays import Bool, Codes, Float32, Float64, Int64
from rebalance.techniques.neighbors import (
    EXACT,
    candidate_index,
    divided,
    in_single_precision,
    is_for_a_tree,
    nearest_others,
    rounding,
)

_FIRST_FELLOWS = 4096
"""How many fellows are looked at first; then twice as many, and so on."""

_SEED = 0
"""Of the order of fellows, on which what is found does not depend."""


def all_alike(points: Float64, k: int, codes: Codes, of: Int64) -> Bool:
    """Return whether the k nearest other points of each point at `of` are all of its class, `codes`.

    Distances in single precision decide where rounding cannot matter, the exact search for the rest.
    """
    if is_for_a_tree(points):
        return _by_search(points, k, codes, of)
    single, sizes = in_single_precision(points)
    error = rounding(points.shape[1], sizes + sizes.max())
    alike, unsure = np.zeros(len(of), np.bool_), np.zeros(len(of), np.bool_)
    for code in np.unique(codes[of]).tolist():
        at = np.flatnonzero(codes[of] == code)
        fellows, foreign = np.flatnonzero(codes == code), np.flatnonzero(codes != code)
        alike[at], unsure[at] = _among_fellows(single, k, of[at], fellows, foreign, error)
    if unsure.any():
        alike[unsure] = _by_search(points, k, codes, of[unsure])
    return alike


def _by_search(points: Float64, k: int, codes: Codes, of: Int64) -> Bool:
    alike: Bool = (codes[nearest_others(points, k, of, EXACT).positions] == codes[of, None]).all(axis=1)
    return alike


def _among_fellows(
    single: Float32, k: int, of: Int64, fellows: Int64, foreign: Int64, error: Float64
) -> tuple[Bool, Bool]:
    """Return which of the points at `of`, all of one class, have k fellows nearer than all foreign points.

    And of which that is not sure. `error`: by how much the square of a distance from each point may be wrong.
    """
    alike, unsure = np.zeros(len(of), np.bool_), np.zeros(len(of), np.bool_)
    limit = np.full(len(of), np.inf)
    if len(foreign):
        limit = _search(single, foreign, of, 1)[0][:, 0]
    margin = 2 * error[of]
    nearer, perhaps = np.zeros(len(of), np.int64), np.zeros(len(of), np.int64)
    order = np.random.default_rng(_SEED).permutation(fellows)
    left, begin, size = np.arange(len(of)), 0, _FIRST_FELLOWS
    while len(left) and begin < len(order):
        part = order[begin : begin + size]
        reach, near = _search(single, part, of[left], min(k + 1, len(part)))
        other = (near >= 0) & (part[near] != of[left][:, None])
        nearer[left] += (other & (reach < (limit - margin)[left, None])).sum(axis=1)
        perhaps[left] += (other & ~(reach > (limit + margin)[left, None])).sum(axis=1)  # what is no number, too
        found = nearer[left] >= k
        alike[left[found]] = True
        left = left[~found]
        begin, size = begin + size, 2 * size
    unsure[left] = perhaps[left] >= k
    return alike, unsure


def _search(single: Float32, among: Int64, of: Int64, k: int) -> tuple[Float64, Int64]:
    """Return the squares of the distances of the k nearest points among some, and which of those they are."""
    index = candidate_index(single[among])

    def search(part: Int64) -> tuple[Any, Int64]:
        reach, near = index.search(single[part], k)
        return reach.astype(np.float64), near

    parts = divided(search, of)
    return np.concatenate([reach for reach, _ in parts]), np.concatenate([near for _, near in parts])
