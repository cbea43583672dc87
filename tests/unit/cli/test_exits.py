"""Every way a command ends: its exit code, what it says, and what it leaves behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CsvFile
from shell import ORDERS, ROOT, Run, environment, run_script

from rebalance.cli.exits import exit_if_tripped, exit_with_error, with_exit_codes
from rebalance.errors import DataError, ExitCode, UsageError


@pytest.fixture(autouse=True)
def _restore_signal_handlers() -> Iterator[None]:
    """A command that runs in this process installs its own."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def exit_code_of(error: BaseException) -> int:
    """The exit code of a command that raises an error."""

    def command() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        with_exit_codes(command)()
    return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        pytest.param(UsageError("--x: no", "--y"), 2, "rebalance: --x: no\n  --y\n", id="usage"),
        pytest.param(DataError("a.csv: no rows"), 3, "rebalance: a.csv: no rows\n", id="data"),
        pytest.param(OSError(28, "No space left", "a.csv"), 3, "rebalance: a.csv: No space left\n", id="system"),
        pytest.param(KeyboardInterrupt(), 130, "", id="interrupt"),
    ],
)
def test_an_error_ends_with_its_exit_code_and_one_message(
    error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(error) == code
    assert capsys.readouterr() == ("", message)


def test_a_bug_is_reported_without_a_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REBALANCE_DEBUG", raising=False)
    assert exit_code_of(ZeroDivisionError("division by \x1bzero")) == ExitCode.BUG
    message, hint = capsys.readouterr().err.splitlines()
    assert message == "rebalance: internal error, please report it: ZeroDivisionError: division by \\x1bzero"
    assert "REBALANCE_DEBUG=1" in hint


def test_with_rebalance_debug_a_bug_shows_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REBALANCE_DEBUG", "1")

    def command() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        with_exit_codes(command)()


def test_control_characters_in_a_message_are_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        exit_with_error(DataError("\x1b[31mred", "\x07bell"))
    assert capsys.readouterr().err == "rebalance: \\x1b[31mred\n  \\x07bell\n"


def test_only_a_gate_ends_with_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    exit_if_tripped([])
    with pytest.raises(SystemExit) as ended:
        exit_if_tripped(["f1 is 0.1"])
    assert ended.value.code == ExitCode.GATE
    assert capsys.readouterr().err == "rebalance: gate tripped: f1 is 0.1\n"


def test_a_gate_that_trips_ends_with_exit_code_1_after_the_result(run: Run) -> None:
    ran = run("inspect", ORDERS, "-t", "fraud", "--fail-if", "ratio>10", code=1)
    assert "imbalance ratio" in ran.text
    assert ran.err == "rebalance: gate tripped: --fail-if 'imbalance-ratio>10': imbalance-ratio is 24\n"


def test_a_failed_run_leaves_no_output_and_no_temporary_file(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path = csv_file(b"x,kind\n" + b"1,a\n2,b\n" * 1000 + b"3\n", "late.csv")
    ran = run("resample", path, "-t", "kind", "--technique", "random-over", "-o", tmp_path / "out.csv", code=3)
    assert "line 2002" in ran.err
    assert [left.name for left in tmp_path.iterdir()] == ["late.csv"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [pytest.param(signal.SIGTERM, 143, id="terminated"), pytest.param(signal.SIGINT, 130, id="interrupted")],
)
def test_a_signal_leaves_no_output_and_no_temporary_file(sent: signal.Signals, code: int, tmp_path: Path) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "--technique", "random-over", "--count", "yes=9000000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rebalance", *map(str, argv), "-o", str(tmp_path / "out.csv")],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(sent)
    assert process.wait(60) == code
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_stops_reading_ends_the_command_quietly() -> None:
    command = f"rebalance resample '{ORDERS}' -t fraud --technique random-over --count yes=400000 -q"
    ran = run_script(f"{command} | head -1; echo ${{PIPESTATUS[0]}}")
    assert ran.err == ""
    assert ran.text.split() == [ORDERS.read_text().split("\n")[0], "141"]


@pytest.mark.parametrize(
    "argv",
    ["--help", "techniques", "techniques smote", f"inspect '{ORDERS}' -t fraud", "train-eval -h"],
    ids=["help", "techniques", "technique", "inspect", "help-of-train-eval"],
)
def test_without_any_reader_the_exit_code_is_that_of_a_broken_pipe(argv: str) -> None:
    ran = run_script(f"(sleep 1; rebalance {argv}; echo $? >&2) | true")
    assert ran.err.split() == ["141"]
