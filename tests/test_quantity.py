"""A target that is a quantity: its spread, its outliers, and how much each value matters."""

import json
import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import SHARED, Run

from rebalance.errors import UsageError
from rebalance.table.relevance import Relevance, box_plot, parse_relevance, relevance_from_box_plot, stretches

PAPER = SHARED / "data" / "regression-paper"


def skewed_table(rows: int = 400, seed: int = 21) -> bytes:
    draw = random.Random(seed)
    lines = ["size,colour,price"]
    for number in range(rows):
        price = 0 if number % 10 == 0 else min(draw.lognormvariate(3, 1), 150)
        lines.append(f"{draw.gauss(10, 2):.2f},{draw.choice(['red', 'blue'])},{price:.3f}")
    return "\n".join(lines).encode() + b"\n"


def test_quartiles_are_tukeys_hinges_and_adjacent_values_lie_inside_the_fences() -> None:
    box = box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 30]))
    assert (box.lower, box.median, box.upper) == (3, 5, 7)
    assert box.fences() == (-3, 13)
    assert (box.lower_adjacent, box.upper_adjacent) == (1, 8)
    even = box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8]))
    assert (even.lower, even.median, even.upper) == (2.5, 4.5, 6.5)


def test_relevance_is_none_at_the_median_whole_at_the_adjacent_value_and_a_flat_cubic_between() -> None:
    relevance = relevance_from_box_plot(box_plot(np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 30])))
    assert relevance.points == ((5.0, 0.0), (8.0, 1.0))  # no outlier below: that tail does not matter
    part = 1 / 3
    found = relevance.of(np.array([1.0, 5, 6, 8, 30]))
    assert found == pytest.approx([0, 0, 3 * part**2 - 2 * part**3, 1, 1])


def test_where_most_values_are_one_that_one_is_not_rare() -> None:
    values = np.concatenate([np.zeros(80), np.arange(0.5, 20.5)])
    relevance = relevance_from_box_plot(box_plot(values))
    assert relevance.of(np.array([0.0, 0.5, 30])) == pytest.approx([0, 1, 1])
    assert relevance.rare(values).sum() == 20


def test_relevance_of_the_users_own_points_is_monotone_between_them() -> None:
    relevance = parse_relevance("0:0,10:0.5,100:1")
    grid = relevance.of(np.linspace(-5, 120, 500))
    assert (np.diff(grid) >= -1e-12).all()
    assert relevance.of(np.array([0.0, 10, 100])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize("text", ["", "1", "a:0", "1:2", "2:0,1:1", "1:0,1:1", "nan:1"])
def test_points_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--relevance"):
        parse_relevance(text)


def test_rare_values_are_given_as_ranges() -> None:
    values = np.array([5.0, 1, 9, 2, 8, 5])
    rare = Relevance(((1, 1), (5, 0), (9, 1))).rare(values, 0.8)
    assert stretches(values, rare) == [(1, 2, 2), (8, 9, 2)]


@pytest.mark.skipif(not PAPER.is_dir(), reason="the published data is not here")
@pytest.mark.parametrize(
    ("name", "rare"), [("forestFires", 79), ("abalone", 679), ("concreteStrength", 55), ("wine_quality", 1523)]
)
def test_as_many_values_are_rare_as_published(name: str, rare: int, run: Run) -> None:
    words = ["inspect", PAPER / f"{name}.csv", "--task", "regression", "--target", 1, "--relevance-threshold", 0.8]
    assert json.loads(run(*words, "--json").text)["rare"] == rare


def test_what_is_in_a_skewed_target_is_counted_as_pandas_counts(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(skewed_table())
    ran = run("inspect", path, "-t", "price", "--json")
    found = json.loads(ran.text)
    price = pd.read_csv(path)["price"]
    assert found["task"] == "regression"
    assert found["skew"] == pytest.approx(price.skew())
    assert found["kurtosis"] == pytest.approx(price.kurt())
    assert found["zeros"] == 40
    assert sum(found["bin_counts"]) == 400
    assert found["outliers"]["above"] == (price > found["outliers"]["high_fence"]).sum()
    assert {"value": 0.0, "count": 40} in found["spikes"]
    assert found["rare"] == sum(stretch["count"] for stretch in found["rare_ranges"])
    assert set(found["column_outliers"]) <= {"size"}


def test_the_task_is_guessed_said_and_can_be_set(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(skewed_table())
    guessed = run("inspect", path, "-t", "price")
    assert "a quantity (--task classification" in guessed.err
    assert "skew" in guessed.text
    assert "imbalance ratio" in run("inspect", path, "-t", "price", "--task", "classification").text
    grades = tmp_path / "grades.csv"
    grades.write_text("x,grade\n" + "".join(f"{n},{n % 5}\n" for n in range(100)))
    classes = run("inspect", grades, "-t", "grade")
    assert "classes (--task regression" in classes.err
    assert "imbalance ratio" in classes.text
    assert "quartiles 1, 2, 3" in run("inspect", grades, "-t", "grade", "--task", "regression").text


@pytest.mark.parametrize(
    "cells", [["1e16", "10000000000000002", "10000000000000004"], ["-1e147", "0", "2e147"], ["1", "2"]]
)
def test_narrow_wide_and_few_values_are_no_error(cells: list[str], run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    ran = run("inspect", path, "-t", "y", "--task", "regression")
    assert ran.code == 0, ran.err
    assert "nan" not in ran.text


def test_a_quantity_with_a_decimal_comma_is_read(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x;y\n" + "".join(f"{n};{n},5\n" for n in range(60)))
    assert json.loads(run("inspect", path, "-t", "y", "--json").text)["maximum"] == 59.5


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1.5", "cheap", "2"], "line 3: the target 'y' is not a number"),
        (["1.5", "inf", "2"], "line 3: the target 'y' is infinite"),
        (["", "NA", "?"], "missing in every record"),
        (["2", "2", "2"], "one value only"),
        (["2", "1e160", "2"], "line 3: the target 'y' is too large"),
    ],
)
def test_a_target_that_is_no_quantity_is_one_line_and_exit_3(
    cells: list[str], said: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("x,y\n" + "".join(f"{n},{cell}\n" for n, cell in enumerate(cells)))
    ran = run("inspect", path, "-t", "y", "--task", "regression")
    assert ran.code == 3
    assert said in ran.err
    assert "cheap" not in ran.err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--fail-if", "skew>1"], 1, "skew is"),
        (["--fail-if", "rare>0.9"], 0, ""),
        (["--fail-if", "ratio>1"], 2, "has no meaning for a quantity"),
        (["--classes-only"], 2, "--classes-only"),
        (["--task", "ranking"], 2, "no such task"),
        (["--task", "classification", "--relevance", "0:0,1:1"], 2, "--relevance is for a quantity"),
        (["--task", "classification", "--relevance-threshold", "0.5"], 2, "--relevance is for a quantity"),
    ],
)
def test_limits_and_options_of_a_quantity(words: list[str], code: int, said: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(skewed_table())
    ran = run("inspect", path, "-t", "price", *words)
    assert ran.code == code
    assert said in ran.err


def test_the_page_of_a_quantity_shows_its_histogram_and_no_cell(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(skewed_table().replace(b"price", b"<b>price</b>", 1))
    assert run("inspect", path, "-t", 3, "--report", tmp_path / "r.html", "--relevance", "0:0,50:1").code == 0
    page = (tmp_path / "r.html").read_text()
    assert "&lt;b&gt;price&lt;/b&gt;" in page
    assert "<b>" not in page
    assert page.count("<svg") == 2
