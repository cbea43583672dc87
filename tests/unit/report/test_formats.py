"""The suffix of a report's name determines its format."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
from shell import ORDERS, Run, run_train_eval

from rebalance.errors import UsageError
from rebalance.report.formats import report_format

SUFFIXES = (".html", ".md", ".json", ".csv", ".txt")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Reports of one run in all formats, and what it wrote to standard output as JSON."""
    folder = tmp_path_factory.mktemp("formats")
    argv = [ORDERS, "-t", "fraud", "--model", "logistic-regression", "--cv", 3, "--technique", "random-over"]
    options = [word for suffix in SUFFIXES for word in ("--report", folder / f"report{suffix}")]
    output = run_train_eval(*argv, *options, "--json").text
    return {"stdout": output, **{suffix: (folder / f"report{suffix}").read_text() for suffix in SUFFIXES}}


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".HTML", ".Md"])
def test_a_suffix_is_known_in_any_case(suffix: str) -> None:
    assert report_format(f"a.b/report{suffix}") == suffix.lower()


@pytest.mark.parametrize("path", ["r.pdf", "report", "md", ".csv/report", "r.csv.gz"])
def test_an_unknown_suffix_is_refused_with_those_that_are_known(path: str) -> None:
    with pytest.raises(UsageError) as error:
        report_format(path)
    assert error.value.hint.startswith("use one of ")
    assert set(error.value.hint.removeprefix("use one of ").split(", ")) == set(SUFFIXES)


def test_the_json_report_is_what_json_writes(reports: dict[str, str]) -> None:
    assert reports[".json"] == reports["stdout"]


def test_the_csv_has_the_metrics_of_every_contender_and_fold(reports: dict[str, str]) -> None:
    rows = list(csv.DictReader(reports[".csv"].splitlines()))
    evaluation = json.loads(reports[".json"])
    contenders = [(c["model"], c["technique"], c["variant"]) for c in evaluation["contenders"]]
    assert Counter((row["model"], row["technique"], row["variant"]) for row in rows) == dict.fromkeys(contenders, 3)
    for row, metrics in zip(rows, (fold for c in evaluation["contenders"] for fold in c["folds"]), strict=True):
        assert [row[name] for name in metrics] == ["" if x is None else repr(float(x)) for x in metrics.values()]


def test_the_text_and_the_page_have_the_verdict_of_the_json(reports: dict[str, str]) -> None:
    headline = json.loads(reports[".json"])["verdict"]["text"].split(". ")[0]
    assert headline in reports[".html"]
    for suffix in (".txt", ".md"):
        assert headline.split()[0] in reports[suffix]
    assert "verdict: " in reports[".txt"]


def test_every_report_ends_with_one_newline(reports: dict[str, str]) -> None:
    assert all(text.endswith("\n") and not text.endswith("\n\n") for text in reports.values())


def test_a_report_is_refused_before_any_work(train_eval: Run, tmp_path: Path) -> None:
    ran = train_eval("nowhere.csv", "-t", "fraud", "--report", tmp_path / "r.pdf", code=2)
    assert "the suffix of the name determines the format" in ran.err
