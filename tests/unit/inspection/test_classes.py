"""The profile of a target of classes: sizes, ratio, warnings, gates."""

import math

import pytest
from conftest import CsvFile
from tables import open_table

from rebalance.inspection.classes import ClassProfile
from rebalance.inspection.profile import profile_table


def profile_of(path: object, *, target_only: bool = False) -> ClassProfile:
    with open_table(path) as table:  # type: ignore[arg-type]
        profile = profile_table(table, target_only=target_only)
    assert isinstance(profile, ClassProfile)
    return profile


def test_classes_are_listed_with_their_shares_the_largest_first(csv_file: CsvFile) -> None:
    profile = profile_of(csv_file("numeric"))
    assert [(share.label, share.count, share.share) for share in profile.classes] == [
        ("usual", 100, 100 / 120),
        ("rare", 20, 20 / 120),
    ]
    assert profile.imbalance_ratio == 5
    assert profile.warnings == ()


def test_the_classes_alone_are_counted_without_reading_a_column(csv_file: CsvFile) -> None:
    path = csv_file("mixed")
    alone, whole = profile_of(path, target_only=True), profile_of(path)
    assert alone.classes == whole.classes
    assert (alone.columns, alone.duplicates) == (None, None)
    assert math.isnan(alone.gate_values()["missing"])
    assert math.isnan(alone.gate_values()["duplicates"])


@pytest.mark.parametrize(
    ("rows", "warning"),
    [
        pytest.param(["1,No", "2,no.", "3,No", "4,no."] * 6, "'No', 'no.'", id="spelling"),
        pytest.param(["1,a", "2,b"] * 9 + ["3,rare"], "rare (1)", id="small"),
        pytest.param(["1,a", "2,a"], "one class only: there is nothing to balance", id="single"),
        pytest.param([f"{n},r{n}" for n in range(40)], "a different label in every row: it identifies rows", id="id"),
        pytest.param(["1,a", "2,NA", "3,a"] * 6, "'NA' looks like a missing value", id="missing"),
        pytest.param(["1,a", "2,b"] * 9 + ["3,"], "1 row has no label", id="blank"),
    ],
)
def test_what_deserves_attention_in_the_classes_is_a_warning(rows: list[str], warning: str, csv_file: CsvFile) -> None:
    assert warning in " ".join(profile_of(csv_file("\n".join(["x,kind", *rows, ""]))).warnings)


def test_values_for_gates_are_those_of_the_profile(csv_file: CsvFile) -> None:
    profile = profile_of(csv_file("x,kind\n" + "1,a\n2,b\n" * 2 + "3,a\n4,\n"))
    assert profile.gate_values() == {
        "imbalance-ratio": 1.5,
        "min-count": 2,
        "rows": 6,
        "classes": 2,
        "unlabeled": 1,
        "duplicates": 2,
        "missing": 0,
    }
    assert set(profile.gate_names) == set(profile.gate_values())


@pytest.mark.parametrize(
    ("rows", "technique"),
    [
        pytest.param(["1,a", "2,b"] * 6, "smote", id="enough"),
        pytest.param(["1,a"] * 6 + ["2,b"], "random-over", id="one-row"),
        pytest.param(["1,a", "2,a"], "", id="one-class"),
        pytest.param(["1,a", "2,b", "3,c"], "", id="every-row-its-class"),
    ],
)
def test_a_command_is_suggested_that_the_classes_allow(rows: list[str], technique: str, csv_file: CsvFile) -> None:
    commands = profile_of(csv_file("\n".join(["x,kind", *rows, ""]))).next_commands(["in.csv", "--target", "kind"])
    if not technique:
        assert commands == []
        return
    assert commands == [
        "rebalance train-eval in.csv --target kind",
        f"rebalance resample in.csv --target kind --technique {technique} -o balanced.csv",
    ]
