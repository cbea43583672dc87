"""Cells that a plan writes anew, as bytes in the records they stand in."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Float64, Int64
from rebalance.csvio.project import field_spans
from rebalance.plan.plan import Plan
from rebalance.plan.rewrite import rewritten
from rebalance.table.formats import NumberFormat
from rebalance.table.render import FieldWriter
from rebalance.table.roles import Column, Role
from rebalance.table.table import Table
from rebalance.table.typed import TypedColumn


class Rewriting:
    """Writes the cells of a plan's rewrites into records, all their other bytes untouched."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self._table, self._rewrites = table, plan.rewrites
        on_grid = {rewrite.column: True for rewrite in plan.rewrites}
        limits: dict[int, list[float]] = {rewrite.column: [] for rewrite in plan.rewrites}
        for rewrite in plan.rewrites:
            on_grid[rewrite.column] &= rewrite.on_grid
            if rewrite.on_grid:
                limits[rewrite.column] += rewrite.parameters.values()
        self._columns = {
            column.index: _written(table, column, limits[column.index], on_grid=on_grid[column.index])
            for column in table.columns
            if column.index in on_grid
        }
        none = np.empty(0, object)
        self._writers = {at: FieldWriter(column, none, table.file.dialect) for at, column in self._columns.items()}

    @property
    def columns(self) -> list[int]:
        """The positions of the columns that are written anew."""
        return list(self._columns)

    def texts(self, rows: Int64, texts: Sequence[bytes]) -> tuple[list[bytes], list[list[bytes]]]:
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

    def made(self, cells: TypedColumn) -> TypedColumn:
        """Return cells of made rows with their new numbers, and the column as it writes them."""
        column = self._columns.get(cells.column.index)
        if column is None or cells.values is None:
            return cells
        return replace(cells, column=column, values=rewritten(self._rewrites, column.index, cells.values))

    def writer(self, cells: TypedColumn) -> FieldWriter:
        """Return what writes the new cells of made rows in a column that is written anew."""
        return FieldWriter(self._columns[cells.column.index], cells.levels, self._table.file.dialect)

    def _new(self, index: int, numbers: Float64, old: Sequence[bytes]) -> list[bytes]:
        new = rewritten(self._rewrites, index, numbers)
        changed: Bool = ~np.isnan(numbers) & (new != numbers)
        cells = list(old)
        if changed.any():
            column = self._columns[index]
            places = self._writers[index].render(TypedColumn(column, new[changed], None, np.empty(0, object)))
            for at, cell in zip(np.flatnonzero(changed).tolist(), places, strict=True):
                cells[at] = cell[cell != 0].tobytes()
        return cells

    def _numbers(self, rows: Int64) -> dict[int, Float64]:
        """Return the numbers of the records in the columns that are written anew, by position."""
        quantity, target = self._table.target.quantity, self._table.target_index
        others = [column for column in self.columns if column != target]
        typed = self._table.typed(rows, others).columns if others else ()
        found = {cells.column.index: cells.values for cells in typed if cells.values is not None}
        return {**found, target: quantity.numbers[rows]} if quantity is not None else found


def target_column(table: Table) -> Column:
    """Return how a target that is a quantity is written."""
    quantity = table.target.quantity
    assert quantity is not None  # noqa: S101  asked for by the caller
    column = next(column for column in table.columns if column.role is Role.TARGET)
    return replace(column, number=quantity.cells.column.number)


def _with_room(number: NumberFormat, values: Sequence[float]) -> NumberFormat:
    """Return how a column writes its numbers, with the decimals that these values need: a sample may not show them."""
    if number.decimals is None:
        return number
    needed = max((len(f"{value:.15g}".partition(".")[2]) for value in values), default=0)
    return number if needed <= number.decimals else replace(number, decimals=needed, fixed=False, whole=False)


def _written(table: Table, column: Column, limits: Sequence[float], *, on_grid: bool) -> Column:
    """Return a column as it writes its new numbers; `limits`: those that stay on its grid."""
    column = target_column(table) if column.index == table.target_index else column
    assert column.number is not None  # noqa: S101  only columns of numbers are written anew
    if on_grid:
        return replace(column, number=_with_room(column.number, limits))
    free = NumberFormat(None, fixed=False, whole=False, prefix=column.number.prefix, point=column.number.point)
    return replace(column, number=free)
