"""Work on several cores: worker processes that receive once what all tasks share."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from rebalance.errors import DataError
from rebalance.system.signals import interrupts_blocked
from rebalance.system.startup import silence_library_warnings
from rebalance.system.threads import limit_to_one_thread, single_threaded

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(do: Callable[[Task], Result], tasks: Sequence[Task], jobs: int) -> Iterator[tuple[int, Result]]:
    """Yield (position of the task, its result) as tasks are done, on at most `jobs` processes.

    `do` is sent to each process once, together with what it is bound to; it, the tasks and the results must be
    picklable. Each task runs in one thread, so that its result does not depend on the number of jobs. Raises DataError
    if the system stops a worker process.
    """
    jobs = min(jobs, len(tasks))
    if jobs == 1:
        import sklearn.ensemble  # noqa: F401  its thread pools must exist before they can be limited

        with single_threaded():
            for position, task in enumerate(tasks):
                yield position, do(task)
        return
    # never forked: a process with threads (pyarrow starts some) cannot be copied safely
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, context, _start_worker, (do,))
    try:
        with interrupts_blocked():  # only the parent process handles an interrupt, and stops the workers
            futures = {pool.submit(_run_task, task): position for position, task in enumerate(tasks)}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool:
        raise DataError(
            "the system stopped a process that trained a model, perhaps because memory ran out",
            "use fewer processes: --jobs 1",
        ) from None
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()  # interrupted: nobody will read their results
        raise
    finally:
        pool.shutdown(cancel_futures=True)


_work: Callable[[Any], Any]


def _start_worker(do: Callable[[Any], Any]) -> None:
    """Prepare this worker process for its tasks."""
    global _work  # noqa: PLW0603  a worker process has no other place for it
    silence_library_warnings()
    sys.stdout = sys.stderr  # some models print, and standard output is for the result
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    import sklearn.ensemble  # noqa: F401  as above

    limit_to_one_thread()
    _work = do


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _run_task(task: Any) -> Any:
    return _work(task)
