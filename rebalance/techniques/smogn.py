"""SMOGN: rows between near neighbours, and noise where the neighbour is far."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.plan.plan import Noise, Plan
from rebalance.table.table import sample
from rebalance.techniques.grow import Choice, Growth, grown
from rebalance.techniques.neighbors import one_thread
from rebalance.techniques.problem import Problem

_MOST_OTHERS = 4096
"""The median distance to the others is that to as many of them, evenly spread: it takes time with the square."""

_ROWS_AT_ONCE, _PAIRS_AT_ONCE = 512, 16_384


def smogn(problem: Problem) -> Plan:
    """Make rows of each range that is to grow (Branco, Torgo and Ribeiro 2017, algorithms 1 and 2).

    A row is made between a seed and one of its k nearest in the range if they are less than half the median distance of
    the seed to all others apart; else it is the seed moved by Gaussian noise of at most `perturbation` standard
    deviations of the range, less where half that distance is less.
    """
    return grown(problem, _near_or_noisy)


def _near_or_noisy(growth: Growth) -> Choice:
    random, size = growth.random, growth.missing
    points = growth.problem.space.points(growth.members)
    row = random.integers(len(growth.members), size=size)
    used, place = np.unique(row, return_inverse=True)
    mate = growth.nearest(used)[place, random.integers(growth.k, size=size)]
    gap = random.random(size)
    limit = safe_distances(points, used)[place]
    far = distances(points, row, mate) >= limit
    mate, gap = np.where(far, row, mate), np.where(far, 0, gap)
    spread = np.where(far, np.minimum(limit, growth.problem.options.perturbation), 0)
    noise = Noise(spread, np.arange(growth.drawn, growth.drawn + size), growth.problem.seed)
    return replace(growth.between(growth.members[row], growth.members[mate], gap), noise=noise), ""


def safe_distances(points: Float64, of: Int64) -> Float64:
    """Return half the median distance of each of the points at `of` to the others: how near a mate must be."""
    from sklearn.metrics import pairwise_distances

    others = sample(np.arange(points.shape[0]), _MOST_OTHERS)
    limits = np.empty(len(of))
    with one_thread():
        for begin in range(0, len(of), _ROWS_AT_ONCE):
            rows = of[begin : begin + _ROWS_AT_ONCE]
            apart = pairwise_distances(points[rows], points[others])
            apart[rows[:, None] == others] = np.nan  # itself
            limits[begin : begin + len(rows)] = np.nanmedian(apart, axis=1) / 2
    return limits


def distances(points: Float64, some: Int64, others: Int64) -> Float64:
    """Return the distance of each pair of points."""
    from sklearn.metrics.pairwise import paired_distances

    parts = [
        paired_distances(points[some[begin : begin + _PAIRS_AT_ONCE]], points[others[begin : begin + _PAIRS_AT_ONCE]])
        for begin in range(0, len(some), _PAIRS_AT_ONCE)
    ]
    return np.concatenate([np.empty(0), *parts])
