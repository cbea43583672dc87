"""The profile of a numeric target: its distribution, outliers, rare values, warnings, gates."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import CsvFile
from tables import open_table

from rebalance.errors import UsageError
from rebalance.inspection.numeric import NumericTargetProfile
from rebalance.inspection.profile import profile_table


def profile_of(path: Path) -> NumericTargetProfile:
    with open_table(path) as table:
        profile = profile_table(table)
    assert isinstance(profile, NumericTargetProfile)
    return profile


def column(values: list[float]) -> str:
    return "\n".join(["x,kind", *(f"{number},{value}" for number, value in enumerate(values)), ""])


def test_the_distribution_is_that_of_pandas(csv_file: CsvFile) -> None:
    path = csv_file("numeric-target")
    profile, values = profile_of(path), pd.read_csv(path)["kind"]
    assert (profile.minimum, profile.maximum) == (values.min(), values.max())
    assert profile.quartiles[1] == pytest.approx(values.median())
    assert profile.mean == pytest.approx(values.mean())
    assert profile.standard_deviation == pytest.approx(values.std())
    assert profile.skew == pytest.approx(values.skew())
    assert profile.kurtosis == pytest.approx(values.kurt())
    assert profile.distinct == values.nunique()


def test_the_histogram_and_the_ranges_count_every_row(csv_file: CsvFile) -> None:
    path = csv_file("numeric-target")
    profile, values = profile_of(path), pd.read_csv(path)["kind"]
    assert sum(profile.bin_counts) == profile.rows == 150
    assert profile.bin_counts == tuple(np.histogram(values, profile.bin_edges)[0].tolist())
    assert sum(part.count for part in profile.rare_ranges) == profile.rare
    for part in profile.rare_ranges:
        assert part.count == values.between(part.low, part.high).sum()
    assert all(low.high < high.low for low, high in itertools.pairwise(profile.rare_ranges))


def test_outliers_lie_beyond_the_fences_in_the_target_and_the_columns(csv_file: CsvFile) -> None:
    path = csv_file("numeric-target")
    profile, table = profile_of(path), pd.read_csv(path)
    for name, outliers in {"kind": profile.outliers, **profile.column_outliers}.items():
        assert outliers.below == (table[name] < outliers.low_fence).sum()
        assert outliers.above == (table[name] > outliers.high_fence).sum()
        assert outliers.count == outliers.below + outliers.above > 0
        assert outliers.total == len(table)
    assert "visits" not in profile.column_outliers


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        pytest.param([0.5 + n for n in range(60)] + [0.0] * 30, "30 rows (33.3%) are zero", id="zeros"),
        pytest.param(
            [float(n) for n in range(60)] + [99.0] * 30,
            "30 rows (33.3%) have the value 99, the maximum",
            id="cap",
        ),
        pytest.param([1.5**n for n in range(40)], "the target is strongly skewed", id="skew"),
        pytest.param([n + 0.5 for n in range(40)], "no value is rare by this relevance", id="nothing-rare"),
    ],
)
def test_what_deserves_attention_in_the_target_is_a_warning(
    values: list[float], warning: str, csv_file: CsvFile
) -> None:
    assert warning in " ".join(profile_of(csv_file(column(values))).warnings)


def test_values_for_gates_are_those_of_the_profile(csv_file: CsvFile) -> None:
    profile = profile_of(csv_file("numeric-target"))
    values = profile.gate_values()
    assert set(values) == set(profile.gate_names)
    assert values["outliers"] == profile.outliers.count / 150
    assert values["rare"] == profile.rare / 150
    assert (values["rows"], values["skew"], values["zeros"]) == (150, profile.skew, 0)


def test_a_technique_is_suggested_only_if_some_values_are_rare(csv_file: CsvFile) -> None:
    train = "rebalance train-eval in.csv --target kind"
    argv = ["in.csv", "--target", "kind"]
    assert profile_of(csv_file("numeric-target")).next_commands(argv) == [
        "rebalance resample in.csv --target kind --technique smogn -o balanced.csv",
        train,
    ]
    assert profile_of(csv_file(column([n + 0.5 for n in range(40)]))).next_commands(argv) == [train]


def test_a_numeric_target_has_no_classes_to_count(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table, pytest.raises(UsageError, match="the target is numeric"):
        profile_table(table, target_only=True)
