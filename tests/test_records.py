"""Finding records: whatever Python's csv reads in strict mode, and nothing else."""

import csv
import io
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pytest
from conftest import TABLES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tables import cells_of, opened, output_of, plan_of

from rebalance import arrays as arrays_module
from rebalance.arrays import all_rows
from rebalance.csvio import cells as cells_module
from rebalance.csvio import grammar as grammar_module
from rebalance.csvio import scan as scan_module
from rebalance.csvio import write as write_module
from rebalance.csvio.cells import read_cells, read_cells_and_quotes
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.grammar import line_number, value
from rebalance.csvio.project import field_spans
from rebalance.csvio.records import open_csv, read_records
from rebalance.csvio.source import Source
from rebalance.csvio.write import kept_runs
from rebalance.errors import DataError, RebalanceError
from rebalance.table.table import Choices

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
block_sizes = st.sampled_from([1, 3, 16, 40, 1 << 20])
texts = st.text(st.sampled_from('ab1é ,;"\n\r\t'), max_size=8)


def read_all(data: bytes, delimiter: bytes | None = b",") -> list[list[str]]:
    """Read every cell through the project's own scan."""
    file = open_csv(Source("test", data, None), delimiter, "utf-8", header=True)
    rows = []
    for block in scan_module.scan(data, file.body, len(file.names), file.dialect):
        for record in range(len(block.starts)):
            spans = [
                (int(block.field_starts(at)[record]), int(block.stops(at)[record])) for at in range(len(file.names))
            ]
            rows.append([value(block.text[a:b]).decode() for a, b in spans])
    return [list(file.names), *rows]


@quick
@given(
    rows=st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=2)),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    final_newline=st.booleans(),
    block=block_sizes,
)
def test_every_cell_written_by_csv_is_read_back(
    rows: list[list[str]],
    delimiter: str,
    newline: str,
    quoting: int,
    final_newline: bool,
    block: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    rows = [[f"name {cell}" for cell in rows[0]], *rows[1:]]
    if any(mark in cell for row in rows for cell in row for mark in "\r\n"):
        quoting = csv.QUOTE_ALL  # csv writes the newlines it does not use bare, and reads them as newlines
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    data = out.getvalue().encode()
    data = data if final_newline else data.removesuffix(newline.encode())
    expected = cells_of(data, delimiter)
    if len(expected) == len(rows):  # else a record of one empty cell was written as a blank line
        assert read_all(data, delimiter.encode()) == expected


@quick
@given(body=st.text(st.sampled_from('ab,"\n\r;'), max_size=40), block=block_sizes)
@example(body='5" pipe,b\n', block=1 << 20)
@example(body='a,"x"y\n', block=1 << 20)
@example(body='a,"never closed\nb,c\n', block=3)
@example(body='a,"x\r\ny"\r\nb,c', block=3)
@example(body="a,b\r", block=1 << 20)
def test_any_text_is_read_as_csv_reads_it_or_refused(body: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    data = f"x,y\n{body}".encode()
    try:
        found = read_all(data)
    except DataError:
        return
    assert found == cells_of(data)
    assert {len(row) for row in found} == {2}


@quick
@given(body=st.text(st.sampled_from('ab,"\n;'), max_size=40))
def test_what_csv_reads_without_lone_returns_is_not_refused(body: str) -> None:
    data = f"x,y\n{body}".encode()
    try:
        expected = cells_of(data)
    except csv.Error:
        return
    if {len(row) for row in expected} == {2}:
        assert read_all(data) == expected


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
    data = out.getvalue().encode().removesuffix(newline.encode())
    records, (coded,) = read_records(open_csv(Source("test", data, None), b",", "utf-8", header=True), [2])
    chosen = np.array(picks.draw(st.lists(st.integers(0, len(rows) - 1), max_size=5)), np.int64)
    cells = read_cells(records, chosen, [1, 0])
    assert [column.to_pylist() for column in cells] == [
        [rows[at][1] for at in chosen],
        [rows[at][0] for at in chosen],
    ]
    assert [value(coded.raw[code]).decode() for code in coded.codes] == [row[2] for row in rows]


def test_labels_longer_than_a_word_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x,kind\n1,abcdefghX\n2,abcdefghY\n3,abcdefghX\n4,abc\n")
    with opened(path) as table:
        assert table.target.labels == ("abcdefghX", "abcdefghY", "abc")
        assert table.target.counts().tolist() == [2, 1, 1]


def test_a_quoted_and_a_plain_label_are_one_class(tmp_path: Path) -> None:
    path = tmp_path / "quoted.csv"
    path.write_bytes(b'x,kind\n1,"no"\n2,no\n3,"ye""s"\n')
    with opened(path) as table:
        assert table.target.labels == ("no", 'ye"s')
        assert table.target.counts().tolist() == [2, 1]


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n", b"\n\r\n"])
@pytest.mark.parametrize("name", list(TABLES))
def test_none_gives_the_input_back_to_the_byte(name: str, tail: bytes, tmp_path: Path) -> None:
    data = TABLES[name].removesuffix(b"\n") + tail
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


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "only blank lines"),
        (b"x,kind\n", "no records"),
        (b"x,kind\n1,a\n2\n", "line 3: record 2 has 1 field, the header has 2"),
        (b"x,kind\n1,a\n2,b,c\n", "line 3: record 2 has 3 fields"),
        (b'x,kind\n"1,a\n2,b\n', "line 2: a quoted field opens here and never closes"),
        (b'x,kind\n1,"a"b\n2,b\n', "line 2: text after the closing quote"),
        (b"x,kind\n1,a\n\xff,b\n", "line 3: byte 0xff at offset 11"),
        (b"x,kind\n1,a\n\0,b\n", "line 3: a NUL byte"),
        (b"x,kind\n1\r,a\n", "line 2: a carriage return inside an unquoted field"),
        (b"PK\x03\x04abc", "zip archive"),
        (b"\xff\xfex\0", "UTF-16"),
        (b"\x1f\x8b\x08abc", "damaged or cut-off gzip"),
        (b"\x28\xb5\x2f\xfdabc", "damaged or cut-off zstd"),
    ],
)
def test_a_broken_file_is_refused_naming_the_place(data: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(data)
    with pytest.raises(DataError) as error, opened(path):
        pass
    assert words in error.value.message


def test_what_is_wrong_after_a_quote_is_told_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar_module, "_WINDOW_BYTES", 64)
    monkeypatch.setattr(grammar_module, "LONGEST_RECORD", 128)
    rest = b"x,y\n" * 200
    with pytest.raises(DataError, match="line 2: text after the closing quote"):
        list(grammar_module.fields(b'a,b\n"a"b,1\n' + rest, 0, b","))
    with pytest.raises(DataError, match="line 2: a record of more than"):
        list(grammar_module.fields(b'a,b\n"a,1\n' + rest, 0, b","))
    long = b'"' + b"z" * 100 + b'""",1\n'
    assert [field.stop for field in grammar_module.fields(long + rest[:4], 0, b",")] == [104, 106, 108, 110]


@pytest.mark.parametrize("tail", [b"", b"\n", b"\n\n\n"])
def test_what_is_copied_by_stretches_keeps_blank_lines_and_the_end(
    tail: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays_module, "_STRETCH", 3)
    path = tmp_path / "table.csv"
    path.write_bytes(
        b"x,kind\n" + b"".join(b"%d,%d\n" % (at, at % 4 == 0) + b"\n" * (at % 3) for at in range(17)) + b"9,1"
    )
    data = path.read_bytes() + tail
    path.write_bytes(data)
    with opened(path) as table:
        assert output_of(table, plan_of(table, "none")) == data
        grown = output_of(table, plan_of(table, "random-over"))
        assert grown.startswith(data.rstrip(b"\n") + b"\n")
        left = output_of(table, plan_of(table, "random-under")).splitlines()
    assert {line for line in grown.splitlines() if line} == {line for line in data.splitlines() if line}
    assert [line for line in data.splitlines() if line in left and line] == [line for line in left if line]


def test_a_record_longer_than_any_is_told_by_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 8)
    monkeypatch.setattr(scan_module, "LONGEST_RECORD", 32)
    with pytest.raises(DataError, match="line 3: a record of more than"):
        read_all(b"x,y\n1,2\n" + b"z" * 100 + b",3\n4,5\n")


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        (b'"1",2\n"3",4\n', [True, False]),
        (b'"1",2\n,4\n', [True, False]),
        (b'1,"2"\n"3",4\n', [False, False]),
        (b',"2"\n,"4"\n', [False, True]),
        (b"1,2\n3,4\n", [False, False]),
    ],
)
def test_a_column_is_quoted_if_all_its_cells_are_that_hold_something(
    body: bytes, quoted: list[bool], tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + body)
    with opened(path) as table:
        assert read_cells_and_quotes(table.records, np.arange(2), [0])[1].tolist() == quoted


@pytest.mark.parametrize("data", [b" \n", b"\n\n", b"\n \t\n\n"])
def test_a_file_of_blank_lines_has_no_header(data: bytes) -> None:
    with pytest.raises(DataError, match="no header"):
        read_all(data)


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_lines_are_counted_over_any_length(newline: bytes) -> None:
    data = newline + (b"x" * 1022 + newline) * 3000
    for place in (0, len(newline), 5, 1 << 20, (1 << 20) + 1, (2 << 20) - 1, 2 << 20, len(data)):
        before = data[:place]
        if newline == b"\r\n" and before.endswith(b"\r"):
            continue  # within a newline
        assert line_number(data, place) == 1 + before.count(newline), place


@pytest.mark.parametrize("broken", [b'"a"b,c', b'"a,c'])
def test_a_broken_quote_is_told_by_its_line_however_far_down(broken: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 64)
    with pytest.raises(DataError, match=r"line 1002: .*quot"):
        read_all(b"x,y\n" + b"1,2\n" * 1000 + broken + b"\n" + b"3,4\n" * 100)


@pytest.mark.parametrize("block", [1, 40, 1 << 20])
def test_every_column_of_a_plain_table_is_found(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    data = b"a,b,c,d\n" + b"".join(b"%d,,%d,x\n" % (n, n * n) for n in range(200))
    assert read_all(data) == cells_of(data)


@quick
@given(
    rows=st.integers(1, 6),
    keep=st.lists(st.integers(0, 5), max_size=12),
    ended=st.booleans(),
    blank=st.booleans(),
    final=st.booleans(),
    piece=st.sampled_from([1, 3, 16, 1 << 20]),
)
@example(rows=3, keep=[0, 1, 2, 1, 1], ended=False, blank=False, final=True, piece=16)
@example(rows=2, keep=[1, 1, 0], ended=True, blank=False, final=True, piece=16)
@example(rows=2, keep=[0, 1, 1, 1], ended=False, blank=True, final=True, piece=3)
def test_kept_records_are_written_in_any_order_and_number(
    rows: int, keep: list[int], ended: bool, blank: bool, final: bool, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_module, "_PIECE_BYTES", piece)
    lines = [b"%d,%s\r\n" % (n, b"y" * n) for n in range(rows)]
    between = b"\r\n" * blank
    text = b"x,kind\r\n" + between.join(lines) + between
    data = text if ended else text.rstrip()
    records, _ = read_records(open_csv(Source("test", data, None), b",", "utf-8", header=True), [1])
    chosen = np.array([at % rows for at in keep], np.int64)
    wanted = b"".join(
        lines[at] + (between if after == at + 1 else b"")
        for at, after in zip_longest(chosen.tolist(), chosen[1:].tolist())
    )
    if final and len(chosen) and chosen[-1] == rows - 1:  # the end of the file as it is
        wanted = wanted + between if ended else wanted.rstrip()
    assert b"".join(kept_runs(records, chosen, final=final)) == wanted


@quick
@given(
    first=st.lists(st.integers(0, 9), min_size=1, max_size=70),
    later=st.lists(st.integers(0, 30), max_size=30),
)
@example(first=[0] * 64, later=list(range(20)))
def test_labels_are_told_apart_and_counted_in_the_order_of_their_first(first: list[int], later: list[int]) -> None:
    labels = [b"k%d" % number for number in (*first, *later)]
    data = b"x,kind\n" + b"".join(b"1,%s\n" % label for label in labels)
    _, (cells,) = read_records(open_csv(Source("test", data, None), b",", "utf-8", header=True), [1])
    assert cells.raw == list(dict.fromkeys(labels))
    assert [cells.raw[code] for code in cells.codes.tolist()] == labels


def test_cells_of_other_records_are_other_cells(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,w,kind\n" + b"".join(b"%d,%d,k%d\n" % (n % 90, -(n % 90), n % 2) for n in range(100)))
    with opened(path) as table:
        for rows in ([3, 4, 5], [6, 7, 8], [8, 7, 6], [8, 7, 6], [1]):
            numbers, negatives = table.typed(np.array(rows)).columns
            assert numbers.values is not None
            assert numbers.values.tolist() == rows
            assert negatives.values is not None
            assert negatives.values.tolist() == [-row for row in rows]
            (only,) = table.typed(np.array(rows), [1]).columns
            assert only.values is not None
            assert only.values.tolist() == [-row for row in rows]


def test_cells_are_read_in_batches_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + b"".join(b"%d,k\n" % n for n in range(500)))
    for size in (1, 40, 1000):
        monkeypatch.setattr(cells_module, "_BATCH_BYTES", size)
        with opened(path) as table:
            cells = read_cells(table.records, np.arange(499, -1, -1), [0])[0]
        assert cells.to_pylist() == [str(n) for n in range(499, -1, -1)]


def test_of_no_records_there_are_no_fields() -> None:
    assert field_spans([], [0, 1], 2, Dialect(b",", b"\n", "utf-8")) == [[], []]


def test_dropped_columns_leave_every_other_byte(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'a,b,kind,"c"\r\n1,"x, y",no,3\r\n4,,yes,"6\n7"')
    for dropped, expected in {
        (0,): b'b,kind,"c"\r\n"x, y",no,3\r\n,yes,"6\n7"\r\n',
        (1, 3): b"a,kind\r\n1,no\r\n4,yes\r\n",
        (0, 1): b'kind,"c"\r\nno,3\r\nyes,"6\n7"\r\n',
        (3,): b'a,b,kind\r\n1,"x, y",no\r\n4,,yes\r\n',
    }.items():
        with opened(path, choices=Choices(dropped)) as table:
            assert output_of(table, plan_of(table, "none")) == expected


@pytest.mark.parametrize("tail", ["", "\n"])
def test_a_long_table_and_its_repeats_are_whole_records(tail: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    lines = [f"{n},{'b' if n % 5 == 4 else 'a'}" for n in range(20_000)]
    path.write_text("\n".join(["x,kind", *lines]) + tail)
    with opened(path) as table:
        output = output_of(table, plan_of(table, "random-over")).decode()
    rows = output.splitlines()[1:]
    assert rows[:20_000] == lines
    assert set(rows) == set(lines)
    assert len(rows) == 32_000


def test_a_blank_cell_left_alone_in_its_record_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"kind,x\na,1\n,2\nb,3\n")
    with opened(path, choices=Choices((1,))) as table:
        assert output_of(table, plan_of(table, "none")) == b'kind\na\n""\nb\n'


def test_a_byte_order_mark_within_a_record_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes("x,kind\n\ufeff1,a\n2,b\n".encode())
    with opened(path) as table:
        cells = read_cells(table.records, np.arange(2), [0])[0]
    assert cells.to_pylist() == ["\ufeff1", "2"]


def test_an_error_is_never_a_programming_error(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(b"kind\na\nb\na\nb\na\n")
    with opened(path) as table, pytest.raises(RebalanceError, match="no column can be measured"):
        plan_of(table, "smote")


@quick
@given(
    gaps=st.lists(st.integers(0, 2), min_size=1, max_size=30),
    block=st.sampled_from([4, 16, 64]),
)
def test_records_lie_where_they_lie_whatever_blank_lines_are_between(
    gaps: list[int], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    data = b"a,b\n" + b"".join(b"\n" * gap + b"%d,x\n" % number for number, gap in enumerate(gaps))
    file = open_csv(Source("test", data, None), b",", "utf-8", header=True)
    records, [cells] = read_records(file, [0])
    found = records.texts(all_rows(len(records)))
    assert found == [b"%d,x\n" % number for number in range(len(gaps))]
    assert [cells.raw[code] for code in cells.codes] == [b"%d" % number for number in range(len(gaps))]


def test_a_quote_that_stands_oddly_is_read_the_same_among_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[str(number), 'a "b" c' if number % 7 else '5" pipe', f"x{number}"] for number in range(400)]
    plain = "\n".join(["n,size,name", *(",".join(row) for row in rows)]) + "\n"
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 256)
    assert read_all(plain.encode())[1:] == rows
    with pytest.raises(DataError, match="record 401 has 2 fields"):
        read_all(plain.encode() + b"1,2\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("cell", ["plain", '"quoted, and\n broken"'])
def test_usual_quotes_and_newlines_of_any_kind_are_never_left_to_the_grammar(
    newline: str, cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = newline.join(["a,b", *(f"{number},{cell}" for number in range(500))]) + newline
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 128)
    file = open_csv(Source("test", text.encode(), None), b",", "utf-8", header=True)
    monkeypatch.setattr(scan_module, "fields", None)  # the grammar
    assert len(read_records(file, [0])[0]) == 500
