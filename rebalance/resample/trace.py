"""Where each row of the output comes from."""

from collections.abc import Iterator

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.formula_guard import is_formula
from rebalance.csvio.quoting import quote
from rebalance.plan.plan import Plan
from rebalance.table.table import Table

_ROWS_PER_BLOCK = 16_384
"""Rows of the trace that are formatted together."""

COLUMNS = ("row", "origin", "base", "neighbor", "gap", "noise_sd")
"""The columns of every trace; the class (or range) follows, and for a numeric target the gap of the target."""

ORIGINS = ("original", "copy", "synthetic")


def trace_blocks(table: Table, plan: Plan, order: Int64 | None, *, csv_safe: bool = False) -> Iterator[bytes]:
    """Yield a CSV with a record for each output row, in the output's order.

    `row` counts output rows from 1; `base` and `neighbor` count records of the input from 1. A synthetic row lies `gap`
    of the way between them, with noise of `noise_sd` standard deviations. For a numeric target, `range` is the range
    that the row is counted in, and the row's target lies `target_gap` of the way. `origin` is `copy` for a record that
    already stands in the output.
    """
    target = table.target
    labels = [_format_label(label, csv_safe=csv_safe) for label in target.labels]
    codes = plan.labels(target.codes)
    synthetic = plan.synthetic
    zeros = np.zeros(len(plan.keep))
    origin = np.concatenate([plan.is_copy().astype(np.int8), np.full(len(synthetic), 2, np.int8)])
    base = np.concatenate([plan.keep, synthetic.base]) + 1
    neighbor = np.concatenate([plan.keep, synthetic.neighbor]) + 1
    gap = np.concatenate([zeros, synthetic.gap])
    noise_sd = np.concatenate([zeros, synthetic.noise.sd if synthetic.noise else np.zeros(len(synthetic))])
    header = [*COLUMNS, target.label_noun]
    target_gap = None
    if target.is_interpolated:
        header.append("target_gap")
        no_gap = np.zeros(len(synthetic))
        target_gap = np.concatenate([zeros, no_gap if synthetic.target_gap is None else synthetic.target_gap])
    yield (",".join(header) + "\n").encode()
    for start in range(0, len(plan), _ROWS_PER_BLOCK):
        end = min(start + _ROWS_PER_BLOCK, len(plan))
        rows = np.arange(start, end) if order is None else order[start:end]
        tails = ["\n"] * len(rows)
        if target_gap is not None:
            tails = [f",{value!r}\n" if value else ",0\n" for value in target_gap[rows].tolist()]
        columns = zip(
            range(start + 1, end + 1),
            origin[rows].tolist(),
            base[rows].tolist(),
            neighbor[rows].tolist(),
            gap[rows].tolist(),
            noise_sd[rows].tolist(),
            [labels[code] if code >= 0 else "" for code in codes[rows].tolist()],
            tails,
            strict=True,
        )
        yield "".join(
            f"{row},{ORIGINS[kind]},{first},{second},{_format(way)},{_format(sd)},{label}{tail}"
            for row, kind, first, second, way, sd, label, tail in columns
        ).encode()


def _format(value: float) -> str:
    return repr(value) if value else "0"


def _format_label(label: str, *, csv_safe: bool) -> str:
    text = label.encode()
    return quote(b"'" + text if csv_safe and is_formula(text) else text, b",").decode()
