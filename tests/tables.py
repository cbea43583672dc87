"""Reading and resampling small tables inside the test's process."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rebalance.csvio.records import open_csv
from rebalance.csvio.source import open_source
from rebalance.evaluate.compare import Comparison, EvaluationRequest, compare
from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.models import find_models
from rebalance.evaluate.threshold import parse_objective
from rebalance.plan.plan import Plan
from rebalance.resample.planner import ResampleRequest, make_plan, usable_rows
from rebalance.resample.writer import ExtraColumns, OutputWriter, output_order
from rebalance.table.numeric_target import with_numeric_target
from rebalance.table.selectors import column
from rebalance.table.table import ColumnOptions, Table, read_table
from rebalance.techniques.chain import find_chain


@contextmanager
def opened(
    path: Path,
    target: str = "kind",
    *,
    encoding: str = "utf-8",
    delimiter: bytes | None = None,
    choices: ColumnOptions | None = None,
) -> Iterator[Table]:
    with open_source(str(path)) as source:
        file = open_csv(source, delimiter, encoding, header=True)
        table = read_table(file, column(target, file.names, "--target"), choices or ColumnOptions())
        yield with_numeric_target(table) if table.target.looks_numeric_target() else table


def plan_of(table: Table, technique: str, request: ResampleRequest | None = None, seed: int = 0) -> Plan:
    chosen = find_chain(technique)
    rows = usable_rows(table, chosen, drop_unlabeled=False)
    return make_plan(table, chosen, rows, request or ResampleRequest(), seed)


def output_of(
    table: Table, plan: Plan, extra_columns: ExtraColumns | None = None, *, shuffled: bool = False, seed: int = 0
) -> bytes:
    order = output_order(plan, seed) if shuffled else None
    return b"".join(OutputWriter(table, plan, extra_columns or ExtraColumns(), order).pieces())


def resampled(
    path: Path, technique: str, request: ResampleRequest | None = None, *, seed: int = 0, encoding: str = "utf-8"
) -> bytes:
    with opened(path, encoding=encoding) as table:
        return output_of(table, plan_of(table, technique, request, seed))


def cells_of(data: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    """What Python's csv reads in strict mode, blank lines aside."""
    text = io.StringIO(data.decode(encoding), newline="")
    return [row for row in csv.reader(text, delimiter=delimiter, strict=True) if row]


def range_counts(path: Path, data: bytes) -> list[int]:
    """How many rows of a CSV have a target in each range that the file at `path` has."""
    with opened(path) as table:
        numeric_target = table.target.numeric_target
        assert numeric_target
        header, *rows = cells_of(data)
        values = np.array([float(row[header.index("kind")]) for row in rows])
        return np.bincount(numeric_target.codes(values), minlength=len(numeric_target.ranges)).tolist()


def class_counts(data: bytes) -> Counter[str]:
    header, *rows = cells_of(data)
    at = header.index("kind")
    return Counter(row[at] for row in rows)


def judged(table: Table, *techniques: str, model: str = "hist-gradient-boosting", **asked: Any) -> Comparison:
    """Compare techniques on all labelled records of a table, in this process."""
    is_quantity = table.target.numeric_target is not None
    if is_quantity:
        asked = {"rank_by": "sera", **asked}
    question = EvaluationRequest(
        models=find_models([model], asked.pop("params", []), regression=is_quantity),
        techniques=[find_chain(name) for name in techniques],
        request=asked.pop("request", ResampleRequest()),
        objective=None if is_quantity else parse_objective(asked.pop("optimize", "f1")),
        **asked,
    )
    return compare(table, np.flatnonzero(table.target.codes >= 0), question)


def contender(comparison: Comparison, technique: str, variant: str = "as is") -> Contender:
    """The contender that is no dummy."""
    found = [c for c in comparison.evaluation.contenders if (c.technique, c.variant) == (technique, variant)]
    return next(c for c in found if not c.is_dummy)
