"""What a command costs, as the operating system counts it, and the tables the costs are measured on."""

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

PEERS = ("pandas", "imbalanced-learn", "scikit-learn", "numpy", "pyarrow", "polars", "duckdb", "faiss-cpu")
ROWS_PER_CHUNK = 50_000

LAUNCHER = """
import json, os, sys, time
begin = time.perf_counter()
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - begin
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""A process's peak is never below that of the one it was started from: so it is started from a small one."""


class Cost(NamedTuple):
    """What one process took: seconds of wall clock and of processors, MiB of memory at its largest."""

    wall: float
    cpu: float
    memory: float


def cost_of(command: list[str]) -> Cost:
    """Run a command and return what the operating system says it took."""
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    status, wall, cpu, peak = json.loads(launched.stdout)
    if status:
        raise SystemExit(f"{command[:4]} ended with {status}")
    return Cost(wall, cpu, peak / (2**20 if sys.platform == "darwin" else 2**10))


def medians(sides: Mapping[str, list[str]], runs: int) -> dict[str, Cost]:
    """Run the command of each side in turn, so many times; return the medians."""
    costs: dict[str, list[Cost]] = {side: [] for side in sides}
    for _ in range(runs):
        for side, command in sides.items():
            costs[side].append(cost_of(command))
    return {side: Cost(*map(statistics.median, zip(*found, strict=True))) for side, found in costs.items()}


def machine(peers: tuple[str, ...] = PEERS) -> str:
    """Return what the figures were measured on."""
    versions = ", ".join(f"{name} {version(name)}" for name in peers)
    return f"{os.cpu_count()} processors, {platform.platform()};\nPython {platform.python_version()}, {versions}\n"


def write_table(path: Path, rows: int, columns: int, minority: float) -> None:
    """Write a table of normal deviates; the rare class is shifted by half a standard deviation."""
    random = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join([*(f"x{number}" for number in range(columns)), "y"]) + "\n")
        for begin in range(0, rows, ROWS_PER_CHUNK):
            size = min(ROWS_PER_CHUNK, rows - begin)
            rare = random.random(size) < minority
            values = random.normal(size=(size, columns)) + 0.5 * rare[:, None]
            for row, label in zip(values.tolist(), rare.tolist(), strict=True):
                file.write(",".join(f"{value:.6f}" for value in row) + f",{label:d}\n")
