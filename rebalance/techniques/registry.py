"""The techniques that exist. Help, completion, `rebalance techniques`, the README and the tests read this.

To add one: write its plan function, and its entry here.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from rebalance.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from rebalance.plan.plan import Plan
    from rebalance.techniques.problem import Problem


class Family(StrEnum):
    """What a technique does to the rows."""

    NOTHING = "nothing"
    GROW = "grow"
    SHRINK = "shrink"
    WEIGH = "weigh"


@dataclass(frozen=True, slots=True)
class Technique:
    """One technique: what it is, when it helps, what it needs, and where its plan function is.

    `path` is `module:function`, imported only when the technique is used. `paper` is where it comes from.
    """

    name: str
    family: Family
    summary: str
    needs: str
    when: str
    paper: str
    path: str

    @property
    def grows(self) -> bool:
        """Whether it can add rows."""
        return self.family is Family.GROW

    @property
    def shrinks(self) -> bool:
        """Whether it can leave rows out."""
        return self.family is Family.SHRINK

    def plan(self, problem: "Problem") -> "Plan":
        """Decide what becomes of the rows of `problem`."""
        module, _, function = self.path.partition(":")
        found = cast("Callable[[Problem], Plan]", getattr(importlib.import_module(module), function))
        return found(problem)


TECHNIQUES: tuple[Technique, ...] = (
    Technique(
        "none",
        Family.NOTHING,
        "the rows as they are",
        "nothing",
        "The contender every other one has to beat.",
        "",
        "rebalance.techniques.weigh:none",
    ),
    Technique(
        "random-over",
        Family.GROW,
        "repeat random rows of the smaller classes",
        "1 row a class",
        "A first try; with trees and boosting rarely worse than anything synthetic.",
        "",
        "rebalance.techniques.grow:random_over",
    ),
    Technique(
        "random-under",
        Family.SHRINK,
        "keep random rows of the larger classes",
        "1 row a class",
        "Data is plentiful and training time is not.",
        "",
        "rebalance.techniques.shrink:random_under",
    ),
    Technique(
        "smote",
        Family.GROW,
        "make rows between near neighbours of the smaller classes",
        "2 rows a class; with n rows at most n - 1 neighbours",
        "The minority is small, its columns mostly measurements, the model linear or distance-based.",
        "Chawla et al. 2002, JAIR 16",
        "rebalance.techniques.grow:smote",
    ),
    Technique(
        "class-weight",
        Family.WEIGH,
        "a column of weights n / (classes * rows of the class)",
        "1 row a class",
        "The model takes sample weights: no row is added or lost.",
        "King and Zeng 2001, Political Analysis 9",
        "rebalance.techniques.weigh:class_weight",
    ),
)


def find_technique(name: str) -> Technique:
    """Return the technique called `name`. Raises UsageError, saying which was meant."""
    for technique in TECHNIQUES:
        if technique.name == name:
            return technique
    names = [technique.name for technique in TECHNIQUES]
    hint = did_you_mean(name, names) or "one of " + ", ".join(names)
    raise UsageError(f"there is no technique {name!r}", f"{hint}; `rebalance techniques` lists them")
