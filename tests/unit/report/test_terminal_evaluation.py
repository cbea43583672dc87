"""A comparison as text for people."""

import re

import pytest
from shell import ORDERS, Run

ARGV = (ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression")


def table_of_the_model(text: str) -> list[str]:
    lines = text.splitlines()
    start = lines.index("logistic-regression") + 1
    return lines[start : lines.index("", start)]


def metrics_in(text: str) -> list[str]:
    """The headings of the table of the model."""
    return table_of_the_model(text)[0].split()


def test_an_ascii_terminal_gets_escapes_not_an_error(train_eval: Run) -> None:
    ran = train_eval(*ARGV, env={"PYTHONIOENCODING": "ascii"})
    assert ran.text.isascii()
    assert "\\xb1" in ran.text


def test_a_wider_terminal_shows_more_metrics(train_eval: Run) -> None:
    narrow, medium, wide = (metrics_in(train_eval(*ARGV, env={"COLUMNS": str(n)}).text) for n in (60, 80, 120))
    assert narrow == medium[: len(narrow)]
    assert medium == wide[: len(medium)]
    assert len(narrow) < len(medium) < len(wide)
    assert narrow[0] == "PR-AUC"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_the_table_of_a_model_fits_the_terminal(columns: int, train_eval: Run) -> None:
    table = table_of_the_model(train_eval(*ARGV, env={"COLUMNS": str(columns)}).text)
    assert columns - 20 < max(map(len, table)) <= columns


def test_quiet_leaves_out_the_seconds(train_eval: Run) -> None:
    loud, quiet = train_eval(*ARGV), train_eval(*ARGV, "-q")
    assert re.fullmatch(r".*seconds.*: none \d+\.\d\n", loud.err)
    assert quiet.err == ""
    assert quiet.out == loud.out
