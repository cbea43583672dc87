"""How seconds and memory grow with the rows: `rebalance` beside pandas and polars with imbalanced-learn.

`python benchmarks/scaling.py [--most-rows N] [--plot FILE]`: tables of 10,000 to 10,000,000 rows of 10
numbers, 1 % of them in the rare class. Each command is a process of its own, counted by the operating system; a side
that takes over a minute is not asked for ten times the rows. Prints the figures as CSV and draws them.
"""

import argparse
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from costs import Cost, cost_of, machine, write_table
from run import PANDAS, POLARS, SAMPLERS

COLUMNS, MINORITY, FIRST_ROWS = 10, 0.01, 10_000
TOO_LONG = 60
"""Seconds."""
LINES = {"rebalance": "-", "polars": "--", "pandas": ":"}
Figures = dict[tuple[str, str], list[tuple[int, Cost]]]


def main() -> None:
    """Measure, print, draw."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--most-rows", type=int, default=10_000_000)
    options.add_argument("--plot", type=Path, default=Path("benchmarks/scaling.svg"))
    chosen = options.parse_args()
    print("technique,side,rows,seconds,mebibytes", flush=True)
    metrics: Figures = {}
    rows = FIRST_ROWS
    while rows <= chosen.most_rows:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), rows, metrics)
        rows *= 10
    draw(metrics, chosen.plot)
    print(machine(("pandas", "polars", "imbalanced-learn", "scikit-learn", "faiss-cpu")))


def measure(folder: Path, rows: int, metrics: Figures) -> None:
    """Run each technique by each side that can be expected to end, and add what it took."""
    files = [str(folder / "table.csv"), str(folder / "out.csv")]
    write_table(Path(files[0]), rows, COLUMNS, MINORITY)
    for technique, (module, name) in SAMPLERS.items():
        resample = ["-m", "rebalance", "resample", files[0], "--target", "y", "--quiet", "--technique", technique]
        scripts = {
            side: ["-c", code.format(module=module, name=name, settings="random_state=0"), *files]
            for side, code in (("polars", POLARS), ("pandas", PANDAS))
        }
        for side, command in ({"rebalance": [*resample, "--output", files[1]]} | scripts).items():
            before = metrics.setdefault((technique, side), [])
            if before and (before[-1][0] != rows // 10 or before[-1][1].wall > TOO_LONG):
                continue
            cost = cost_of([sys.executable, *command])
            before.append((rows, cost))
            print(f"{technique},{side},{rows},{cost.wall:.2f},{cost.memory:.0f}", flush=True)


def draw(metrics: Figures, path: Path) -> None:
    """Draw seconds and memory over rows, a colour a technique, a kind of line a side."""
    mpl.rcParams["svg.hashsalt"] = "scaling"
    metric, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    colours = dict(zip(SAMPLERS, ("#0072b2", "#009e73", "#d55e00"), strict=True))
    for (technique, side), points in metrics.items():
        rows = [at for at, _ in points]
        style = {"color": colours[technique], "linestyle": LINES[side], "marker": ".", "label": f"{technique}, {side}"}
        panels[0].loglog(rows, [cost.wall for _, cost in points], **style)
        panels[1].loglog(rows, [cost.memory for _, cost in points], **style)
    for panel, what in zip(panels, ("seconds", "peak memory, MiB"), strict=True):
        panel.set(xlabel=f"rows of {COLUMNS} numbers, {MINORITY:.0%} in the rare class", ylabel=what)
        panel.grid(escape_control=True, which="major", alpha=0.3)
    panels[1].legend(fontsize=8)
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "polars", "imbalanced-learn"))
    metric.suptitle(f"rebalance beside scripts with {versions}; {os.cpu_count()} processors", fontsize=10)
    metric.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
