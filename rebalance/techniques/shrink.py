"""Techniques that leave rows of the larger classes out."""

import numpy as np

from rebalance.plan.plan import Plan
from rebalance.techniques.problem import Problem


def random_under(problem: Problem) -> Plan:
    """Keep random rows of each class that is to shrink, in input order."""
    random = problem.random()
    kept = np.ones(len(problem.rows), np.bool_)
    for code in np.flatnonzero(problem.wanted < problem.counts).tolist():
        members = np.flatnonzero(problem.codes == code)
        kept[members] = False
        kept[random.choice(members, int(problem.wanted[code]), replace=False)] = True
    return Plan(problem.rows[kept])
