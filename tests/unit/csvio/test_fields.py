"""Columns are removed from records, and fields are located in them, without a change of any other byte."""

import pytest

from rebalance.csvio.dialect import Dialect
from rebalance.csvio.fields import field_spans, without_columns

COMMA = Dialect(b",", b"\n", "utf-8")
RECORDS = [b'a,b,kind,"c"\r\n', b'1,"x, y",no,3\r\n', b'4,,yes,"6\n7"\r\n']


@pytest.mark.parametrize(
    ("dropped", "expected"),
    [
        pytest.param([], RECORDS, id="no-column"),
        pytest.param([0], [b'b,kind,"c"\r\n', b'"x, y",no,3\r\n', b',yes,"6\n7"\r\n'], id="first"),
        pytest.param([1, 3], [b"a,kind\r\n", b"1,no\r\n", b"4,yes\r\n"], id="one-in-the-middle-and-the-last"),
        pytest.param([0, 1], [b'kind,"c"\r\n', b"no,3\r\n", b'yes,"6\n7"\r\n'], id="first-two"),
        pytest.param([3], [b"a,b,kind\r\n", b'1,"x, y",no\r\n', b"4,,yes\r\n"], id="last"),
        pytest.param([2, 3], [b"a,b\r\n", b'1,"x, y"\r\n', b"4,\r\n"], id="last-two"),
        pytest.param([0, 1, 2, 3], [b"\r\n", b"\r\n", b"\r\n"], id="all"),
    ],
)
def test_dropped_columns_leave_every_other_byte(dropped: list[int], expected: list[bytes]) -> None:
    assert without_columns(RECORDS, dropped, 4, COMMA) == expected


def test_a_blank_cell_that_remains_alone_in_its_record_is_quoted() -> None:
    assert without_columns([b"a,1\n", b",2\n", b"b,3\n"], [1], 2, COMMA) == [b"a\n", b'""\n', b"b\n"]
    assert without_columns([b"1,\n", b"2,b\n"], [0], 2, COMMA) == [b'""\n', b"b\n"]


def test_of_no_records_no_column_is_removed() -> None:
    assert without_columns([], [0], 2, COMMA) == []


def test_spans_are_the_bytes_of_fields_quotes_included() -> None:
    spans = field_spans(RECORDS, [3, 1], 4, COMMA)
    cells = [[text[start:stop] for text, (start, stop) in zip(RECORDS, column, strict=True)] for column in spans]
    assert cells == [[b'"c"', b"3", b'"6\n7"'], [b"b", b'"x, y"', b""]]


def test_of_no_records_there_are_no_spans() -> None:
    assert field_spans([], [0, 1], 2, COMMA) == [[], []]
