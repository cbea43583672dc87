"""Every technique on every CSV of a folder: done, refused (and why), and the seconds it took.

`python benchmarks/sweep.py FOLDER NAME=TARGET ... [--limit SECONDS]`, where NAME.csv lies in FOLDER. Prints a
Markdown table, a row a technique, and below it each reason given once. Any other ending is an error, and the exit
code is 1; a run over the limit is ended and shown as such.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rebalance.techniques.registry import TECHNIQUES

REFUSED = 3


def main() -> None:
    """Run the sweep over the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--limit", type=float, default=3600)
    chosen = parser.parse_args()
    folder, tables = chosen.folder, dict(word.split("=", 1) for word in chosen.tables)
    reasons: dict[str, str] = {}
    broken = False
    print("| technique | " + " | ".join(tables) + " |")
    print("| --- |" + " ---: |" * len(tables))
    with tempfile.TemporaryDirectory() as scratch:
        for technique in TECHNIQUES:
            cells = []
            for name, target in tables.items():
                words = [str(folder / f"{name}.csv"), "--target", target, "--technique", technique.name]
                command = [sys.executable, "-m", "rebalance", "resample", *words, "-o", f"{scratch}/out.csv", "-q"]
                begin = time.perf_counter()
                try:
                    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=chosen.limit)
                except subprocess.TimeoutExpired:
                    cells.append(f"over {chosen.limit:.0f}")
                    continue
                seconds = time.perf_counter() - begin
                if done.returncode == 0:
                    cells.append(f"{seconds:.1f}")
                elif done.returncode == REFUSED:
                    reason = done.stderr.splitlines()[0].partition(": ")[2]
                    cells.append("refused " + reasons.setdefault(reason, f"({len(reasons) + 1})"))
                else:
                    broken = True
                    cells.append(f"**exit {done.returncode}** {done.stderr.splitlines()[:1]}")
            print(f"| {technique.name} | " + " | ".join(cells) + " |", flush=True)
    print()
    for reason, number in reasons.items():
        print(f"{number} {reason}")
    sys.exit(broken)


if __name__ == "__main__":
    main()
