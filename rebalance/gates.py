"""Limits that a user sets for a run: exit code 1 means that one of them has tripped, and nothing else."""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition on which a run fails."""

    name: str
    """The value that is tested."""

    sign: str
    """One of <, <=, > and >=."""

    limit: float
    """What the value is compared with."""

    option: str
    """The option as it is typed, such as `--fail-under f1=0.7`."""

    def is_tripped(self, value: float) -> bool:
        """Whether the run fails; a value that is not defined cannot be shown to pass."""
        return math.isnan(value) or _COMPARE[self.sign](value, self.limit)

    def message(self, value: float, of: str = "") -> str:
        """Return a sentence with the option and the value; `of`: whose value it is."""
        observed = "not defined" if math.isnan(value) else f"{value:.4g}"
        return f"{self.option}: {typed_name(self.name)}{of and f' of {of}'} is {observed}"


def typed_name(name: str) -> str:
    """Return the name of a value as it is typed on a command line."""
    return name.replace("_", "-")


def tripped_messages(gates: Sequence[Gate], values: Mapping[str, float], of: str = "") -> list[str]:
    """Return a sentence for each gate that trips; `values` by name, `of`: whose values they are."""
    return [gate.message(values[gate.name], of) for gate in gates if gate.is_tripped(values[gate.name])]
