"""Techniques for values that lie far from the others."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Float64
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import Rewrite
from rebalance.table.relevance import box_plot
from rebalance.techniques.measured import measured_columns, with_rewrites
from rebalance.techniques.neighbors import one_thread
from rebalance.techniques.problem import Problem

FOREST = "isolation-forest"


def drop_outliers(problem: Problem) -> Plan:
    """Leave out the rows of which some value lies beyond the fences of its column, or those that a forest isolates."""
    outside = _isolated(problem) if problem.options.method == FOREST else _beyond_fences(problem)
    left = problem.before.select(~outside)
    count = int(outside.sum())
    said = "1 row is an outlier, and left out" if count == 1 else f"{count:,} rows are outliers, and left out"
    return replace(left, notes=(*problem.before.notes, said))


def _beyond_fences(problem: Problem) -> Bool:
    outside = np.zeros(len(problem.before), np.bool_)
    for column, values in measured_columns(problem).items():
        low, high = _fences(problem, column, values)
        outside |= (values < low) | (values > high)
    return outside


def _isolated(problem: Problem) -> Bool:
    """Return the rows that an isolation forest tells from the others (Liu, Ting and Zhou 2008)."""
    from scipy import sparse
    from sklearn.ensemble import IsolationForest

    if problem.options.columns:
        columns = [np.where(np.isnan(own), np.nanmedian(own), own) for own in measured_columns(problem).values()]
        points = np.column_stack(columns)
    else:
        targets = problem.targets()[:, None]
        others = problem.points()
        points = sparse.hstack([others, targets], "csr") if sparse.issparse(others) else np.hstack([others, targets])
    with one_thread():
        found: Bool = IsolationForest(random_state=problem.seed).fit_predict(points) < 0
    return found


def clip_outliers(problem: Problem) -> Plan:
    """Write values beyond the fences of their column as the most extreme ones within: its grid is kept."""
    from sklearn.preprocessing import FunctionTransformer

    rewrites, columns = [], measured_columns(problem)
    for column, values in columns.items():
        low, high = _fences(problem, column, values)
        within = values[(values >= low) & (values <= high)]
        low, high = float(within.min()), float(within.max())
        clip = FunctionTransformer(np.clip, kw_args={"a_min": low, "a_max": high}).fit(values[:, None])
        limits = {"low": low, "high": high}
        rewrites.append(Rewrite(column, "clip-outliers", clip, limits, on_grid=True, undone=False))
    return with_rewrites(problem, columns, rewrites)


def _fences(problem: Problem, column: int, values: Float64) -> tuple[float, float]:
    box = box_plot(values[~np.isnan(values)])
    if box.lower == box.upper:
        raise DataError(
            f"at least half of the values of {problem.table.names[column]!r} are {box.lower:.15g}:"
            " its fences would make outliers of all others",
            "--technique drop-outliers --method isolation-forest, or other --columns",
        )
    return box.fences(problem.options.fence)
