"""Which points are nearest, exactly and nearly."""

import os
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from rebalance.techniques.alike import all_same_class

from rebalance.techniques import neighbors as neighbors_module
from rebalance.techniques.neighbors import APPROXIMATE, EXACT, RECALL, nearest_others


def distances(points: np.ndarray, positions: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[positions] - points[:, None]) ** 2).sum(axis=2))


def table_of(points: np.ndarray) -> bytes:
    """Return a table of as many rows again of another class."""
    rows = [",".join([f"{value:.4f}" for value in row] + [kind]) for kind in "ab" for row in points.tolist()]
    rows += rows[:100]
    return "\n".join([",".join([*(f"c{at}" for at in range(points.shape[1])), "kind"]), *rows, ""]).encode()


def curved(rows: int, dimensions: int = 20) -> np.ndarray:
    """Return points about a surface of three dimensions, as columns that have to do with each other make them."""
    random = np.random.default_rng(1)
    return random.normal(size=(rows, 3)) @ random.normal(size=(3, dimensions)) + 0.1 * random.normal(
        size=(rows, dimensions)
    )


@settings(deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(3, 60), st.integers(1, 7)), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 2),
)
def test_the_exact_search_finds_the_nearest_other_points_whatever_lies_in_one_place(points: np.ndarray, k: int) -> None:
    found = nearest_others(points, k, search=EXACT).positions
    everywhere = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    np.fill_diagonal(everywhere, np.inf)
    assert not (found == np.arange(len(points))[:, None]).any()
    assert all(len(set(row)) == k for row in found.tolist())
    np.testing.assert_allclose(distances(points, found), np.sort(everywhere, axis=1)[:, :k], rtol=1e-6, atol=1e-9)


@settings(deadline=None)
@given(st.integers(5, 80), st.integers(1, 6), st.integers(1, 4), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_neighbours_are_alike_where_the_nearest_are_whatever_lies_in_one_place(
    size: int, dimensions: int, classes: int, places: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    shape = size, dimensions
    points = random.integers(places, size=shape) / 3 + (places > 6) * random.normal(size=shape)
    codes = random.integers(classes, size=size).astype(np.int32)
    of = np.flatnonzero(random.random(size) < 0.7)
    expected = (codes[nearest_others(points, 3, of).positions] == codes[of, None]).all(axis=1)
    assert (all_same_class(points, 3, codes, of) == expected).all()


def test_neighbours_are_alike_among_more_fellows_than_are_looked_at_first() -> None:
    points = curved(20_000)
    codes = (np.random.default_rng(2).random(20_000) < 0.1).astype(np.int32)
    of = np.flatnonzero(codes == 0)
    expected = (codes[nearest_others(points, 3, of).positions] == codes[of, None]).all(axis=1)
    assert 0.1 < expected.mean() < 0.9
    assert (all_same_class(points, 3, codes, of) == expected).all()


def test_the_approximate_search_finds_as_many_of_the_true_neighbours_as_it_says() -> None:
    points = curved(20_000)
    true, found = nearest_others(points, 5, search=EXACT), nearest_others(points, 5, search=APPROXIMATE)
    share = (found.positions[:, :, None] == true.positions[:, None]).any(axis=2).mean()
    assert true.recall is None
    assert found.recall is not None
    assert found.recall >= RECALL
    assert share == pytest.approx(found.recall, abs=0.01)


def test_the_approximate_search_of_some_points_finds_what_that_of_all_does() -> None:
    points, some = curved(20_000), np.arange(0, 20_000, 7)
    whole, part = nearest_others(points, 3, search=APPROXIMATE), nearest_others(points, 3, some, search=APPROXIMATE)
    assert (whole.positions[some] == part.positions).mean() > RECALL


def test_on_one_processor_the_approximate_search_finds_the_same() -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("needs to choose processors")
    points, before = curved(20_000), os.sched_getaffinity(0)
    usual = nearest_others(points, 5, search=APPROXIMATE)
    os.sched_setaffinity(0, {min(before)})
    try:
        alone = nearest_others(points, 5, search=APPROXIMATE)
    finally:
        os.sched_setaffinity(0, before)
    assert alone.recall == usual.recall
    assert (alone.positions == usual.positions).all()


def test_no_point_is_its_own_neighbour_among_many_in_one_place() -> None:
    points = np.repeat(curved(500), 20, axis=0)
    found = nearest_others(points, 5, search=APPROXIMATE)
    assert found.recall is not None
    assert not (found.positions == np.arange(len(points))[:, None]).any()
    assert distances(points, found.positions).max() == 0


def test_where_an_index_would_have_to_search_nearly_everything_the_search_is_exact() -> None:
    points = np.random.default_rng(1).normal(size=(5_000, 30))
    found = nearest_others(points, 5, search=APPROXIMATE)
    assert found.recall is None
    assert (found.positions == nearest_others(points, 5, search=EXACT).positions).all()


@pytest.mark.parametrize(("most", "indexed"), [(0, True), (10**12, False)])
def test_an_index_is_used_where_an_exact_search_takes_long(
    most: int, indexed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbors_module, "_AFFORDABLE", most)
    assert (nearest_others(curved(5_000), 5).recall is not None) == indexed


@pytest.mark.parametrize(
    "points", [curved(12), curved(900), np.zeros((1_500, 6)), np.vstack([curved(1_500, 6), np.full((1, 6), 1e30)])]
)
def test_where_an_index_would_not_do_the_search_is_exact(points: np.ndarray) -> None:
    found = nearest_others(points, 3, search=APPROXIMATE)
    assert distances(points, found.positions) == pytest.approx(
        distances(points, nearest_others(points, 3, search=EXACT).positions)
    )


def test_of_no_points_there_are_no_neighbours() -> None:
    for search in (EXACT, APPROXIMATE):
        assert nearest_others(curved(1_500), 3, np.arange(0), search).positions.shape == (0, 3)


def test_an_index_whose_clusters_hold_too_few_points_is_searched_further() -> None:
    points = curved(5_000)
    found, true = (nearest_others(points, 400, np.arange(50), search) for search in (APPROXIMATE, EXACT))
    assert found.recall is None or (found.positions[:, :, None] == true.positions[:, None]).any(axis=2).mean() >= RECALL


def test_the_summary_says_how_many_neighbours_are_the_true_ones(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(table_of(curved(2_000, 7)))
    words = ("resample", path, "--target", "kind", "--technique", "smote", "-o", tmp_path / "out.csv")
    nearly = run(*words, "--neighbor-search", "approximate")
    assert nearly.code == 0
    assert "neighbours among 2,000 rows were searched for in an index, which found" in nearly.err
    assert "WARNING" not in nearly.err
    exactly = run(*words, "--neighbor-search", "exact")
    assert exactly.code == 0
    assert "index" not in exactly.err


def test_a_search_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(table_of(curved(10, 7)))
    done = run("resample", path, "-t", "kind", "--technique", "smote", "--neighbor-search", "nearly")
    assert done.code == 2
    assert "--neighbor-search nearly: no such search" in done.err
    assert "exact or approximate" in done.err
