"""Kept records are copied byte for byte, and every other row of the output is a complete record."""

import math
from pathlib import Path

import pytest
from conftest import CsvFile
from samples import CLASS_TABLES
from shell import SHARED, Run
from tables import cells_of, open_table, output_of, plan_of

from rebalance import arrays as arrays_module
from rebalance.errors import UsageError
from rebalance.resample.writer import ExtraColumns
from rebalance.table.table import ColumnOptions


@pytest.mark.parametrize(
    "end", [b"", b"\n", b"\n\n", b"\n\r\n"], ids=["no-newline", "newline", "blank-line", "blank-line-of-crlf"]
)
@pytest.mark.parametrize("name", list(CLASS_TABLES))
def test_none_gives_the_input_back_byte_for_byte(name: str, end: bytes, csv_file: CsvFile) -> None:
    data = CLASS_TABLES[name].removesuffix(b"\n") + end
    with open_table(csv_file(data)) as table:
        assert output_of(table, plan_of(table, "none")) == data


def test_blank_lines_between_records_are_kept_by_none_and_are_not_records(csv_file: CsvFile) -> None:
    data = b"\n\nx,kind\n\n1,a\n\n2,b\n"
    with open_table(csv_file(data)) as table:
        assert len(table) == 2
        assert output_of(table, plan_of(table, "none")) == data.lstrip(b"\n")


@pytest.mark.parametrize("end", [b"", b"\n", b"\n\n\n"], ids=["no-newline", "newline", "blank-lines"])
def test_records_copied_in_chunks_keep_blank_lines_and_the_end_of_the_file(
    end: bytes, csv_file: CsvFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays_module, "_CHUNK_ITEMS", 3)
    records = b"".join(b"%d,%d\n" % (n, n % 4 == 0) + b"\n" * (n % 3) for n in range(17)) + b"9,1"
    data = b"x,kind\n" + records + end
    with open_table(csv_file(data)) as table:
        assert output_of(table, plan_of(table, "none")) == data
        oversampled = output_of(table, plan_of(table, "random-over"))
        undersampled = output_of(table, plan_of(table, "random-under"))
    assert oversampled.startswith(data.rstrip(b"\n") + b"\n")
    lines = [line for line in data.splitlines() if line]
    assert {line for line in oversampled.splitlines() if line} == set(lines)
    kept = [line for line in undersampled.splitlines() if line]
    assert [line for line in lines if line in kept] == kept


@pytest.mark.parametrize("end", ["", "\n"], ids=["no-newline", "newline"])
def test_a_long_table_and_its_copies_are_complete_records(end: str, csv_file: CsvFile) -> None:
    lines = [f"{n},{'b' if n % 5 == 4 else 'a'}" for n in range(20_000)]
    with open_table(csv_file("\n".join(["x,kind", *lines]) + end)) as table:
        output = output_of(table, plan_of(table, "random-over")).decode()
    rows = output.splitlines()[1:]
    assert rows[:20_000] == lines
    assert set(rows) == set(lines)
    assert len(rows) == 32_000


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        pytest.param((0,), b'b,kind,"c"\r\n"x, y",no,3\r\n,yes,"6\n7"\r\n', id="first"),
        pytest.param((1, 3), b"a,kind\r\n1,no\r\n4,yes\r\n", id="second-and-last"),
        pytest.param((0, 1), b'kind,"c"\r\nno,3\r\nyes,"6\n7"\r\n', id="first-two"),
        pytest.param((3,), b'a,b,kind\r\n1,"x, y",no\r\n4,,yes\r\n', id="last"),
    ],
)
def test_dropped_columns_leave_every_other_byte(dropped: tuple[int, ...], expected: bytes, csv_file: CsvFile) -> None:
    path = csv_file(b'a,b,kind,"c"\r\n1,"x, y",no,3\r\n4,,yes,"6\n7"')
    with open_table(path, column_options=ColumnOptions(dropped)) as table:
        assert output_of(table, plan_of(table, "none")) == expected


def test_a_blank_cell_that_remains_alone_in_its_record_is_quoted(csv_file: CsvFile) -> None:
    with open_table(csv_file("kind,x\na,1\n,2\nb,3\n"), column_options=ColumnOptions((1,))) as table:
        assert output_of(table, plan_of(table, "none")) == b'kind\na\n""\nb\n'


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real datasets are not here")
@pytest.mark.parametrize(
    ("name", "target"), [("forestfires", "area"), ("diamonds", "price"), ("california_housing", "median_house_value")]
)
def test_real_numeric_targets_are_balanced_and_their_records_stay(name: str, target: str, run: Run) -> None:
    path = SHARED / "data" / f"{name}.csv"
    output = run("resample", path, "-t", target, "--technique", "smogn", "--ratio", 0.5, "-q").out
    original = path.read_bytes().rstrip(b"\r\n")
    assert output.startswith(original)
    assert len(output) > len(original) + 1000


@pytest.fixture
def three_columns(csv_file: CsvFile) -> Path:
    """A table with a numeric target and the columns `a` (with an outlier), `b`."""
    rows = [f"{500 if n == 7 else n % 10}.5,{n * n % 89},{n + n % 7 / 8:.3f}" for n in range(80)]
    return csv_file("\n".join(["a,b,kind", *rows]) + "\n")


@pytest.mark.parametrize("technique", ["", "smogn+"], ids=["kept-rows", "synthetic-rows"])
@pytest.mark.parametrize("shuffle", [[], ["--shuffle"]], ids=["in-order", "shuffled"])
def test_each_original_is_kept_under_its_own_name_if_two_steps_transform_different_columns(
    technique: str, shuffle: list[str], three_columns: Path, run: Run
) -> None:
    argv = ["resample", three_columns, "-t", "kind", "-q", "--relevance", "0:1,20:0,80:0", *shuffle, "--technique"]
    header, *rows = cells_of(run(*argv, f"{technique}log1p:columns=b+clip-outliers:columns=a", "--keep-original").out)
    untransformed = cells_of(run(*argv, technique.removesuffix("+") or "none").out)[1:]
    assert header == ["a", "b", "kind", "a_original", "b_original"]
    assert (len(rows) > 80) == bool(technique)
    assert [[*row[3:], row[2]] for row in rows] == untransformed
    for clipped, log, _, a, b in rows:
        assert float(clipped) == (min(float(a), 9.5))
        assert float(log) == pytest.approx(math.log1p(float(b)))
    assert {float(row[0]) for row in rows} != {float(row[3]) for row in rows}


def test_an_original_is_kept_only_under_a_name_that_no_column_has(csv_file: CsvFile) -> None:
    path = csv_file("kind_original,kind\n" + "".join(f"{n % 7},{n}.5\n" for n in range(60)))
    with open_table(path) as table, pytest.raises(UsageError, match="already a column 'kind_original'"):
        output_of(table, plan_of(table, "log1p"), ExtraColumns(originals=True))
