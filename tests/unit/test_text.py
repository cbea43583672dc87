"""Short texts for people: names that fit, lists that end, control characters made visible."""

import pytest

from rebalance.text import count_of, escape_control, format_percent, join_some, join_with, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b[31mred", "\\x1b[31mred", id="color"),
        pytest.param("a\nb\tc\rd", "a\\nb\\tc\\rd", id="newlines"),
        pytest.param("\x07\x00\x9b", "\\x07\\x00\\x9b", id="bell"),
        pytest.param("\u202egnp", "\\u202egnp", id="right-to-left"),
        pytest.param("é 数 ☃ [red] \\", "é 数 ☃ [red] \\", id="printable"),
    ],
)
def test_control_characters_become_escapes_and_others_stay(text: str, shown: str) -> None:
    assert escape_control(text) == shown


def test_a_list_ends_with_how_many_more_there_are() -> None:
    assert join_some(["a", "b"], 2) == "a, b"
    assert join_some([str(n) for n in range(1203)], 2) == "0, 1 and 1,201 more"


@pytest.mark.parametrize(
    ("names", "text"),
    [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")],
    ids=["one", "two", "three"],
)
def test_all_names_are_joined_with_a_conjunction_before_the_last(names: list[str], text: str) -> None:
    assert join_with("or", names) == text


@pytest.mark.parametrize("length", [1, 9, 10, 11, 100])
def test_a_shortened_label_fits_and_keeps_both_ends(length: int) -> None:
    label = ("begin" + "x" * 90 + "end")[:length]
    short = shorten(label, 10)
    assert len(short) <= 10
    assert short == label or (short[:4] == label[:4] and short[-5:] == label[-5:] and "…" in short)


def test_a_count_has_its_noun_in_the_right_number() -> None:
    assert count_of(1, "row") == "1 row"
    assert count_of(2000, "row") == "2,000 rows"
    assert count_of(0, "class", "classes") == "0 classes"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0%"),
        (0.00001, "<0.01%"),
        (0.0001, "0.01%"),
        (0.0009, "0.09%"),
        (0.001, "0.1%"),
        (0.96, "96.0%"),
        (1.0, "100.0%"),
    ],
)
def test_a_share_has_as_many_digits_as_it_needs(share: float, text: str) -> None:
    assert format_percent(share) == text
