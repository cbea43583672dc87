"""How the search for nearest neighbours grows: ours beside scikit-learn's, by the rows of the smaller class.

`python benchmarks/neighbors.py [--rows N ...] [--columns N] [--theirs-up-to N]`: five neighbours of each of N points.
Of normal deviates, which have nothing to do with each other, the search is exact on both sides; of columns that six
hidden ones explain but for noise, as those of real tables do, it is by an index, too, and the share of the true
neighbours that it says it finds. Prints a Markdown table of seconds for each.
"""

import argparse
import time

import numpy as np
from costs import machine
from sklearn.neighbors import NearestNeighbors

from rebalance.techniques.neighbors import APPROXIMATE, EXACT, Found, nearest_others

NEIGHBOURS = 5
HIDDEN, NOISE = 6, 0.2


def main() -> None:
    """Time both, print the tables."""
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
        found, own = timed(points, EXACT)
        if rows > chosen.theirs_up_to:
            print(f"| {rows:,} | {own:.1f} | | | |", flush=True)
            continue
        begin = time.perf_counter()
        index = NearestNeighbors(n_neighbors=NEIGHBOURS, n_jobs=-1).fit(points)
        expected = index.kneighbors(return_distance=False)
        theirs = time.perf_counter() - begin
        alike = (found.positions == expected).all(axis=1).mean()
        print(f"| {rows:,} | {own:.1f} | {theirs:.1f} | {theirs / own:.1f} | {alike:.2%} |", flush=True)
    print(
        "\n| rows | exact s | index s | ratio | recall it says | recall |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for rows in chosen.rows:
        points = explained(rows, chosen.columns)
        true, exact = timed(points, EXACT)
        found, quick = timed(points, APPROXIMATE)
        recall = np.mean(
            [(found.positions[:, at, None] == true.positions).any(axis=1).mean() for at in range(NEIGHBOURS)]
        )
        said = "none: exact" if found.recall is None else f"{found.recall:.1%}"
        print(f"| {rows:,} | {exact:.1f} | {quick:.1f} | {exact / quick:.1f} | {said} | {recall:.1%} |", flush=True)


def timed(points: np.ndarray, search: str) -> tuple[Found, float]:
    """Return what a search finds, and the seconds it takes."""
    begin = time.perf_counter()
    found = nearest_others(points, NEIGHBOURS, search=search)
    return found, time.perf_counter() - begin


def explained(rows: int, columns: int) -> np.ndarray:
    """Return points whose columns are mixtures of a few hidden ones, and a little noise."""
    random = np.random.default_rng(0)
    hidden = random.normal(size=(rows, HIDDEN)) @ random.normal(size=(HIDDEN, columns))
    return hidden + NOISE * random.normal(size=(rows, columns))


if __name__ == "__main__":
    main()
