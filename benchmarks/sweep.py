"""Every technique on several CSVs: whether it succeeds or is refused (and why), and the seconds it takes.

`python benchmarks/sweep.py FOLDER NAME=TARGET ... [--limit SECONDS]`, where NAME.csv is in FOLDER. Prints a Markdown
table with a row for each technique, and each distinct reason below it. A run over the limit is stopped, and shown as
such. Any other exit code of a run is an error, and the sweep ends with exit code 1.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rebalance.techniques.registry import TECHNIQUES

REFUSED = (2, 3)
"""The exit codes of `rebalance` if a technique does not support the task, or cannot be applied to the data."""


def main() -> None:
    """Run the sweep over the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="+", metavar="NAME=TARGET")
    parser.add_argument("--limit", type=float, default=3600)
    options = parser.parse_args()
    tables = dict(pair.split("=", 1) for pair in options.tables)
    reasons: dict[str, str] = {}
    has_errors = False
    print("| technique | " + " | ".join(tables) + " |")
    print("| --- |" + " ---: |" * len(tables))
    with tempfile.TemporaryDirectory() as scratch:
        for technique in TECHNIQUES:
            cells = []
            for name, target in tables.items():
                table, output = options.folder / f"{name}.csv", Path(scratch) / "out.csv"
                cell, is_error = run_technique(technique.name, table, target, output, options.limit, reasons)
                cells.append(cell)
                has_errors = has_errors or is_error
            print(f"| {technique.name} | " + " | ".join(cells) + " |", flush=True)
    print()
    for reason, number in reasons.items():
        print(f"{number} {reason}")
    sys.exit(has_errors)


def run_technique(
    technique: str, table: Path, target: str, output: Path, limit: float, reasons: dict[str, str]
) -> tuple[str, bool]:
    """Return the cell of one technique and table, and whether the run failed with an unexpected exit code.

    A reason for a refusal that is not yet in `reasons` is numbered and added.
    """
    arguments = [str(table), "--target", target, "--technique", technique, "-o", str(output), "-q"]
    command = [sys.executable, "-m", "rebalance", "resample", *arguments]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"over {limit:.0f}", False
    seconds = time.perf_counter() - start
    if done.returncode == 0:
        return f"{seconds:.1f}", False
    if done.returncode in REFUSED:
        reason = done.stderr.splitlines()[0].partition(": ")[2]
        return "refused " + reasons.setdefault(reason, f"({len(reasons) + 1})"), False
    return f"**exit {done.returncode}** {done.stderr.splitlines()[:1]}", True


if __name__ == "__main__":
    main()
