"""Techniques that transform the numbers of columns, so that they are less skewed; each can be inverted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rebalance.arrays import Float64
from rebalance.errors import DataError, UsageError
from rebalance.plan.plan import ColumnTransform, Plan, apply_transforms
from rebalance.plan.rows import typed_rows
from rebalance.table.selectors import find_columns
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.settings import COLUMNS
from rebalance.text import count_of

_MAX_QUANTILES = 1000
"""scikit-learn's default: more quantiles follow single values."""

_YEO_JOHNSON_INVERSE = (
    "y >= 0: (y * lambda + 1) ** (1 / lambda) - 1, or exp(y) - 1 if lambda is 0;"
    " y < 0: 1 - (1 - (2 - lambda) * y) ** (1 / (2 - lambda)), or 1 - exp(-y) if lambda is 2"
)
_QUANTILE_INVERSE = "interpolate the quantiles, evenly spaced from 0 to 1, at the normal distribution function of y"

_MAX_LOSS = 1e-5
"""The part of a column's range that may be lost by transforming it and back."""

_MIN_VALUES_FOR_SKEW = 3
"""The adjusted skew divides by n - 2."""

Fit = Callable[[Float64, str], tuple[Any, Mapping[str, Any]]]
"""From the numbers of a column (rows x 1) and its name to a fitted transformer and what it takes to invert it."""


def log1p(context: TechniqueContext) -> Plan:
    """Replace values by log(1 + value)."""
    return _transform_columns(context, "log1p", _fit_log1p)


def yeo_johnson(context: TechniqueContext) -> Plan:
    """Apply the Yeo-Johnson power transform that makes the values most likely normal (2000, equation 2.1)."""
    return _transform_columns(context, "yeo-johnson", _fit_yeo_johnson)


def quantile_normal(context: TechniqueContext) -> Plan:
    """Replace values by the quantiles of the normal distribution that their ranks have."""
    return _transform_columns(context, "quantile-normal", _fit_quantile_normal)


def column_values(context: TechniqueContext) -> dict[int, Float64]:
    """Return the numbers of all rows, by column position, after the transforms so far.

    The columns are those that the user has named, or else the target. Raises UsageError for a column that does not hold
    numbers, DataError for one without a number in these rows.
    """
    table = context.table
    named = context.params[COLUMNS]
    wanted = find_columns(named, table.names, "columns") if named else [table.target_index]
    features = [index for index in wanted if index != table.target_index]
    typed = typed_rows(table, context.before, features).columns if features else ()
    cells = {column.column.index: column for column in typed}
    values: dict[int, Float64] = {}
    for index in wanted:
        if index == table.target_index:
            numbers = context.targets()
        else:
            column = cells.get(index)
            if column is None or column.column.number is None or column.values is None:
                raise UsageError(
                    f"columns={table.names[index]}: not a column of numbers",
                    "name a column whose role is number; inspect shows the roles",
                )
            numbers = column.values
            if np.isnan(numbers).all():
                raise DataError(f"the column {table.names[index]!r} has no number here", "leave it out of columns=")
        values[index] = apply_transforms(context.before.transforms, index, numbers)
    return values


def with_transforms(
    context: TechniqueContext, values: dict[int, Float64], transforms: Sequence[ColumnTransform]
) -> Plan:
    """Return the plan with further transforms, and a note of how many cells each changes.

    `values`: the numbers before, by column position.
    """
    notes = []
    for transform in transforms:
        before = values[transform.column]
        before = before[~np.isnan(before)]
        after = transform.apply(before)
        changed = count_of(int(np.count_nonzero(after != before)), "cell")
        name = context.table.names[transform.column]
        notes.append(f"{transform.technique} changes {changed} of {name!r}: skew {_skew(before)} to {_skew(after)}")
    plan = context.before
    return replace(plan, transforms=(*plan.transforms, *transforms), notes=(*plan.notes, *notes))


def _skew(values: Float64) -> str:
    from scipy.stats import skew

    if len(values) < _MIN_VALUES_FOR_SKEW or (values == values[0]).all():
        return "not defined"
    return f"{float(skew(values, bias=False)):.2f}"


def _transform_columns(context: TechniqueContext, technique: str, fit: Fit) -> Plan:
    columns = column_values(context)
    transforms = [
        ColumnTransform(column, technique, *fit(values[~np.isnan(values)][:, None], context.table.names[column]))
        for column, values in columns.items()
    ]
    return with_transforms(context, columns, transforms)


def _fit_log1p(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import FunctionTransformer

    if values.min() <= -1:
        raise DataError(
            f"log1p: the column {name!r} has values down to {values.min():.6g}, and needs them above -1",
            "--technique yeo-johnson takes any value",
        )
    transformer = FunctionTransformer(np.log1p, inverse_func=np.expm1, check_inverse=False)
    return transformer.fit(values), {"inverse": "exp(y) - 1"}


def _fit_yeo_johnson(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import PowerTransformer

    transformer = PowerTransformer(method="yeo-johnson", standardize=False)
    try:
        transformer.fit(values)
    except ValueError as error:
        raise DataError(
            f"yeo-johnson cannot be fitted to the column {name!r}: {error}", "use another technique"
        ) from None
    power = float(transformer.lambdas_[0])
    _check_invertible(transformer, values, f"yeo-johnson: the power {power:.3g} of the column {name!r}")
    return transformer, {"lambda": power, "inverse": _YEO_JOHNSON_INVERSE}


def _fit_quantile_normal(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import QuantileTransformer

    count = min(_MAX_QUANTILES, len(values))
    # all rows are used: with a subsample, ranks would depend on a random draw
    transformer = QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=None).fit(values)
    _check_invertible(transformer, values, f"quantile-normal: the ranks of the column {name!r}")
    return transformer, {"quantiles": transformer.quantiles_[:, 0].tolist(), "inverse": _QUANTILE_INVERSE}


def _check_invertible(transformer: Any, values: Float64, what: str) -> None:
    with np.errstate(all="ignore"):
        back = transformer.inverse_transform(transformer.transform(values))
    if not np.allclose(back, values, rtol=0, atol=_MAX_LOSS * float(np.ptp(values))):
        raise DataError(
            f"{what} could not be inverted",
            "use another technique, or bring the column nearer to 0 and to a spread of 1 first",
        )
