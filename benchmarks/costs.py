"""What a command costs, as the operating system counts it, and the tables that costs are measured on."""

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

PACKAGES = ("pandas", "imbalanced-learn", "scikit-learn", "numpy", "pyarrow", "polars", "duckdb", "faiss-cpu")
"""The packages whose versions a benchmark depends on."""

ROWS_PER_CHUNK = 50_000
"""Rows of a table that are drawn and written at once."""

LAUNCHER = """
import json, os, sys, time
start = time.perf_counter()
process = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ,
                         file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(process, 0)
wall = time.perf_counter() - start
print(json.dumps([os.waitstatus_to_exitcode(status), wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""
"""A process's peak memory is never below that of its parent, so a small process starts the command."""


class Cost(NamedTuple):
    """What one process took."""

    wall: float
    """Seconds of wall-clock time."""

    cpu: float
    """Seconds of processor time."""

    memory: float
    """The peak of the resident memory, in MiB."""


def measure_cost(command: list[str]) -> Cost:
    """Run a command and return its cost. Raises SystemExit if the command fails."""
    launched = subprocess.run(
        [sys.executable, "-I", "-S", "-c", LAUNCHER, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    status, wall, cpu, peak = json.loads(launched.stdout)
    if status:
        raise SystemExit(f"{command[:4]} ended with exit code {status}")
    return Cost(wall, cpu, peak / (2**20 if sys.platform == "darwin" else 2**10))


def median_costs(commands: Mapping[str, list[str]], runs: int) -> dict[str, Cost]:
    """Run the commands in turn, each `runs` times, and return the median costs of each."""
    costs: dict[str, list[Cost]] = {tool: [] for tool in commands}
    for _ in range(runs):
        for tool, command in commands.items():
            costs[tool].append(measure_cost(command))
    return {tool: Cost(*map(statistics.median, zip(*measured, strict=True))) for tool, measured in costs.items()}


def describe_machine(packages: tuple[str, ...] = PACKAGES) -> str:
    """Return the machine and the versions that the costs were measured with."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    return f"{os.cpu_count()} processors, {platform.platform()};\nPython {platform.python_version()}, {versions}\n"


def write_table(path: Path, rows: int, columns: int, minority: float) -> None:
    """Write a table of normally distributed numbers; those of the rare class are higher by half a standard deviation.

    `minority`: the share of the rare class, 1 in the target column y.
    """
    random = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join([*(f"x{number}" for number in range(columns)), "y"]) + "\n")
        for start in range(0, rows, ROWS_PER_CHUNK):
            size = min(ROWS_PER_CHUNK, rows - start)
            rare = random.random(size) < minority
            values = random.normal(size=(size, columns)) + 0.5 * rare[:, None]
            for row, label in zip(values.tolist(), rare.tolist(), strict=True):
                file.write(",".join(f"{value:.6f}" for value in row) + f",{label:d}\n")
