"""On tables of numbers the techniques agree with imbalanced-learn's own."""

from pathlib import Path

import numpy as np
from conftest import numeric_table
from imblearn.over_sampling import SMOTE
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.class_weight import compute_sample_weight
from tables import cells_of, opened, plan_of


def standardised(path: Path) -> tuple[np.ndarray, np.ndarray]:
    rows = cells_of(path.read_bytes())[1:]
    values = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    return (values - values.mean(axis=0)) / values.std(axis=0), np.array([row[-1] for row in rows])


def test_smotes_mates_are_among_the_neighbours_imbalanced_learn_finds(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(numeric_table(600))
    points, labels = standardised(path)
    rare = np.flatnonzero(labels == "rare")
    neighbours = NearestNeighbors(n_neighbors=6).fit(points[rare]).kneighbors(return_distance=False, n_neighbors=5)
    allowed = {(rare[row], rare[mate]) for row, mates in enumerate(neighbours) for mate in mates}
    with opened(path) as table:
        made = plan_of(table, "smote").made
    assert set(zip(made.seed, made.mate, strict=True)) <= allowed
    assert len(set(zip(made.seed, made.mate, strict=True))) > len(allowed) / 2
    assert 0 <= made.gap.min() <= made.gap.max() < 1


def test_smote_makes_as_many_rows_as_imbalanced_learn(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(numeric_table(600))
    points, labels = standardised(path)
    _, balanced = SMOTE(random_state=0).fit_resample(points, labels)
    with opened(path) as table:
        plan = plan_of(table, "smote")
    assert len(plan) == len(balanced)


def test_class_weights_are_scikit_learns_balanced_ones(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(numeric_table())
    _, labels = standardised(path)
    with opened(path) as table:
        weight = plan_of(table, "class-weight").weight
    assert weight is not None
    np.testing.assert_allclose(weight, compute_sample_weight("balanced", labels))
