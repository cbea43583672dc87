"""Work done ahead by several threads, its results in order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_THREADS = 8


def threads() -> int:
    """Return how many threads are worth starting."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST_THREADS, cores)


def window(workers: int = 0) -> int:
    """Return how many items are under way at once, for so many threads or as many as are worth starting."""
    return 2 * (workers or threads())


def in_order(do: Callable[[Item], Result], items: Iterable[Item], workers: int = 0) -> Iterator[Result]:
    """Yield what `do` makes of each item, a few items ahead of whoever takes the results.

    `workers`: threads that do it; as many as are worth starting if 0. One is best where `do` holds the interpreter.
    """
    pool = ThreadPoolExecutor(workers or threads())
    ahead: deque[Future[Result]] = deque()
    try:
        for item in items:
            ahead.append(pool.submit(do, item))
            if len(ahead) >= window(workers):
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # nobody wants the rest, if some is left
