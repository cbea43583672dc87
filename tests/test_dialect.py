"""What separates fields, how the text is encoded, and how large an input may be: as found, and as typed."""

from pathlib import Path

import pytest
from conftest import Run

from rebalance.csvio.dialect import parse_delimiter, parse_encoding
from rebalance.csvio.grammar import record_widths
from rebalance.csvio.records import open_csv
from rebalance.csvio.source import Source, parse_bytes
from rebalance.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"a,b\n1,2\n", b","),
        (b"a;b\n1,5;2\n", b";"),
        (b"a\tb\n1\t2\n", b"\t"),
        (b"a|b\n1|2\n", b"|"),
        (b"a\n1\n", b","),
        (b'a;b\n"x,y";"x,y"\n', b";"),
        (b"a,b;c\n1,2;3\n", b","),
        (b"1,5;2,5\n1,7;2,9\n", b";"),
    ],
)
def test_the_delimiter_is_the_one_all_records_agree_on(data: bytes, delimiter: bytes) -> None:
    assert open_csv(Source("test", data, None), None, "utf-8", header=True).dialect.delimiter == delimiter


@pytest.mark.parametrize(
    ("data", "records", "size", "widths"),
    [
        (b"a,b\nc,d\ne,f\n", 9, 99, [2, 2, 2]),
        (b"a,b\nc,d\ne,f", 9, 99, [2, 2, 2]),
        (b"a,b\nc,d\ne,f\n", 9, 6, [2]),
        (b"a,b\nc,d\ne,f\n", 2, 99, [2, 2]),
        (b"a,b\n\n\nc,d,e\n", 9, 99, [2, 3]),
        (b'"a,1",b\n\nc,d,e\n', 9, 99, [2, 3]),
        (b'"a",b\nc,d\ne,f\n', 2, 99, [2, 2]),
        (b'"a"\nc\n', 9, 99, [1, 1]),
        (b"\n\n\na,b\n", 2, 99, [2]),
        (b"\n\n\n", 2, 99, []),
    ],
)
def test_a_delimiter_is_judged_by_whole_records_of_a_sample(
    data: bytes, records: int, size: int, widths: list[int]
) -> None:
    assert record_widths(data, 0, b",", records, size) == widths


def test_a_delimiter_that_would_do_as_well_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a;b,kind;x\n" + b"1;2,no;4\n" * 5 + b"1;2,yes;4\n")
    words = ("inspect", path, "-t", "2", "--classes-only")
    assert run(*words).err == "! fields are cut at ','; ';' cuts them as regularly: -d says which\n"
    assert run(*words, "-d", ";").err == run(*words, "--quiet").err == ""
    assert run("inspect", path, "-t", "x", "--classes-only").code == 0  # only one of the two has such a column
    path.write_bytes(b"a,b|c,kind\n" + b"1,2|3,no\n" * 5 + b"1,2|3,yes\n")
    assert run("inspect", path, "-t", "kind", "--classes-only").err == ""


@pytest.mark.parametrize(("named", "delimiter"), [(";", b";"), ("TAB", b"\t"), ("|", b"|"), ("'", b"'")])
def test_a_delimiter_is_a_character_or_its_name(named: str, delimiter: bytes) -> None:
    assert parse_delimiter(named) == delimiter


@pytest.mark.parametrize("named", ["", ",,", "é", '"', "\n", "\r", "\0", "a", "7"])
def test_what_cannot_separate_fields_is_no_delimiter(named: str) -> None:
    with pytest.raises(UsageError, match="one character"):
        parse_delimiter(named)


def test_excels_line_that_names_the_delimiter_is_no_header() -> None:
    with pytest.raises(DataError, match="sep= line"):
        open_csv(Source("test", b"sep=;\nx;y\n1;2\n", None), None, "utf-8", header=True)


@pytest.mark.parametrize(
    ("named", "encoding"),
    [("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "iso8859-1"), ("cp1252", "cp1252"), ("ascii", "ascii")],
)
def test_an_encoding_has_many_names(named: str, encoding: str) -> None:
    assert parse_encoding(named) == encoding


@pytest.mark.parametrize("named", ["utf-16", "utf-32-le", "utf-7", "hz", "iso2022_jp", "cp037", "klingon", "rot13"])
def test_an_encoding_whose_commas_are_not_bytes_is_refused(named: str) -> None:
    with pytest.raises(UsageError, match="not known, or its commas"):
        parse_encoding(named)


@pytest.mark.parametrize(
    ("said", "size"),
    [("1", 1), ("500k", 500 << 10), ("3 MB", 3 << 20), ("2GiB", 2 << 30), ("1T", 1 << 40), ("7B", 7)],
)
def test_a_number_of_bytes_may_have_a_unit(said: str, size: int) -> None:
    assert parse_bytes(said) == size
