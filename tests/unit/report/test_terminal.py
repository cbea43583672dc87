"""Text for people: plain where it is not a terminal, safe whatever a file contains, never too long."""

import io
import os
import pty
import subprocess
import sys

import pytest
from conftest import CsvFile
from shell import ORDERS, ROOT, Run, environment

from rebalance.report.terminal import console, plain_console, print_pairs

ANSI_TABLE = b"\x1b[31mred,[bold]b[/],st [/b]\n1,2,\x1b]0;x\x07\n3,4,[red]\n5,6,[red]\n"


def shown_in_a_terminal(*argv: str, **variables: str) -> bytes:
    """What a command writes to a terminal."""
    primary, secondary = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rebalance", *argv],
        stdin=secondary,
        stdout=secondary,
        stderr=secondary,
        cwd=ROOT,
        env={**environment(TERM="xterm-256color"), **variables},
    )
    os.close(secondary)
    shown = b""
    try:
        while chunk := os.read(primary, 65536):
            shown += chunk
    except OSError:  # Linux ends so when nobody writes any more
        pass
    os.close(primary)
    assert process.wait() == 0
    return shown


def test_a_terminal_gets_colors() -> None:
    shown = shown_in_a_terminal("inspect", str(ORDERS), "-t", "fraud")
    assert b"imbalance ratio" in shown
    assert b"\x1b[" in shown


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["no-color", "dumb"])
def test_a_terminal_that_wants_no_colors_gets_plain_text(variables: dict[str, str]) -> None:
    shown = shown_in_a_terminal("inspect", str(ORDERS), "-t", "fraud", **variables)
    assert b"imbalance ratio" in shown
    assert b"\x1b" not in shown


@pytest.mark.parametrize(
    "argv",
    [["inspect", "-t", "3"], ["resample", "-t", "3", "--technique", "random-over"]],
    ids=["inspect", "resample"],
)
def test_control_characters_in_names_and_labels_are_shown_not_obeyed(
    argv: list[str], csv_file: CsvFile, run: Run
) -> None:
    command, *options = argv
    ran = run(command, csv_file(ANSI_TABLE), *options)
    shown = ran.err if command == "resample" else ran.text
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[red]" in shown
    assert "st [/b]" in shown


def test_notes_beyond_a_dozen_are_counted(csv_file: CsvFile, run: Run) -> None:
    rows = "".join(f"{n},k{n // 3}\n" for n in range(60)) + "7,a\n" * 9
    messages = run("resample", csv_file("x,kind\n" + rows), "-t", "kind", "--technique", "smote").err
    assert messages.count("! class") == 12
    assert "more notes (--json has all)" in messages


def test_lines_do_not_end_in_spaces(run: Run) -> None:
    for argv in (["inspect", ORDERS, "-t", "fraud"], ["techniques"], ["techniques", "smote"]):
        assert all(line == line.rstrip() for line in run(*argv).text.splitlines())


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_columns_determine_the_width_where_there_is_no_terminal(columns: int, run: Run) -> None:
    lines = run("techniques", env={"COLUMNS": str(columns)}).text.split("\n\n`rebalance")[0].splitlines()
    assert columns - 20 < max(map(len, lines)) <= columns


def test_a_stream_that_is_no_terminal_is_written_plain_and_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    out = console(stream)
    assert out.width == 40
    print_pairs(out, [("family", "cleaning"), ("paper", ""), ("needs", "4 rows " * 10)])
    stream.seek(0)
    first, *others = stream.read().splitlines()
    assert first == "family  cleaning"
    assert " ".join(" ".join(others).split()) == "needs " + " ".join(["4 rows"] * 10)
    assert all(line == line.rstrip() and len(line) <= 40 for line in others)


def test_a_plain_console_has_the_width_it_is_given() -> None:
    stream = io.StringIO()
    plain_console(stream, 30).print("word " * 12)
    assert all(len(line) <= 30 for line in stream.getvalue().splitlines())
