"""Techniques that add rows to the smaller classes: each is a way to choose seeds and mates."""

import numpy as np

from rebalance.arrays import Int64
from rebalance.plan.plan import Made, Plan
from rebalance.techniques.neighbors import nearest_others
from rebalance.techniques.problem import Problem


def random_over(problem: Problem) -> Plan:
    """Repeat random rows of each class that is to grow, in input order, so that the file is read front to back."""
    random = problem.random()
    repeats = [np.sort(random.choice(members, missing)) for _, members, missing in problem.to_grow()]
    return Plan(np.concatenate([problem.rows, *repeats]))


def smote(problem: Problem) -> Plan:
    """Make rows between random rows and one of their k nearest of the same class (Chawla et al. 2002).

    A class of n rows gets at most n - 1 neighbours; one of a single row is repeated. Both are noted.
    """
    from rebalance.techniques.space import Space  # it reads cells, for which pyarrow is loaded

    random = problem.random()
    space = Space.of(problem)
    made: list[Made] = []
    repeats: list[Int64] = []
    neighbors: dict[str, int] = {}
    notes: list[str] = []
    for code, members, missing in problem.to_grow():
        label, k = problem.labels[code], min(problem.options.neighbors, len(members) - 1)
        if k == 0:
            notes.append(f"class {label!r} has 1 row: it is repeated, there is no second one to go towards")
            repeats.append(np.repeat(members, missing))
            continue
        if k < problem.options.neighbors:
            notes.append(
                f"class {label!r} has {len(members)} rows: {k} neighbours instead of {problem.options.neighbors}"
            )
        neighbors[label] = k
        nearest = nearest_others(space.points(members), k)
        seed = random.integers(len(members), size=missing)
        mate = nearest[seed, random.integers(k, size=missing)]
        label_codes = np.full(missing, code, np.int32)
        made.append(Made(members[seed], members[mate], random.random(missing), label_codes))
    return Plan(np.concatenate([problem.rows, *repeats]), joined(made), neighbors=neighbors, notes=tuple(notes))


def joined(parts: list[Made]) -> Made:
    """Return the recipes of all parts, one after the other."""
    return Made(
        np.concatenate([part.seed for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate([part.mate for part in parts] or [np.empty(0, np.int64)]),
        np.concatenate([part.gap for part in parts] or [np.empty(0)]),
        np.concatenate([part.label for part in parts] or [np.empty(0, np.int32)]),
    )
