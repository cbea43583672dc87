"""Typed rows as the frame a model is trained on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.csvio.cells import read_cells
from rebalance.errors import DataError
from rebalance.table.arrow import marks
from rebalance.table.roles import Column, Role, looks_like_id
from rebalance.table.table import Table
from rebalance.table.typed import MEASURED, TypedColumn, TypedRows, type_column

if TYPE_CHECKING:
    import pandas as pd

_FEW_VALUES = 20
_ALL_BUT_WHOLLY = 0.995
"""A rank correlation beyond this."""


class Features:
    """The columns a model sees: numbers and dates as they are (NaN where missing), then categories as codes.

    Text, ids and constants are left out: `left_out` names them, and `named_like_ids` numbers that may be ids as well.
    How codes and missing values become what a model can use is fitted with the model, on its training rows only.
    """

    def __init__(self, table: Table) -> None:
        columns = [column for column in table.columns if column.role is not Role.TARGET]
        self.measured = [column for column in columns if column.role in (Role.NUMBER, Role.DATE)]
        self.categories = [column for column in columns if column.role is Role.CATEGORY]
        self._used = {column.index for column in (*self.measured, *self.categories)}
        whole = [column for column in self.measured if column.number and column.number.whole]
        self.named_like_ids = [column.title for column in whole if looks_like_id(column.name)]
        self.left_out = [column.title for column in columns if column.index not in self._used]
        if not self._used:
            raise DataError(
                "there is nothing to learn from: no column is a number, a category or a date",
                "give one a role: --role NAME=category",
            )

    def frame(self, rows: TypedRows) -> "pd.DataFrame":
        """Return rows x columns, the measured ones first; columns are named by their position in the file."""
        import pandas as pd

        cells = {column.column.index: column for column in rows.columns}
        out = np.empty((len(rows), len(self.measured) + len(self.categories)))
        for at, column in enumerate(self.measured):
            out[:, at] = cells[column.index].values  # noqa: PD011  typed cells, no Series
        for at, column in enumerate(self.categories, len(self.measured)):
            out[:, at] = cells[column.index].codes
        return pd.DataFrame(out, columns=[str(column.index) for column in (*self.measured, *self.categories)])

    def giveaways(self, table: Table, rows: Int64) -> list[str]:
        """Return the columns of few values of which each occurs with one class only: leaks, more often than luck."""
        frame, codes = self.frame(table.typed(rows)), table.target.codes[rows]
        found = []
        for at, column in enumerate((*self.measured, *self.categories)):
            values, places = np.unique(frame.iloc[:, at], return_inverse=True)
            if 1 < len(values) <= _FEW_VALUES:
                pairs = np.unique(np.column_stack([places, codes]), axis=0)
                if len(pairs) == len(values):
                    found.append(column.title)
        return found

    @property
    def names(self) -> list[str]:
        """What is learned from."""
        return [column.title for column in (*self.measured, *self.categories)]

    def follow(self, table: Table, rows: Int64, numbers: Float64) -> list[str]:
        """Return the columns that rise or fall with the numbers all but wholly: leaks, more often than luck."""
        from scipy.stats import rankdata

        frame = self.frame(table.typed(rows))
        ranks, found = rankdata(numbers), []
        for at, column in enumerate(self.measured):
            values = frame.iloc[:, at].to_numpy()
            present = ~np.isnan(values)
            if len(np.unique(values[present])) > _FEW_VALUES:
                together = np.corrcoef(rankdata(values[present]), ranks[present])[0, 1]
                if abs(together) > _ALL_BUT_WHOLLY:
                    found.append(column.title)
        return found

    def of_other_table(self, table: Table, rows: Int64, known: TypedRows) -> "pd.DataFrame":
        """Return the frame of records of another file with the same columns; `known` holds the levels.

        A level not seen there has the code -1. Raises DataError for a column that is missing.
        """
        typed = []
        for cells in known.columns:
            column = cells.column
            if column.index not in self._used:
                continue
            place = _place(table, column.name, column.index)
            read = type_column(column, read_cells(table.records, rows, [place])[0])
            typed.append(_recoded(read, cells) if column.role is Role.CATEGORY else read)
        return self.frame(TypedRows(tuple(typed), len(rows)))


def odd_cells(table: Table, columns: Sequence[Column]) -> list[str]:
    """Say which columns of another file hold cells, and how many, that are neither missing nor what `columns` hold."""
    from rebalance.table.formats import is_missing

    found = []
    rows = np.arange(len(table))
    for column in columns:
        if column.role in MEASURED and column.name in table.file.names:
            cells = read_cells(table.records, rows, [_place(table, column.name, column.index)])[0]
            values = type_column(column, cells).values  # noqa: PD011  typed cells, no Series
            assert values is not None  # noqa: S101  a measured column has them
            odd = int((np.isnan(values) & ~marks(is_missing(cells, column.missing))).sum())
            if odd:
                found.append(f"{column.title} ({odd:,})")
    return found


def _place(table: Table, name: str, index: int) -> int:
    names = table.file.names
    if index < len(names) and names[index] == name:
        return index
    if names.count(name) != 1:
        raise DataError(
            f"{table.file.source.name} has no column {name!r}, which the training file has",
            "--drop it, or test on a file with the same columns",
        )
    return names.index(name)


def _recoded(cells: TypedColumn, known: TypedColumn) -> TypedColumn:
    assert cells.codes is not None  # noqa: S101  a category has them
    places = {level: at for at, level in enumerate(known.levels.tolist())}
    new = np.array([places.get(level, -1) for level in cells.levels.tolist()], np.int32)
    return TypedColumn(known.column, None, new[cells.codes], known.levels)
