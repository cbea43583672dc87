"""Chosen cells are read as Python's csv reads them, and a column is quoted if all its non-empty cells are."""

import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rebalance.csvio import cells as cells_module
from rebalance.csvio.cells import read_cells, read_cells_and_quotes
from rebalance.csvio.records import Records, open_csv, read_records
from rebalance.csvio.source import Source

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.sampled_from('ab1é ,;"\n\r\t'), max_size=8)


def records_of(data: bytes, encoding: str = "utf-8") -> Records:
    return read_records(open_csv(Source("test", data, None), b",", encoding, header=True), [])[0]


@quick
@given(
    rows=st.lists(st.tuples(texts, texts, st.sampled_from(["no", "yes"])), min_size=3),
    picks=st.data(),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_chosen_cells_are_read_as_csv_reads_them(
    rows: list[tuple[str, str, str]], picks: st.DataObject, newline: str
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=newline, quoting=csv.QUOTE_ALL).writerows([("a", "b", "kind"), *rows])
    records = records_of(out.getvalue().removesuffix(newline).encode())
    chosen = np.array(picks.draw(st.lists(st.integers(0, len(rows) - 1), max_size=5)), np.int64)
    cells = read_cells(records, chosen, [1, 0])
    assert [column.to_pylist() for column in cells] == [
        [rows[row][1] for row in chosen],
        [rows[row][0] for row in chosen],
    ]


@pytest.mark.parametrize("size", [1, 40, 1000])
def test_cells_are_read_in_batches_of_any_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells_module, "BATCH_BYTES", size)
    records = records_of(b"x,kind\n" + b"".join(b"%d,k\n" % n for n in range(500)))
    [cells] = read_cells(records, np.arange(499, -1, -1), [0])
    assert cells.to_pylist() == [str(n) for n in range(499, -1, -1)]


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        pytest.param(b'"1",2\n"3",4\n', [True, False], id="all-cells-in-quotes"),
        pytest.param(b'"1",2\n,4\n', [True, False], id="an-empty-cell-without-quotes"),
        pytest.param(b'1,"2"\n"3",4\n', [False, False], id="some-cells-in-quotes"),
        pytest.param(b',"2"\n,"4"\n', [False, True], id="only-empty-cells"),
        pytest.param(b"1,2\n3,4\n", [False, False], id="no-quotes"),
    ],
)
def test_a_column_is_quoted_if_all_its_non_empty_cells_are(
    body: bytes, quoted: list[bool], size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells_module, "BATCH_BYTES", size)
    records = records_of(b"x,kind\n" + body)
    [cells], is_quoted = read_cells_and_quotes(records, np.arange(2), [0])
    assert is_quoted.tolist() == quoted
    assert cells.to_pylist() == read_cells(records, np.arange(2), [0])[0].to_pylist()


def test_a_byte_order_mark_inside_a_record_is_part_of_its_cell() -> None:
    [cells] = read_cells(records_of("x,kind\n\ufeff1,a\n2,b\n".encode()), np.arange(2), [0])
    assert cells.to_pylist() == ["\ufeff1", "2"]


def test_cells_are_decoded_from_the_encoding_of_the_file() -> None:
    records = records_of("x,kind\nnaïve,5 €\n".encode("cp1252"), "cp1252")
    assert [column.to_pylist() for column in read_cells(records, np.arange(1), [0, 1])] == [["naïve"], ["5 €"]]


def test_a_word_for_a_missing_value_stays_a_string() -> None:
    [cells] = read_cells(records_of(b'x,kind\nNA,a\nnull,b\n,c\n"",d\n'), np.arange(4), [0])
    assert cells.to_pylist() == ["NA", "null", "", ""]
