"""The grammar reads fields exactly, and its errors name the line."""

import pytest

from rebalance.csvio import grammar
from rebalance.csvio.grammar import fields, line_number, record_widths
from rebalance.csvio.quoting import unquote
from rebalance.errors import DataError


def cells(data: bytes, start: int = 0) -> list[list[bytes]]:
    """Return the content of each field, by record."""
    records: list[list[bytes]] = [[]]
    for field in fields(data, start, b","):
        records[-1].append(unquote(data[field.start : field.stop]))
        if field.newline is not None:
            records.append([])
    return records[:-1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"a,b\n1,2\n", [[b"a", b"b"], [b"1", b"2"]], id="plain"),
        pytest.param(b"a,b", [[b"a", b"b"]], id="no-final-newline"),
        pytest.param(b"a,\n", [[b"a", b""]], id="empty-last-field"),
        pytest.param(b"a,", [[b"a", b""]], id="empty-last-field-at-the-end"),
        pytest.param(b'"a,""b""\n",c\r\n', [[b'a,"b"\n', b"c"]], id="quoted"),
        pytest.param(b'5" pipe,a"b"\r', [[b'5" pipe', b'a"b"']], id="quotes-inside-unquoted-fields"),
        pytest.param(b"a\r\nb\rc\n", [[b"a"], [b"b"], [b"c"]], id="newlines-of-three-kinds"),
    ],
)
@pytest.mark.parametrize("window", [1, 4, 1 << 16])
def test_fields_are_read_whatever_the_window(
    data: bytes, expected: list[list[bytes]], window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grammar, "WINDOW_BYTES", window)
    assert cells(data) == expected
    assert cells(b'"' + data, 1) == expected


def test_an_error_is_raised_without_reading_further_than_the_longest_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grammar, "WINDOW_BYTES", 64)
    monkeypatch.setattr(grammar, "LONGEST_RECORD", 128)
    rest = b"x,y\n" * 200
    with pytest.raises(DataError, match="line 2: text after the closing quote"):
        cells(b'a,b\n"a"b,1\n' + rest)
    with pytest.raises(DataError, match="line 2: a record of more than"):
        cells(b'a,b\n"a,1\n' + rest)
    long = b'"' + b"z" * 100 + b'""",1\n'
    assert [field.stop for field in fields(long + rest[:4], 0, b",")] == [104, 106, 108, 110]


@pytest.mark.parametrize(
    ("data", "max_records", "max_bytes", "widths"),
    [
        pytest.param(b"a,b\nc,d\ne,f\n", 9, 99, [2, 2, 2], id="all-lines"),
        pytest.param(b"a,b\nc,d\ne,f", 9, 99, [2, 2, 2], id="no-final-newline"),
        pytest.param(b"a,b\nc,d\ne,f\n", 9, 6, [2], id="the-line-cut-by-the-sample-is-left-out"),
        pytest.param(b"a,b\nc,d\ne,f\n", 2, 99, [2, 2], id="so-many-records"),
        pytest.param(b"a,b\n\n\nc,d,e\n", 9, 99, [2, 3], id="blank-lines"),
        pytest.param(b'"a,1",b\n\nc,d,e\n', 9, 99, [2, 3], id="quoted-delimiter"),
        pytest.param(b'"a",b\nc,d\ne,f\n', 2, 99, [2, 2], id="so-many-records-with-quotes"),
        pytest.param(b'"a"\nc\n', 9, 99, [1, 1], id="one-column-with-quotes"),
        pytest.param(b'a,b\n"c"d,e\nf,g\n', 9, 99, [2, 0], id="a-broken-record-has-width-0"),
        pytest.param(b"\n\n\na,b\n", 2, 99, [2], id="blank-lines-first"),
        pytest.param(b"\n\n\n", 2, 99, [], id="blank-lines-only"),
    ],
)
def test_widths_are_those_of_the_complete_records_of_a_sample(
    data: bytes, max_records: int, max_bytes: int, widths: list[int]
) -> None:
    assert record_widths(data, 0, b",", max_records, max_bytes) == widths


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_lines_are_counted_over_any_length(newline: bytes) -> None:
    data = newline + (b"x" * 1022 + newline) * 3000
    for offset in (0, len(newline), 5, 1 << 20, (1 << 20) + 1, (2 << 20) - 1, 2 << 20, len(data)):
        before = data[:offset]
        if newline == b"\r\n" and before.endswith(b"\r"):
            continue  # inside a newline
        assert line_number(data, offset) == 1 + before.count(newline), offset
