"""How every command ends: with a documented exit code, and one message for whoever has to act."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, NoReturn

from rebalance.errors import DataError, ExitCode, RebalanceError, Terminated
from rebalance.system.memory import free_addresses
from rebalance.system.signals import ignore_signals, raise_on_signals
from rebalance.text import escape_control

_MIN_ADDRESSES = 150 << 20
"""Bytes of address space; with less, NumPy's libraries end the process."""


def with_exit_codes(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command` so that it ends with a documented exit code and never with a traceback."""

    @wraps(command)
    def run(**options: Any) -> None:
        raise_on_signals()
        try:
            _check_addresses()
            command(**options)
            sys.stdout.flush()
        except BrokenPipeError:
            _discard_stdout()
            sys.exit(ExitCode.BROKEN_PIPE)
        except RebalanceError as error:
            exit_with_error(error)
        except (KeyboardInterrupt, Terminated) as error:
            ignore_signals()
            sys.exit(ExitCode.TERMINATED if isinstance(error, Terminated) else ExitCode.INTERRUPTED)
        except MemoryError:
            exit_with_error(
                DataError("there is not enough memory", "use a random technique, which reads only the target")
            )
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            exit_with_error(DataError(f"{where}{error.strerror or error}"))
        except Exception as error:
            if os.environ.get("REBALANCE_DEBUG"):
                raise
            _exit_with_bug(error)

    return run


def _check_addresses() -> None:
    free = free_addresses()
    if free is not None and free < _MIN_ADDRESSES:
        raise DataError(
            "ulimit -v leaves too little address space to load NumPy", "ulimit -v 300000 is enough to begin with"
        )


def exit_if_tripped(messages: Sequence[str]) -> None:
    """End with exit code 1 and the messages, if a gate that the user has set has tripped."""
    if messages:
        sys.stdout.flush()
        for message in messages:
            print(f"rebalance: gate tripped: {escape_control(message)}", file=sys.stderr)
        sys.exit(ExitCode.GATE)


def exit_with_error(error: RebalanceError) -> NoReturn:
    """End with the error's exit code, its message and its hint."""
    try:
        sys.stdout.flush()
    except OSError:  # perhaps what the error is about
        _discard_stdout()
    print(f"rebalance: {escape_control(error.message)}", file=sys.stderr)
    if error.hint:
        print(f"  {escape_control(error.hint)}", file=sys.stderr)
    sys.exit(error.exit_code)


def _exit_with_bug(error: Exception) -> NoReturn:
    print(
        f"rebalance: internal error, please report it: {type(error).__name__}: {escape_control(str(error))}\n"
        "  REBALANCE_DEBUG=1 before the command shows where",
        file=sys.stderr,
    )
    sys.exit(ExitCode.BUG)


def _discard_stdout() -> None:
    """Let the interpreter's last flush of standard output go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
