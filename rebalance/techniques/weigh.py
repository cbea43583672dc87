"""Techniques that leave every row where it is."""

from rebalance.plan.plan import Plan
from rebalance.techniques.problem import Problem


def none(problem: Problem) -> Plan:
    """Keep the rows as they are."""
    return Plan(problem.rows)


def class_weight(problem: Problem) -> Plan:
    """Weigh each row by `n / (k * n_class)`: the rows of each class weigh the same together.

    It is scikit-learn's `class_weight="balanced"` (King and Zeng 2001).
    """
    present = problem.counts > 0
    weights = len(problem.rows) / (present.sum() * problem.counts.clip(1))
    return Plan(problem.rows, weight=weights[problem.codes])
