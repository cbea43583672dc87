"""Option text is parsed to values, or refused with what to type instead."""

import pytest

from rebalance.cli.parse import parse_bytes, parse_delimiter, parse_encoding
from rebalance.errors import UsageError


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        pytest.param(";", b";", id="semicolon"),
        pytest.param("TAB", b"\t", id="name-in-capitals"),
        pytest.param("\\t", b"\t", id="escape"),
        pytest.param("|", b"|", id="pipe"),
        pytest.param("'", b"'", id="apostrophe"),
    ],
)
def test_a_delimiter_is_a_character_or_its_name(text: str, delimiter: bytes) -> None:
    assert parse_delimiter(text) == delimiter


@pytest.mark.parametrize(
    "text",
    ["", ",,", "é", '"', "\n", "\r", "\0", "a", "7"],
    ids=["empty", "two", "non-ascii", "quote", "line-feed", "carriage-return", "nul", "letter", "digit"],
)
def test_a_text_that_cannot_separate_fields_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="one character"):
        parse_delimiter(text)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("UTF8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "iso8859-1"), ("cp1252", "cp1252"), ("ascii", "ascii")],
)
def test_an_encoding_is_known_by_any_of_its_names(name: str, encoding: str) -> None:
    assert parse_encoding(name) == encoding


@pytest.mark.parametrize("name", ["utf-16", "utf-32-le", "utf-7", "hz", "iso2022_jp", "cp037", "klingon", "rot13"])
def test_an_encoding_whose_commas_are_not_single_bytes_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="unknown encoding, or one whose commas are not single bytes"):
        parse_encoding(name)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1", 1), ("500k", 500 << 10), ("3 MB", 3 << 20), ("2GiB", 2 << 30), ("1T", 1 << 40), ("7B", 7)],
)
def test_a_number_of_bytes_may_have_a_unit(text: str, size: int) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "1.5G", "many", "1X"], ids=["empty", "zero", "negative", "fraction", "word", "unit"]
)
def test_a_text_that_is_not_a_number_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--max-bytes"):
        parse_bytes(text)
