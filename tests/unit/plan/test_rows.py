"""The rows of a plan are the same for a model as in the output, and depend on the plan's own records alone."""

import random

import numpy as np
import pytest
from conftest import CsvFile
from tables import cells_of, open_table, output_of, plan_of

from rebalance.plan.rows import typed_rows
from rebalance.resample.planner import ResampleRequest, make_plan
from rebalance.table.numeric_target import NumericTarget
from rebalance.techniques.chain import parse_chain


@pytest.mark.parametrize("technique", ["smote", "adasyn", "rose", "edited-nn", "cluster-centroids"])
def test_training_rows_do_not_depend_on_test_rows(technique: str, csv_file: CsvFile) -> None:
    draw = random.Random(12)
    rows = [
        f"{draw.gauss(0, 1):.2f},{draw.randrange(9)},{draw.choice('uvw')},{'b' if n % 5 == 0 else 'a'}"
        for n in range(300)
    ]
    other_rows = [f"{draw.gauss(9, 99):.6f},{draw.randrange(999)},{draw.choice('uvw')},{row[-1]}" for row in rows]
    train = np.arange(0, 300, 2)
    results = []
    for test_rows in (rows, other_rows):
        both = [row if n % 2 == 0 else test_row for n, (row, test_row) in enumerate(zip(rows, test_rows, strict=True))]
        with open_table(csv_file("\n".join(["x,y,z,kind", *both, ""]))) as table:
            loaded = table.load()
            plan = make_plan(loaded, parse_chain(technique), train, ResampleRequest(), 0)
            cells = typed_rows(loaded, plan)
            columns = [c.values if c.values is not None else c.levels[c.codes] for c in cells.columns]
            results.append((plan.keep.tolist(), [list(column) for column in columns]))
    assert results[0] == results[1]


@pytest.mark.parametrize("technique", ["smote", "rose", "smote-enn", "svm-smote"])
def test_training_rows_are_those_that_resample_writes(technique: str, csv_file: CsvFile) -> None:
    draw = random.Random(13)
    rows = [f"{draw.gauss(0, 1):.2f},{draw.randrange(9)},{'b' if n % 5 == 0 else 'a'}" for n in range(300)]
    with open_table(csv_file("\n".join(["x,y,kind", *rows, ""]))) as table:
        output = cells_of(output_of(table, plan_of(table, technique)))[1:]
        loaded = table.load()
        cells = typed_rows(loaded, plan_of(loaded, technique))
    for index in (0, 1):
        values = cells.columns[index].values
        assert values is not None
        assert [float(row[index]) for row in output] == values.tolist()


@pytest.mark.parametrize("technique", ["smote", "smogn", "rose"])
def test_a_synthetic_target_stays_in_its_range_with_the_decimals_and_quotes_of_its_column(
    technique: str, csv_file: CsvFile
) -> None:
    with open_table(csv_file("mixed-numeric-target")) as table:
        plan = plan_of(table, technique)
        output = output_of(table, plan)
        target, labels = NumericTarget.of(table), plan.synthetic.label
    rows = output.decode().rstrip("\n").split("\n")[-len(labels) :]
    cells = [row.rsplit(",", 1)[1] for row in rows]
    assert all(cell.startswith('"') and cell.endswith('"') for cell in cells)
    texts = [cell.strip('"') for cell in cells]
    assert {len(text.partition(".")[2]) for text in texts} == {2}
    assert target.range_codes(np.array([float(text) for text in texts])).tolist() == labels.tolist()
