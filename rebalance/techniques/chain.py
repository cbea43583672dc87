"""What the user names after --technique: one technique, or several run one after the other."""

import itertools
from dataclasses import dataclass

from rebalance.errors import UsageError, did_you_mean
from rebalance.techniques.registry import ALIASES, TECHNIQUES, Family, Task, Technique

_LAST = (Family.WEIGH, Family.REWRITE)
"""Families that neither add nor remove rows: they see the rows that the others leave."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What the user typed after --technique: techniques, run from left to right."""

    name: str
    steps: tuple[Technique, ...]

    @property
    def grows(self) -> bool:
        """Whether some step can add rows."""
        return any(step.grows for step in self.steps)

    @property
    def shrinks(self) -> bool:
        """Whether some step leaves rows out until a count is reached."""
        return any(step.shrinks for step in self.steps)

    @property
    def options(self) -> set[str]:
        """The command line's options that some step heeds."""
        counts = ("--ratio", "--count") if self.grows or self.shrinks else ()
        return {*counts, *(option for step in self.steps for option in step.options)}

    @property
    def only_weighs(self) -> bool:
        """Whether it leaves the rows as they are, with weights."""
        return all(step.family is Family.WEIGH for step in self.steps)

    @property
    def rewriters(self) -> tuple[str, ...]:
        """The steps that write cells anew."""
        return tuple(step.name for step in self.steps if step.family is Family.REWRITE)

    @property
    def only_rewrites(self) -> bool:
        """Whether it leaves the rows as they are, with cells written anew and perhaps weights."""
        return bool(self.rewriters) and all(step.family in _LAST for step in self.steps)

    def check_task(self, task: Task) -> None:
        """Raise UsageError if some step is not for such a target."""
        for step in self.steps:
            if task not in step.tasks:
                names = ", ".join(own.name for own in TECHNIQUES if task in own.tasks)
                other = "classification" if task is Task.QUANTITY else "regression"
                kind = "a quantity" if task is Task.QUANTITY else "a class"
                raise UsageError(
                    f"{step.name} is not for a target that is {kind}",
                    f"one of {names}; or --task {other}, if it is not",
                )

    @property
    def does_nothing(self) -> bool:
        """Whether it is `none`."""
        return all(step.family is Family.NOTHING for step in self.steps)


def find_chain(text: str) -> Chain:
    """Return the technique called `text`, or the chain `a+b+c`. Raises UsageError, saying which was meant."""
    if "," in text or "" in text.split("+"):
        named = [name.strip() for name in text.replace(",", "+").split("+") if name.strip()]
        raise UsageError(f"{text}: no chain of techniques", "--technique " + ("+".join(named) or "smote+tomek-links"))
    steps = tuple(_find(name) for name in text.split("+"))
    last = [step for step in steps if step.family in _LAST]
    late = [step for step, after in itertools.pairwise(steps) if step in last and after not in last]
    if late:
        first = [step.name for step in steps if step not in last]
        raise UsageError(
            f"{text}: {late[0].name} must come last, what follows would not know what it has done",
            f"--technique '{'+'.join(first + [step.name for step in last])}'",
        )
    weighing = [step for step in steps if step.family is Family.WEIGH]
    if len(weighing) > 1:
        raise UsageError(f"{text}: a row has one weight", f"--technique {weighing[0].name}, or {weighing[1].name}")
    return Chain("+".join(step.name for step in steps), steps)


def _find(name: str) -> Technique:
    for technique in TECHNIQUES:
        if technique.name == ALIASES.get(name, name):
            return technique
    names = [*(technique.name for technique in TECHNIQUES), *ALIASES]
    hint = did_you_mean(name, names) or "one of " + ", ".join(names)
    raise UsageError(f"there is no technique {name!r}", f"{hint}; `rebalance techniques` lists them")
