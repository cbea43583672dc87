"""What a process of the command line sets before it loads the libraries it needs."""

import io
import os
import sys

from rebalance.system.memory import keep_freed_memory
from rebalance.system.startup import collect_garbage_rarely, let_blas_threads_sleep, silence_library_warnings


def prepare_process() -> None:
    """Set what makes start-up fast and output safe."""
    silence_library_warnings()
    keep_freed_memory()
    collect_garbage_rarely()
    let_blas_threads_sleep()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell
            setattr(sys, name, open(os.devnull, "w"))  # noqa: PTH123, SIM115  for the life of the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # an ASCII terminal gets escapes instead of an error
