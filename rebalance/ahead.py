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
    return min(_MOST_THREADS, os.cpu_count() or 1)


def in_order(do: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what `do` makes of each item, a few items ahead of whoever takes the results."""
    window = 2 * threads()
    with ThreadPoolExecutor(threads()) as pool:
        ahead: deque[Future[Result]] = deque()
        for item in items:
            ahead.append(pool.submit(do, item))
            if len(ahead) >= window:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()
