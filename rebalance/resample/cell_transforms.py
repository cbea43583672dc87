"""The cells that a plan transforms, as bytes in the records they belong to."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rebalance.arrays import Bool, Byte, Float64, Objects, Rows
from rebalance.csvio.fields import field_spans
from rebalance.plan.plan import ColumnTransform, Plan, apply_transforms
from rebalance.table.columns import Column, Role
from rebalance.table.number_format import MAX_DIGITS, NumberFormat
from rebalance.table.numeric_target import NumericTarget
from rebalance.table.render import FieldWriter
from rebalance.table.table import Table
from rebalance.table.typed import TypedColumn

_NO_LEVELS: Objects = np.empty(0, object)


class CellTransformer:
    """Writes a plan's transformed cells into records, without touching any other byte."""

    def __init__(self, table: Table, plan: Plan) -> None:
        self._table, self._transforms = table, plan.transforms
        transformed = {transform.column for transform in plan.transforms}
        columns = [column for column in table.columns if column.index in transformed]
        self._columns = {column.index: _output_column(table, column, plan.transforms) for column in columns}

    @property
    def columns(self) -> list[int]:
        """The positions of the transformed columns."""
        return list(self._columns)

    def transform_records(self, rows: Rows, records: Sequence[bytes]) -> tuple[list[bytes], list[list[bytes]]]:
        """Return the records `rows`, whose bytes are `records`, with transformed cells; and the originals by column."""
        spans = field_spans(records, self.columns, len(self._table.file.names), self._table.file.dialect)
        originals = [
            [record[start:end] for record, (start, end) in zip(records, column_spans, strict=True)]
            for column_spans in spans
        ]
        numbers = self._numbers(rows)
        cells = [
            self._transform_cells(column, numbers[column], column_originals)
            for column, column_originals in zip(self.columns, originals, strict=True)
        ]
        output = []
        order = np.argsort(self.columns).tolist()
        for row, record in enumerate(records):
            pieces, position = [], 0
            for number in order:
                start, end = spans[number][row]
                pieces += [record[position:start], cells[number][row]]
                position = end
            output.append(b"".join([*pieces, record[position:]]))
        return output, originals

    def render(self, cells: TypedColumn) -> Byte:
        """Return synthetic cells of a transformed column (rows x places, NUL where unused)."""
        index = cells.column.index
        assert cells.values is not None  # noqa: S101  only columns of numbers are transformed
        transformed = replace(cells, values=apply_transforms(self._transforms, index, cells.values))
        return FieldWriter(self._columns[index], cells.levels, self._table.file.dialect).render(transformed)

    def _transform_cells(self, index: int, numbers: Float64, originals: Sequence[bytes]) -> list[bytes]:
        transformed = apply_transforms(self._transforms, index, numbers)
        changed: Bool = ~np.isnan(numbers) & (transformed != numbers)
        cells = list(originals)
        if changed.any():
            column = self._columns[index]
            writer = FieldWriter(column, _NO_LEVELS, self._table.file.dialect)
            matrix = writer.render(TypedColumn(column, transformed[changed], None, _NO_LEVELS))
            for row, cell in zip(np.flatnonzero(changed).tolist(), matrix, strict=True):
                cells[row] = cell[cell != 0].tobytes()
        return cells

    def _numbers(self, rows: Rows) -> dict[int, Float64]:
        """Return the numbers of the records in the transformed columns, by position."""
        target = self._table.target_index
        features = [column for column in self.columns if column != target]
        typed = self._table.read_typed(rows, features).columns if features else ()
        numbers = {cells.column.index: cells.values for cells in typed if cells.values is not None}
        return {**numbers, target: NumericTarget.of(self._table).floats[rows]}


def _output_column(table: Table, column: Column, transforms: Sequence[ColumnTransform]) -> Column:
    """Return a column with the format of its transformed numbers: its own, if all its transforms keep that."""
    of_column = [transform for transform in transforms if transform.column == column.index]
    number = NumericTarget.of(table).numbers.column.number if column.role is Role.TARGET else column.number
    assert number is not None  # noqa: S101  only columns of numbers are transformed
    if all(transform.keeps_format for transform in of_column):
        limits = [limit for transform in of_column for limit in transform.parameters.values()]
        return replace(column, number=_with_decimals_of(number, limits))
    free = replace(number, decimals=None, digits=MAX_DIGITS, min_decimals=0, whole=False)
    return replace(column, number=free)


def _with_decimals_of(number: NumberFormat, values: Sequence[float]) -> NumberFormat:
    """Return a number format with the decimals that `values` need: a sample may not have shown them."""
    if number.decimals is None:
        return number
    needed = max((len(f"{value:.15g}".partition(".")[2]) for value in values), default=0)
    return number if needed <= number.decimals else replace(number, decimals=needed, whole=False)
