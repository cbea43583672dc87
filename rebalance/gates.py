"""Limits a user sets for a run: exit code 1 means that one of them was passed, and nothing else."""

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rebalance.errors import UsageError, did_you_mean

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition on which a run fails: `name` `sign` `limit`."""

    name: str
    sign: str
    limit: float

    def tripped(self, value: float) -> bool:
        """Whether the run fails; a value that is not defined cannot be shown to pass."""
        return math.isnan(value) or _COMPARE[self.sign](value, self.limit)

    def sentence(self, value: float) -> str:
        """Say what was observed, against the limit."""
        observed = "not defined" if math.isnan(value) else f"{value:.4g}"
        return f"{self.name} is {observed}, and the limit is {self.sign} {self.limit:g}"


def parse_fail_if(texts: Sequence[str], known: Mapping[str, str]) -> list[Gate]:
    """Read conditions such as `ratio>10`, of the names `known`. Raises UsageError for what is none."""
    return [_parsed(text, "--fail-if", r"<=|>=|<|>", known) for text in texts]


def parse_fail_under(texts: Sequence[str], known: Mapping[str, str]) -> list[Gate]:
    """Read limits such as `f1=0.7`, below which the run fails. Raises UsageError for what is none."""
    return [Gate(gate.name, "<", gate.limit) for gate in (_parsed(text, "--fail-under", "=", known) for text in texts)]


def known_name(text: str, option: str, known: Mapping[str, str]) -> str:
    """Return the name among `known` that is meant; the values are what else each is called. Raises UsageError for none.

    `pr-auc`, `PR_AUC` and `PR AUC` are one name.
    """
    if (found := _found(text, known)) is not None:
        return found
    names = [name.replace("_", "-") for name in known]
    raise UsageError(
        f"{option} {text}: there is no such figure", did_you_mean(text, names) or "one of " + ", ".join(names)
    )


def _found(text: str, known: Mapping[str, str]) -> str | None:
    wanted = _plain(text)
    return next((name for name, heading in known.items() if wanted in (_plain(name), _plain(heading))), None)


def _plain(text: str) -> str:
    return re.sub(r"[-\s_]+", "_", text.strip()).casefold()


def tripped(gates: Sequence[Gate], values: Mapping[str, float]) -> list[str]:
    """Return a sentence for each gate that is tripped."""
    return [gate.sentence(values[gate.name]) for gate in gates if gate.tripped(values[gate.name])]


def _name_in(text: str, known: Mapping[str, str]) -> str:
    """Return the name that a text begins with, or else the first of all."""
    begun = re.split(r"[<>=:]|\s+[0-9.]", text)[0]
    return (_found(begun, known) or next(iter(known))).replace("_", "-")


def _parsed(text: str, option: str, signs: str, known: Mapping[str, str]) -> Gate:
    found = re.fullmatch(rf"\s*([^<>=]+?)\s*({signs})\s*(\S+)\s*", text)
    example = f"{option} '{_name_in(text, known)}{'=' if signs == '=' else '>'}0.5'"
    if not found:
        raise UsageError(f"{option} {text}: not a figure, a sign and a number", f"for example {example}")
    try:
        limit = float(found[3])
    except ValueError:
        limit = math.nan
    if not math.isfinite(limit):
        raise UsageError(f"{option} {text}: {found[3]} is not a number", f"for example {example}")
    return Gate(known_name(found[1], option, known), found[2], limit)
