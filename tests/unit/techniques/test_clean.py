"""Cleaning techniques remove rows of the larger classes, whatever was done to the smallest one before."""

import json

import pytest
from conftest import CsvFile
from shell import ORDERS, Run


@pytest.mark.parametrize(
    "columns", [slice(-3, None), slice(None, 2)], ids=["rare-class-last", "order-of-the-first-columns"]
)
def test_cleaning_after_over_sampling_spares_the_class_that_was_smallest(
    columns: slice, run: Run, csv_file: CsvFile
) -> None:
    header, *rows = ORDERS.read_text().splitlines()
    path = csv_file("\n".join([header, *sorted(rows, key=lambda row: row[columns] + row[-2:])]) + "\n")
    argv = ["resample", path, "-t", "fraud", "--technique", "smote+edited-nn", "--json", "--dry-run"]
    after = {change["label"]: change["after"] for change in json.loads(run(*argv).text)["classes"]}
    assert after["yes"] == 1920
    assert after["no"] < 1920
