"""On tables of numbers the techniques agree with imbalanced-learn's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CsvFile
from imblearn import over_sampling, under_sampling
from samples import numeric_table
from sklearn.cluster import MiniBatchKMeans
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import SVC
from sklearn.utils.class_weight import compute_sample_weight
from tables import cells_of, open_table, plan_of

from rebalance.plan.plan import Plan
from rebalance.techniques.clean import condense
from rebalance.techniques.oversample import cluster_sparsity, find_clusters, round_to_total, support_vectors

RARE = 0
"""The class code of `rare` in the table, which imbalanced-learn gets too: `rare` comes first."""


class NumericTable:
    """A table of numbers, its standardized points and its class codes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        body = cells_of(path.read_bytes())[1:]
        values = np.array([[float(cell) for cell in row[:-1]] for row in body])
        self.points = (values - values.mean(axis=0)) / values.std(axis=0)
        self.codes = np.array([RARE if row[-1] == "rare" else 1 for row in body])
        self.rare = np.flatnonzero(self.codes == RARE)

    def plan(self, technique: str) -> Plan:
        with open_table(self.path) as table:
            return plan_of(table, technique)

    def neighbors(self, k: int, *, fit: np.ndarray, queries: np.ndarray) -> np.ndarray:
        index = NearestNeighbors(n_neighbors=k + 1).fit(self.points[fit])
        return fit[index.kneighbors(self.points[queries], return_distance=False)[:, 1:]]


@pytest.fixture
def table(csv_file: CsvFile) -> NumericTable:
    return NumericTable(csv_file(numeric_table(400)))


def recipe_pairs(plan: Plan) -> set[tuple[int, int]]:
    return set(zip(plan.synthetic.base.tolist(), plan.synthetic.neighbor.tolist(), strict=True))


def neighbor_pairs(bases: np.ndarray, neighbors: np.ndarray) -> set[tuple[int, int]]:
    return {(int(base), int(neighbor)) for base, row in zip(bases, neighbors, strict=True) for neighbor in row}


CLEANING: dict[str, Callable[[], Any]] = {
    "tomek-links": under_sampling.TomekLinks,
    "edited-nn": under_sampling.EditedNearestNeighbours,
    "repeated-edited-nn": under_sampling.RepeatedEditedNearestNeighbours,
    "all-knn": under_sampling.AllKNN,
    "one-sided-selection": lambda: under_sampling.OneSidedSelection(random_state=0),
    "neighborhood-cleaning": under_sampling.NeighbourhoodCleaningRule,
}


@pytest.mark.parametrize("technique", list(CLEANING))
def test_a_cleaning_technique_keeps_the_rows_imbalanced_learn_keeps(technique: str, table: NumericTable) -> None:
    sampler = CLEANING[technique]()
    sampler.fit_resample(table.points, table.codes)
    expected = sorted(sampler.sample_indices_)
    assert table.plan(technique).keep.tolist() == expected
    assert len(expected) < len(table.codes)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_condensed_set_is_imbalanced_learns(seed: int, table: NumericTable) -> None:
    # with the larger class first: imbalanced-learn takes positions in it for positions in the table
    order = np.argsort(table.codes == RARE, kind="stable")
    points, codes = table.points[order], table.codes[order]
    sampler = under_sampling.CondensedNearestNeighbour(random_state=seed)
    sampler.fit_resample(points, codes)
    expected = sorted(row for row in sampler.sample_indices_ if codes[row] != RARE)
    first = int(np.random.RandomState(seed).randint(0, np.count_nonzero(codes != RARE), size=1)[0])
    condensed = condense(points[codes != RARE], points[codes == RARE], first)
    assert condensed.tolist() == expected
    header, *lines = table.path.read_text().splitlines()
    table.path.write_text("\n".join([header, *(lines[row] for row in order)]) + "\n")
    with open_table(table.path) as reordered:
        keep = plan_of(reordered, "condensed-nn", seed=seed).keep
    assert sorted(row for row in keep.tolist() if codes[row] != RARE) == expected


@pytest.mark.parametrize("version", [1, 2, 3])
def test_near_miss_keeps_the_rows_imbalanced_learn_keeps(version: int, table: NumericTable) -> None:
    sampler = under_sampling.NearMiss(version=version)
    sampler.fit_resample(table.points, table.codes)
    kept = set(table.plan(f"near-miss:version={version}").keep.tolist())
    expected = set(sampler.sample_indices_)
    assert expected <= kept
    assert len(kept) == 2 * len(table.rare)  # version 3 may find too few: the wanted count is reached nevertheless


def test_cluster_centroids_keeps_the_rows_nearest_to_imbalanced_learns_centers(table: NumericTable) -> None:
    points, _ = under_sampling.ClusterCentroids(random_state=0, voting="hard").fit_resample(table.points, table.codes)
    expected = {tuple(point) for point in points.round(9).tolist()}
    keep = table.plan("cluster-centroids").keep
    kept = {tuple(point) for point in table.points[keep].round(9).tolist()}
    assert len(keep) == 2 * len(table.rare)
    assert len(kept & expected) > 0.95 * len(kept)


def test_instance_hardness_keeps_the_rows_imbalanced_learn_keeps_except_for_ties(table: NumericTable) -> None:
    sampler = under_sampling.InstanceHardnessThreshold(random_state=0)
    sampler.fit_resample(table.points, table.codes)
    keep = set(table.plan("instance-hardness").keep.tolist())
    assert keep <= set(sampler.sample_indices_)
    assert len(keep) == 2 * len(table.rare)


def test_smote_interpolates_towards_neighbors_that_imbalanced_learn_finds(table: NumericTable) -> None:
    plan = table.plan("smote")
    allowed = neighbor_pairs(table.rare, table.neighbors(5, fit=table.rare, queries=table.rare))
    assert recipe_pairs(plan) <= allowed
    assert len(recipe_pairs(plan)) > len(allowed) / 2
    assert 0 <= plan.synthetic.gap.min() <= plan.synthetic.gap.max() < 1
    _, balanced = over_sampling.SMOTE(random_state=0).fit_resample(table.points, table.codes)
    assert len(plan) == len(balanced)


def test_borderline_smote_starts_from_imbalanced_learns_danger_set(table: NumericTable) -> None:
    sampler = over_sampling.BorderlineSMOTE(random_state=0)
    sampler.fit_resample(table.points, table.codes)
    danger = sampler.in_danger_indices[RARE]
    first = table.plan("borderline-smote")
    assert set(first.synthetic.base.tolist()) == set(danger.tolist())
    assert recipe_pairs(first) <= neighbor_pairs(danger, table.neighbors(5, fit=table.rare, queries=danger))
    second = table.plan("borderline-smote:kind=2")
    of_any_class = table.neighbors(5, fit=np.arange(len(table.codes)), queries=danger)
    assert recipe_pairs(second) <= neighbor_pairs(danger, of_any_class)
    other_class = table.codes[second.synthetic.neighbor] != RARE
    assert other_class.any()
    assert second.synthetic.gap[other_class].max() < 0.5


def test_adasyn_gives_each_row_as_many_synthetic_rows_as_imbalanced_learn_except_for_rounding(
    table: NumericTable,
) -> None:
    nearest = table.neighbors(5, fit=np.arange(len(table.codes)), queries=table.rare)
    share = (table.codes[nearest] != RARE).mean(axis=1)
    missing = len(table.codes) - 2 * len(table.rare)
    expected = np.rint(share / share.sum() * missing)
    plan = table.plan("adasyn")
    counts = np.array([np.count_nonzero(plan.synthetic.base == row) for row in table.rare])
    assert counts.sum() == missing
    assert np.abs(counts - expected).max() <= 1
    assert np.abs(counts - expected).sum() == abs(expected.sum() - missing)


def test_svm_smote_starts_from_the_support_vectors_of_imbalanced_learns_svm(table: NumericTable) -> None:
    expected = SVC(gamma="scale", random_state=0).fit(table.points, table.codes).support_
    assert sorted(support_vectors(table.points, table.codes, 0)) == sorted(expected)
    plan = table.plan("svm-smote")
    assert set(plan.synthetic.base.tolist()) <= set(expected.tolist())
    assert plan.synthetic.gap.min() < 0 < plan.synthetic.gap.max()
    assert plan.synthetic.gap.min() > -0.5


def test_kmeans_smote_stays_within_imbalanced_learns_clusters(table: NumericTable) -> None:
    expected = MiniBatchKMeans(random_state=0).fit_predict(table.points)
    assert (find_clusters(table.points, 0) == expected).all()
    recipes = table.plan("kmeans-smote").synthetic
    assert (expected[recipes.base] == expected[recipes.neighbor]).all()
    sampler = over_sampling.KMeansSMOTE(random_state=0)
    sampler._validate_estimator()  # noqa: SLF001  imbalanced-learn makes the sparsity public nowhere
    sampler.density_exponent = "auto"
    assert cluster_sparsity(table.points[:30]) == pytest.approx(sampler._find_cluster_sparsity(table.points[:30]))  # noqa: SLF001


def test_shares_are_rounded_to_the_exact_total() -> None:
    shares = np.array([0.5, 1.5, 2.4, 0.1, 5.5])
    for total in (8, 10, 12):
        sizes = round_to_total(shares * total / shares.sum(), total)
        assert sizes.sum() == total
        assert np.abs(sizes - shares * total / shares.sum()).max() <= 1


def test_the_noise_of_rose_has_the_standard_deviation_of_the_paper(csv_file: CsvFile) -> None:
    table = NumericTable(csv_file(numeric_table(3000)))
    recipes = table.plan("rose").synthetic
    assert recipes.noise is not None
    size = len(table.rare)
    assert recipes.noise.sd == pytest.approx((4 / (5 * size)) ** (1 / 7))


def test_class_weights_are_scikit_learns_balanced_ones(table: NumericTable) -> None:
    weight = table.plan("class-weight").weight
    assert weight is not None
    np.testing.assert_allclose(weight, compute_sample_weight("balanced", table.codes))


def test_effective_number_weights_are_those_of_the_paper(table: NumericTable) -> None:
    weight = table.plan("effective-number:beta=0.99").weight
    assert weight is not None
    counts = np.bincount(table.codes)
    raw = (1 - 0.99) / (1 - 0.99**counts)
    np.testing.assert_allclose(weight, (raw / raw.sum() * 2)[table.codes])
