"""Transformed cells are written into the records they belong to, and no other byte changes."""

import math

import pytest
from conftest import CsvFile
from shell import Run
from tables import cells_of, open_table, output_of, plan_of

from rebalance.resample.writer import ExtraColumns
from rebalance.table.numeric_target import with_numeric_target


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_cells_are_transformed_between_any_other_bytes(encoding: str, csv_file: CsvFile) -> None:
    lines = [f'"caf\xe9 {n}";"{n},{n % 10}5";"a\r\n;b";{n},5' for n in range(1, 61)]
    path = csv_file("\r\n".join(["note;size;more;kind", *lines]).encode(encoding))
    with open_table(path, encoding=encoding) as opened:
        table = with_numeric_target(opened)
        plan = plan_of(table, "log1p:columns=size,kind")
        output = output_of(table, plan, ExtraColumns(originals=True)).decode(encoding)
    header, *rows = cells_of(output.encode(), ";")
    assert header == ["note", "size", "more", "kind", "size_original", "kind_original"]
    for number, row in enumerate(rows, 1):
        assert row[0] == f"caf\xe9 {number}"
        assert row[2] == "a\r\n;b"
        assert row[4:] == [f"{number},{number % 10}5", f"{number},5"]
        for transformed, original in ((row[1], row[4]), (row[3], row[5])):
            value = float(original.replace(",", "."))
            assert float(transformed.replace(",", ".")) == pytest.approx(math.log1p(value))
        assert "," in row[3]
    assert output.count('"a\r\n;b"') == 60


def test_synthetic_rows_are_transformed_after_they_were_interpolated(csv_file: CsvFile, run: Run) -> None:
    argv = ["resample", csv_file("numeric-target"), "-t", "kind", "-q", "--technique"]
    untransformed = cells_of(run(*argv, "smogn").out)
    transformed = cells_of(run(*argv, "smogn+log1p", "--keep-original").out)
    assert [row[:3] for row in transformed] == [row[:3] for row in untransformed]
    assert [row[4] for row in transformed[1:]] == [row[3] for row in untransformed[1:]]
    expected = [math.log1p(float(row[3])) for row in untransformed[1:]]
    assert [float(row[3]) for row in transformed[1:]] == pytest.approx(expected)
