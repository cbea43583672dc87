"""A guarded CSV: a spreadsheet shows every cell as text or number and runs none of them."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import Run

from rebalance.csvio.dialect import Dialect
from rebalance.csvio.formula_guard import FormulaGuard
from rebalance.errors import UsageError

CELLS = st.text(st.sampled_from("=+-@\t\uff1d1.e5ax%,\"\n' "), max_size=5)
COMMA = Dialect(b",", b"\n", "utf-8")


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
def test_only_apostrophes_are_added_and_no_formula_remains(rows: list[tuple[str, str]], quoting: int) -> None:
    texts = []
    for row in rows:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator="\n", quoting=quoting).writerow(row)  # type: ignore[arg-type]
        texts.append(out.getvalue().encode())
    guard = FormulaGuard(2, COMMA)
    n_changed = 0
    for row, guarded_row in zip(rows, rows_of(b"".join(guard.guard(texts))), strict=True):
        for cell, guarded in zip(row, guarded_row, strict=True):
            n_changed += guarded != cell
            assert guarded in (cell, "'" + cell)
            assert len(guarded) < 2 or guarded[0] not in "=@\t\r\n\uff1d"
            if guarded[:1] in ("+", "-") and len(guarded) > 1:  # then it must be a number
                float(re.sub("[ ,']", "", guarded.rstrip("% ")).replace(".", "", 1) or 0)
    assert guard.count == n_changed


@pytest.mark.parametrize("cell", ["-5", "+3.25", "-1e-5", "-.5", "-12%", "-", "+1 234", "a=1", " =1", "-inf", "1-2"])
def test_numbers_and_plain_text_stay_unchanged(cell: str) -> None:
    guard = FormulaGuard(1, COMMA)
    assert guard.guard([cell.encode() + b"\n"]) == [cell.encode() + b"\n"]
    assert guard.count == 0


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        pytest.param("=1+1", "'=1+1", id="equals-sign"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at-sign"),
        pytest.param("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0", id="command"),
        pytest.param("-2+3", "'-2+3", id="sum-that-starts-with-a-number"),
        pytest.param("-x", "'-x", id="minus-and-a-name"),
        pytest.param("\tx", "'\tx", id="tab"),
        pytest.param("--1", "'--1", id="two-signs"),
        pytest.param("+1+1", "'+1+1", id="signed-sum"),
        pytest.param('"\n=1"', '"\'\n=1"', id="newline-in-quotes"),
        pytest.param("\uff1d1+1", "'\uff1d1+1", id="full-width-equals-sign"),
    ],
)
def test_a_formula_gets_an_apostrophe(cell: str, guarded: str) -> None:
    guard = FormulaGuard(1, COMMA)
    assert guard.guard([f"{cell}\n".encode()]) == [f"{guarded}\n".encode()]
    assert guard.count == 1


def test_without_records_nothing_is_guarded() -> None:
    guard = FormulaGuard(2, COMMA)
    assert (guard.guard([]), guard.count) == ([], 0)


def test_a_file_with_apostrophes_as_delimiters_cannot_be_guarded() -> None:
    with pytest.raises(UsageError, match="apostrophes"):
        FormulaGuard(2, Dialect(b"'", b"\n", "utf-8"))


def test_resample_guards_and_counts_all_it_writes_only_with_csv_safe(run: Run, tmp_path: Path) -> None:
    table, out, holdout = tmp_path / "t.csv", tmp_path / "out.csv", tmp_path / "holdout.csv"
    lines = [f'{n % 7}.5,"=A{n % 3}",{"@rare" if n % 5 == 0 else "usual"}' for n in range(60)]
    table.write_text("x,=name,kind\n" + "\n".join(lines) + "\n")
    command = ("resample", table, "-t", "kind", "--technique", "smote", "--mark", "mark", "-o", out)
    command = (*command, "--holdout", "0.2", "--holdout-output", holdout)
    assert run(*command).code == 0
    assert b"'" not in out.read_bytes() + holdout.read_bytes()
    trace = tmp_path / "trace.csv"
    result = run(*command, "--csv-safe", "--trace", trace)
    assert {row[6] for row in rows_of(trace.read_bytes())[1:]} == {"'@rare", "usual"}
    rows, holdout_rows = rows_of(out.read_bytes()), rows_of(holdout.read_bytes())
    assert rows[0] == ["x", "'=name", "kind", "mark"]
    assert {row[1][:2] for row in [*rows[1:], *holdout_rows]} == {"'="}
    assert {row[2] for row in rows[1:]} == {"'@rare", "usual"}
    n_guarded = sum(cell.startswith("'") for row in [*rows, *holdout_rows] for cell in row)
    assert f"{n_guarded:,} cells" in result.err.replace("\n", " ")
