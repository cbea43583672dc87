"""How the time of the nearest-neighbor search grows with the rows, for rebalance and scikit-learn.

`python benchmarks/neighbors.py [--rows N ...] [--columns N] [--max-sklearn-rows N]` searches the five nearest neighbors
of each of N points. Where the columns are independent and normally distributed, rebalance and scikit-learn both search
exactly. Where six hidden variables and noise explain the columns, as in real tables, the exact search is compared with
the approximate one, and the recall that the latter reports with its true recall. Prints Markdown tables of seconds.
"""

import argparse
import time

import numpy as np
from costs import describe_machine
from sklearn.neighbors import NearestNeighbors

from rebalance.techniques.neighbors import APPROXIMATE, EXACT, NeighborSearchResult, nearest_others

NEIGHBORS = 5
HIDDEN, NOISE = 6, 0.2
"""The number of hidden variables, and the standard deviation of the noise."""


def main() -> None:
    """Measure both kinds of points, and print a Markdown table for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 30_000, 100_000, 300_000])
    parser.add_argument("--columns", type=int, default=30)
    parser.add_argument("--max-sklearn-rows", type=int, default=100_000, help="scikit-learn searches no more rows")
    options = parser.parse_args()
    nearest_others(np.random.default_rng(1).normal(size=(100, options.columns)), NEIGHBORS)  # loads the libraries
    print(describe_machine(("scikit-learn", "numpy", "faiss-cpu")))
    print("| rows | rebalance s | scikit-learn s | ratio | rows with equal neighbors |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for rows in options.rows:
        print(compare_with_sklearn(rows, options.columns, options.max_sklearn_rows), flush=True)
    print("\n| rows | exact s | index s | ratio | reported recall | true recall |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for rows in options.rows:
        print(compare_with_index(rows, options.columns), flush=True)


def compare_with_sklearn(rows: int, columns: int, max_sklearn_rows: int) -> str:
    """Return a row of the first table: the exact search and scikit-learn's among independent columns."""
    points = np.random.default_rng(0).normal(size=(rows, columns))
    result, seconds = time_search(points, EXACT)
    if rows > max_sklearn_rows:
        return f"| {rows:,} | {seconds:.1f} | | | |"
    start = time.perf_counter()
    index = NearestNeighbors(n_neighbors=NEIGHBORS, n_jobs=-1).fit(points)
    expected = index.kneighbors(return_distance=False)
    sklearn_seconds = time.perf_counter() - start
    share = (result.positions == expected).all(axis=1).mean()
    return f"| {rows:,} | {seconds:.1f} | {sklearn_seconds:.1f} | {sklearn_seconds / seconds:.1f} | {share:.2%} |"


def compare_with_index(rows: int, columns: int) -> str:
    """Return a row of the second table: the exact and the approximate search among correlated columns."""
    points = draw_correlated(rows, columns)
    exact, exact_seconds = time_search(points, EXACT)
    approximate, seconds = time_search(points, APPROXIMATE)
    recall = np.mean(
        [(approximate.positions[:, rank, None] == exact.positions).any(axis=1).mean() for rank in range(NEIGHBORS)]
    )
    reported = "searched exactly" if approximate.recall is None else f"{approximate.recall:.1%}"
    ratio = exact_seconds / seconds
    return f"| {rows:,} | {exact_seconds:.1f} | {seconds:.1f} | {ratio:.1f} | {reported} | {recall:.1%} |"


def time_search(points: np.ndarray, search: str) -> tuple[NeighborSearchResult, float]:
    """Return the result of a search, and the seconds it took."""
    start = time.perf_counter()
    result = nearest_others(points, NEIGHBORS, search=search)
    return result, time.perf_counter() - start


def draw_correlated(rows: int, columns: int) -> np.ndarray:
    """Return points whose columns are linear combinations of a few hidden variables, with a little noise."""
    random = np.random.default_rng(0)
    combined = random.normal(size=(rows, HIDDEN)) @ random.normal(size=(HIDDEN, columns))
    return combined + NOISE * random.normal(size=(rows, columns))


if __name__ == "__main__":
    main()
