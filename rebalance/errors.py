"""Every way `rebalance` ends, and the errors that say so.

An error names what is wrong and where; its hint says what to type instead.
"""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit status of the command (docs/exit-codes.md explains them)."""

    DONE = 0
    GATE = 1
    USAGE = 2
    DATA = 3
    BUG = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class RebalanceError(Exception):
    """A failure that the user can do something about."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        """`message`: one line with the thing and the place; `hint`: what to do, often what to type."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RebalanceError):
    """The command line asks for something impossible or contradictory."""

    exit_code = ExitCode.USAGE


class DataError(RebalanceError):
    """The data, or a file, does not allow what was asked."""

    exit_code = ExitCode.DATA


class Terminated(BaseException):
    """SIGTERM has arrived; raised so that temporary files are removed on the way out."""


def did_you_mean(word: str, known: list[str], aliases: Mapping[str, str] | None = None, cutoff: float = 0.6) -> str:
    """Return a hint with the entries of `known` that are most similar to `word`, or `""` if none is.

    An entry of `aliases` stands for its value in the hint. `cutoff`: how similar they must be, from 0 to 1.
    """
    import difflib

    folded = {name.strip().casefold(): name for name in reversed(known)}
    near = difflib.get_close_matches(word.strip().casefold(), list(folded), n=3, cutoff=cutoff)
    if not near:
        return ""
    meant = dict.fromkeys((aliases or {}).get(folded[name], folded[name]) for name in near)
    return "did you mean " + " or ".join(map(repr, meant)) + "?"
