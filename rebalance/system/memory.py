"""How the process asks the system for memory, and how much is free."""

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""

_RECLAIMABLE_V1: tuple[str, ...] = ("total_inactive_file", "total_active_file")
_RECLAIMABLE_V2: tuple[str, ...] = ("inactive_file", "active_file", "slab_reclaimable")
"""Memory that a control group (version 1, version 2) counts as used, and gives back when it is needed."""

_KEPT_BYTES, _SMALL_BYTES = 64 << 20, 32 << 20
"""Freed memory that stays with the process, and the size up to which an array is taken from it."""


def keep_freed_memory() -> None:
    """Let glibc reuse freed memory for the next block's arrays instead of returning it to the system.

    The system clears every page it hands out: a scan of a file, block by block, spent half its time on that. Larger
    arrays are still returned at once.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries do not have it
        if mallopt:
            mallopt(_MMAP_THRESHOLD, _SMALL_BYTES)
            mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)


def free_bytes() -> int | None:
    """Return how many bytes the process can still get, by the system, its control groups and its own limit.

    None if none of them is known.
    """
    limits = [_system_free(), _group_free(), free_addresses()]
    known = [free for free in limits if free is not None]
    return max(min(known), 0) if known else None


def free_addresses() -> int | None:
    """Return how many bytes of address space the process may still reserve, used or not; None if unlimited."""
    with suppress(ImportError):
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        if soft != resource.RLIM_INFINITY:
            size = _numbers("/proc/self/status").get("VmSize", 0)
            return max(soft - (size << 10), 0)
    return None


def _numbers(path: str) -> dict[str, int]:
    """Return the first number of each line of a file of names and numbers, by name."""
    numbers: dict[str, int] = {}
    with suppress(OSError):
        for line in Path(path).read_text().splitlines():
            fields = line.replace(":", " ").split()
            if len(fields) > 1 and fields[1].isdigit():
                numbers[fields[0]] = int(fields[1])
    return numbers


def _system_free() -> int | None:
    free = _numbers("/proc/meminfo").get("MemAvailable")
    return None if free is None else free << 10


def _group_free() -> int | None:
    """Return what the tightest limit among the process's control groups leaves, version 1 or 2."""
    left: list[int] = []
    with suppress(OSError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers == "":
                root, limit, usage, reclaimable = "/sys/fs/cgroup", "memory.max", "memory.current", _RECLAIMABLE_V2
            elif "memory" in controllers.split(","):
                root, reclaimable = "/sys/fs/cgroup/memory", _RECLAIMABLE_V1
                limit, usage = "memory.limit_in_bytes", "memory.usage_in_bytes"
            else:
                continue
            folder = Path(root + group)
            for place in (folder, *folder.parents):
                if not place.is_relative_to(root):
                    break
                with suppress(OSError, ValueError):  # "max" means no limit
                    stat = _numbers(str(place / "memory.stat"))
                    used = int((place / usage).read_text()) - sum(stat.get(name, 0) for name in reclaimable)
                    left.append(int((place / limit).read_text()) - used)
    return min(left, default=None)
