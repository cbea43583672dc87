"""Cleaning techniques remove rows of the larger classes, whatever was done to the smallest one before."""

import json

import pytest
from conftest import CsvFile
from shell import ORDERS, Run
from tables import class_counts, open_table, output_of, plan_of

from rebalance.table.columns import Role
from rebalance.table.table import ColumnOptions


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


def test_one_sided_selection_keeps_a_larger_class_of_one_row(csv_file: CsvFile) -> None:
    rows = [f"{n % 7}.5,{n % 3},a" for n in range(30)] + ["3.2,1,b", "4.1,0,c"]
    with open_table(csv_file("x,y,kind\n" + "\n".join(rows) + "\n")) as table:
        kept = class_counts(output_of(table, plan_of(table, "one-sided-selection")))
    assert kept["b"] == kept["c"] == 1
    assert 0 < kept["a"] < 30


def test_condensing_ends_where_categories_have_very_many_levels(csv_file: CsvFile) -> None:
    rows = [f"{n % 97}.5,level {n % 1100},{'ab'[n % 10 == 0]}" for n in range(2200)]
    path = csv_file("x,c,kind\n" + "\n".join(rows) + "\n")
    with open_table(path, column_options=ColumnOptions(roles={1: Role.CATEGORY})) as table:
        assert class_counts(output_of(table, plan_of(table, "condensed-nn")))["b"] == 220
