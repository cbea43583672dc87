"""Scanning finds the records that Python's csv reads in strict mode, and no others."""

import csv
import io

import pytest
from fuzz_records import read, read_with_csv
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rebalance.csvio import scan as scan_module
from rebalance.csvio.records import open_csv, read_records
from rebalance.csvio.scan import check_text
from rebalance.csvio.source import Source
from rebalance.errors import DataError

quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
block_sizes = st.sampled_from([1, 3, 16, 40, 1 << 20])
texts = st.text(st.sampled_from('ab1é ,;"\n\r\t'), max_size=8)


def read_rows(data: bytes, delimiter: bytes = b",") -> list[list[str]]:
    return read(data, delimiter)[1]


@quick
@given(
    rows=st.integers(1, 3).flatmap(lambda width: st.lists(st.lists(texts, min_size=width, max_size=width), min_size=2)),
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    final_newline=st.booleans(),
    block=block_sizes,
)
def test_every_cell_that_csv_writes_is_read_back(
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
        quoting = csv.QUOTE_ALL  # csv does not quote a newline of another kind, but reads it as a newline
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    text = out.getvalue() if final_newline else out.getvalue().removesuffix(newline)
    expected = read_with_csv(text, delimiter)
    if len(expected) == len(rows):  # otherwise csv wrote a record of one empty cell as a blank line
        assert read_rows(text.encode(), delimiter.encode()) == expected


@quick
@given(body=st.text(st.sampled_from('ab,"\n\r;'), max_size=40), block=block_sizes)
@example(body='5" pipe,b\n', block=1 << 20)
@example(body='a,"x"y\n', block=1 << 20)
@example(body='a,"never closed\nb,c\n', block=3)
@example(body='a,"x\r\ny"\r\nb,c', block=3)
@example(body="a,b\r", block=1 << 20)
def test_any_text_is_read_as_csv_reads_it_or_refused(body: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    text = f"x,y\n{body}"
    try:
        rows = read_rows(text.encode())
    except DataError:
        return
    assert rows == read_with_csv(text)
    assert {len(row) for row in rows} == {2}


@quick
@given(body=st.text(st.sampled_from('ab,"\n;'), max_size=40))
def test_a_text_without_carriage_returns_that_csv_reads_is_not_refused(body: str) -> None:
    text = f"x,y\n{body}"
    try:
        expected = read_with_csv(text)
    except csv.Error:
        return
    if {len(row) for row in expected} == {2}:
        assert read_rows(text.encode()) == expected


@pytest.mark.parametrize("block", [1, 40, 1 << 20])
def test_every_column_of_a_plain_table_is_read(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    text = "a,b,c,d\n" + "".join(f"{n},,{n * n},x\n" for n in range(200))
    assert read_rows(text.encode()) == read_with_csv(text)


def test_irregular_quotes_are_read_exactly_across_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[str(number), 'a "b" c' if number % 7 else '5" pipe', f"x{number}"] for number in range(400)]
    text = "\n".join(["n,size,name", *(",".join(row) for row in rows)]) + "\n"
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 256)
    assert read_rows(text.encode())[1:] == rows
    with pytest.raises(DataError, match="record 401 has 2 fields"):
        read_rows(text.encode() + b"1,2\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("cell", ["plain", '"quoted, and\n broken"'], ids=["plain", "quoted"])
def test_regular_quotes_and_newlines_of_any_kind_are_read_without_the_grammar(
    newline: str, cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = newline.join(["a,b", *(f"{number},{cell}" for number in range(500))]) + newline
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 128)
    file = open_csv(Source("test", text.encode(), None), b",", "utf-8", header=True)
    monkeypatch.setattr(scan_module, "fields", None)  # the grammar
    assert len(read_records(file, [0])[0]) == 500


@pytest.mark.parametrize("broken", [b'"a"b,c', b'"a,c'], ids=["text-after-the-quote", "never-closed"])
def test_a_broken_quote_is_reported_with_its_line_however_far_down(
    broken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 64)
    with pytest.raises(DataError, match=r"line 1002: .*quot"):
        read_rows(b"x,y\n" + b"1,2\n" * 1000 + broken + b"\n" + b"3,4\n" * 100)


def test_a_record_longer_than_the_limit_is_reported_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", 8)
    monkeypatch.setattr(scan_module, "LONGEST_RECORD", 32)
    with pytest.raises(DataError, match="line 3: a record of more than"):
        read_rows(b"x,y\n1,2\n" + b"z" * 100 + b",3\n4,5\n")


@pytest.mark.parametrize("block", [3, 1 << 20])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"1,a\n2\n", "line 3: record 2 has 1 field, the header has 2", id="too-few-fields"),
        pytest.param(b"1,a\n2,b,c\n", "line 3: record 2 has 3 fields, the header has 2", id="too-many-fields"),
        pytest.param(b'1,a\n"2"\n', "line 3: record 2 has 1 field, the header has 2", id="too-few-quoted-fields"),
        pytest.param(b'"1,a\n2,b\n', "line 2: a quoted field opens here and never closes", id="quote-never-closes"),
        pytest.param(b'1,"a"b\n2,b\n', "line 2: text after the closing quote of a field", id="text-after-quote"),
        pytest.param(b"1,a\n\xff,b\n", "line 3: byte 0xff at offset 8 is not UTF-8 text", id="invalid-utf-8"),
        pytest.param(b"1,a\n\0,b\n", "line 3: a NUL byte at offset 8", id="nul-byte"),
        pytest.param(b"1\r,a\n", "line 2: a carriage return inside an unquoted field", id="lone-carriage-return"),
    ],
)
def test_a_broken_record_is_refused_with_its_line(
    body: bytes, message: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan_module, "BLOCK_BYTES", block)
    with pytest.raises(DataError) as error:
        read_rows(b"x,y\n" + body)
    assert error.value.message.startswith(message)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_text_in_its_encoding_passes_the_check(encoding: str) -> None:
    text = "naïve, 5 €".encode(encoding)
    check_text(text, 0, text, encoding)


def test_a_byte_outside_the_encoding_is_refused_with_its_line_and_offset() -> None:
    data = b"a\nb\nc\x81d\n"
    with pytest.raises(DataError, match="line 3: byte 0x81 at offset 5 is not CP1252 text"):
        check_text(data, 4, data[4:], "cp1252")
