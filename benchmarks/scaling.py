"""How seconds and memory grow with the rows, for `rebalance`, and pandas and polars with imbalanced-learn.

`python benchmarks/scaling.py [--max-rows N] [--plot FILE]`: tables of 10,000 to 10,000,000 rows of 10 numbers, 1 % of
them in the rare class. Each command is a separate process, measured by the operating system. A tool that takes over a
minute is not run on ten times the rows. Prints the costs as CSV, and draws them.
"""

import argparse
import os
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from costs import Cost, describe_machine, measure_cost, write_table
from run import PANDAS, POLARS, SAMPLERS

COLUMNS, MINORITY, FIRST_ROWS = 10, 0.01, 10_000
"""The columns of numbers of each table, the share of the rare class, and the rows of the first table."""

MAX_SECONDS = 60
"""A tool that takes longer is not run on ten times the rows."""

LINES = {"rebalance": "-", "polars": "--", "pandas": ":"}
Costs = dict[tuple[str, str], list[tuple[int, Cost]]]
"""The rows and the cost of each run, by technique and tool."""


def main() -> None:
    """Measure, print and draw the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-rows", type=int, default=10_000_000)
    parser.add_argument("--plot", type=Path, default=Path("benchmarks/scaling.svg"))
    options = parser.parse_args()
    print("technique,tool,rows,seconds,mebibytes", flush=True)
    costs: Costs = {}
    rows = FIRST_ROWS
    while rows <= options.max_rows:
        with tempfile.TemporaryDirectory() as folder:
            measure_tools(Path(folder), rows, costs)
        rows *= 10
    draw_costs(costs, options.plot)
    print(describe_machine(("pandas", "polars", "imbalanced-learn", "scikit-learn", "faiss-cpu")))


def measure_tools(folder: Path, rows: int, costs: Costs) -> None:
    """Run each technique by each tool that was fast enough on a tenth of the rows, and add the costs to `costs`."""
    files = [str(folder / "table.csv"), str(folder / "out.csv")]
    write_table(Path(files[0]), rows, COLUMNS, MINORITY)
    for technique, (module, name) in SAMPLERS.items():
        resample = ["-m", "rebalance", "resample", files[0], "--target", "y", "--quiet", "--technique", technique]
        scripts = {
            tool: ["-c", code.format(module=module, name=name, settings="random_state=0"), *files]
            for tool, code in (("polars", POLARS), ("pandas", PANDAS))
        }
        for tool, command in ({"rebalance": [*resample, "--output", files[1]]} | scripts).items():
            runs = costs.setdefault((technique, tool), [])
            if runs and (runs[-1][0] != rows // 10 or runs[-1][1].wall > MAX_SECONDS):
                continue
            cost = measure_cost([sys.executable, *command])
            runs.append((rows, cost))
            print(f"{technique},{tool},{rows},{cost.wall:.2f},{cost.memory:.0f}", flush=True)


def draw_costs(costs: Costs, path: Path) -> None:
    """Draw seconds and memory over rows, with a color for each technique and a line style for each tool."""
    mpl.rcParams["svg.hashsalt"] = "scaling"
    figure, panels = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    colors = dict(zip(SAMPLERS, ("#0072b2", "#009e73", "#d55e00"), strict=True))
    for (technique, tool), runs in costs.items():
        rows = [run_rows for run_rows, _ in runs]
        style = {"color": colors[technique], "linestyle": LINES[tool], "marker": ".", "label": f"{technique}, {tool}"}
        panels[0].loglog(rows, [cost.wall for _, cost in runs], **style)
        panels[1].loglog(rows, [cost.memory for _, cost in runs], **style)
    for panel, label in zip(panels, ("seconds", "peak memory, MiB"), strict=True):
        panel.set(xlabel=f"rows of {COLUMNS} numbers, {MINORITY:.0%} in the rare class", ylabel=label)
        panel.grid(visible=True, which="major", alpha=0.3)
    panels[1].legend(fontsize=8)
    versions = ", ".join(f"{name} {version(name)}" for name in ("pandas", "polars", "imbalanced-learn"))
    figure.suptitle(f"rebalance and scripts with {versions}; {os.cpu_count()} processors", fontsize=10)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
