"""Files of other people, where they are at hand: nothing changed silently, nothing broken accepted.

They lie beside the project, in ../shared; without them these tests are skipped.
"""

import csv
import io
import json
from typing import Any

import pytest
from conftest import SHARED, Run
from tables import opened, output_of, plan_of

from rebalance.errors import RebalanceError
from rebalance.inspection.classes import profile

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


def cells(data: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter)
    return [row for row in rows if row not in ([], [""])]


@pytest.mark.skipif(not FILES, reason="../shared/csv is not here")
@pytest.mark.parametrize("about", FILES, ids=lambda about: f"{about['suite']}/{about['file']}")
def test_a_rewrite_changes_no_cell_or_is_refused(about: dict[str, Any]) -> None:
    path = SHARED / "csv" / about["suite"] / "csv" / about["file"]
    kind, delimiter = about["cls"], about.get("delim", ",")
    try:
        expected = cells(path.read_bytes(), about.get("encoding") or "utf-8", delimiter)
        target = expected[0][-1]
    except (UnicodeDecodeError, IndexError, csv.Error):
        expected, target = [], "y"
    try:
        with opened(path, target) as table:
            output = output_of(table, plan_of(table, "none"))
    except RebalanceError:
        assert kind != "ACCEPT"
        return
    if path.name == "gz-as-csv.csv":
        return  # gzip is read, as documented
    assert not kind.startswith("REFUSE")
    assert cells(output, "utf-8", delimiter) == expected


@pytest.mark.skipif(not FILES, reason="../shared/csv is not here")
@pytest.mark.parametrize("technique", ["random-over", "smote"])
def test_what_is_read_is_grown_with_all_its_cells_first_or_refused(technique: str) -> None:
    grown = 0
    for about in FILES:
        path = SHARED / "csv" / about["suite"] / "csv" / about["file"]
        try:
            expected = cells(path.read_bytes(), about.get("encoding") or "utf-8", about.get("delim", ","))
            with opened(path, expected[0][-1]) as table:
                output = output_of(table, plan_of(table, technique))
        except (RebalanceError, UnicodeDecodeError, IndexError, csv.Error):
            continue
        found = cells(output, "utf-8", about.get("delim", ","))
        assert found[: len(expected)] == expected, path
        assert {len(row) for row in found} == {len(expected[0])}, path
        grown += len(found) > len(expected)
    assert grown


@needs_data
@pytest.mark.parametrize("name", list(DATASETS))
def test_a_real_table_is_inspected_and_balanced(name: str) -> None:
    path = SHARED / "data" / f"{name}.csv"
    with opened(path, DATASETS[name]) as table:
        found = profile(table)
        assert found.imbalance_ratio is not None
        assert found.imbalance_ratio > 1
        plan = plan_of(table, "smote")
        output = output_of(table, plan)
        assert output.startswith(path.read_bytes())
        counts = table.target.counts()
        assert len(plan) == len(counts) * counts.max()


@needs_data
def test_labels_that_differ_in_a_dot_are_named(run: Run) -> None:
    ran = run("inspect", SHARED / "data" / "adult.csv", "-t", "income", "--classes-only", "--json")
    assert "' <=50K', ' <=50K.'" in json.loads(ran.text)["warnings"][0]
