"""The bytes of a file are sliced as bytes in memory are, and a file that shrinks is an error."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebalance.csvio.file_bytes import FileBytes, read_pieces
from rebalance.errors import DataError

CONTENT = os.urandom(1 << 16) * 40
quick = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
positions = st.integers(-(len(CONTENT) + 9), len(CONTENT) + 9) | st.none()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[FileBytes]:
    path = tmp_path / "content"
    path.write_bytes(CONTENT)
    with path.open("rb") as opened:
        yield FileBytes(opened.fileno(), "content")


@quick
@given(start=positions, end=positions)
def test_a_slice_is_the_slice_of_the_bytes(file: FileBytes, start: int | None, end: int | None) -> None:
    assert file[start:end] == CONTENT[start:end]
    assert len(file) == len(CONTENT)


@quick
@given(data=st.data())
def test_pieces_are_read_in_any_order(file: FileBytes, data: st.DataObject) -> None:
    spans = st.tuples(st.integers(0, len(CONTENT)), st.integers(0, 3000))
    near = st.tuples(st.integers(0, 30_000), st.integers(0, 3000))
    drawn = data.draw(st.lists(spans | near, max_size=20))
    if data.draw(st.booleans()):
        drawn.sort()
    starts = np.array([start for start, _ in drawn], np.int64)
    ends = np.minimum(starts + np.array([size for _, size in drawn], np.int64), len(CONTENT))
    expected = [CONTENT[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    assert read_pieces(file, starts, ends) == read_pieces(CONTENT, starts, ends) == expected


def test_a_file_that_has_shrunk_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    with path.open("rb") as opened:
        file = FileBytes(opened.fileno(), "content")
        os.truncate(path, 5)
        assert file[:5] == b"01234"
        with pytest.raises(DataError, match="content changed while it was being read"):
            _ = file[3:8]


def test_a_read_that_the_system_refuses_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(b"0123456789")
    with path.open("ab") as opened:  # not open for reading
        file = FileBytes(opened.fileno(), "content")
        with pytest.raises(DataError, match="cannot read content: "):
            _ = file[:1]
