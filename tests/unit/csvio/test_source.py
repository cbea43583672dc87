"""An input is a file, a pipe or compressed data; an input that cannot be read is refused with the reason."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rebalance.csvio.compression import CODECS, UNSUPPORTED, Codec
from rebalance.csvio.source import open_source
from rebalance.errors import DataError

TABLE = b"x,kind\n1,a\n"


def refusal(path: str | Path, max_bytes: int = sys.maxsize) -> str:
    """Return the message of the error for an input that cannot be opened."""
    with pytest.raises(DataError) as error, open_source(str(path), max_bytes):
        pass
    return error.value.message


@pytest.fixture
def pipe() -> Iterator[str]:
    """The path of a pipe that holds a small table."""
    reader, writer = os.pipe()
    os.write(writer, TABLE)
    os.close(writer)
    yield f"/dev/fd/{reader}"
    os.close(reader)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(TABLE)
    return path


def compress(codec: Codec, path: Path) -> None:
    with path.open("wb") as file, codec.open_writer(file) as writer:
        writer.write(TABLE)


def test_a_file_is_read_in_place(path: Path) -> None:
    with open_source(str(path)) as source:
        assert source.data[:] == TABLE
        assert source.identity == (path.stat().st_dev, path.stat().st_ino)
        assert source.sha256() == hashlib.sha256(TABLE).hexdigest()


def test_a_pipe_is_read_to_its_end(pipe: str) -> None:
    with open_source(pipe) as source:
        assert source.data[:] == TABLE
        assert source.identity is None
        assert source.sha256() == hashlib.sha256(TABLE).hexdigest()


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_a_compressed_file_is_decompressed_whatever_its_name(codec: Codec, path: Path) -> None:
    compress(codec, path)
    with open_source(str(path)) as source:
        assert source.data[:] == TABLE
        assert source.identity == (path.stat().st_dev, path.stat().st_ino)
        assert source.sha256() == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-5], lambda data: data + b"more", lambda data: data[:8] + b"not compressed"],
    ids=["truncated", "followed-by-other-bytes", "garbage"],
)
def test_damaged_compressed_data_is_refused(codec: Codec, damage: object, path: Path) -> None:
    compress(codec, path)
    assert callable(damage)
    path.write_bytes(damage(path.read_bytes()))
    assert refusal(path).startswith(f"{path}: damaged or cut-off {codec.name} data (")


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_a_compressed_file_may_hold_up_to_max_bytes(codec: Codec, path: Path) -> None:
    compress(codec, path)
    assert refusal(path, len(TABLE) - 1) == f"{path} holds more than {len(TABLE) - 1} bytes"
    with open_source(str(path), len(TABLE)) as source:
        assert len(source.data) == len(TABLE)


def test_a_pipe_may_hold_up_to_max_bytes(pipe: str) -> None:
    assert refusal(pipe, len(TABLE) - 1) == f"{pipe} holds more than {len(TABLE) - 1} bytes"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"PK\x03\x04abc", "is a zip archive or spreadsheet (.xlsx), not a CSV", id="zip"),
        pytest.param(b"PAR1abc", "is a Parquet file, not a CSV", id="parquet"),
        *(
            pytest.param(format_.magic + b"abc", f"is compressed with {format_.name}, not a CSV", id=format_.name)
            for format_ in UNSUPPORTED
        ),
    ],
)
def test_a_file_of_another_format_is_refused(data: bytes, words: str, path: Path) -> None:
    path.write_bytes(data)
    assert refusal(path) == f"{path} {words}"


def test_compressed_data_of_another_format_is_refused(path: Path) -> None:
    with path.open("wb") as file, CODECS[0].open_writer(file) as writer:
        writer.write(b"%PDF-1.7")
    assert refusal(path) == f"{path} is a PDF document, not a CSV"


def test_a_closed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal("-") == "standard input is closed"


def test_a_missing_file_is_refused_with_the_most_similar_name(path: Path) -> None:
    with pytest.raises(DataError) as error, open_source(str(path.with_name("im.csv"))):
        pass
    assert error.value.message == f"there is no file {path.with_name('im.csv')}"
    assert error.value.hint == "did you mean 'in.csv'?"


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path} is a directory"


def test_a_name_that_the_system_refuses_is_reported(tmp_path: Path) -> None:
    path = str(tmp_path / ("x" * 300))
    assert refusal(path) == f"cannot read {path}: File name too long"


def test_a_folder_that_takes_no_temporary_file_is_reported(pipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc")
    assert refusal(pipe).startswith("cannot write a temporary file in /proc: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_reported_while_a_pipe_is_copied(pipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("r+b", 0) as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        assert refusal(pipe).startswith(f"cannot keep {pipe} in ")


@pytest.mark.parametrize("codec", [None, *CODECS], ids=lambda codec: codec.name if codec else "plain")
def test_a_file_that_changes_while_it_is_read_is_refused(codec: Codec | None, path: Path) -> None:
    if codec:
        compress(codec, path)
    with pytest.raises(DataError, match="changed while it was being read"), open_source(str(path)):
        path.write_bytes(b"x,kind\n1,b\n2,c\n")


def test_a_file_that_is_deleted_while_it_is_read_is_refused(path: Path) -> None:
    with pytest.raises(DataError, match="changed while it was being read"), open_source(str(path)):
        path.unlink()
