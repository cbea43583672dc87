"""Cells that a plan writes anew, as bytes in the records they stand in."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Byte, Float64, Rows
from rebalance.csvio.project import field_spans
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import Rewrite, rewritten
from rebalance.table.formats import NumberFormat
from rebalance.table.render import FieldWriter
from rebalance.table.roles import Column, Role
from rebalance.table.table import Table
from rebalance.table.typed import TypedColumn


class Rewriting:
    """Writes the cells of a plan's rewrites into records, all their other bytes untouched."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self._table, self._rewrites = table, plan.rewrites
        wanted = {rewrite.column for rewrite in plan.rewrites}
        columns = [column for column in table.columns if column.index in wanted]
        self._columns = {column.index: _written(table, column, plan.rewrites) for column in columns}

    @property
    def columns(self) -> list[int]:
        """The positions of the columns that are written anew."""
        return list(self._columns)

    def texts(self, rows: Rows, texts: Sequence[bytes]) -> tuple[list[bytes], list[list[bytes]]]:
        """Return the records `rows`, whose bytes are `texts`, with the new cells, and the old cells by column."""
        spans = field_spans(texts, self.columns, len(self._table.file.names), self._table.file.dialect)
        olds = [[text[a:b] for text, (a, b) in zip(texts, own, strict=True)] for own in spans]
        numbers = self._numbers(rows)
        news = [self._new(column, numbers[column], old) for column, old in zip(self.columns, olds, strict=True)]
        out = []
        order = np.argsort(self.columns).tolist()
        for at, text in enumerate(texts):
            pieces, begin = [], 0
            for place in order:
                start, stop = spans[place][at]
                pieces += [text[begin:start], news[place][at]]
                begin = stop
            out.append(b"".join([*pieces, text[begin:]]))
        return out, olds

    def render(self, cells: TypedColumn) -> Byte:
        """Return made cells of a column that is written anew: their new numbers (rows x places, NUL where unused)."""
        index = cells.column.index
        assert cells.values is not None  # noqa: S101  only columns of numbers are written anew
        new = replace(cells, values=rewritten(self._rewrites, index, cells.values))
        return FieldWriter(self._columns[index], cells.levels, self._table.file.dialect).render(new)

    def _new(self, index: int, numbers: Float64, old: Sequence[bytes]) -> list[bytes]:
        new = rewritten(self._rewrites, index, numbers)
        changed: Bool = ~np.isnan(numbers) & (new != numbers)
        cells, none = list(old), np.empty(0, object)
        if changed.any():
            column = self._columns[index]
            writer = FieldWriter(column, none, self._table.file.dialect)
            places = writer.render(TypedColumn(column, new[changed], None, none))
            for at, cell in zip(np.flatnonzero(changed).tolist(), places, strict=True):
                cells[at] = cell[cell != 0].tobytes()
        return cells

    def _numbers(self, rows: Rows) -> dict[int, Float64]:
        """Return the numbers of the records in the columns that are written anew, by position."""
        quantity, target = self._table.target.quantity, self._table.target_index
        others = [column for column in self.columns if column != target]
        typed = self._table.typed(rows, others).columns if others else ()
        found = {cells.column.index: cells.values for cells in typed if cells.values is not None}
        return {**found, target: quantity.numbers[rows]} if quantity is not None else found


def _with_room(number: NumberFormat, values: Sequence[float]) -> NumberFormat:
    """Return how a column writes its numbers, with the decimals that these values need: a sample may not show them."""
    if number.decimals is None:
        return number
    needed = max((len(f"{value:.15g}".partition(".")[2]) for value in values), default=0)
    return number if needed <= number.decimals else replace(number, decimals=needed, fixed=False, whole=False)


def _written(table: Table, column: Column, rewrites: Sequence[Rewrite]) -> Column:
    """Return a column as it writes its new numbers: on its grid, if all its rewrites stay on that."""
    own = [rewrite for rewrite in rewrites if rewrite.column == column.index]
    quantity = table.target.quantity
    number = quantity.cells.column.number if quantity and column.role is Role.TARGET else column.number
    assert number is not None  # noqa: S101  only columns of numbers are written anew
    if all(rewrite.on_grid for rewrite in own):
        limits = [limit for rewrite in own for limit in rewrite.parameters.values()]
        return replace(column, number=_with_room(number, limits))
    free = NumberFormat(None, fixed=False, whole=False, prefix=number.prefix, point=number.point)
    return replace(column, number=free)
