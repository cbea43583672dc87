"""--csv-safe: a spreadsheet shows what the file says and runs none of it."""

import csv
import io
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import given, settings
from hypothesis import strategies as st

from rebalance.csvio.dialect import Dialect
from rebalance.csvio.guard import Guard
from rebalance.errors import UsageError

CELLS = st.text(st.sampled_from("=+-@\t\uff1d1.e5ax%,\"\n' "), max_size=5)
COMMA = Dialect(b",", b"\n", "utf-8")


def rows_of(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline=""), strict=True))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_a_guard_is_all_that_is_added_and_no_formula_is_left(rows: list[tuple[str, str]], quoting: int) -> None:
    texts = []
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n", quoting=quoting).writerow(row)  # type: ignore[arg-type]
        texts.append(out.getvalue().encode())
    guard = Guard(2, COMMA)
    found = rows_of(b"".join(guard.guarded(texts)))
    added = 0
    for before, after in zip(rows, found, strict=True):
        for cell, written in zip(before, after, strict=True):
            added += written != cell
            assert written in (cell, "'" + cell)
            assert len(written) < 2 or written[0] not in "=@\t\r\n\uff1d"
            if written[:1] in ("+", "-") and len(written) > 1:
                float(written.rstrip("% ").replace(",", "").replace(" ", "").replace("'", "").replace(".", "", 1) or 0)
    assert guard.count == added


@pytest.mark.parametrize("cell", ["-5", "+3.25", "-1e-5", "-.5", "-12%", "-", "+1 234", "a=1", " =1", "-inf", "1-2"])
def test_numbers_and_plain_text_are_left_alone(cell: str) -> None:
    guard = Guard(1, COMMA)
    assert guard.guarded([cell.encode() + b"\n"]) == [cell.encode() + b"\n"]


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "-x", "\tx", "--1", "+1+1", '"\n=1"', "\uff1d1+1"]
)
def test_what_a_spreadsheet_runs_gets_an_apostrophe(cell: str) -> None:
    guard = Guard(1, COMMA)
    [written] = guard.guarded([cell.encode() + b"\n"])
    assert (
        written == cell.encode().replace(cell.lstrip('"')[:1].encode(), b"'" + cell.lstrip('"')[:1].encode(), 1) + b"\n"
    )


def test_of_no_records_none_is_guarded() -> None:
    guard = Guard(2, Dialect(b",", b"\n", "utf-8"))
    assert (guard.guarded([]), guard.count) == ([], 0)


def test_where_apostrophes_separate_fields_there_is_no_guard() -> None:
    with pytest.raises(UsageError, match="apostrophes"):
        Guard(2, Dialect(b"'", b"\n", "utf-8"))


def test_all_that_is_written_is_guarded_and_counted_and_by_default_nothing_is(run: Run, tmp_path: Path) -> None:
    table, out, held = tmp_path / "t.csv", tmp_path / "out.csv", tmp_path / "held.csv"
    lines = [f'{at % 7}.5,"=A{at % 3}",{"@rare" if at % 5 == 0 else "usual"}' for at in range(60)]
    table.write_text("x,=name,kind\n" + "\n".join(lines) + "\n")
    words = ("resample", table, "-t", "kind", "--technique", "smote", "--holdout", "0.2", "--holdout-output", held)
    assert run(*words, "-o", out, "--mark", "made").code == 0
    assert b"'" not in out.read_bytes() + held.read_bytes()
    trace = tmp_path / "trace.csv"
    result = run(*words, "-o", out, "--mark", "made", "--csv-safe", "--trace", trace)
    assert {row[6] for row in rows_of(trace.read_bytes())[1:]} == {"'@rare", "usual"}
    rows = rows_of(out.read_bytes())
    assert rows[0] == ["x", "'=name", "kind", "made"]
    assert {row[1][:2] for row in rows[1:]} == {"'="}
    assert {row[2] for row in rows[1:]} == {"'@rare", "usual"}
    assert {row[1][:2] for row in rows_of(held.read_bytes())} == {"'="}
    guarded = sum(cell.startswith("'") for row in [*rows, *rows_of(held.read_bytes())] for cell in row)
    assert f"{guarded:,} cells begin as formulas do" in result.err.replace("\n", " ")
