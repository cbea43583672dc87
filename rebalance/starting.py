"""What is set for the process before the libraries it needs are loaded."""

import gc
import os

_OBJECTS_BETWEEN = 50_000


def collect_seldom() -> None:
    """Let Python look for cycles of garbage less often: loading modules makes many objects and next to no cycles."""
    gc.set_threshold(_OBJECTS_BETWEEN)


def let_idle_sleep() -> None:
    """Let the threads of NumPy's linear algebra sleep where they would turn in circles, waiting for work.

    They are started when NumPy is loaded, and took a tenth of a second of a processor before they slept. What the user
    has set stays.
    """
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")  # 2 to the 4th turns, the least there is
