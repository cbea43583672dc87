"""What `rebalance inspect` shows, suggests and writes."""

import itertools
import shlex
from pathlib import Path

import pytest
from conftest import CsvFile
from samples import ALL_TABLES
from shell import ORDERS, Run, run_script


def suggested_commands(text: str) -> list[str]:
    return [line.strip() for line in text.split("next:\n")[1].splitlines()]


@pytest.mark.parametrize("table", ["mixed", "numeric-target"])
def test_suggested_commands_run_when_pasted(table: str, csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path = csv_file(ALL_TABLES[table].replace(b",kind", b",the kind"), "a file.csv")
    commands = suggested_commands(run("inspect", path, "-t", "the kind", cwd=tmp_path).text)
    assert sorted(command.split()[1] for command in commands) == ["resample", "train-eval"]
    for command in commands:
        run_script(command, cwd=tmp_path)


@pytest.mark.parametrize(
    ("table", "options"),
    [
        pytest.param(
            "mixed",
            ["--id", "note", "--role", "stock=category", "--missing", "deep blue", "--distance-exclude", "day"],
            id="columns",
        ),
        pytest.param("mixed", ["--drop", "ref", "--max-bytes", "1G", "--delimiter", ","], id="input"),
        pytest.param("many-class", ["--label-alias", "two words=one"], id="classes"),
        pytest.param("numeric-target", ["--task", "regression", "--relevance-threshold", "0.9"], id="numeric-target"),
    ],
)
def test_suggested_commands_repeat_the_options_that_describe_the_table(
    table: str, options: list[str], csv_file: CsvFile, run: Run, tmp_path: Path
) -> None:
    path = csv_file(table)
    commands = suggested_commands(run("inspect", path.name, "-t", "kind", *options, cwd=tmp_path).text)
    assert len(commands) == 2
    for command in commands:
        assert set(itertools.pairwise(shlex.split(command))) >= set(zip(options[::2], options[1::2], strict=True))
        quick = " --technique none --cv 2 --jobs 1" if " train-eval " in command else ""
        run_script(command + quick, cwd=tmp_path)


def test_after_reading_a_pipe_the_suggested_commands_name_a_file(run: Run) -> None:
    shown = run("inspect", "-", "-t", "fraud", stdin=ORDERS.read_bytes()).text
    assert "rebalance train-eval FILE --target fraud" in shown


def test_nothing_is_suggested_for_a_target_that_identifies_rows(run: Run) -> None:
    shown = run("inspect", ORDERS, "-t", "order_id").text
    assert "a different label in every row" in shown
    assert "next:" not in shown


def test_a_target_without_any_label_is_inspected(run: Run) -> None:
    ran = run("inspect", "-", "-t", "kind", stdin=b"x,kind\n1,\n2,\n")
    assert ran.text.count("2 rows have no label") == 1


def test_no_cell_is_shown_except_labels(csv_file: CsvFile, run: Run) -> None:
    rows = b"".join(b"secret%d,%d,%s\n" % (n, n, b"ab"[n % 2 :][:1]) for n in range(50))
    path = csv_file(b"name,ssn,kind\n" + rows)
    shown = run("inspect", path, "-t", "kind").text + run("inspect", path, "-t", "kind", "--json").text
    assert "secret" not in shown


def test_every_page_that_is_wanted_is_written_and_reported(run: Run, tmp_path: Path) -> None:
    pages = [tmp_path / "one.html", tmp_path / "two.html"]
    ran = run("inspect", ORDERS, "-t", "fraud", "--report", pages[0], "--report", pages[1])
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert all(f"wrote {page}" in ran.err for page in pages)
