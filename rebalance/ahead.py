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


def window() -> int:
    """Return how many items are under way at once."""
    return 2 * threads()


def let_idle_sleep() -> None:
    """Let the threads of NumPy's linear algebra sleep where they would turn in circles, waiting for work.

    They are started when NumPy is loaded, and took a tenth of a second of a processor before they slept. To be called
    before that; what the user has set stays.
    """
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # 2 to the 4th turns, the least there is


def in_order(do: Callable[[Item], Result], items: Iterable[Item], workers: int = 0) -> Iterator[Result]:
    """Yield what `do` makes of each item, a few items ahead of whoever takes the results.

    `workers`: threads that do it; as many as are worth starting if 0. One is best where `do` holds the interpreter.
    """
    pool = ThreadPoolExecutor(workers or threads())
    ahead: deque[Future[Result]] = deque()
    try:
        for item in items:
            ahead.append(pool.submit(do, item))
            if len(ahead) >= window():
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)  # nobody wants the rest, if some is left
