"""Read, resample and evaluate small tables inside the test's process."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rebalance.cli.parse import parse_objective
from rebalance.csvio.records import open_csv
from rebalance.csvio.source import open_source
from rebalance.evaluate.compare import Comparison, EvaluationRequest, compare
from rebalance.evaluate.models import find_models
from rebalance.evaluate.results import Contender
from rebalance.evaluate.task import TaskWishes
from rebalance.evaluate.tasks import EVALUATION_TASKS
from rebalance.plan.plan import Plan
from rebalance.resample.planner import ResampleRequest, make_plan, usable_rows
from rebalance.resample.writer import ExtraColumns, OutputWriter, shuffled_order
from rebalance.table.numeric_target import NumericTarget, with_numeric_target
from rebalance.table.selectors import find_column
from rebalance.table.table import ColumnOptions, Table, read_table
from rebalance.techniques.chain import parse_chain


@contextmanager
def open_table(
    path: Path,
    target: str = "kind",
    *,
    encoding: str = "utf-8",
    delimiter: bytes | None = None,
    column_options: ColumnOptions | None = None,
) -> Iterator[Table]:
    """Open a table; a target that looks numeric is read as numbers."""
    with open_source(str(path)) as source:
        file = open_csv(source, delimiter, encoding, header=True)
        table = read_table(file, find_column(target, file.names, "--target"), column_options or ColumnOptions())
        yield with_numeric_target(table) if table.target.looks_numeric_target() else table


def plan_of(table: Table, technique: str, request: ResampleRequest | None = None, seed: int = 0) -> Plan:
    """The plan of a technique for all usable rows."""
    chain = parse_chain(technique)
    rows = usable_rows(table, chain, drop_unlabeled=False)
    return make_plan(table, chain, rows, request or ResampleRequest(), seed)


def output_of(
    table: Table, plan: Plan, extra_columns: ExtraColumns | None = None, *, shuffled: bool = False, seed: int = 0
) -> bytes:
    """The output of a plan."""
    order = shuffled_order(plan, seed) if shuffled else None
    return b"".join(OutputWriter(table, plan, extra_columns or ExtraColumns(), order).iter_bytes())


def resample(
    path: Path, technique: str, request: ResampleRequest | None = None, *, seed: int = 0, encoding: str = "utf-8"
) -> bytes:
    """The output of a technique for a file."""
    with open_table(path, encoding=encoding) as table:
        return output_of(table, plan_of(table, technique, request, seed))


def cells_of(data: bytes, delimiter: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    """What Python's csv reads in strict mode, without blank lines."""
    text = io.StringIO(data.decode(encoding), newline="")
    return [row for row in csv.reader(text, delimiter=delimiter, strict=True) if row]


def range_counts(path: Path, data: bytes) -> list[int]:
    """How many rows of a CSV have a target in each range that the file at `path` has."""
    with open_table(path) as table:
        target = NumericTarget.of(table)
        header, *rows = cells_of(data)
        values = np.array([float(row[header.index("kind")]) for row in rows])
        return np.bincount(target.range_codes(values), minlength=len(target.ranges)).tolist()


def class_counts(data: bytes) -> Counter[str]:
    """How many rows of a CSV each class has."""
    header, *rows = cells_of(data)
    column = header.index("kind")
    return Counter(row[column] for row in rows)


def compare_techniques(
    table: Table,
    *techniques: str,
    model: str = "hist-gradient-boosting",
    params: dict[str, Any] | None = None,
    positive: str | None = None,
    optimize: str | None = None,
    tune_thresholds: bool = False,
    **request: Any,
) -> Comparison:
    """Compare techniques on all labeled records of a table, in this process."""
    task_type = EVALUATION_TASKS[table.target.task]
    rows = np.flatnonzero(table.target.codes >= 0)
    wishes = TaskWishes(positive, None if optimize is None else parse_objective(optimize), tune_thresholds)
    protocol = request.get("protocol")
    evaluation_request = EvaluationRequest(
        task=task_type.create(table, rows, wishes, protocol.other if protocol else None),
        models=find_models(
            [model], params or {}, task_type.models, task_type.estimator_suffix, task_type.check_estimator
        ),
        techniques=[parse_chain(name) for name in techniques],
        **{"rank_by": task_type.default_metric(table), **request},
    )
    return compare(table, rows, evaluation_request)


def contender(comparison: Comparison, technique: str, variant: str = "unchanged") -> Contender:
    """The contender of a technique that is not the baseline."""
    found = [c for c in comparison.evaluation.contenders if (c.technique, c.variant) == (technique, variant)]
    return next(c for c in found if not c.is_baseline)
