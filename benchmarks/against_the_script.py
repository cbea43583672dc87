"""`rebalance resample` beside the script everybody writes, on the same table, in one run.

The table has 1,000,000 rows of 30 numbers, 5 % of them in the rare class (about 277 MB). Each command runs
as a process of its own, the two in turn; the operating system counts its time and memory. Prints a Markdown
table of medians and ratios: `python benchmarks/against_the_script.py [--rows N] [--runs N]`.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

COLUMNS, MINORITY, ROWS_PER_CHUNK = 30, 0.05, 50_000
PEERS = ("pandas", "imbalanced-learn", "scikit-learn", "numpy", "pyarrow")

SCRIPT = """
import sys
import pandas as pd
from imblearn.{module} import {name}
table = pd.read_csv(sys.argv[1])
features, target = {name}(random_state=0).fit_resample(table.drop(columns="y"), table["y"])
features.assign(y=target).to_csv(sys.argv[2], index=False)
"""
WORK = {
    "random-over": SCRIPT.format(module="over_sampling", name="RandomOverSampler"),
    "random-under": SCRIPT.format(module="under_sampling", name="RandomUnderSampler"),
    "smote": SCRIPT.format(module="over_sampling", name="SMOTE"),
}


class Cost(NamedTuple):
    """What one process took: seconds of wall clock and of processors, MiB of memory at its largest."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Make the table, run both sides of each work in turn, print the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table, out = Path(folder) / "table.csv", Path(folder) / "out.csv"
        write_table(table, chosen.rows)
        print(
            f"{chosen.rows:,} rows x {COLUMNS} numbers, {table.stat().st_size / 1e6:.0f} MB, {MINORITY:.0%} minority;"
        )
        print(f"medians of {chosen.runs} runs in turn, {os.cpu_count()} processors, {platform.platform()};")
        print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in PEERS))
        print()
        print("| work | | wall s | CPU s | peak MiB |")
        print("| --- | --- | ---: | ---: | ---: |")
        for technique, script in WORK.items():
            ours = [sys.executable, "-m", "rebalance", "resample", str(table), "--target", "y", "--quiet"]
            ours += ["--technique", technique, "--output", str(out)]
            theirs = [sys.executable, "-c", script, str(table), str(out)]
            compare(technique, theirs, ours, chosen.runs)


def compare(name: str, theirs: list[str], ours: list[str], runs: int) -> None:
    """Print the rows of one work: the script, rebalance, and how many times the script takes."""
    costs: dict[str, list[Cost]] = {"script": [], "rebalance": []}
    for _ in range(runs):
        costs["script"].append(cost_of(theirs))
        costs["rebalance"].append(cost_of(ours))
    medians = {side: Cost(*map(statistics.median, zip(*found, strict=True))) for side, found in costs.items()}
    for side, cost in medians.items():
        print(f"| {name} | {side} | {cost.wall:.2f} | {cost.cpu:.2f} | {cost.memory:.0f} |")
    ratios = [a / b for a, b in zip(medians["script"], medians["rebalance"], strict=True)]
    print(f"| {name} | **ratio** | **{ratios[0]:.1f}** | **{ratios[1]:.1f}** | **{ratios[2]:.1f}** |", flush=True)


def cost_of(command: list[str]) -> Cost:
    """Run a command and return what the operating system says it took."""
    begin = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    unit: Callable[[float], float] = (
        (lambda peak: peak / 2**20) if sys.platform == "darwin" else (lambda peak: peak / 2**10)
    )
    return Cost(wall, usage.ru_utime + usage.ru_stime, unit(usage.ru_maxrss))


def write_table(path: Path, rows: int) -> None:
    """Write a table of normal deviates; the rare class is shifted by half a standard deviation."""
    random = np.random.default_rng(0)
    with path.open("w") as file:
        file.write(",".join([*(f"x{number}" for number in range(COLUMNS)), "y"]) + "\n")
        for begin in range(0, rows, ROWS_PER_CHUNK):
            size = min(ROWS_PER_CHUNK, rows - begin)
            rare = random.random(size) < MINORITY
            values = random.normal(size=(size, COLUMNS)) + 0.5 * rare[:, None]
            for row, label in zip(values.tolist(), rare.tolist(), strict=True):
                file.write(",".join(f"{value:.6f}" for value in row) + f",{label:d}\n")


if __name__ == "__main__":
    main()
