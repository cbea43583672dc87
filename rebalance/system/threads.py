"""Threads: how many, work that several of them do in order, and the limits of the libraries' own."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from rebalance.arrays import Int64

Item = TypeVar("Item")
Result = TypeVar("Result")

_MAX_THREADS = 8
"""More threads wait for memory instead of computing."""

_ROWS_PER_PART = 1024
"""Rows that one thread searches at a time."""


def core_count() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_count() -> int:
    """Return how many threads are worth starting."""
    return min(_MAX_THREADS, core_count())


def max_in_flight(threads: int = 0) -> int:
    """Return how many items are worked on or waiting at once, by `threads` threads (0: `thread_count`)."""
    return 2 * (threads or thread_count())


def map_ordered(do: Callable[[Item], Result], items: Iterable[Item], threads: int = 0) -> Iterator[Result]:
    """Yield the result of `do` for each item, in the items' order, a few items ahead of the consumer.

    `threads`: how many run `do` (0: `thread_count`). One is best where `do` holds the interpreter lock.
    """
    pool = ThreadPoolExecutor(threads or thread_count())
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(do, item))
            if len(pending) >= max_in_flight(threads):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # the consumer may have stopped early


def map_parts(do: Callable[[Int64], Result], rows: Int64, size: int = _ROWS_PER_PART) -> list[Result]:
    """Return the result of `do` for consecutive parts of `rows`, `size` rows each, every part on one thread.

    Which of several points at the same distance a library finds depends on how its own threads divide the work.
    Therefore the work is divided here, always in the same way.
    """
    parts = [rows[start : start + size] for start in range(0, len(rows), size)]
    with single_threaded(), ThreadPoolExecutor(thread_count(), initializer=limit_to_one_thread) as pool:
        return list(pool.map(do, parts))


@contextmanager
def single_threaded() -> Iterator[None]:
    """Limit NumPy's and scikit-learn's thread pools to one thread while the block runs.

    Sums and ties then come out the same on any machine.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def limit_to_one_thread() -> None:
    """Limit NumPy's and scikit-learn's thread pools to one thread for as long as the calling thread lives."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1)
