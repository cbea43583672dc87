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

    def is_tripped(self, value: float) -> bool:
        """Whether the run fails; a value that is not defined cannot be shown to pass."""
        return math.isnan(value) or _COMPARE[self.sign](value, self.limit)

    def message(self, value: float) -> str:
        """Return a sentence with the value and the limit."""
        observed = "not defined" if math.isnan(value) else f"{value:.4g}"
        return f"{self.name} is {observed}, and the limit is {self.sign} {self.limit:g}"


def tripped_messages(gates: Sequence[Gate], values: Mapping[str, float]) -> list[str]:
    """Return a sentence for each gate that trips; `values` by name."""
    return [gate.message(values[gate.name]) for gate in gates if gate.is_tripped(values[gate.name])]
