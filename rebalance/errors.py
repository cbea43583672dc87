"""Every way `rebalance` ends, and the errors that say so.

An error names what is wrong and where; its hint says what to type instead.
"""

import os
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit status of the command (documented in the README)."""

    DONE = 0
    GATE = 1
    USAGE = 2
    DATA = 3
    BUG = 70
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class RebalanceError(Exception):
    """A failure the user can do something about.

    `message` is one line: the thing and the place. `hint` is what to do, often a command.
    """

    exit_code = ExitCode.BUG

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RebalanceError):
    """The command line asks for something that cannot be meant."""

    exit_code = ExitCode.USAGE


class DataError(RebalanceError):
    """The data, or a file, does not allow what was asked."""

    exit_code = ExitCode.DATA


class Terminated(BaseException):
    """SIGTERM arrived; raised so that every temporary file is cleaned up on the way out."""


def hush_libraries() -> None:
    """Let no library warn: that is for programmers; what a user must know, we say."""
    import warnings

    if not os.environ.get("REBALANCE_DEBUG"):
        warnings.simplefilter("ignore")


def did_you_mean(word: str, known: list[str]) -> str:
    """Return a hint naming the entries of `known` nearest to `word`, or `""`."""
    import difflib

    folded = {name.strip().casefold(): name for name in reversed(known)}
    near = difflib.get_close_matches(word.strip().casefold(), list(folded), n=3, cutoff=0.6)
    if not near:
        return ""
    return "did you mean " + " or ".join(repr(folded[name]) for name in near) + "?"
