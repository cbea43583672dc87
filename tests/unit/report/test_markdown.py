"""A comparison as Markdown: complete, and with names and labels as text."""

import re
from pathlib import Path

import pytest
from shell import run_train_eval

from rebalance.report.markdown import techniques_table
from rebalance.techniques.registry import TECHNIQUES

LABELS = ("<i>rare</i>", "usual *|* `x`_[1](y)")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report on a table whose labels would be markup."""
    folder: Path = tmp_path_factory.mktemp("markdown")
    rows = [f'{n % 7 + 3 * (n % 6 == 0)},{n % 5},"{LABELS[n % 6 != 0]}"' for n in range(180)]
    path = folder / "in_<b>.csv"
    path.write_text("\n".join(["x,y,kind", *rows, ""]))
    argv = [path, "-t", "kind", "--model", "logistic-regression", "--technique", "random-over", "--cv", 3]
    run_train_eval(*argv, "--report", folder / "report.md")
    return (folder / "report.md").read_text()


def cells_of_row(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_a_report_has_the_verdict_and_a_row_for_each_contender(document: str) -> None:
    lines = document.splitlines()
    assert lines[0].startswith("# Rebalancing ")
    assert lines[2].startswith("**")
    assert any(line.startswith("To apply: `") for line in lines)
    first = next(index for index, line in enumerate(lines) if line.startswith("| model | technique |"))
    end = lines.index("", first)
    contenders = [cells_of_row(line)[1].strip("*") for line in lines[first + 2 : end]]
    assert contenders[0].startswith("baseline")
    assert {"none", "random-over"} <= set(contenders)


def test_every_row_of_a_table_has_as_many_cells_as_its_heading(document: str) -> None:
    tables = re.findall(r"(?:^\|.*\n)+", document, re.MULTILINE)
    assert len(tables) >= 2
    for table in tables:
        assert len({len(cells_of_row(line)) for line in table.splitlines()}) == 1


def test_names_and_labels_are_text_outside_of_fences(document: str) -> None:
    prose = re.sub(r"^```text\n.*?^```$", "", document, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^To apply: `[^`]*`$", "", prose, flags=re.MULTILINE)
    assert "\\<i\\>rare\\</i\\>" in prose
    assert not re.search(r"(?<!\\)<[ib]>", prose)


def test_the_table_of_techniques_has_a_row_for_each() -> None:
    heading, rule, *rows = techniques_table(TECHNIQUES).splitlines()
    assert [cells_of_row(row)[0] for row in rows] == [f"`{technique.name}`" for technique in TECHNIQUES]
    assert {len(cells_of_row(row)) for row in (heading, rule, *rows)} == {7}
