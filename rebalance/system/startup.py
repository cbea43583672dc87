"""What is set for a process before it loads the libraries it needs."""

import gc
import os

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Loading modules creates many objects and next to no garbage cycles; Python's own threshold is 700."""


def collect_garbage_rarely() -> None:
    """Let Python look for garbage cycles less often than by default."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)


def let_blas_threads_sleep() -> None:
    """Let OpenBLAS's idle threads sleep instead of spinning.

    They start when NumPy is loaded, and spinning cost a tenth of a second of processor time a run. A value that the
    user has set stays.
    """
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # 2 to the 4th turns: OpenBLAS's minimum


def silence_library_warnings() -> None:
    """Hide the libraries' warnings, which are meant for programmers; REBALANCE_DEBUG=1 shows them."""
    import warnings

    if not os.environ.get("REBALANCE_DEBUG"):
        warnings.simplefilter("ignore")
