"""Typed rows as the frame that a model learns from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.csvio.cells import read_cells
from rebalance.errors import DataError
from rebalance.table.arrow import marks
from rebalance.table.columns import Column
from rebalance.table.missing import is_missing, present_cells
from rebalance.table.number_detection import has_few_invalid
from rebalance.table.role_detection import looks_like_id
from rebalance.table.table import Table
from rebalance.table.typed import TypedColumn, TypedRows, parse_cells

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MAX_LEAKING_VALUES = 20
"""A column of more values can determine the class by chance."""

_MIN_ROWS_PER_LEAKING_VALUE = 5
"""Of fewer rows per value, those of one value can be of one class by chance."""

_MIN_LEAKING_CORRELATION = 0.995
"""A rank correlation with the target beyond this is a leak more often than luck."""


class Features:
    """The columns that a model learns from: numbers and dates (NaN where missing), then categories as codes.

    How codes and missing values are encoded is fitted together with the model, on its training rows only.
    """

    def __init__(self, table: Table) -> None:
        """Choose the columns. Raises DataError if there are none."""
        columns = [column for column in table.columns if column.index != table.target_index]
        features = [column for column in columns if column.role.is_feature]
        self.measured = [column for column in features if column.role.is_measured]
        self.categories = [column for column in features if not column.role.is_measured]
        self._used = {column.index for column in features}
        whole = [column for column in self.measured if column.number and column.number.whole]
        self.named_like_ids = [column.display_name for column in whole if looks_like_id(column.name)]
        """Numbers that may be ids."""

        self.left_out = [column.display_name for column in columns if column.index not in self._used]
        """Columns in other roles."""

        if not self._used:
            raise DataError(
                "there is nothing to learn from: no column is a number, a category or a date",
                "give a column a role: --role NAME=category",
            )

    @property
    def columns(self) -> list[Column]:
        """The columns in the order of the frame."""
        return [*self.measured, *self.categories]

    @property
    def names(self) -> list[str]:
        """The names of the columns, for people."""
        return [column.display_name for column in self.columns]

    def frame(self, rows: TypedRows) -> "pd.DataFrame":
        """Return the frame (rows x columns); columns are named by their position in the file."""
        import pandas as pd

        cells = {column.column.index: column for column in rows.columns}
        values = np.empty((len(rows), len(self.columns)))
        for position, column in enumerate(self.columns):
            typed = cells[column.index]
            values[:, position] = typed.values if column.role.is_measured else typed.codes  # noqa: PD011  no Series
        return pd.DataFrame(values, columns=[str(column.index) for column in self.columns])

    def leaking_columns(self, table: Table, rows: Int64) -> list[str]:
        """Return the columns of few values each of which occurs with one class only."""
        frame, codes = self.frame(table.read_typed(rows)), table.target.codes[rows]
        leaking = []
        for position, column in enumerate(self.columns):
            values, positions = np.unique(frame.iloc[:, position], return_inverse=True)
            if 1 < len(values) <= min(_MAX_LEAKING_VALUES, len(rows) / _MIN_ROWS_PER_LEAKING_VALUE):
                pairs = np.unique(np.column_stack([positions, codes]), axis=0)
                if len(pairs) == len(values):
                    leaking.append(column.display_name)
        return leaking

    def columns_tracking_target(self, table: Table, rows: Int64, numbers: Float64) -> list[str]:
        """Return the columns whose rank correlation with the target's numbers is almost 1 or -1."""
        from scipy.stats import rankdata

        frame = self.frame(table.read_typed(rows))
        ranks, tracking = rankdata(numbers), []
        for position, column in enumerate(self.measured):
            values = frame.iloc[:, position].to_numpy()
            present = ~np.isnan(values)
            if len(np.unique(values[present])) > _MAX_LEAKING_VALUES:
                correlation = np.corrcoef(rankdata(values[present]), ranks[present])[0, 1]
                if abs(correlation) > _MIN_LEAKING_CORRELATION:
                    tracking.append(column.display_name)
        return tracking

    def frame_of_other_table(self, table: Table, rows: Int64, known: TypedRows) -> "pd.DataFrame":
        """Return the frame of records of another file with the same columns; `known` holds the levels.

        An unknown level has the code -1. Raises DataError for a missing column.
        """
        typed = []
        for cells in known.columns:
            column = cells.column
            if column.index not in self._used:
                continue
            position = _position_in(table, column)
            texts = read_cells(table.records, rows, [position])[0]
            parsed = parse_cells(_as_written_in(table, column, position, texts), texts)
            typed.append(parsed if column.role.is_measured else _with_levels_of(cells, parsed))
        return self.frame(TypedRows(tuple(typed), len(rows)))


def invalid_cells(table: Table, columns: Sequence[Column]) -> list[str]:
    """Return the columns of another file with cells that are neither missing nor what `columns` hold, and how many."""
    invalid = []
    rows = np.arange(len(table))
    for column in columns:
        if column.role.is_measured and column.name in table.file.names:
            cells = read_cells(table.records, rows, [_position_in(table, column)])[0]
            read_as = _as_written_in(table, column, _position_in(table, column), cells)
            values = parse_cells(read_as, cells).values  # noqa: PD011  typed cells, not a Series
            assert values is not None  # noqa: S101  a measured column has them
            count = int((np.isnan(values) & ~marks(is_missing(cells, column.missing))).sum())
            if count:
                invalid.append(f"{column.display_name} ({count:,})")
    return invalid


def _as_written_in(table: Table, column: Column, position: int, texts: "pa.ChunkedArray") -> Column:
    """Return a column as another table writes it: as the first table does, unless many of its cells are not so."""
    if column.format is None:
        return column
    present = present_cells(texts, column.missing)
    if has_few_invalid(present, ~np.isnan(column.format.parse(present))):
        return column
    own = next((known for known in table.columns if known.index == position), column)
    if type(own.format) is not type(column.format):
        return column
    return replace(column, number=own.number, date=own.date)


def _position_in(table: Table, column: Column) -> int:
    """Return the position of a column in another table: the same, if its name is there, or else where its name is."""
    names = table.file.names
    if column.index < len(names) and names[column.index] == column.name:
        return column.index
    if names.count(column.name) != 1:
        raise DataError(
            f"{table.file.source.name} has no column {column.name!r}, which the training file has",
            "leave it out with --drop, or test on a file with the same columns",
        )
    return names.index(column.name)


def _with_levels_of(known: TypedColumn, cells: TypedColumn) -> TypedColumn:
    assert cells.codes is not None  # noqa: S101  a category has them
    code_of = {level: code for code, level in enumerate(known.levels.tolist())}
    codes: Codes = np.array([code_of.get(level, -1) for level in cells.levels.tolist()], np.int32)
    return TypedColumn(known.column, None, codes[cells.codes], known.levels)
