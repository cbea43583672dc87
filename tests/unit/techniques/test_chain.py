"""A chain applies its steps from left to right, if they fit the task and each other."""

import json

import pytest
from conftest import CsvFile
from shell import ORDERS, Run

from rebalance.errors import UsageError
from rebalance.table.task import Task
from rebalance.techniques.chain import parse_chain


def test_a_chain_is_applied_from_left_to_right(run: Run) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "--json", "--dry-run", "--technique"]
    summary = json.loads(run(*argv, "tomek-links+smote+class-weight").text)
    assert summary["classes"][0]["after"] < 1920
    assert summary["classes"][0]["after"] == summary["classes"][1]["after"]
    assert summary["weights"] == {"no": 1.0, "yes": 1.0}


def test_a_weighting_technique_before_another_is_refused_with_the_right_order(run: Run) -> None:
    result = run("resample", ORDERS, "-t", "fraud", "--technique", "class-weight+smote", code=2)
    assert "smote+class-weight" in result.err


@pytest.mark.parametrize(
    ("technique", "message"),
    [
        ("log1p+smogn", "log1p must come last"),
        ("density-weight+random-over", "density-weight must come last"),
        ("log1p+smogn+log1p", "log1p must come last"),
    ],
)
def test_a_technique_whose_result_later_steps_would_not_see_must_come_last(technique: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_chain(technique)


def test_a_row_has_one_weight_only() -> None:
    with pytest.raises(UsageError, match="one weight"):
        parse_chain("class-weight+density-weight")


@pytest.mark.parametrize("technique", ["tomek-links", "log1p+smogn"])
def test_a_chain_that_does_not_fit_a_numeric_target_is_refused(technique: str, run: Run, csv_file: CsvFile) -> None:
    run("resample", csv_file("numeric-target"), "-t", "kind", "--technique", technique, code=2)


def test_a_technique_that_does_not_support_the_task_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match="tomek-links does not support regression") as error:
        parse_chain("smote+tomek-links").check_task(Task.REGRESSION)
    assert "smogn" in error.value.hint
    with pytest.raises(UsageError, match="smogn does not support classification") as error:
        parse_chain("smogn").check_task(Task.CLASSIFICATION)
    assert "tomek-links" in error.value.hint
    parse_chain("smote+density-weight").check_task(Task.REGRESSION)


def test_a_technique_for_numeric_targets_is_refused_for_classes(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n1,a\n2,b\n3,b\n")
    result = run("resample", path, "-t", "kind", "--technique", "smogn", code=2)
    assert "smogn does not support classification" in result.err


@pytest.mark.parametrize("text", ["", "smote+", "+smote", "smote++none", "smote,tomek-links"])
def test_a_text_that_is_not_a_chain_is_refused_with_a_chain(text: str) -> None:
    with pytest.raises(UsageError, match=r"not a chain of techniques|joins techniques") as error:
        parse_chain(text)
    assert error.value.hint.startswith("--technique ")
    parse_chain(error.value.hint.removeprefix("--technique "))


def test_a_setting_given_twice_is_refused() -> None:
    with pytest.raises(UsageError, match="neighbors is set twice"):
        parse_chain("smote:neighbors=3:neighbors=4")


def test_settings_separated_by_a_comma_are_answered_with_a_colon() -> None:
    with pytest.raises(UsageError) as error:
        parse_chain("smote:neighbors=3,neighbor-search=exact")
    assert "a colon before the next setting" in error.value.hint
