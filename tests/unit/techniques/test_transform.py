"""Transform techniques make the numbers of a column less skewed, and can be inverted."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CsvFile
from scipy import stats
from shell import Run
from tables import cells_of, open_table, plan_of, resample

from rebalance.errors import DataError


def inverse(technique: str, transformed: np.ndarray, parameters: dict[str, Any]) -> np.ndarray:
    """The original values, by the formulas of the manifest."""
    if technique == "log1p":
        return np.expm1(transformed)
    if technique == "quantile-normal":
        quantiles = np.array(parameters["quantiles"])
        return np.interp(stats.norm.cdf(transformed), np.linspace(0, 1, len(quantiles)), quantiles)
    power = parameters["lambda"]
    with np.errstate(all="ignore"):
        return np.where(
            transformed >= 0,
            (transformed * power + 1) ** (1 / power) - 1,
            1 - (1 - (2 - power) * transformed) ** (1 / (2 - power)),
        )


@pytest.mark.parametrize("technique", ["log1p", "yeo-johnson", "quantile-normal"])
def test_a_transformed_column_is_less_skewed_and_the_manifest_inverts_it(
    technique: str, run: Run, csv_file: CsvFile, tmp_path: Path
) -> None:
    draw = random.Random(3)
    values = [draw.lognormvariate(2, 1) - (0 if technique == "log1p" else 4) for _ in range(200)]
    path, manifest = csv_file("x,y\n" + "".join(f"{n % 7},{v:.3f}\n" for n, v in enumerate(values))), tmp_path / "m"
    result = run("resample", path, "-t", "y", "--technique", technique, "--keep-original", "--manifest", manifest)
    assert f"{technique} changes 200 cells of 'y': skew " in result.err
    header, *rows = cells_of(result.out)
    assert header == ["x", "y", "y_original"]
    assert [row[2] for row in rows] == [f"{value:.3f}" for value in values]
    transformed, original = (np.array([float(row[index]) for row in rows]) for index in (1, 2))
    assert abs(stats.skew(transformed)) < abs(stats.skew(original)) / 2
    [transform] = json.loads(manifest.read_text())["transforms"]
    assert (transform["column"], transform["technique"], transform["invertible"]) == ("y", technique, True)
    assert inverse(technique, transformed, transform["parameters"]) == pytest.approx(original, rel=1e-4)


def test_the_columns_that_the_user_names_are_transformed_and_missing_cells_stay(csv_file: CsvFile) -> None:
    path = csv_file("mixed-numeric-target")
    before, after = cells_of(path.read_bytes()), cells_of(resample(path, "yeo-johnson:columns=price,stock"))
    price, stock = 3, 4
    for old, new in zip(before[1:], after[1:], strict=True):
        assert [*old[:price], *old[stock + 1 :]] == [*new[:price], *new[stock + 1 :]]
        for index in (price, stock):
            assert new[index] == old[index] if old[index] in ("", "?") else new[index] not in ("", "?")


def test_a_transform_that_could_not_be_inverted_is_refused(csv_file: CsvFile) -> None:
    draw = random.Random(1)
    path = csv_file("x,kind\n" + "".join(f"{n},{10_000 + draw.lognormvariate(0, 1):.4f}\n" for n in range(300)))
    with open_table(path) as table, pytest.raises(DataError, match="could not be inverted"):
        plan_of(table, "yeo-johnson")


def test_log1p_of_values_below_minus_1_is_refused_with_the_technique_that_takes_them(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},{n - 30}.5\n" for n in range(60)))
    with open_table(path) as table, pytest.raises(DataError, match="above -1") as error:
        plan_of(table, "log1p")
    assert "yeo-johnson" in error.value.hint


def test_two_transforms_of_one_column_are_applied_one_after_the_other(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},{n * n}.5\n" for n in range(60)))
    once = [float(row[1]) for row in cells_of(resample(path, "log1p"))[1:]]
    twice = [float(row[1]) for row in cells_of(resample(path, "log1p+log1p"))[1:]]
    assert twice == pytest.approx([math.log1p(value) for value in once])
