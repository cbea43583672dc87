"""Techniques that leave every row where it is."""

from dataclasses import replace

from rebalance.arrays import Float64
from rebalance.plan.plan import Plan
from rebalance.techniques.problem import Problem


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


def _weighed(problem: Problem, weight_of_class: Float64) -> Plan:
    return replace(problem.before, weight=weight_of_class[problem.codes])
