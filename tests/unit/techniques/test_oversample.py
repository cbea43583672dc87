"""Over-sampling techniques choose the base, the neighbor and the noise of each synthetic row as their papers define."""

import math

import numpy as np
import pytest
from conftest import CsvFile
from shell import ORDERS, Run
from tables import cells_of, open_table, output_of, plan_of

from rebalance.plan.rows import typed_targets
from rebalance.table.numeric_target import NumericTarget
from rebalance.techniques.oversample import safe_distances, weighted_target_gap


def test_the_target_of_a_synthetic_row_is_weighted_by_the_inverse_distances_of_its_source_rows() -> None:
    # with numbers only, it lies where the row lies; with one category that differs, and is the base's in the row,
    # the base is 0.25 * 2 away and the neighbor sqrt((0.75 * 2) ** 2 + 1)
    gap = np.array([0.25, 0.25, 0.75, 0.5])
    squared_distance, mismatches = np.array([4.0, 4, 4, 0]), np.array([0.0, 1, 1, 0])
    to_neighbor = math.sqrt(1.5**2 + 1)
    expected = [0.25, 0.5 / (0.5 + to_neighbor), to_neighbor / (0.5 + to_neighbor), 0.5]
    assert weighted_target_gap(gap, squared_distance, mismatches) == pytest.approx(expected)


def test_smogn_calls_a_neighbor_near_within_half_the_median_distance() -> None:
    points = np.array([[0.0], [1], [3], [10]])
    # from 0: 1, 3 and 10, median 3; from 1: 1, 2, 9; from 3: 3, 2, 7; from 10: 10, 9, 7
    assert safe_distances(points, np.arange(4)) == pytest.approx([1.5, 1, 1.5, 4.5])


def test_smogn_interpolates_towards_near_neighbors_and_adds_noise_where_they_are_far(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        plan = plan_of(table, "smogn:perturbation=0.1")
        output, targets = output_of(table, plan), NumericTarget.of(table).floats
    synthetic = plan.synthetic
    assert synthetic.noise
    assert synthetic.target_gap is not None
    is_near = synthetic.noise.sd == 0
    assert is_near.any()
    assert (~is_near).any()
    assert (synthetic.base[~is_near] == synthetic.neighbor[~is_near]).all()
    assert (synthetic.gap[~is_near] == 0).all()
    assert (synthetic.noise.sd[~is_near] <= 0.1).all()
    assert (synthetic.base[is_near] != synthetic.neighbor[is_near]).all()
    assert len(np.unique(synthetic.noise.draw)) == len(synthetic)
    values = np.array([float(row[-1]) for row in cells_of(output)[1:]])[len(plan.keep) :]
    base, neighbor = targets[synthetic.base], targets[synthetic.neighbor]
    interpolated = base + synthetic.target_gap * (neighbor - base)
    assert values[is_near] == pytest.approx(interpolated[is_near], abs=0.0051)
    assert not np.allclose(values[~is_near], base[~is_near])


def test_smogn_without_perturbation_repeats_the_base_where_the_neighbor_is_far(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        plan = plan_of(table, "smogn:perturbation=0")
        values = typed_targets(table, plan)[len(plan.keep) :]
        is_far = plan.synthetic.base == plan.synthetic.neighbor
        assert is_far.any()
        assert values[is_far] == pytest.approx(NumericTarget.of(table).floats[plan.synthetic.base[is_far]])


def test_the_noise_of_rose_has_the_standard_deviation_of_the_class_even_for_one_row(run: Run) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "-q", "--technique", "rose", "--count", "yes=81"]
    *before, synthetic = run(*argv).text.splitlines()
    assert synthetic[0] == ","
    assert synthetic.split(",", 5)[4] not in {row.split(",", 5)[4] for row in before[1:]}


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        pytest.param([], ["class 'c' has 1 row, which is repeated", "random-over"], id="one-row"),
        pytest.param(
            ["--count", "b=10"],
            ["class 'b' has 3 rows: interpolating towards 2 nearest neighbors, because 5"],
            id="three-rows",
        ),
    ],
)
def test_a_technique_is_adapted_to_a_small_class_unless_strict(
    options: list[str], messages: list[str], run: Run, csv_file: CsvFile
) -> None:
    rows = [f"{n * n},{'c' if n == 0 else 'b' if n < 4 else 'a'}" for n in range(40)]
    path = csv_file("\n".join(["x,kind", *rows]) + "\n")
    argv = ["resample", path, "-t", "kind", "--technique", "smote", *options]
    adapted, refused = run(*argv), run(*argv, "--strict", code=3)
    assert messages[0] in adapted.err
    assert all(message in refused.err for message in messages)
