"""Where each row of the output comes from."""

from collections.abc import Iterator

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.guard import is_formula
from rebalance.csvio.write import quote
from rebalance.plan.plan import Plan
from rebalance.table.table import Table

_ROWS_PER_BLOCK = 16_384
_COMMA = Dialect(b",", b"\n", "utf-8")
HEADER = "row,origin,seed,mate,gap,spread,class\n"
HEADER_OF_A_QUANTITY = HEADER.replace("class", "range,target_gap")


def trace_pieces(table: Table, plan: Plan, order: Int64 | None, *, csv_safe: bool = False) -> Iterator[bytes]:
    """Yield a CSV with a record for each output row, in the output's order.

    `row` counts output rows from 1, `seed` and `mate` records of the input from 1; a made row lies `gap` of the
    way between them, moved by noise of `spread` standard deviations. A record's second copy is made, with gap 0.
    Of a quantity, `range` is what its values are balanced by, and the target lies `target_gap` of the way.
    """
    shown = [f"'{label}" if csv_safe and is_formula(label.encode()) else label for label in table.target.labels]
    labels = [quote(label.encode(), _COMMA).decode() for label in shown]
    codes = plan.labels(table.target.codes)
    added = plan.added()
    none = np.zeros(len(plan.keep))
    seeds = np.concatenate([plan.keep, plan.made.seed]) + 1
    mates = np.concatenate([plan.keep, plan.made.mate]) + 1
    gaps = np.concatenate([none, plan.made.gap])
    spreads = np.concatenate([none, plan.made.noise.spread if plan.made.noise else np.zeros(len(plan.made))])
    gap_of_made = np.zeros(len(plan.made)) if plan.made.target_gap is None else plan.made.target_gap
    target_gaps = None if table.target.quantity is None else np.concatenate([none, gap_of_made])
    yield (HEADER if table.target.quantity is None else HEADER_OF_A_QUANTITY).encode()
    for begin in range(0, len(plan), _ROWS_PER_BLOCK):
        end = min(begin + _ROWS_PER_BLOCK, len(plan))
        outputs = np.arange(begin, end) if order is None else order[begin:end]
        tails = ["\n"] * len(outputs)
        if target_gaps is not None:
            tails = [f",{gap!r}\n" if gap else ",0\n" for gap in target_gaps[outputs].tolist()]
        lines = [
            f"{row},made,{seed},{mate},{gap!r},{spread!r},{label}{tail}"
            if is_added
            else f"{row},original,{seed},{mate},0,0,{label}{tail}"
            for row, is_added, seed, mate, gap, spread, label, tail in zip(
                range(begin + 1, end + 1),
                added[outputs].tolist(),
                seeds[outputs].tolist(),
                mates[outputs].tolist(),
                gaps[outputs].tolist(),
                spreads[outputs].tolist(),
                [labels[code] if code >= 0 else "" for code in codes[outputs].tolist()],
                tails,
                strict=True,
            )
        ]
        yield "".join(lines).encode()
