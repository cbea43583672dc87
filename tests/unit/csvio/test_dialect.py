"""The delimiter is detected from a sample of records, and a second one that fits as well is reported."""

from pathlib import Path

import pytest
from shell import Run

from rebalance.csvio.dialect import detect_delimiter


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        pytest.param(b"a,b\n1,2\n", b",", id="comma"),
        pytest.param(b"a;b\n1,5;2\n", b";", id="semicolon-with-a-decimal-comma"),
        pytest.param(b"a\tb\n1\t2\n", b"\t", id="tab"),
        pytest.param(b"a|b\n1|2\n", b"|", id="pipe"),
        pytest.param(b"a\n1\n", b",", id="one-column"),
        pytest.param(b'a;b\n"x,y";"x,y"\n', b";", id="comma-only-in-quotes"),
        pytest.param(b"a,b;c\n1,2;3\n", b",", id="both-fit"),
        pytest.param(b"1,5;2,5\n1,7;2,9\n", b";", id="decimal-commas-everywhere"),
        pytest.param(b"a;b,c\n1;2\n3;4\n5;6,7\n", b";", id="only-the-semicolon-fits"),
        pytest.param(b"a,b;c\n1,2\n3,4;5\n6;7\n8,9\n", b",", id="none-fits-and-most-records-agree-on-the-comma"),
        pytest.param(b"", b",", id="no-bytes"),
    ],
)
def test_the_delimiter_is_the_one_all_records_agree_on(data: bytes, delimiter: bytes) -> None:
    assert detect_delimiter(data, 0)[0] == delimiter


@pytest.mark.parametrize(
    ("data", "alternative"),
    [
        pytest.param(b"a;b,kind;x\n1;2,no;4\n1;2,yes;4\n", b";", id="more-fields"),
        pytest.param(b"a,b|c,kind\n1,2|3,no\n1,2|3,yes\n", None, id="fewer-fields"),
        pytest.param(b"a,b;c\n1,2;3\n1,2;3\n", b";", id="as-many-fields"),
        pytest.param(b"a,b;c\n1,2;3\n1,2\n", None, id="irregular"),
        pytest.param(b"a,b\n1,2\n", None, id="absent"),
    ],
)
def test_an_alternative_delimiter_fits_as_well_with_at_least_as_many_fields(
    data: bytes, alternative: bytes | None
) -> None:
    assert detect_delimiter(data, 0) == (b",", alternative)


def test_a_delimiter_is_detected_from_the_start_of_the_header() -> None:
    data = b",,,\n,,,\na;b\n1;2\n"
    assert detect_delimiter(data, len(b",,,\n,,,\n")) == (b";", None)


def test_inspect_names_an_alternative_delimiter_unless_the_choice_is_clear(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a;b,kind;x\n" + b"1;2,no;4\n" * 5 + b"1;2,yes;4\n")
    command = ("inspect", path, "-t", "2", "--classes-only")
    message = run(*command).err
    assert "','" in message
    assert "';'" in message
    assert "-d" in message
    assert run(*command, "-d", ";").err == run(*command, "--quiet").err == ""
    assert run("inspect", path, "-t", "x", "--classes-only").code == 0  # only `;` gives a column of this name
    path.write_bytes(b"a,b|c,kind\n" + b"1,2|3,no\n" * 5 + b"1,2|3,yes\n")
    assert run("inspect", path, "-t", "kind", "--classes-only").err == ""
