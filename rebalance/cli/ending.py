"""How every command ends: its exit code, and one message for whoever has to mend something."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NoReturn

from rebalance.errors import DataError, ExitCode, RebalanceError, Terminated
from rebalance.interrupts import ignore_signals, raise_on_signals
from rebalance.memory import free_addresses

_FOR_NUMPY = 150 << 20
"""Bytes of addresses; with less its libraries end the process."""


def ending(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` so that it ends with a documented exit code and never with a traceback."""

    @wraps(command)
    def ended(**given: Any) -> None:
        raise_on_signals()
        try:
            _require_addresses()
            command(**given)
            sys.stdout.flush()
        except BrokenPipeError:
            _silence_stdout()
            sys.exit(ExitCode.BROKEN_PIPE)
        except RebalanceError as error:
            fail(error)
        except (KeyboardInterrupt, Terminated) as error:
            ignore_signals()
            sys.exit(ExitCode.TERMINATED if isinstance(error, Terminated) else ExitCode.INTERRUPTED)
        except MemoryError:
            fail(
                DataError(
                    "there is not enough memory for this",
                    "try a random technique, which reads only the target",
                )
            )
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            fail(DataError(f"{where}{error.strerror or error}"))
        except Exception as error:
            if os.environ.get("REBALANCE_DEBUG"):
                raise
            _bug(error)

    return ended


def _require_addresses() -> None:
    free = free_addresses()
    if free is not None and free < _FOR_NUMPY:
        raise DataError("ulimit -v leaves too little memory to load NumPy", "ulimit -v 300000 is enough to begin with")


def gate(sentences: Sequence[str]) -> None:
    """End with 1, saying why, if a limit that the user has set is passed."""
    if sentences:
        sys.stdout.flush()
        for sentence in sentences:
            print(f"rebalance: gate: {_one_line(sentence)}", file=sys.stderr)
        sys.exit(ExitCode.GATE)


def fail(error: RebalanceError) -> NoReturn:
    """End with the error's exit code, saying what it is and what to do."""
    try:
        sys.stdout.flush()
    except OSError:  # perhaps what the error is about
        _silence_stdout()
    print(f"rebalance: {_one_line(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {_one_line(error.hint)}", file=sys.stderr)
    sys.exit(error.exit_code)


def _bug(error: Exception) -> NoReturn:
    print(
        f"rebalance: internal error, please report it: {type(error).__name__}: {_one_line(str(error))}\n"
        "  REBALANCE_DEBUG=1 before the command shows where",
        file=sys.stderr,
    )
    sys.exit(ExitCode.BUG)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _silence_stdout() -> None:
    """Nothing more reaches standard output; let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
