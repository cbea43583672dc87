"""Kept records through the whole of resample: `none` gives the input back, and every other row is a complete record."""

from pathlib import Path

import numpy as np
import pytest
from conftest import TABLES
from tables import opened, output_of, plan_of

from rebalance import arrays as arrays_module
from rebalance.errors import RebalanceError
from rebalance.table.table import ColumnOptions


def test_a_quoted_and_an_unquoted_label_are_one_class(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_bytes(b'x,kind\n1,"no"\n2,no\n3,"ye""s"\n')
    with opened(path) as table:
        assert table.target.labels == ("no", 'ye"s')
        assert table.target.counts().tolist() == [2, 1]


def test_labels_that_differ_after_eight_bytes_are_different_classes(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x,kind\n1,abcdefghX\n2,abcdefghY\n3,abcdefghX\n4,abc\n")
    with opened(path) as table:
        assert table.target.labels == ("abcdefghX", "abcdefghY", "abc")
        assert table.target.counts().tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    "end", [b"", b"\n", b"\n\n", b"\n\r\n"], ids=["no-newline", "newline", "blank-line", "blank-line-of-crlf"]
)
@pytest.mark.parametrize("name", list(TABLES))
def test_none_gives_the_input_back_byte_for_byte(name: str, end: bytes, tmp_path: Path) -> None:
    data = TABLES[name].removesuffix(b"\n") + end
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with opened(path) as table:
        assert output_of(table, plan_of(table, "none")) == data


def test_blank_lines_between_records_are_kept_by_none_and_are_no_records(tmp_path: Path) -> None:
    data = b"\n\nx,kind\n\n1,a\n\n2,b\n"
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    with opened(path) as table:
        assert len(table) == 2
        assert output_of(table, plan_of(table, "none")) == data.lstrip(b"\n")


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n"], ids=["no-newline", "newline", "blank-lines"])
def test_records_copied_in_chunks_keep_blank_lines_and_the_end_of_the_file(
    end: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays_module, "_CHUNK_ITEMS", 3)
    records = b"".join(b"%d,%d\n" % (n, n % 4 == 0) + b"\n" * (n % 3) for n in range(17)) + b"9,1"
    data = b"x,kind\n" + records + end
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with opened(path) as table:
        assert output_of(table, plan_of(table, "none")) == data
        oversampled = output_of(table, plan_of(table, "random-over"))
        undersampled = output_of(table, plan_of(table, "random-under"))
    assert oversampled.startswith(data.rstrip(b"\n") + b"\n")
    lines = [line for line in data.splitlines() if line]
    assert {line for line in oversampled.splitlines() if line} == set(lines)
    kept = [line for line in undersampled.splitlines() if line]
    assert [line for line in lines if line in kept] == kept


@pytest.mark.parametrize("end", ["", "\n"], ids=["no-newline", "newline"])
def test_a_long_table_and_its_copies_are_complete_records(end: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    lines = [f"{n},{'b' if n % 5 == 4 else 'a'}" for n in range(20_000)]
    path.write_text("\n".join(["x,kind", *lines]) + end)
    with opened(path) as table:
        output = output_of(table, plan_of(table, "random-over")).decode()
    rows = output.splitlines()[1:]
    assert rows[:20_000] == lines
    assert set(rows) == set(lines)
    assert len(rows) == 32_000


def test_dropped_columns_leave_every_other_byte(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'a,b,kind,"c"\r\n1,"x, y",no,3\r\n4,,yes,"6\n7"')
    for dropped, expected in {
        (0,): b'b,kind,"c"\r\n"x, y",no,3\r\n,yes,"6\n7"\r\n',
        (1, 3): b"a,kind\r\n1,no\r\n4,yes\r\n",
        (0, 1): b'kind,"c"\r\nno,3\r\nyes,"6\n7"\r\n',
        (3,): b'a,b,kind\r\n1,"x, y",no\r\n4,,yes\r\n',
    }.items():
        with opened(path, choices=ColumnOptions(dropped)) as table:
            assert output_of(table, plan_of(table, "none")) == expected


def test_a_blank_cell_that_remains_alone_in_its_record_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"kind,x\na,1\n,2\nb,3\n")
    with opened(path, choices=ColumnOptions((1,))) as table:
        assert output_of(table, plan_of(table, "none")) == b'kind\na\n""\nb\n'


def test_typed_cells_are_those_of_the_records_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,w,kind\n" + b"".join(b"%d,%d,k%d\n" % (n % 90, -(n % 90), n % 2) for n in range(100)))
    with opened(path) as table:
        for rows in ([3, 4, 5], [6, 7, 8], [8, 7, 6], [8, 7, 6], [1]):
            numbers, negatives = table.read_typed(np.array(rows)).columns
            assert numbers.values is not None
            assert numbers.values.tolist() == rows
            assert negatives.values is not None
            assert negatives.values.tolist() == [-row for row in rows]
            (only,) = table.read_typed(np.array(rows), [1]).columns
            assert only.values is not None
            assert only.values.tolist() == [-row for row in rows]


def test_a_table_without_numeric_columns_cannot_be_interpolated(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(b"kind\na\nb\na\nb\na\n")
    with opened(path) as table, pytest.raises(RebalanceError, match="no column can be measured"):
        plan_of(table, "smote")
