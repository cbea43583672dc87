"""Fixtures that all tests share."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from samples import ALL_TABLES
from shell import Run, run_command, run_train_eval

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # tests run in parallel, and spinning threads would slow them down

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # a shell's background jobs ignore it, and commands under test would inherit that
    signal.signal(signal.SIGINT, signal.default_int_handler)

CsvFile = Callable[..., Path]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes the snapshots of promises/test_snapshots.py."""
    parser.addoption("--update-snapshots", action="store_true", help="write the snapshots instead of comparing them")


@pytest.fixture
def run() -> Run:
    """Run the command; see `shell.run_command`."""
    return run_command


@pytest.fixture
def train_eval() -> Run:
    """Run `train-eval` in one process."""
    return run_train_eval


@pytest.fixture
def csv_file(tmp_path: Path) -> CsvFile:
    """Write a CSV: `csv_file("x,kind\\n1,a\\n")`, bytes, or the name of a table of `samples`; return its path."""

    def write(content: str | bytes, name: str = "in.csv") -> Path:
        path = tmp_path / name
        data = ALL_TABLES.get(content, content) if isinstance(content, str) else content
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    return write
