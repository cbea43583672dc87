"""Techniques that leave out the rows that blur the border between classes.

They are imbalanced-learn's, on the feature space, but for three whose search is slow there: those are ours, and
held to its answers, where no two distances are equal. The smallest class is left whole, but in the hybrids, where it
has been grown.
"""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.techniques.grow import smote
from rebalance.techniques.neighbors import one_thread
from rebalance.techniques.problem import Problem

_NEIGHBORS = 3
"""imbalanced-learn's own default for the edited nearest neighbours."""


def _cleaned(problem: Problem, sampler: Any, neighbors: int) -> Plan:
    """Keep the rows that `sampler` keeps; classes are given to it as whole numbers from 0 without a gap."""
    _require_rows(problem, neighbors)
    points = problem.points()
    present, codes = np.unique(problem.codes, return_inverse=True)
    sampler.sampling_strategy = [at for at, code in enumerate(present) if code != problem.smallest]
    with warnings.catch_warnings(), one_thread():
        warnings.filterwarnings("ignore", category=UserWarning)
        sampler.fit_resample(points, codes)
    kept = np.zeros(len(codes), np.bool_)
    kept[sampler.sample_indices_] = True
    return problem.before.select(kept)


def _require_rows(problem: Problem, neighbors: int) -> None:
    rows = len(problem.codes)
    if rows <= neighbors:
        raise DataError(
            f"this needs {neighbors + 1} rows, and there are {rows}",
            "--technique random-under needs 1 row of each class",
        )


def tomek_links(problem: Problem, *, every_class: bool = False) -> Plan:
    """Leave out the larger class's row of each pair of mutual nearest neighbours of two classes (Tomek 1976).

    One row of a pair is not of the largest class: only for those, and for what is nearest to them, is there a search.
    """
    _require_rows(problem, 1)
    points, codes = problem.points(), problem.codes
    some = np.flatnonzero(codes != problem.counts.argmax())
    nearest = problem.nearest_others(points, 1, some)[:, 0]
    foreign = codes[nearest] != codes[some]
    some, nearest = some[foreign], nearest[foreign]
    ends, place = np.unique(nearest, return_inverse=True)
    mutual = problem.nearest_others(points, 1, ends)[place, 0] == some
    linked = np.zeros(len(codes), np.bool_)
    linked[some[mutual]] = linked[nearest[mutual]] = True
    return problem.before.select(~linked | _spared(problem, every_class=every_class))


def edited_nn(problem: Problem, *, every_class: bool = False) -> Plan:
    """Leave out rows not all of whose 3 neighbours are of their class (Wilson 1972)."""
    _require_rows(problem, _NEIGHBORS)
    kept = _spared(problem, every_class=every_class)
    judged = np.flatnonzero(~kept)
    kept[judged] = problem.neighbors_alike(problem.points(), _NEIGHBORS, judged)
    return problem.before.select(kept)


def _spared(problem: Problem, *, every_class: bool) -> Bool:
    spared: Bool = (problem.codes == problem.smallest) & (not every_class)
    return spared


def repeated_enn(problem: Problem) -> Plan:
    """Repeat edited-nn until nothing more is left out (Tomek 1976)."""
    from imblearn.under_sampling import RepeatedEditedNearestNeighbours

    return _cleaned(problem, RepeatedEditedNearestNeighbours(), _NEIGHBORS)


def all_knn(problem: Problem) -> Plan:
    """Repeat edited-nn with 1, 2 and 3 neighbours (Tomek 1976)."""
    from imblearn.under_sampling import AllKNN

    return _cleaned(problem, AllKNN(), _NEIGHBORS)


def condensed_nn(problem: Problem) -> Plan:
    """Keep, of the larger classes, the rows that one nearest neighbour needs to tell them apart (Hart 1968).

    Our own: imbalanced-learn's searches all rows again for each row it keeps, hours on 50,000 rows.
    """
    _require_rows(problem, 1)
    points, codes = problem.points(), problem.codes
    smallest = problem.smallest
    draw = np.random.RandomState(problem.seed)
    kept = codes == smallest
    for code in np.unique(codes[~kept]).tolist():
        members = np.flatnonzero(codes == code)
        first = int(draw.randint(0, len(members), size=1)[0])
        kept[members[condensed(points[members], points[codes == smallest], first)]] = True
    return problem.before.select(kept)


def condensed(points: Float64, others: Float64, first: int) -> Int64:
    """Return the positions of the points that are kept: `first`, and each that is nearer to `others` than to those.

    Points are looked at in order. One that is nearer to a kept point than to the others stays so whatever else is
    kept, so only the doubtful ones are measured again.
    """
    from sklearn.metrics import pairwise_distances
    from sklearn.neighbors import NearestNeighbors

    with one_thread():
        away = NearestNeighbors(n_neighbors=1).fit(others).kneighbors(points)[0][:, 0]
        near = pairwise_distances(points, points[[first]])[:, 0]
        kept = [first]
        doubtful = np.flatnonzero(near >= away)
        while len(doubtful):
            kept.append(int(doubtful[0]))
            doubtful = doubtful[1:]
            near[doubtful] = np.minimum(near[doubtful], _distances(points[doubtful], points[kept[-1:]]))
            doubtful = doubtful[near[doubtful] >= away[doubtful]]
    return np.unique(kept)


def _distances(points: Float64, to: Float64) -> Float64:
    if isinstance(points, np.ndarray):
        distances: Float64 = np.sqrt(np.square(points - to).sum(axis=1))
        return distances
    from sklearn.metrics import pairwise_distances

    measured: Float64 = pairwise_distances(points, to)[:, 0]
    return measured


def one_sided_selection(problem: Problem) -> Plan:
    """Condense once, then leave Tomek links out (Kubat and Matwin 1997)."""
    from imblearn.under_sampling import OneSidedSelection

    return _cleaned(problem, OneSidedSelection(random_state=problem.seed), 1)


def neighbourhood_cleaning(problem: Problem) -> Plan:
    """Leave out what edited-nn does, and rows that mislead the smallest class's neighbours (Laurikkala 2001)."""
    from imblearn.under_sampling import NeighbourhoodCleaningRule

    return _cleaned(problem, NeighbourhoodCleaningRule(), _NEIGHBORS)


def smote_tomek(problem: Problem) -> Plan:
    """Grow by SMOTE, then leave both rows of each Tomek link out (Batista, Bazzan and Monard 2003)."""
    grown = smote(problem)
    return _after(grown, tomek_links(replace(problem, before=grown), every_class=True))


def smote_enn(problem: Problem) -> Plan:
    """Grow by SMOTE, then leave out what edited-nn does, of all classes (Batista, Prati and Monard 2004)."""
    grown = smote(problem)
    return _after(grown, edited_nn(replace(problem, before=grown), every_class=True))


def _after(grown: Plan, cleaned: Plan) -> Plan:
    return replace(cleaned, neighbors=grown.neighbors, notes=grown.notes)
