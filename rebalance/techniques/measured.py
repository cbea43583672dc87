"""The numbers of the columns that a technique looks at or writes anew."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rebalance.arrays import Float64
from rebalance.errors import DataError, UsageError
from rebalance.plan.materialise import typed_rows
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import Rewrite, rewritten
from rebalance.table.columns import columns
from rebalance.table.roles import Role
from rebalance.techniques.problem import Problem


def measured_columns(problem: Problem) -> dict[int, Float64]:
    """Return, by position, the numbers of all rows in the columns named (the target if none is), as rewritten so far.

    Raises UsageError for a column that is no number, DataError for one that holds none in these rows.
    """
    table = problem.table
    wanted = [table.target_index]
    if problem.options.columns:
        wanted = columns(list(problem.options.columns), table.names, "--columns")
    found: dict[int, Float64] = {}
    others = [index for index in wanted if index != table.target_index]
    cells = {own.column.index: own for own in typed_rows(table, problem.before, others).columns} if others else {}
    for index in wanted:
        if index == table.target_index:
            numbers = problem.targets()
        else:
            own = cells.get(index)
            if own is None or own.column.role is not Role.NUMBER or own.values is None:
                raise UsageError(
                    f"--columns: {table.names[index]!r} is no column of numbers",
                    "inspect shows the roles; --role NAME=number corrects one",
                )
            numbers = own.values
            if np.isnan(numbers).all():
                raise DataError(f"the column {table.names[index]!r} holds no number here", "leave it out of --columns")
        found[index] = rewritten(problem.before.rewrites, index, numbers)
    return found


def _skew(values: Float64) -> str:
    from scipy.stats import skew

    if len(values) < 3 or (values == values[0]).all():  # noqa: PLR2004  the adjusted one takes three
        return "not defined"
    return f"{float(skew(values, bias=False)):.2f}"


def with_rewrites(problem: Problem, values: dict[int, Float64], rewrites: Sequence[Rewrite]) -> Plan:
    """Return the plan with these rewrites after those it has, and with a note of how many cells each changes.

    `values`: the columns' numbers before.
    """
    notes = []
    for rewrite in rewrites:
        own = values[rewrite.column]
        present = own[~np.isnan(own)]
        new = rewrite.of(present)
        changed = int(np.count_nonzero(new != present))
        cells = "1 cell" if changed == 1 else f"{changed:,} cells"
        name = problem.table.names[rewrite.column]
        notes.append(f"{rewrite.technique} writes {cells} of {name!r} anew: skew {_skew(present)} to {_skew(new)}")
    plan = problem.before
    return replace(plan, rewrites=(*plan.rewrites, *rewrites), notes=(*plan.notes, *notes))
