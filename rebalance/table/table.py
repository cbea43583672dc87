"""A table: records, the target's classes, and typed cells of other columns read when asked for."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from rebalance.ahead import Item, Result, in_order
from rebalance.arrays import Int64, Rows, all_rows
from rebalance.csvio.grammar import value
from rebalance.csvio.records import CodedCells, CsvFile, Records, read_records
from rebalance.table.target import Target, read_target

if TYPE_CHECKING:  # reading only the target needs none, and pyarrow takes long to load
    import pyarrow as pa

    from rebalance.table.roles import Column, Role
    from rebalance.table.typed import TypedRows

SAMPLE_ROWS = 20_000
_MOST_KEPT_BYTES = 64 << 20
_ROWS_FOR_THREADS = 2_000
_WORKERS = 2
"""Each has arrays of a column's length at hand."""


@dataclass(frozen=True)
class Choices:
    """What the user says of the columns, as positions: what to leave out, what is what, what to measure."""

    dropped: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    roles: Mapping[int, "Role"] = field(default_factory=dict)
    only_measure: tuple[int, ...] = ()
    unmeasured: tuple[int, ...] = ()
    missing: frozenset[str] = frozenset()
    same_class: tuple[str, ...] = ()
    known_labels: tuple[str, ...] = ()

    @property
    def restricts_distance(self) -> bool:
        """Whether the user has left columns out of distances."""
        return bool(self.only_measure or self.unmeasured)

    def measures(self, index: int) -> bool:
        """Whether the column takes part in distances, its role permitting."""
        return index not in self.unmeasured and (not self.only_measure or index in self.only_measure)


@dataclass(frozen=True)
class Table:
    """The records of a CSV and its target; the other columns are read on demand.

    `groups`: a number for each record, the same for those that must stay together, by the column `group_index`.
    """

    records: Records
    target: Target
    target_index: int
    choices: Choices
    groups: Int64 | None = None
    group_index: int | None = None
    loaded: "TypedRows | None" = None
    known_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.records)

    @property
    def file(self) -> CsvFile:
        """The file it was read from."""
        return self.records.file

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return self.known_names or self.file.names

    @cached_property
    def columns(self) -> tuple["Column", ...]:
        """All columns but the dropped ones, with their roles, as a sample of the records shows them."""
        from rebalance.csvio.cells import read_cells_and_quotes
        from rebalance.table.roles import Column, Role, infer_column, with_role

        rows = sample(all_rows(len(self)))
        indices = [at for at in range(len(self.file.names)) if at not in self.choices.dropped]
        measured = [at for at in indices if at != self.target_index]
        read, quoted = read_cells_and_quotes(self.records, rows, measured)
        cells = dict(zip(measured, read, strict=True))
        self._last_read.keep(rows, cells)
        comma = self.file.dialect.delimiter != b","

        def column(at: int) -> Column:
            name = self.file.names[at]
            if at == self.target_index:
                return Column(at, name, Role.TARGET, bool(quoted[at]))
            base = Column(at, name, Role.TEXT, bool(quoted[at]), missing=self.choices.missing)
            inferred = infer_column(base, cells[at], len(self), comma=comma)
            role = Role.ID if at in self.choices.ids else self.choices.roles.get(at)
            return with_role(inferred, role, cells[at]) if role else inferred

        return tuple(_of_each(column, indices, len(rows)))

    def typed(self, rows: Rows, only: Collection[int] | None = None) -> "TypedRows":
        """Return the cells of the records `rows`, of every column but the target and the ids, or of `only` some."""
        from rebalance.csvio.cells import read_cells
        from rebalance.table.roles import Column, Role
        from rebalance.table.typed import TypedColumn, TypedRows, type_column

        if self.loaded is not None:
            return self.loaded.only(only).take(rows)
        columns = [column for column in self.columns if column.role not in (Role.TARGET, Role.ID)]
        columns = [column for column in columns if only is None or column.index in only]
        indices = [column.index for column in columns]
        cells = self._last_read.of(rows, indices)
        if cells is None:
            cells = dict(zip(indices, read_cells(self.records, rows, indices), strict=True))
            self._last_read.keep(rows, cells)

        def typed(column: Column) -> TypedColumn:
            return type_column(column, cells[column.index])

        return TypedRows(tuple(_of_each(typed, columns, len(rows))), len(rows))

    @cached_property
    def _last_read(self) -> "_LastRead":
        return _LastRead()

    def load(self) -> "Table":
        """Return this table with every typed cell in memory, for work that asks for the same rows often."""
        loaded = self.typed(all_rows(len(self)))
        self._last_read.forget()
        return replace(self, loaded=loaded)

    def without_file(self) -> "Table":
        """Return this loaded table for another process: only its classes and typed cells can be asked for there."""
        return replace(self, records=cast("Records", None), known_names=self.names)


def _of_each(do: Callable[[Item], Result], columns: Iterable[Item], rows: int) -> Iterable[Result]:
    """Return what `do` makes of each column, by threads if its rows are many enough to pay for them."""
    return in_order(do, columns, _WORKERS) if rows >= _ROWS_FOR_THREADS else map(do, columns)


class _LastRead:
    """The cells read last, if they are few, by column: who asks for the same rows next need not read them again.

    For one thread.
    """

    def __init__(self) -> None:
        self._kept: tuple[Rows, dict[int, pa.ChunkedArray]] | None = None

    def keep(self, rows: Rows, cells: "dict[int, pa.ChunkedArray]") -> None:
        """Keep the cells of the records `rows`, and no others; nothing if they are many bytes."""
        few = sum(column.nbytes for column in cells.values()) <= _MOST_KEPT_BYTES
        self._kept = (rows.copy(), cells) if cells and few else None

    def of(self, rows: Rows, columns: list[int]) -> "dict[int, pa.ChunkedArray] | None":
        """Return the cells of the records `rows`; None if not all are there."""
        if self._kept is None or not np.array_equal(self._kept[0], rows) or not self._kept[1].keys() >= set(columns):
            return None
        return self._kept[1]

    def forget(self) -> None:
        """Keep nothing."""
        self._kept = None


def sample(rows: Rows, most: int = SAMPLE_ROWS) -> Rows:
    """Return at most `most` of `rows`, evenly spread: the same ones for the same table."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def read_table(file: CsvFile, target: int, choices: Choices, group: int | None = None) -> Table:
    """Find the records of `file`, their classes, and their groups if a column names them; nothing else is read yet."""
    records, cells = read_records(file, [target] if group is None else [target, group])
    found = read_target(
        file.names[target], cells[0], file.dialect.encoding, choices.missing, choices.same_class, choices.known_labels
    )
    groups = None if group is None else _groups(cells[1])
    return Table(records, found, target, choices, groups, group)


def _groups(cells: CodedCells) -> Int64:
    """Return a number for each record, the same for equal cells; a blank cell is a group of its own."""
    groups = cells.codes.astype(np.int64)
    blank = np.array([not value(raw).strip() for raw in cells.raw])[groups]
    groups[blank] = len(cells.raw) + np.arange(np.count_nonzero(blank))
    return groups
