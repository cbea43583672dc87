"""Cells that a technique writes anew: a number's function of itself, in one column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rebalance.arrays import Float64


@dataclass(frozen=True)
class Rewrite:
    """What becomes of the numbers of a column.

    `column`: its position. `transformer`: fitted, with `transform` and `inverse_transform` (rows x 1), as scikit-learn
    has them. `parameters`: what it takes to do or to undo it elsewhere. `on_grid`: results are written as the column
    writes its numbers, else with all the digits they have. `undone`: whether the inverse gives the numbers back.
    """

    column: int
    technique: str
    transformer: Any
    parameters: Mapping[str, Any]
    on_grid: bool = False
    undone: bool = True

    def of(self, values: Float64) -> Float64:
        """Return the new numbers; NaN stays NaN."""
        new: Float64 = self.transformer.transform(values[:, None])[:, 0]
        return new


def rewritten(rewrites: Sequence[Rewrite], column: int, values: Float64) -> Float64:
    """Return the numbers of a column after all its rewrites, one after the other."""
    for rewrite in rewrites:
        if rewrite.column == column:
            values = rewrite.of(values)
    return values
