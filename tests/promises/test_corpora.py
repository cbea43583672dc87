"""Real files are rewritten without a changed cell, or refused.

The files lie next to the project, in ../shared; without them these tests are skipped.
"""

import csv
import io
import json
from typing import Any

import pytest
from shell import SHARED, Run
from tables import open_table, output_of, plan_of

from rebalance.errors import RebalanceError
from rebalance.inspection.classes import profile_classes

MANIFEST = SHARED / "csv" / "manifest.jsonl"
FILES: list[dict[str, Any]] = (
    [json.loads(line) for line in MANIFEST.read_text().splitlines()] if MANIFEST.exists() else []
)
DATASETS = {
    "adult": "income",
    "bank_additional_full": "y",
    "german_credit": "credit",
    "horse_colic": "outcome",
    "hypothyroid": "cls",
    "ecoli": "site",
    "nursery": "Class",
    "glass": "type",
    "winequality_white": "quality",
}

csv.field_size_limit(1 << 30)
needs_data = pytest.mark.skipif(not (SHARED / "data").exists(), reason="../shared/data is not here")


def read_cells(data: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter)
    return [row for row in rows if row not in ([], [""])]


def output_encoding(entry: dict[str, Any]) -> str:
    """Outputs are in the encoding of the input, without the byte-order mark of UTF-8."""
    encoding = entry.get("encoding") or "utf-8"
    return encoding if encoding.startswith("utf-16") else "utf-8"


@pytest.mark.skipif(not FILES, reason="../shared/csv is not here")
@pytest.mark.parametrize("entry", FILES, ids=lambda entry: f"{entry['suite']}/{entry['file']}")
def test_a_rewrite_changes_no_cell_or_is_refused(entry: dict[str, Any]) -> None:
    path = SHARED / "csv" / entry["suite"] / "csv" / entry["file"]
    verdict, delimiter = entry["cls"], entry.get("delim", ",")
    try:
        expected = read_cells(path.read_bytes(), entry.get("encoding") or "utf-8", delimiter)
        target = expected[0][-1]
    except (UnicodeDecodeError, IndexError, csv.Error):
        expected, target = [], "y"
    try:
        with open_table(path, target) as table:
            output = output_of(table, plan_of(table, "none"))
    except RebalanceError:
        assert verdict != "ACCEPT"
        return
    if path.name == "gz-as-csv.csv":
        return  # gzip is read, as documented
    assert not verdict.startswith("REFUSE")
    assert read_cells(output, output_encoding(entry), delimiter) == expected


@pytest.mark.skipif(not FILES, reason="../shared/csv is not here")
@pytest.mark.parametrize("technique", ["random-over", "smote"])
def test_an_over_sampled_file_begins_with_all_its_cells_or_is_refused(technique: str) -> None:
    oversampled = 0
    for entry in FILES:
        path = SHARED / "csv" / entry["suite"] / "csv" / entry["file"]
        try:
            expected = read_cells(path.read_bytes(), entry.get("encoding") or "utf-8", entry.get("delim", ","))
            with open_table(path, expected[0][-1]) as table:
                output = output_of(table, plan_of(table, technique))
        except (RebalanceError, UnicodeDecodeError, IndexError, csv.Error):
            continue
        rows = read_cells(output, output_encoding(entry), entry.get("delim", ","))
        assert rows[: len(expected)] == expected, path
        assert {len(row) for row in rows} == {len(expected[0])}, path
        oversampled += len(rows) > len(expected)
    assert oversampled


@needs_data
@pytest.mark.parametrize("name", list(DATASETS))
def test_a_real_table_is_inspected_and_balanced(name: str) -> None:
    path = SHARED / "data" / f"{name}.csv"
    with open_table(path, DATASETS[name]) as table:
        profile = profile_classes(table)
        assert profile.imbalance_ratio is not None
        assert profile.imbalance_ratio > 1
        plan = plan_of(table, "smote")
        output = output_of(table, plan)
        assert output.startswith(path.read_bytes())
        counts = table.target.counts()
        assert len(plan) == len(counts) * counts.max()


@needs_data
def test_labels_that_differ_in_a_dot_are_named(run: Run) -> None:
    result = run("inspect", SHARED / "data" / "adult.csv", "-t", "income", "--classes-only", "--json")
    assert "' <=50K', ' <=50K.'" in json.loads(result.text)["warnings"][0]
