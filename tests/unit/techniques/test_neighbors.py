"""The nearest neighbors of a point are found exactly, or by an approximate search with a known recall."""

import os
import random

import numpy as np
import pytest
from conftest import CsvFile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shell import Run

from rebalance.techniques import neighbors as neighbors_module
from rebalance.techniques.neighbors import APPROXIMATE, EXACT, MIN_RECALL, all_same_class, nearest_others


def distances(points: np.ndarray, positions: np.ndarray) -> np.ndarray:
    return np.sqrt(((points[positions] - points[:, None]) ** 2).sum(axis=2))


def recall_of(positions: np.ndarray, exact: np.ndarray) -> float:
    """The share of neighbors that are among the exact ones of the same point."""
    return float((positions[:, :, None] == exact[:, None]).any(axis=2).mean())


def two_classes(points: np.ndarray) -> str:
    """A table with the points in each of two classes, and a hundred of them once more in one."""
    rows = [",".join([f"{value:.4f}" for value in row] + [kind]) for kind in "ab" for row in points.tolist()]
    rows += rows[:100]
    return "\n".join([",".join([*(f"c{index}" for index in range(points.shape[1])), "kind"]), *rows, ""])


def points_near_a_surface(rows: int, dimensions: int = 20) -> np.ndarray:
    """Points near a surface of three dimensions, as correlated columns make them."""
    generator = np.random.default_rng(1)
    return generator.normal(size=(rows, 3)) @ generator.normal(size=(3, dimensions)) + 0.1 * generator.normal(
        size=(rows, dimensions)
    )


@settings(deadline=None)
@given(
    arrays(np.float64, st.tuples(st.integers(3, 60), st.integers(1, 7)), elements=st.floats(-1e6, 1e6)),
    st.integers(1, 2),
)
def test_the_exact_search_finds_the_nearest_other_points_even_if_points_coincide(points: np.ndarray, k: int) -> None:
    nearest = nearest_others(points, k, search=EXACT).positions
    all_distances = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    np.fill_diagonal(all_distances, np.inf)
    assert not (nearest == np.arange(len(points))[:, None]).any()
    assert all(len(set(row)) == k for row in nearest.tolist())
    np.testing.assert_allclose(distances(points, nearest), np.sort(all_distances, axis=1)[:, :k], rtol=1e-6, atol=1e-9)


@settings(deadline=None)
@given(st.integers(5, 80), st.integers(1, 6), st.integers(1, 4), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_a_point_has_same_class_neighbors_if_its_nearest_are_of_its_class_even_if_points_coincide(
    size: int, dimensions: int, classes: int, places: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    shape = size, dimensions
    points = generator.integers(places, size=shape) / 3 + (places > 6) * generator.normal(size=shape)
    codes = generator.integers(classes, size=size).astype(np.int32)
    queries = np.flatnonzero(generator.random(size) < 0.7)
    expected = (codes[nearest_others(points, 3, queries).positions] == codes[queries, None]).all(axis=1)
    assert (all_same_class(points, 3, codes, queries) == expected).all()


def test_same_class_neighbors_are_found_among_more_points_than_are_searched_first() -> None:
    points = points_near_a_surface(20_000)
    codes = (np.random.default_rng(2).random(20_000) < 0.1).astype(np.int32)
    queries = np.flatnonzero(codes == 0)
    expected = (codes[nearest_others(points, 3, queries).positions] == codes[queries, None]).all(axis=1)
    assert 0.1 < expected.mean() < 0.9
    assert (all_same_class(points, 3, codes, queries) == expected).all()


def test_the_approximate_search_has_the_recall_that_it_reports() -> None:
    points = points_near_a_surface(20_000)
    exact, approximate = (nearest_others(points, 5, search=search) for search in (EXACT, APPROXIMATE))
    assert exact.recall is None
    assert approximate.recall is not None
    assert approximate.recall >= MIN_RECALL
    assert recall_of(approximate.positions, exact.positions) == pytest.approx(approximate.recall, abs=0.01)


def test_the_approximate_search_for_some_points_finds_the_neighbors_that_it_finds_for_all() -> None:
    points, queries = points_near_a_surface(20_000), np.arange(0, 20_000, 7)
    for_all = nearest_others(points, 3, search=APPROXIMATE)
    for_queries = nearest_others(points, 3, queries, search=APPROXIMATE)
    assert (for_all.positions[queries] == for_queries.positions).mean() > MIN_RECALL


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="needs to choose processors")
def test_the_approximate_search_finds_the_same_neighbors_on_one_processor() -> None:
    points, processors = points_near_a_surface(20_000), os.sched_getaffinity(0)
    on_all = nearest_others(points, 5, search=APPROXIMATE)
    os.sched_setaffinity(0, {min(processors)})
    try:
        on_one = nearest_others(points, 5, search=APPROXIMATE)
    finally:
        os.sched_setaffinity(0, processors)
    assert on_one.recall == on_all.recall
    assert (on_one.positions == on_all.positions).all()


def test_no_point_is_its_own_neighbor_among_many_that_coincide() -> None:
    points = np.repeat(points_near_a_surface(500), 20, axis=0)
    result = nearest_others(points, 5, search=APPROXIMATE)
    assert result.recall is not None
    assert not (result.positions == np.arange(len(points))[:, None]).any()
    assert distances(points, result.positions).max() == 0


def test_the_search_is_exact_where_an_index_would_have_to_search_nearly_all_points() -> None:
    points = np.random.default_rng(1).normal(size=(5_000, 30))
    result = nearest_others(points, 5, search=APPROXIMATE)
    assert result.recall is None
    assert (result.positions == nearest_others(points, 5, search=EXACT).positions).all()


@pytest.mark.parametrize(("max_work", "is_approximate"), [(0, True), (10**12, False)], ids=["long", "short"])
def test_the_search_is_approximate_by_default_only_where_an_exact_one_takes_long(
    max_work: int, is_approximate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbors_module, "_MAX_EXACT_WORK", max_work)
    assert (nearest_others(points_near_a_surface(5_000), 5).recall is not None) == is_approximate


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(points_near_a_surface(12), id="12-points"),
        pytest.param(points_near_a_surface(900), id="900-points"),
        pytest.param(np.zeros((1_500, 6)), id="one-place"),
        pytest.param(np.vstack([points_near_a_surface(1_500, 6), np.full((1, 6), 1e30)]), id="far-outlier"),
    ],
)
def test_the_search_is_exact_where_an_index_would_not_do(points: np.ndarray) -> None:
    approximate, exact = (nearest_others(points, 3, search=search) for search in (APPROXIMATE, EXACT))
    assert distances(points, approximate.positions) == pytest.approx(distances(points, exact.positions))


@pytest.mark.parametrize("search", [EXACT, APPROXIMATE])
def test_no_points_have_no_neighbors(search: str) -> None:
    assert nearest_others(points_near_a_surface(1_500), 3, np.arange(0), search).positions.shape == (0, 3)


def test_more_clusters_are_searched_if_the_first_ones_hold_too_few_points() -> None:
    points = points_near_a_surface(5_000)
    approximate, exact = (nearest_others(points, 400, np.arange(50), search) for search in (APPROXIMATE, EXACT))
    assert approximate.recall is None or recall_of(approximate.positions, exact.positions) >= MIN_RECALL


def test_the_summary_reports_the_recall_of_an_approximate_search(run: Run, csv_file: CsvFile) -> None:
    path = csv_file(two_classes(points_near_a_surface(2_000, 7)))
    argv = ["resample", path, "--target", "kind", "-o", os.devnull, "--technique"]
    approximate = run(*argv, "smote:neighbor-search=approximate").err
    assert "neighbors among 2,000 rows were searched with an index, which found" in approximate
    assert "WARNING" not in approximate
    assert "index" not in run(*argv, "smote:neighbor-search=exact").err


def test_an_unknown_search_is_refused_with_the_known_ones(run: Run, csv_file: CsvFile) -> None:
    path = csv_file(two_classes(points_near_a_surface(10, 7)))
    result = run("resample", path, "-t", "kind", "--technique", "smote:neighbor-search=nearly", code=2)
    assert "smote:neighbor-search=nearly: not auto or exact or approximate" in result.err


@pytest.mark.parametrize("technique", ["smote", "borderline-smote", "tomek-links", "near-miss"])
def test_the_number_of_threads_changes_no_byte(technique: str, run: Run, csv_file: CsvFile) -> None:
    draw = random.Random(14)
    rows = [
        ",".join([*(draw.choice("uvwx") for _ in range(12)), "b" if n % 3 == 0 else "a"]) for n in range(6000)
    ]  # with endless ties
    path = csv_file("\n".join([",".join([*(f"c{n}" for n in range(12)), "kind"]), *rows, ""]))
    outputs = set()
    for threads in ("1", "2", "5"):
        env = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        outputs.add(run("resample", path, "-t", "kind", "-q", "--technique", technique, env=env).out)
    assert len(outputs) == 1
