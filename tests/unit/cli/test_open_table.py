"""From the options of a command to a table: how columns are selected, and what is refused."""

from shell import RESUMES, Run


def test_columns_are_selected_by_name_or_number(run: Run) -> None:
    by_name = run("resample", RESUMES, "-t", "gender", "--technique", "random-over")
    assert run("resample", RESUMES, "-t", "3", "--technique", "random-over").out == by_name.out


def test_a_range_of_columns_is_dropped(run: Run) -> None:
    dropped = run("resample", RESUMES, "-t", "gender", "--drop", "1-2", "--technique", "none")
    assert dropped.text.split() == ["gender", *(line.split(",")[2] for line in RESUMES.read_text().split()[1:])]


def test_without_a_header_columns_are_selected_by_number(run: Run) -> None:
    body = RESUMES.read_text().split("\n", 1)[1].encode()
    ran = run("resample", "--no-header", "-t", "3", "--technique", "random-over", "--mark", "m", stdin=body)
    assert ran.text.splitlines()[0] == body.decode().splitlines()[0] + ",0"
