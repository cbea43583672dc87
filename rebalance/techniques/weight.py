"""Techniques that keep every row, and weight it or leave it unchanged."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Float64
from rebalance.plan.plan import Plan, apply_transforms
from rebalance.techniques.context import TechniqueContext
from rebalance.techniques.settings import ALPHA, BETA

_MIN_WEIGHT = 1e-6
"""DenseWeight's epsilon: no row has a weight of 0 or less (Steininger et al. 2021, equation 4)."""

_MAX_POINTS = 4096
"""The density of more different values is estimated at this many points: it takes time quadratic in their number."""


def none(context: TechniqueContext) -> Plan:
    """Keep the rows unchanged."""
    return context.before


def class_weight(context: TechniqueContext) -> Plan:
    """Weigh each row by `n / (k * n_class)`, so that the classes' total weights are equal.

    This is scikit-learn's `class_weight="balanced"` (King and Zeng 2001).
    """
    present = context.counts > 0
    return _with_class_weights(context, len(context.codes) / (present.sum() * context.counts.clip(1)))


def effective_number(context: TechniqueContext) -> Plan:
    """Weigh each row by `(1 - beta) / (1 - beta ** n_class)`, scaled so that the classes' weights sum to their number.

    Cui et al. 2019, equation 2 and section 4.1.
    """
    beta, counts = context.params[BETA], context.counts.clip(1)
    weights = (1 - beta) / (1 - beta**counts)
    present = context.counts > 0
    return _with_class_weights(context, weights * present.sum() / weights[present].sum())


def density_weight(context: TechniqueContext) -> Plan:
    """Weigh each row by `max(1 - alpha * density, 1e-6)`, scaled to a mean weight of 1.

    The density of the target is a Gaussian kernel estimate of Silverman's width, scaled to lie between 0 and 1
    (DenseWeight, Steininger et al. 2021, Machine Learning 110, equations 3 to 5).
    """
    values = apply_transforms(context.before.transforms, context.table.target_index, context.targets())
    density = density_of(values)
    low, high = density.min(), density.max()
    scaled = (density - low) / (high - low) if high > low else np.zeros(len(values))
    weights = np.maximum(1 - context.params[ALPHA] * scaled, _MIN_WEIGHT)
    return _with_weights(context, weights / weights.mean())


def density_of(values: Float64) -> Float64:
    """Return a Gaussian kernel estimate of the density at each value, of Silverman's width (1986, p. 48).

    Many different values are moved to the nearest of 4,096 points, half of them evenly spaced, half at quantiles;
    between two points the density is interpolated linearly.
    """
    from scipy.stats import gaussian_kde

    points, counts = np.unique(values, return_counts=True)
    if len(points) > _MAX_POINTS:
        even = np.linspace(points[0], points[-1], _MAX_POINTS // 2)
        points = np.union1d(even, np.quantile(values, np.linspace(0, 1, _MAX_POINTS // 2)))
        midpoints = (points[:-1] + points[1:]) / 2
        counts = np.bincount(np.searchsorted(midpoints, values), minlength=len(points))
    if len(points) == 1:
        return np.ones(len(values))
    width = values.std(ddof=1) * (4 / (3 * len(values))) ** 0.2
    # SciPy takes the width in standard deviations of its points
    kernel = gaussian_kde(points, width / np.sqrt(np.cov(points, aweights=counts)), weights=counts)
    density: Float64 = np.interp(values, points, kernel(points))
    return density


def _with_class_weights(context: TechniqueContext, class_weights: Float64) -> Plan:
    return _with_weights(context, class_weights[context.codes])


def _with_weights(context: TechniqueContext, weights: Float64) -> Plan:
    """Return the plan with weights, multiplied by those of the column of weights if there is one."""
    if context.table.weights is None:
        return replace(context.before, weight=weights)
    from rebalance.plan.rows import given_weights

    given = given_weights(context.table, context.before)
    assert given is not None  # noqa: S101  the table has them
    return replace(context.before, weight=weights * given)
