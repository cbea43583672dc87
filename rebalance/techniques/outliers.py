"""Techniques for values that are far from the others."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Float64
from rebalance.errors import DataError, UsageError
from rebalance.plan.plan import ColumnTransform, Plan
from rebalance.system.threads import single_threaded
from rebalance.table.relevance import box_plot
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.settings import COLUMNS, FENCE, METHOD
from rebalance.techniques.transform import column_values, with_transforms
from rebalance.text import count_of

_FOREST = METHOD.choices[1]


def drop_outliers(context: TechniqueContext) -> Plan:
    """Remove the rows with a value beyond the fences of its column, or those that a forest isolates."""
    if context.params[METHOD] == _FOREST:
        if FENCE.name in context.params.given:
            raise UsageError(f"drop-outliers: {_FOREST} has no fences", "leave fence or method out")
        outside = _isolated(context)
    else:
        outside = _beyond_fences(context)
    count = int(outside.sum())
    note = f"{count_of(count, 'row')} {'is an outlier' if count == 1 else 'are outliers'} and removed"
    return replace(context.before.select(~outside), notes=(*context.before.notes, note))


def _beyond_fences(context: TechniqueContext) -> Bool:
    outside = np.zeros(len(context.before), np.bool_)
    for column, values in column_values(context).items():
        low, high = _fences(context, column, values)
        outside |= (values < low) | (values > high)
    return outside


def _isolated(context: TechniqueContext) -> Bool:
    """Return the rows that an isolation forest separates from the others (Liu, Ting and Zhou 2008)."""
    from scipy import sparse
    from sklearn.ensemble import IsolationForest

    if context.params[COLUMNS]:
        columns = [np.where(np.isnan(v), np.nanmedian(v), v) for v in column_values(context).values()]
        points = np.column_stack(columns)
    else:
        targets, features = context.targets()[:, None], context.points()
        is_sparse = sparse.issparse(features)
        points = sparse.hstack([features, targets], "csr") if is_sparse else np.hstack([features, targets])
    with single_threaded():
        isolated: Bool = IsolationForest(random_state=context.seed).fit_predict(points) < 0
    return isolated


def clip_outliers(context: TechniqueContext) -> Plan:
    """Replace values beyond the fences of their column by the most extreme ones within."""
    from sklearn.preprocessing import FunctionTransformer

    transforms, columns = [], column_values(context)
    for column, values in columns.items():
        low, high = _fences(context, column, values)
        within = values[(values >= low) & (values <= high)]
        low, high = float(within.min()), float(within.max())
        clip = FunctionTransformer(np.clip, kw_args={"a_min": low, "a_max": high}).fit(values[:, None])
        limits = {"low": low, "high": high}
        transforms.append(ColumnTransform(column, "clip-outliers", clip, limits, keeps_format=True, invertible=False))
    return with_transforms(context, columns, transforms)


def _fences(context: TechniqueContext, column: int, values: Float64) -> tuple[float, float]:
    box = box_plot(values[~np.isnan(values)])
    if box.lower == box.upper:
        raise DataError(
            f"at least half of the values of {context.table.names[column]!r} are {box.lower:.15g}:"
            " its fences would make every other value an outlier",
            f"--technique drop-outliers:method={_FOREST}, or other columns: columns=NAME",
        )
    return box.fences(context.params[FENCE])
