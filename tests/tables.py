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
from rebalance.evaluate.compare import Comparison, Question, compare
from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.models import find_models
from rebalance.evaluate.threshold import parse_objective
from rebalance.output import Additions, Writing, output_order
from rebalance.plan.plan import Plan
from rebalance.resample import Request, make_plan, usable_rows
from rebalance.table.columns import column
from rebalance.table.quantity import as_quantity
from rebalance.table.table import Choices, Table, read_table
from rebalance.techniques.chain import find_chain


@contextmanager
def opened(
    path: Path,
    target: str = "kind",
    *,
    encoding: str = "utf-8",
    delimiter: bytes | None = None,
    choices: Choices | None = None,
) -> Iterator[Table]:
    with open_source(str(path)) as source:
        file = open_csv(source, delimiter, encoding, header=True)
        table = read_table(file, column(target, file.names, "--target"), choices or Choices())
        yield as_quantity(table) if table.target.looks_like_quantity() else table


def plan_of(table: Table, technique: str, request: Request | None = None, seed: int = 0) -> Plan:
    chosen = find_chain(technique)
    rows = usable_rows(table, chosen, drop_unlabelled=False)
    return make_plan(table, chosen, rows, request or Request(), seed)


def output_of(
    table: Table, plan: Plan, additions: Additions | None = None, *, shuffled: bool = False, seed: int = 0
) -> bytes:
    order = output_order(plan, seed) if shuffled else None
    return b"".join(Writing(table, plan, additions or Additions(), order).pieces())


def resampled(
    path: Path, technique: str, request: Request | None = None, *, seed: int = 0, encoding: str = "utf-8"
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
        quantity = table.target.quantity
        assert quantity
        header, *rows = cells_of(data)
        values = np.array([float(row[header.index("kind")]) for row in rows])
        return np.bincount(quantity.codes(values), minlength=len(quantity.ranges)).tolist()


def class_counts(data: bytes) -> Counter[str]:
    header, *rows = cells_of(data)
    at = header.index("kind")
    return Counter(row[at] for row in rows)


def judged(table: Table, *techniques: str, model: str = "hist-gradient-boosting", **asked: Any) -> Comparison:
    """Compare techniques on all labelled records of a table, in this process."""
    is_quantity = table.target.quantity is not None
    if is_quantity:
        asked = {"rank_by": "sera", **asked}
    question = Question(
        models=find_models([model], asked.pop("params", []), of_a_quantity=is_quantity),
        techniques=[find_chain(name) for name in techniques],
        request=asked.pop("request", Request()),
        objective=None if is_quantity else parse_objective(asked.pop("optimise", "f1")),
        **asked,
    )
    return compare(table, np.flatnonzero(table.target.codes >= 0), question)


def contender(comparison: Comparison, technique: str, variant: str = "as is") -> Contender:
    """The contender that is no dummy."""
    found = [c for c in comparison.evaluation.contenders if (c.technique, c.variant) == (technique, variant)]
    return next(c for c in found if not c.is_dummy)
