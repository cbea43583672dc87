"""How the search for nearest neighbours grows: ours beside scikit-learn's, by the rows of the smaller class.

`python benchmarks/neighbors.py [--rows N ...] [--columns N] [--theirs-up-to N]`: five neighbours of each of N normal
deviates, exact on both sides; prints a Markdown table of seconds, and in how many rows the two agree.
"""

import argparse
import time

import numpy as np
from costs import machine
from sklearn.neighbors import NearestNeighbors

from rebalance.techniques.neighbors import nearest_others

NEIGHBOURS = 5


def main() -> None:
    """Time both, print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, nargs="*", default=[10_000, 30_000, 100_000, 300_000])
    options.add_argument("--columns", type=int, default=30)
    options.add_argument("--theirs-up-to", type=int, default=100_000)
    chosen = options.parse_args()
    nearest_others(np.random.default_rng(1).normal(size=(100, chosen.columns)), NEIGHBOURS)  # loads what it needs
    print(machine(("scikit-learn", "numpy", "faiss-cpu")))
    print("| rows | rebalance s | scikit-learn s | ratio | rows alike |\n| ---: | ---: | ---: | ---: | ---: |")
    for rows in chosen.rows:
        points = np.random.default_rng(0).normal(size=(rows, chosen.columns))
        begin = time.perf_counter()
        found = nearest_others(points, NEIGHBOURS)
        own = time.perf_counter() - begin
        if rows > chosen.theirs_up_to:
            print(f"| {rows:,} | {own:.1f} | | | |", flush=True)
            continue
        begin = time.perf_counter()
        index = NearestNeighbors(n_neighbors=NEIGHBOURS, n_jobs=-1).fit(points)
        expected = index.kneighbors(return_distance=False)
        theirs = time.perf_counter() - begin
        alike = (found == expected).all(axis=1).mean()
        print(f"| {rows:,} | {own:.1f} | {theirs:.1f} | {theirs / own:.1f} | {alike:.2%} |", flush=True)


if __name__ == "__main__":
    main()
