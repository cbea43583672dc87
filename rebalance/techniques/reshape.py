"""Techniques that write numbers anew so that their spread is less skewed; each can be undone."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rebalance.arrays import Float64
from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import Rewrite
from rebalance.techniques.measured import measured_columns, with_rewrites
from rebalance.techniques.problem import Problem

_MOST_QUANTILES = 1000
_YEO_JOHNSON = (
    "y >= 0: (y * lambda + 1) ** (1 / lambda) - 1, or exp(y) - 1 if lambda is 0;"
    " y < 0: 1 - (1 - (2 - lambda) * y) ** (1 / (2 - lambda)), or 1 - exp(-y) if lambda is 2"
)
_QUANTILE_NORMAL = "interpolate the quantiles, which are evenly spaced from 0 to 1, at the normal distribution of y"
_LOST = 1e-5
"""Of a column's range: what may be lost in writing it anew and undoing that."""

Fit = Callable[[Float64, str], tuple[Any, Mapping[str, Any]]]
"""From the numbers of a column and its name to a fitted transformer, and what it takes to undo it elsewhere."""


def log1p(problem: Problem) -> Plan:
    """Write values as log(1 + value)."""
    return _reshaped(problem, "log1p", _log1p)


def yeo_johnson(problem: Problem) -> Plan:
    """Write values as the Yeo-Johnson power of them that makes them most likely normal (2000, equation 2.1)."""
    return _reshaped(problem, "yeo-johnson", _yeo_johnson)


def quantile_normal(problem: Problem) -> Plan:
    """Write values as the quantile of the normal distribution that their rank has."""
    return _reshaped(problem, "quantile-normal", _quantile_normal)


def _reshaped(problem: Problem, name: str, fit: Fit) -> Plan:
    columns = measured_columns(problem)
    rewrites = [
        Rewrite(column, name, *fit(values[~np.isnan(values)][:, None], problem.table.names[column]))
        for column, values in columns.items()
    ]
    return with_rewrites(problem, columns, rewrites)


def _log1p(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import FunctionTransformer

    if values.min() <= -1:
        raise DataError(
            f"log1p: the column {name!r} has values down to {values.min():.6g}, and needs them above -1",
            "--technique yeo-johnson takes any",
        )
    shape = FunctionTransformer(np.log1p, inverse_func=np.expm1, check_inverse=False)
    return shape.fit(values), {"inverse": "exp(y) - 1"}


def _yeo_johnson(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import PowerTransformer

    shape = PowerTransformer(method="yeo-johnson", standardize=False)
    try:
        shape.fit(values)
    except ValueError as error:
        raise DataError(f"yeo-johnson cannot be fitted to the column {name!r}: {error}", "another technique") from None
    _check_undone(shape, values, f"yeo-johnson: its power of the column {name!r} ({shape.lambdas_[0]:.3g})")
    return shape, {"lambda": float(shape.lambdas_[0]), "inverse": _YEO_JOHNSON}


def _check_undone(shape: Any, values: Float64, what: str) -> None:
    with np.errstate(all="ignore"):
        back = shape.inverse_transform(shape.transform(values))
    if not np.allclose(back, values, rtol=0, atol=_LOST * float(np.ptp(values))):
        raise DataError(
            f"{what} could not be undone",
            "another technique, or bring the column nearer to 0 and to a spread of 1 first",
        )


def _quantile_normal(values: Float64, name: str) -> tuple[Any, Mapping[str, Any]]:
    from sklearn.preprocessing import QuantileTransformer

    count = min(_MOST_QUANTILES, len(values))
    # every row is used: a subsample would make ranks depend on a draw
    shape = QuantileTransformer(n_quantiles=count, output_distribution="normal", subsample=None).fit(values)
    _check_undone(shape, values, f"quantile-normal: the ranks of the column {name!r}")
    return shape, {"quantiles": shape.quantiles_[:, 0].tolist(), "inverse": _QUANTILE_NORMAL}
