"""How the process asks the system for memory, and how much there is."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Of glibc's mallopt."""

_KEPT_BY_1: tuple[str, ...] = ("total_inactive_file", "total_active_file")
_KEPT_BY_2: tuple[str, ...] = ("inactive_file", "active_file", "slab_reclaimable")
"""What a control group counts as used and gives back when it is needed."""

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


def free_bytes() -> int | None:
    """Return how much memory the process can still get, by the system, its control group and its own limit.

    None if no one says.
    """
    says = [_system_free(), _group_free(), free_addresses()]
    known = [free for free in says if free is not None]
    return max(min(known), 0) if known else None


def free_addresses() -> int | None:
    """Return how much more address space the process may reserve, used or not; None if there is no limit to it."""
    with suppress(ImportError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            size = _numbers("/proc/self/status").get("VmSize", 0)
            return max(soft - (size << 10), 0)
    return None


def _numbers(path: str) -> dict[str, int]:
    """Return the first number of each line of a file of names and numbers."""
    found: dict[str, int] = {}
    with suppress(OSError):
        for line in Path(path).read_text().splitlines():
            words = line.replace(":", " ").split()
            if len(words) > 1 and words[1].isdigit():
                found[words[0]] = int(words[1])
    return found


def _system_free() -> int | None:
    free = _numbers("/proc/meminfo").get("MemAvailable")
    return None if free is None else free << 10


def _group_free() -> int | None:
    """Return what is left of the tightest limit of the control groups the process is in; version 1 or 2."""
    left: list[int] = []
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers == "":
                root, most, used, kept = "/sys/fs/cgroup", "memory.max", "memory.current", _KEPT_BY_2
            elif "memory" in controllers.split(","):
                root, kept = "/sys/fs/cgroup/memory", _KEPT_BY_1
                most, used = "memory.limit_in_bytes", "memory.usage_in_bytes"
            else:
                continue
            folder = Path(root + group)
            for place in (folder, *folder.parents):
                if not place.is_relative_to(root):
                    break
                with suppress(OSError, ValueError):  # "max" is no limit
                    says = _numbers(str(place / "memory.stat"))
                    taken = int((place / used).read_text()) - sum(says.get(name, 0) for name in kept)
                    left.append(int((place / most).read_text()) - taken)
    return min(left, default=None)
