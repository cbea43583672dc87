"""Techniques for values that lie far from the others."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Float64
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
    return replace(left, notes=(f"{int(outside.sum()):,} rows are outliers, and left out",))


def _beyond_fences(problem: Problem) -> Bool:
    outside = np.zeros(len(problem.before), np.bool_)
    for values in measured_columns(problem).values():
        low, high = box_plot(values[~np.isnan(values)]).fences(problem.options.fence)
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

    rewrites = []
    for column, values in measured_columns(problem).items():
        low, high = _adjacent(values[~np.isnan(values)], problem.options.fence)
        clip = FunctionTransformer(np.clip, kw_args={"a_min": low, "a_max": high}).fit(values[:, None])
        limits = {"low": low, "high": high}
        rewrites.append(Rewrite(column, "clip-outliers", clip, limits, on_grid=True, undone=False))
    return with_rewrites(problem, rewrites)


def _adjacent(values: Float64, fence: float) -> tuple[float, float]:
    low, high = box_plot(values).fences(fence)
    within = values[(values >= low) & (values <= high)]
    return float(within.min()), float(within.max())
