"""Signals that end the process: they raise, but never in the middle of something that must be whole."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rebalance.errors import Terminated

_ENDING = (signal.SIGINT, signal.SIGTERM)


class _Held:
    """Whether signals wait at the moment, and the one that does."""

    depth = 0
    waiting: int | None = None


def die_at_once() -> None:
    """Let an interrupt end the process without a word: there is nothing yet to clean up."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def raise_on_signals() -> None:
    """Let SIGINT raise KeyboardInterrupt and SIGTERM Terminated, so that temporary files go on the way out."""
    for number in _ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup and shells' background jobs ignore it
            signal.signal(number, _arrived)


def ignore_signals() -> None:
    """Let no signal disturb the last steps of a process that is ending because of one."""
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def held() -> Iterator[None]:
    """Let signals wait until the block has ended: a file is created and known, or renamed and counted, or neither."""
    _Held.depth += 1
    try:
        yield
    finally:
        _Held.depth -= 1
        if not _Held.depth and _Held.waiting is not None:
            number, _Held.waiting = _Held.waiting, None
            _end(number)


@contextmanager
def interrupts_blocked() -> Iterator[None]:
    """Let SIGINT wait until the block has ended; processes that it starts never hear of one, as they inherit this."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _arrived(number: int, _frame: FrameType | None) -> None:
    if _Held.depth:
        _Held.waiting = number
    else:
        _end(number)


def _end(number: int) -> None:
    if number == signal.SIGTERM:
        raise Terminated
    raise KeyboardInterrupt
