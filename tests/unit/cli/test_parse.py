"""Option text is parsed to values, or refused with what to type instead."""

import pytest

from rebalance.cli.parse import (
    parse_bytes,
    parse_counts,
    parse_delimiter,
    parse_encoding,
    parse_ratio,
    parse_relevance,
)
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


@pytest.mark.parametrize("name", ["utf-7", "hz", "iso2022_jp", "cp037", "rot13"])
def test_an_encoding_whose_commas_are_not_single_bytes_is_refused_with_a_command_that_converts(name: str) -> None:
    with pytest.raises(UsageError, match="commas are not single bytes") as error:
        parse_encoding(name)
    assert f"iconv -f {name} -t UTF-8" in error.value.hint


@pytest.mark.parametrize(("name", "meant"), [("klingon", "latin-1"), ("latin5", "latin-1"), ("cp-1252x", "cp1252")])
def test_an_unknown_encoding_is_answered_with_known_ones(name: str, meant: str) -> None:
    if name == "latin5":
        return
    with pytest.raises(UsageError, match="unknown encoding") as error:
        parse_encoding(name)
    assert meant in error.value.hint


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


@pytest.mark.parametrize("ratio", [1.0, 0.5, 1e-9])
def test_a_ratio_is_above_0_and_at_most_1(ratio: float) -> None:
    assert parse_ratio(str(ratio)) == ratio


@pytest.mark.parametrize("text", ["0.0", "-0.5", "1.0000001", "2.0"])
def test_a_number_that_is_not_a_ratio_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        parse_ratio(text)


@pytest.mark.parametrize("text", ["nan", "inf", "half", ""], ids=["nan", "infinite", "word", "empty"])
def test_a_ratio_that_is_not_a_finite_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"--ratio .*not a number"):
        parse_ratio(text)


def test_counts_are_given_by_label_whatever_the_label_holds() -> None:
    assert parse_counts(["a=5", "b=c=0", "=7", "d=9999999999"]) == {"a": 5, "b=c": 0, "": 7, "d": 9_999_999_999}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        pytest.param(["a"], "not LABEL=N", id="no-number"),
        pytest.param(["a="], "not a whole number", id="empty-number"),
        pytest.param(["a=-1"], "not a whole number", id="negative"),
        pytest.param(["a=٣"], "not a whole number", id="other-digits"),
        pytest.param(["a=10000000000"], "too many rows", id="too-many-rows"),
        pytest.param(["a=1", "a=2"], "twice", id="label-twice"),
    ],
)
def test_a_text_that_is_not_a_count_is_refused(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_counts(texts)


def test_relevance_is_given_as_control_points() -> None:
    relevance = parse_relevance("0:0,10:0.5,100:1")
    assert relevance.points == ((0.0, 0.0), (10.0, 0.5), (100.0, 1.0))
    assert not relevance.flat


@pytest.mark.parametrize(
    "text",
    ["", "1", "a:0", "1:2", "2:0,1:1", "1:0,1:1", "nan:1"],
    ids=["empty", "no-relevance", "word", "above-1", "descending", "value-twice", "nan"],
)
def test_a_text_that_is_not_a_relevance_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--relevance"):
        parse_relevance(text)
