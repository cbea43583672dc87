"""A table: records, the target's labels, and typed cells of the other columns, read on demand."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from rebalance.arrays import Float64, Int64, Rows, all_rows
from rebalance.csvio.grammar import line_number
from rebalance.csvio.quoting import Quoting, unquote
from rebalance.csvio.records import CodedCells, CsvFile, Records, read_records
from rebalance.errors import DataError, UsageError
from rebalance.system.threads import Item, Result, map_ordered
from rebalance.table.target import Target, read_class_target

if TYPE_CHECKING:  # reading only the target needs neither, and pyarrow takes long to load
    import pyarrow as pa

    from rebalance.table.columns import Column, Role
    from rebalance.table.typed import TypedRows

SAMPLE_ROWS = 20_000
"""Records from which the columns' roles, and the scales of distances, are inferred."""

_MAX_KEPT_BYTES = 64 << 20
"""Cells of more bytes than this are not kept for the next reader."""

_MIN_ROWS_FOR_THREADS = 2_000
"""With fewer rows, starting threads takes longer than parsing."""

_PARSING_THREADS = 2
"""Each holds arrays of a column's length."""


@dataclass(frozen=True)
class ColumnOptions:
    """What the user has said about the columns, which are named by their positions."""

    dropped: tuple[int, ...] = ()
    """Columns left out of everything."""

    ids: tuple[int, ...] = ()
    """Columns that identify rows."""

    roles: Mapping[int, "Role"] = field(default_factory=dict)
    """Roles set by the user."""

    formats: Mapping[int, str] = field(default_factory=dict)
    """How numbers or dates of some columns are written, as the user has said: `de`, `%d/%m/%Y`."""

    distance_columns: tuple[int, ...] = ()
    """The only columns that distances are computed from; none: all whose role allows it."""

    distance_excluded: tuple[int, ...] = ()
    """Columns excluded from distances."""

    missing: frozenset[str] = frozenset()
    """Further markers of missing values, trimmed and in lower case."""

    label_aliases: tuple[str, ...] = ()
    """Pairs `A=B`: label A counts as class B."""

    known_labels: tuple[str, ...] = ()
    """The classes of a table opened before, which this one shares."""

    @property
    def restricts_distance(self) -> bool:
        """Whether the user has excluded columns from distances."""
        return bool(self.distance_columns or self.distance_excluded)

    def in_distance(self, index: int) -> bool:
        """Whether the column takes part in distances, if its role does."""
        return index not in self.distance_excluded and (not self.distance_columns or index in self.distance_columns)


@dataclass(frozen=True)
class Table:
    """The records of a CSV and its target; the other columns are read on demand."""

    records: Records
    target: Target

    target_index: int
    """The position of the target column."""

    column_options: ColumnOptions

    groups: Int64 | None = None
    """A number for each record, equal for those that must stay together; None without a group column."""

    group_index: int | None = None
    """The position of the group column."""

    loaded: "TypedRows | None" = None
    """All typed cells, if `load` has read them."""

    known_names: tuple[str, ...] = ()
    """The columns' names, for a table without its file."""

    weights: Float64 | None = None
    """How much each record counts, if a column has the role weight and `with_weights` has read it."""

    def __len__(self) -> int:
        return len(self.records)

    @property
    def file(self) -> CsvFile:
        """The file the table is read from."""
        return self.records.file

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return self.known_names or self.file.names

    def restricted_to(self, rows: Int64) -> "Table":
        """Return the table whose target is as the records `rows` show it, whatever the other records hold."""
        target = self.target.restricted_to(rows)
        return self if target is self.target else replace(self, target=target)

    @cached_property
    def decimal_mark(self) -> str:
        """What separates decimals in this file: what the numeric target or most columns of numbers have."""
        if self.target.is_interpolated or self.file.dialect.delimiter == b",":
            return self.target.decimal_mark
        marks = [column.number.point for column in self.columns if column.number and column.number.decimals != 0]
        return max(marks, key=marks.count) if marks else "."

    def with_weights(self) -> "Table":
        """Return the table with the weights of a column that the user has given that role, if there is one.

        Raises DataError, with the line, for a weight that is missing, negative or no number.
        """
        if not self.column_options.roles:
            return self
        from rebalance.csvio.cells import read_cells
        from rebalance.table.columns import Role
        from rebalance.table.number_detection import detect_numbers

        indices = [index for index, role in self.column_options.roles.items() if role is Role.WEIGHT]
        if not indices:
            return self
        if len(indices) > 1:
            raise UsageError("--role gives several columns the role weight", "give it one column")
        name = self.file.names[indices[0]]
        cells = read_cells(self.records, all_rows(len(self)), indices)[0]
        writing = detect_numbers(cells, is_given=True)
        values = np.full(len(self), np.nan) if writing is None else writing.number.parse(cells)
        invalid = np.flatnonzero(~(values >= 0))
        if len(invalid):
            line = line_number(self.file.data, int(self.records.starts[invalid[0]]))
            raise DataError(
                f"line {line}: the weight {name!r} is missing, negative or no number ({len(invalid):,} rows in all)",
                f"correct the cell, or leave out --role {name}=weight",
            )
        return replace(self, weights=values)

    @cached_property
    def columns(self) -> tuple["Column", ...]:
        """All columns except the dropped ones, with the roles that a sample of the records shows."""
        from rebalance.csvio.cells import read_cells_and_quotes
        from rebalance.table.columns import Column, Role
        from rebalance.table.role_detection import infer_column, infer_short_columns, resolve_readings, with_role

        rows = sample(all_rows(len(self)))
        indices = [index for index in range(len(self.file.names)) if index not in self.column_options.dropped]
        inferred = [index for index in indices if index != self.target_index]
        texts, quoted = read_cells_and_quotes(self.records, rows, inferred)
        cells = dict(zip(inferred, texts, strict=True))
        self._last_read.keep(rows, cells)
        comma = self.file.dialect.delimiter != b","

        missing = self.column_options.missing
        bases = {
            index: Column(index, self.file.names[index], Role.TEXT, bool(quoted[index]), missing=missing)
            for index in inferred
        }
        short = {}
        if len(rows) < _MIN_ROWS_FOR_THREADS:
            short = dict(
                zip(inferred, infer_short_columns([*bases.values()], texts, len(self), comma=comma), strict=True)
            )

        def read_column(index: int) -> Column:
            if index == self.target_index:
                return Column(index, self.file.names[index], Role.TARGET, bool(quoted[index]))
            column = short.get(index) or infer_column(bases[index], cells[index], len(self), comma=comma)
            role = Role.ID if index in self.column_options.ids else self.column_options.roles.get(index)
            name_of_format = self.column_options.formats.get(index, "")
            return with_role(column, role, cells[index], name_of_format) if role else column

        return tuple(resolve_readings(list(_map_columns(read_column, indices, len(rows)))))

    def column_notes(self) -> list[str]:
        """Return what the user should know of how the columns are read."""
        notes = ((column, note) for column in self.columns for note in (*column.notes, column.invalid_note) if note)
        return [f"column {column.display_name!r}: {note}" for column, note in notes]

    def read_typed(self, rows: Rows, only: Collection[int] | None = None) -> "TypedRows":
        """Return the typed cells of the records `rows`; `only`: of some columns, by position.

        The target and ids have none.
        """
        from rebalance.csvio.cells import read_cells
        from rebalance.table.columns import Column
        from rebalance.table.typed import TypedColumn, TypedRows, parse_cells

        if self.loaded is not None:
            return self.loaded.only(only).take(rows)
        columns = [column for column in self.columns if column.role.has_cells]
        columns = [column for column in columns if only is None or column.index in only]
        indices = [column.index for column in columns]
        cells = self._last_read.get(rows, indices)
        if cells is None:
            cells = dict(zip(indices, read_cells(self.records, rows, indices), strict=True))
            self._last_read.keep(rows, cells)

        def parse(column: Column) -> TypedColumn:
            return parse_cells(column, cells[column.index])

        return TypedRows(tuple(_map_columns(parse, columns, len(rows))), len(rows))

    @cached_property
    def _last_read(self) -> "_LastRead":
        return _LastRead()

    def load(self) -> "Table":
        """Return this table with all typed cells in memory, for work that reads the same rows often."""
        loaded = self.read_typed(all_rows(len(self)))
        self._last_read.forget()
        return replace(self, loaded=loaded)

    def without_file(self) -> "Table":
        """Return this loaded table for another process, where only its target and typed cells can be used."""
        return replace(self, records=cast("Records", None), known_names=self.names)


def _map_columns(do: Callable[[Item], Result], columns: Iterable[Item], rows: int) -> Iterable[Result]:
    """Yield the result of `do` for each column, by threads if there are enough rows to pay for starting them."""
    return map_ordered(do, columns, _PARSING_THREADS) if rows >= _MIN_ROWS_FOR_THREADS else map(do, columns)


class _LastRead:
    """The cells read last, by column position, so that the next reader of the same rows need not read them again.

    Not for several threads.
    """

    def __init__(self) -> None:
        self._kept: tuple[Rows, dict[int, pa.ChunkedArray]] | None = None

    def keep(self, rows: Rows, cells: "dict[int, pa.ChunkedArray]") -> None:
        """Keep the cells of the records `rows` instead of those kept before; nothing if they are many bytes."""
        is_small = sum(column.nbytes for column in cells.values()) <= _MAX_KEPT_BYTES
        self._kept = (rows.copy(), cells) if cells and is_small else None

    def get(self, rows: Rows, columns: list[int]) -> "dict[int, pa.ChunkedArray] | None":
        """Return the cells of the records `rows`; None unless those of all `columns` are kept."""
        if self._kept is None or not np.array_equal(self._kept[0], rows) or not self._kept[1].keys() >= set(columns):
            return None
        return self._kept[1]

    def forget(self) -> None:
        """Keep nothing."""
        self._kept = None


def sample(rows: Rows, size: int = SAMPLE_ROWS) -> Rows:
    """Return at most `size` of `rows`, evenly spaced: the same ones for the same table."""
    if len(rows) <= size:
        return rows
    return rows[np.linspace(0, len(rows) - 1, size).astype(np.int64)]


def read_table(file: CsvFile, target: int, column_options: ColumnOptions, group: int | None = None) -> Table:
    """Return the table of `file`: its records, their classes, and their groups if there is a group column.

    `target` and `group` are positions of columns. No other column is read yet.
    """
    records, cells = read_records(file, [target] if group is None else [target, group])
    classes = read_class_target(
        file.names[target],
        cells[0],
        file.dialect,
        column_options.missing,
        column_options.label_aliases,
        column_options.known_labels,
    )
    groups = None if group is None else _group_numbers(cells[1], file.dialect.quoting)
    return Table(records, classes, target, column_options, groups, group)


def _group_numbers(cells: CodedCells, quoting: Quoting) -> Int64:
    """Return a number for each record, the same for equal cells; every blank cell is a group of its own."""
    numbers = cells.codes.astype(np.int64)
    blank = np.array([not unquote(raw, quoting).strip() for raw in cells.raw])[numbers]
    numbers[blank] = len(cells.raw) + np.arange(np.count_nonzero(blank))
    return numbers
