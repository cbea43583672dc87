"""The delimiter is detected from a sample of records, and a second one that fits as well is reported."""

import json
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
    message = "using ',' as the delimiter; ';' fits equally well. Choose with -d"
    assert message in " ".join(run(*command).text.split())
    assert message in json.loads(run(*command, "--json", "-q").text)["warnings"]
    assert "fits equally well" not in run(*command, "-d", ";").text
    assert run("inspect", path, "-t", "x", "--classes-only").code == 0  # only `;` gives a column of this name
    path.write_bytes(b"a,b|c,kind\n" + b"1,2|3,no\n" * 5 + b"1,2|3,yes\n")
    assert "fits equally well" not in run("inspect", path, "-t", "kind", "--classes-only").text


def test_a_record_of_far_more_lines_than_any_other_is_told(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    swallowed = "\n".join(f"{n},two,a" for n in range(30))
    rows = [f'{n},"one\ntwo",{"ab"[n % 2]}' for n in range(40)]
    path.write_text("x,note,kind\n" + "\n".join(rows) + f'\n7,"open\n{swallowed}",a\n')
    for command in (["inspect"], ["resample", "--technique", "random-over", "-o", "/dev/null"]):
        result = run(command[0], path, "-t", "kind", *command[1:])
        assert "the record at line 82 spans 31 lines" in " ".join((result.text + result.err).split())
