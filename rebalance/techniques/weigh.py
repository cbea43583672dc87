"""Techniques that leave every row where it is."""

from dataclasses import replace

import numpy as np

from rebalance.arrays import Float64
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import rewritten
from rebalance.techniques.problem import Problem

_LEAST_WEIGHT = 1e-6
_MOST_POINTS = 4096


def none(problem: Problem) -> Plan:
    """Keep the rows as they are."""
    return problem.before


def class_weight(problem: Problem) -> Plan:
    """Weigh each row by `n / (k * n_class)`: the rows of each class weigh the same together.

    It is scikit-learn's `class_weight="balanced"` (King and Zeng 2001).
    """
    present = problem.counts > 0
    return _weighed(problem, len(problem.codes) / (present.sum() * problem.counts.clip(1)))


def effective_number(problem: Problem) -> Plan:
    """Weigh each row by `(1 - beta) / (1 - beta ** n_class)`, scaled so that the classes' weights sum to their number.

    Cui et al. 2019, equation 2 and section 4.1.
    """
    beta, counts = problem.options.beta, problem.counts.clip(1)
    weights = (1 - beta) / (1 - beta**counts)
    present = problem.counts > 0
    return _weighed(problem, weights * present.sum() / weights[present].sum())


def density_weight(problem: Problem) -> Plan:
    """Weigh each row by `max(1 - alpha * density, 1e-6)`, scaled so that the mean weight is 1.

    The density of the target is a Gaussian kernel's, of Silverman's width, scaled to lie between 0 and 1 (DenseWeight,
    Steininger et al. 2021, Machine Learning 110, equations 3 to 5).
    """
    values = rewritten(problem.before.rewrites, problem.table.target_index, problem.targets())
    density = density_of(values)
    low, high = density.min(), density.max()
    scaled = (density - low) / (high - low) if high > low else np.zeros(len(values))
    weights = np.maximum(1 - problem.options.alpha * scaled, _LEAST_WEIGHT)
    return replace(problem.before, weight=weights / weights.mean())


def density_of(values: Float64) -> Float64:
    """Return a Gaussian kernel's estimate of the density at each of some values, of Silverman's width (1986, p. 48).

    Many different values are moved to the nearest of 4,096 points, half of them even, half at quantiles; between two
    points the density is on a line.
    """
    from scipy.stats import gaussian_kde

    points, counts = np.unique(values, return_counts=True)
    if len(points) > _MOST_POINTS:
        even = np.linspace(points[0], points[-1], _MOST_POINTS // 2)
        points = np.union1d(even, np.quantile(values, np.linspace(0, 1, _MOST_POINTS // 2)))
        middles = (points[:-1] + points[1:]) / 2
        counts = np.bincount(np.searchsorted(middles, values), minlength=len(points))
    if len(points) == 1:
        return np.ones(len(values))
    width = values.std(ddof=1) * (4 / (3 * len(values))) ** 0.2
    # scipy takes the width in standard deviations of its points
    kernel = gaussian_kde(points, width / np.sqrt(np.cov(points, aweights=counts)), weights=counts)
    found: Float64 = np.interp(values, points, kernel(points))
    return found


def _weighed(problem: Problem, weight_of_class: Float64) -> Plan:
    return replace(problem.before, weight=weight_of_class[problem.codes])
