"""Work on several cores: processes that are told once what all tasks share."""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from rebalance.errors import DataError, hush_libraries
from rebalance.interrupts import interrupts_blocked
from rebalance.techniques.neighbors import one_thread, stay_on_one_thread

Task = TypeVar("Task")
Result = TypeVar("Result")


def results(do: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Result]]:
    """Yield the position of each task and what `do` makes of it, as they are done, on at most `jobs` cores.

    `do` is sent to each process once, with what it is bound to: it can be pickled, as tasks and results can. Each
    task runs in one thread, so that its result is the same for any number of jobs.
    """
    jobs = min(jobs, len(tasks))
    if jobs == 1:
        import sklearn.ensemble  # noqa: F401  its threads must be there to be limited

        with one_thread():
            for at, task in enumerate(tasks):
                yield at, do(task)
        return
    # never forked: a process with threads, of pyarrow's for one, cannot be copied safely
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, _begin, (do,))
    try:
        with interrupts_blocked():  # the first process is told, and ends the others
            work = {pool.submit(_do, task): at for at, task in enumerate(tasks)}
        for done in as_completed(work):
            yield work[done], done.result()
    except BrokenProcessPool:
        raise DataError(
            "a process that trained a model was stopped, perhaps for want of memory", "fewer --jobs"
        ) from None
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()  # interrupted: what they are at is of no use any more
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_work: Callable[[Any], Any]


def _begin(do: Callable[[Any], Any]) -> None:
    """Make this process ready for its tasks."""
    global _work  # noqa: PLW0603  a process of this pool has no other place for it
    hush_libraries()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import sklearn.ensemble  # noqa: F401  as above

    stay_on_one_thread()
    _work = do


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _do(task: Any) -> Any:
    return _work(task)
