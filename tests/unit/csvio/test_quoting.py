"""Files with other quotes, escapes, comments, and lines around the table are read and written the same way."""

import csv
import io

import pytest
from conftest import CsvFile
from hypothesis import given
from hypothesis import strategies as st
from shell import Run
from tables import cells_of

from rebalance.csvio.grammar import fields
from rebalance.csvio.quoting import NO_QUOTE, STANDARD, Quoting, quote, unquote

MYSQL = Quoting(b'"', b"\\")
QUOTINGS = (STANDARD, Quoting(b"'"), MYSQL, Quoting(b"'", b"\\"), Quoting(NO_QUOTE, b"\\"))

texts = st.text(st.sampled_from("ab,;\"'\\\n\r#1"), max_size=8)


@given(st.lists(texts, min_size=1, max_size=5), st.sampled_from(QUOTINGS), st.sampled_from([b",", b";"]))
def test_what_is_quoted_is_read_back(cells: list[str], quoting: Quoting, delimiter: bytes) -> None:
    cells = ["x" + cell if cell == "\\N" else cell for cell in cells]
    line = delimiter.join(quote(cell.encode(), delimiter, quoting) for cell in cells) + b"\n"
    found = [line[field.start : field.stop] for field in fields(line, 0, delimiter, quoting)]
    assert [unquote(raw, quoting).decode() for raw in found] == cells


@given(st.lists(texts, min_size=2, max_size=5))
def test_escapes_are_those_of_pythons_csv(cells: list[str]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, escapechar="\\", doublequote=False, lineterminator="\n")
    writer.writerow(cells)
    line = stream.getvalue().encode()
    found = [line[field.start : field.stop] for field in fields(line, 0, b",", MYSQL)]
    assert [unquote(raw, MYSQL).decode() for raw in found] == cells


ROWS = range(40)


def labels(row: int) -> str:
    return "rare" if row % 5 == 0 else "often"


def check(run: Run, csv_file: CsvFile, text: str, *options: str) -> str:
    """The output of smote, which begins with the input; `none` gives the input back."""
    path = csv_file(text)
    argv = ["resample", path, "-t", "kind", *options, "-q"]
    assert run(*argv, "--technique", "none").out == text.encode()
    output = run(*argv, "--technique", "smote").out
    assert output.startswith(text.encode())
    run("inspect", path, "-t", "kind", *options)
    return output[len(text.encode()) :].decode()


def test_quotes_are_ordinary_where_nothing_is_quoted(run: Run, csv_file: CsvFile) -> None:
    text = "x\tsize\tkind\n" + "".join(f'{row % 7}\t{row % 3}" pipe\t{labels(row)}\n' for row in ROWS)
    added = check(run, csv_file, text, "--quoting", "none")
    assert all(len(line.split("\t")) == 3 for line in added.splitlines())
    stray = text.replace('0" pipe', '"0 pipe')
    check(run, csv_file, stray, "--quoting", "none")


def test_apostrophes_can_be_quotes(run: Run, csv_file: CsvFile) -> None:
    text = "x,note,kind\n" + "".join(f"{row % 7}.5,'it''s {row % 3}, yes',{labels(row)}\n" for row in ROWS)
    added = check(run, csv_file, text, "--quote-char", "'")
    rows = list(csv.reader(io.StringIO(added), quotechar="'"))
    assert {row[1] for row in rows} <= {f"it's {n}, yes" for n in range(3)}


def test_a_dump_of_mysql_is_read_and_written_with_its_escapes(run: Run, csv_file: CsvFile) -> None:
    notes = ['a \\"b\\"', "c\\, d", "e \\\\ f"]
    rows = [f'"{row % 7}","{notes[row % 3]}","{labels(row)}"' for row in ROWS]
    rows[3] = f'\\N,"{notes[0]}","{labels(3)}"'
    text = "x,note,kind\n" + "\n".join(rows) + "\n"
    added = check(run, csv_file, text, "--escape-char", "\\")
    parsed = list(csv.reader(io.StringIO(added), escapechar="\\", doublequote=False))
    assert {row[1] for row in parsed} <= {'a "b"', "c, d", "e \\ f"}
    assert "missing" in run("inspect", csv_file(text), "-t", "kind", "--escape-char", "\\").text


def test_comments_are_no_records_and_are_copied_with_those_around_them(run: Run, csv_file: CsvFile) -> None:
    rows = [f"{row % 7}.5,{labels(row)}" for row in ROWS]
    rows.insert(20, '# a comment, with commas, and a " quote')
    text = "# made by a tool\nx,kind\n" + "\n".join(rows) + "\n"
    path = csv_file(text)
    output = run("resample", path, "-t", "kind", "--technique", "none", "--comment", "#", "-q").out
    assert output.decode() == text.removeprefix("# made by a tool\n")
    assert len(cells_of(run("resample", path, "-t", "kind", "--technique", "smote", "--comment", "#").out)) > 60


def test_lines_before_and_after_the_table_can_be_skipped(run: Run, csv_file: CsvFile) -> None:
    table = "x,kind\n" + "".join(f"{row % 7}.5,{labels(row)}\n" for row in ROWS)
    path = csv_file("A report\nof 2024, by hand\n\n" + table + "Total,40\n")
    argv = ["-t", "kind", "--skip-lines", 2, "--skip-footer", 1]
    assert run("resample", path, *argv, "--technique", "none", "-q").out.decode() == table
    assert "40 rows" in run("inspect", path, *argv).text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--quote-char", "''"], "--quote-char '': not one character"),
        (["--escape-char", "ab"], "--escape-char ab: not one character"),
        (["--comment", "'", "--quote-char", "'"], "name the same character"),
        (["--quoting", "all"], "--quoting all: all is not standard or none"),
        (["--skip-lines", "-1"], "--skip-lines -1: not a whole number of at least 0"),
    ],
)
def test_characters_that_cannot_quote_are_refused(
    options: list[str], message: str, run: Run, csv_file: CsvFile
) -> None:
    assert message in run("inspect", csv_file("x,kind\n1,a\n"), "-t", "kind", *options, code=2).err
