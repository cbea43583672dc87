"""Where the bytes of an input come from, and what is said where they cannot be had."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rebalance.csvio.source import open_source
from rebalance.errors import DataError


def refused(path: str) -> str:
    """What is said of an input that cannot be opened."""
    with pytest.raises(DataError) as error, open_source(path):
        pass
    return error.value.message


@pytest.fixture
def pipe() -> Iterator[str]:
    """A pipe that holds a small table."""
    reader, writer = os.pipe()
    os.write(writer, b"x,kind\n1,a\n")
    os.close(writer)
    yield f"/dev/fd/{reader}"
    os.close(reader)


def test_a_pipe_is_read_to_its_end(pipe: str) -> None:
    with open_source(pipe) as source:
        assert source.data[:] == b"x,kind\n1,a\n"
        assert source.identity is None


def test_a_closed_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("-") == "standard input is closed"


def test_what_the_system_refuses_to_open_is_named(tmp_path: Path) -> None:
    path = str(tmp_path / ("x" * 300))
    assert refused(path) == f"cannot read {path}: File name too long"


def test_a_folder_that_takes_no_temporary_file_is_named(pipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    assert refused(pipe).startswith("cannot write a temporary file in /proc: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_told_while_a_pipe_is_kept(pipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b", 0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        assert refused(pipe).startswith(f"cannot keep {pipe} in ")


def test_a_file_that_loses_its_name_while_it_is_read_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n1,a\n")
    with pytest.raises(DataError, match="changed while it was being read"), open_source(str(path)):
        path.unlink()
