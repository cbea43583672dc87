"""Signals that end the process: they raise an exception, but never inside a step that must be whole."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rebalance.errors import Terminated

_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class _Deferral:
    """Whether signals are deferred at the moment, and the one that has arrived meanwhile."""

    depth = 0
    pending: int | None = None


def exit_on_interrupt() -> None:
    """Let SIGINT end the process silently: nothing has been created yet that would need cleaning up."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def raise_on_signals() -> None:
    """Let SIGINT raise KeyboardInterrupt and SIGTERM Terminated, so that temporary files are removed on the way out."""
    for number in _ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and a shell's background jobs ignore it
            signal.signal(number, _on_signal)


def ignore_signals() -> None:
    """Ignore further signals during the last steps of a process that is ending because of one."""
    for number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Defer signals until the block has ended, so that its steps (create and register, rename and count) are atomic."""
    _Deferral.depth += 1
    try:
        yield
    finally:
        _Deferral.depth -= 1
        if not _Deferral.depth and _Deferral.pending is not None:
            number, _Deferral.pending = _Deferral.pending, None
            _raise_for(number)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Block SIGINT until the block has ended; processes started in it inherit that and never receive one."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _on_signal(number: int, _frame: FrameType | None) -> None:
    if _Deferral.depth:
        _Deferral.pending = number
    else:
        _raise_for(number)


def _raise_for(number: int) -> None:
    if number == signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt
