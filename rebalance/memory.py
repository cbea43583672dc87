"""How the process asks the system for memory."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's mallopt."""

_KEPT_BYTES, _SMALL_BYTES = 64 << 20, 32 << 20


def keep_freed() -> None:
    """Let glibc keep what is freed for the next array of a block, where it would hand it back and ask for it again.

    The system clears every page it hands out: a scan of a file, block by block, took half its time in that. Larger
    arrays still go back at once.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if mallopt:
            mallopt(_MMAP_THRESHOLD, _SMALL_BYTES)
            mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
