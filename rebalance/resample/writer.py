"""Carry a plan out: the bytes of the output, kept records as they came and synthetic rows rendered by block."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Byte, Float64, Int64, Objects, Rows
from rebalance.csvio.fields import without_columns
from rebalance.csvio.quoting import quote
from rebalance.csvio.record_copy import copied_records
from rebalance.defaults import WEIGHT_COLUMN
from rebalance.errors import UsageError
from rebalance.plan.plan import Plan
from rebalance.plan.random import Stream, generator
from rebalance.system.threads import map_ordered, max_in_flight
from rebalance.table.table import Table

if TYPE_CHECKING:  # a technique that copies records needs none of them, and pyarrow takes long to load
    from rebalance.csvio.formula_guard import FormulaGuard
    from rebalance.resample.cell_transforms import CellTransformer
    from rebalance.table.columns import Column
    from rebalance.table.typed import TypedColumn

_ROWS_PER_BLOCK = 8192
"""Rows that are rendered or copied together: arrays of this length stay in a processor's cache."""

_MAX_BYTES_IN_FLIGHT = 128 << 20
"""Rendered blocks that wait to be written."""

_NO_LEVELS: Objects = np.empty(0, object)

ORIGINAL_SUFFIX = "_original"
"""Appended to the name of a transformed column, for the copy of its original cells."""


@dataclass(frozen=True)
class ExtraColumns:
    """The columns that are added to the output, and what else is done to its cells."""

    mark: str | None = None
    """The name of a column that is 1 in added rows, else 0; None for no such column."""

    weight: str = WEIGHT_COLUMN
    """The name of the column of weights, which is added if the plan has weights."""

    originals: bool = False
    """Whether transformed columns are also kept unchanged, under their name with `_original`."""

    csv_safe: bool = False
    """Whether cells that a spreadsheet would run as formulas get an apostrophe."""

    def names(self, table: Table, plan: Plan) -> list[str]:
        """Return the names of the added columns. Raises UsageError for one that the table already has."""
        names = [
            *([self.mark] if self.mark is not None else []),
            *([self.weight] if plan.weight is not None else []),
        ]
        if self.originals:
            transformed = sorted({transform.column for transform in plan.transforms})
            copies = [f"{table.file.names[column]}{ORIGINAL_SUFFIX}" for column in transformed]
            for copy in copies:
                if copy in table.file.names or copy in names:
                    raise UsageError(f"--keep-original: there is already a column {copy!r}", "rename that column first")
            names += copies
        for name, option in ((self.mark, "--mark"), (self.weight, "--weight-column")):
            if name in names and (name in table.file.names or names.count(name) > 1):
                raise UsageError(f"{option} {name}: there is already a column {name!r}", f"{option} another_name")
            if name in names and not _is_encodable(name, table.file.dialect.encoding):
                encoding = table.file.dialect.encoding
                raise UsageError(f"{option} {name}: cannot be written in {encoding}", "use ASCII characters")
        return names


def _is_encodable(name: str, encoding: str) -> bool:
    try:
        name.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def shuffled_order(plan: Plan, seed: int) -> Int64:
    """Return the order of the output's rows under --shuffle."""
    return generator(seed, Stream.SHUFFLE).permutation(len(plan))


class OutputWriter:
    """Writes one plan: `iter_bytes` yields the output, after which `clipped` counts the values moved, by column.

    Memory: the typed cells of the synthetic rows' source rows, and a few blocks.
    """

    def __init__(self, table: Table, plan: Plan, extra_columns: ExtraColumns, order: Int64 | None = None) -> None:
        """Prepare the output. Raises UsageError for an added column that the table already has.

        `order`: of the output's rows; None: kept records as they came, then synthetic rows.
        """
        self._plan, self._order, self._source = plan, order, table.file.source
        self._names = extra_columns.names(table, plan)
        suffixes = _Suffixes(table, plan, self._names, extra_columns)
        self._guard = None
        if extra_columns.csv_safe:
            from rebalance.csvio.formula_guard import FormulaGuard

            width = len(table.file.names) - len(table.column_options.dropped) + len(self._names)
            self._guard = FormulaGuard(width, table.file.dialect)
        transformer = None
        if plan.transforms:
            from rebalance.resample.cell_transforms import CellTransformer

            transformer = CellTransformer(table, plan)
        self._kept = _KeptRows(table, suffixes, transformer, self._guard)
        self._synthetic = None
        if len(plan.synthetic):
            self._synthetic = _SyntheticRows(table, plan, suffixes, transformer, self._guard)

    @property
    def clipped(self) -> dict[int, int]:
        """How many synthetic values of each column (by position) were moved back into the range of their class."""
        return self._synthetic.clipped if self._synthetic else {}

    @property
    def csv_safe(self) -> bool:
        """Whether cells that begin as formulas do are guarded."""
        return self._guard is not None

    @property
    def guarded_cells(self) -> int:
        """How many cells that begin as formulas do were written with an apostrophe."""
        return self._guard.count if self._guard else 0

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the output block by block, in the encoding of the input."""
        return self._source.encoded(self._blocks())

    def _blocks(self) -> Iterator[bytes]:
        yield self._kept.header(self._names)
        if self._order is None:
            yield from self._kept.iter_bytes(self._plan.keep, final=not self._synthetic)
            if self._synthetic:
                yield from map_ordered(self._synthetic.render, self._synthetic.blocks())
            return
        size = self._synthetic.rows_per_block if self._synthetic else _ROWS_PER_BLOCK
        for start in range(0, len(self._order), size):
            yield b"".join(self._records_of(self._order[start : start + size]))

    def _records_of(self, rows: Int64) -> list[bytes]:
        """Return the given output rows as records, kept and synthetic ones mixed."""
        records: list[bytes] = [b""] * len(rows)
        is_kept = rows < len(self._plan.keep)
        kept = self._kept.records(self._plan.keep[rows[is_kept]], rows[is_kept])
        for position, record in zip(np.flatnonzero(is_kept), kept, strict=True):
            records[position] = record
        if self._synthetic and not is_kept.all():
            synthetic = self._synthetic.records(rows[~is_kept] - len(self._plan.keep))
            for position, record in zip(np.flatnonzero(~is_kept), synthetic, strict=True):
                records[position] = record
        return records


class _Suffixes:
    """The cells of the added columns, as bytes to be put before each row's newline."""

    def __init__(self, table: Table, plan: Plan, names: list[str], extra_columns: ExtraColumns) -> None:
        self._delimiter = table.file.dialect.delimiter
        self._is_added = plan.is_added() if extra_columns.mark is not None else None
        self._weight = plan.weight
        self._decimal_mark = table.decimal_mark.encode() if plan.weight is not None else b"."
        self.any = bool(names)
        self.originals = extra_columns.originals

    def of(self, rows: Int64, originals: Sequence[Sequence[bytes]] = ()) -> list[bytes]:
        """Return the suffix of each of the output rows; `originals`: the original cells of transformed columns."""
        columns: list[list[bytes]] = []
        if self._is_added is not None:
            marks = (self._delimiter + b"0", self._delimiter + b"1")
            columns.append([marks[is_added] for is_added in self._is_added[rows].tolist()])
        if self._weight is not None:
            columns.append(self._format_weights(self._weight[rows]))
        if self.originals:
            columns += [[self._delimiter + cell for cell in column] for column in originals]
        return [b"".join(cells) for cells in zip(*columns, strict=True)]

    def _format_weights(self, weights: Float64) -> list[bytes]:
        text = {
            weight: self._delimiter + repr(weight).encode().replace(b".", self._decimal_mark)
            for weight in np.unique(weights).tolist()
        }
        return [text[weight] for weight in weights.tolist()]


class _KeptRows:
    """Records as they came, except for dropped, transformed and added columns."""

    def __init__(
        self,
        table: Table,
        suffixes: _Suffixes,
        transformer: "CellTransformer | None",
        guard: "FormulaGuard | None",
    ) -> None:
        self._records = table.records
        self._dropped = list(table.column_options.dropped)
        self._transformer, self._guard = transformer, guard
        self._is_verbatim = not suffixes.any and not self._dropped and not transformer and not guard
        self._suffixes = suffixes

    def header(self, added: list[str]) -> bytes:
        """Return the bytes before the first record, without a byte-order mark, which would become part of a name."""
        file = self._records.file
        first = int(self._records.starts[0])
        if file.body == file.begin or self._is_verbatim:
            return file.data[file.begin : first]
        line = without_columns([file.data[file.begin : file.body]], self._dropped, len(file.names), file.dialect)[0]
        cells = line.rstrip(b"\r\n")
        delimiter, quoting = file.dialect.delimiter, file.dialect.quoting
        names = [quote(name.encode(file.dialect.encoding), delimiter, quoting) for name in added]
        header = file.dialect.delimiter.join([*([cells] if len(self._dropped) < len(file.names) else []), *names])
        header += line[len(cells) :]
        return (self._guard.guard([header])[0] if self._guard else header) + file.data[file.body : first]

    def iter_bytes(self, keep: Int64, *, final: bool) -> Iterator[bytes]:
        """Yield the kept rows block by block; `final`: nothing follows them."""
        if self._is_verbatim:
            yield from copied_records(self._records, keep, final=final)
            return
        for start in range(0, len(keep), _ROWS_PER_BLOCK):
            rows = keep[start : start + _ROWS_PER_BLOCK]
            yield b"".join(self.records(rows, np.arange(start, start + len(rows))))

    def records(self, rows: Rows, output_rows: Int64) -> list[bytes]:
        """Return the records `rows`, which are the output rows `output_rows`, each with a newline."""
        file = self._records.file
        records = self._records.complete_texts(rows)
        originals: list[list[bytes]] = []
        if self._transformer:
            records, originals = self._transformer.transform_records(rows, records)
        records = without_columns(records, self._dropped, len(file.names), file.dialect)
        if self._suffixes.any:
            bodies = [record.rstrip(b"\r\n") for record in records]
            suffixes = self._suffixes.of(output_rows, originals)
            records = [
                body + suffix + record[len(body) :]
                for record, body, suffix in zip(records, bodies, suffixes, strict=True)
            ]
        return self._guard.guard(records) if self._guard else records


class _SyntheticRows:
    """Synthetic rows, interpolated and written as the columns write their cells."""

    def __init__(
        self,
        table: Table,
        plan: Plan,
        suffixes: _Suffixes,
        transformer: "CellTransformer | None",
        guard: "FormulaGuard | None",
    ) -> None:
        from rebalance.plan.rows import SyntheticRowBuilder
        from rebalance.table.number_render import pad_to_matrix
        from rebalance.table.render import FieldWriter

        self._table, self._plan, self._suffixes, self._transformer = table, plan, suffixes, transformer
        self._guard = guard
        self._builder = SyntheticRowBuilder(table, plan.synthetic)
        columns = self._builder.cells.columns
        dialect = table.file.dialect
        self._writers = {cells.column.index: FieldWriter(cells.column, cells.levels, dialect) for cells in columns}
        if table.target.is_interpolated:
            self._writers[table.target_index] = FieldWriter(self._builder.target_column(), _NO_LEVELS, dialect)
        else:
            self._label_fields = pad_to_matrix(table.target.cells.raw)
            self._label_codes = table.target.cells.codes[plan.synthetic.base]
        self.clipped = dict.fromkeys(self._writers, 0)
        self._counting = threading.Lock()
        width = sum(self._writers[cells.column.index].width(cells) for cells in columns)
        self.rows_per_block = max(1, min(_ROWS_PER_BLOCK, _MAX_BYTES_IN_FLIGHT // max_in_flight() // max(width, 1)))

    def blocks(self) -> Iterator[Int64]:
        """Yield the positions of the synthetic rows, as many at a time as are rendered together."""
        size = len(self._plan.synthetic)
        for start in range(0, size, self.rows_per_block):
            yield np.arange(start, min(start + self.rows_per_block, size))

    def render(self, rows: Rows) -> bytes:
        """Return the synthetic rows at the positions `rows` as CSV."""
        block, record_ends = self._render_block(rows)
        return b"".join(self._split(block, record_ends())) if self._guard else block

    def records(self, rows: Rows) -> list[bytes]:
        """Return each of the synthetic rows at the positions `rows` as CSV."""
        block, record_ends = self._render_block(rows)
        return self._split(block, record_ends())

    def _split(self, block: bytes, ends: Int64) -> list[bytes]:
        records = [block[start:end] for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
        return self._guard.guard(records) if self._guard else records

    def _render_block(self, rows: Rows) -> tuple[bytes, Callable[[], Int64]]:
        """Return synthetic rows as CSV, and a function that returns where each ends; several threads may call this."""
        from rebalance.table.number_render import pad_to_matrix
        from rebalance.table.render import render_rows

        cells = {column.column.index: column for column in self._builder.build(rows).columns}
        if self._table.target.is_interpolated:
            cells[self._table.target_index] = self._builder.build_targets(rows)
        with self._counting:
            for index, column in cells.items():
                self.clipped[index] += column.clipped
        fields = [self._render_field(column, cells, rows) for column in self._table.columns]
        if self._suffixes.any:
            suffixes = self._suffixes.of(len(self._plan.keep) + rows, self._original_cells(cells))
            fields.append(pad_to_matrix([suffix[1:] for suffix in suffixes]))
        return render_rows(fields, self._table.file.dialect)

    def _render_field(self, column: "Column", cells: "dict[int, TypedColumn]", rows: Rows) -> Byte:
        typed = cells.get(column.index)
        if typed is not None:
            if self._transformer and column.index in self._transformer.columns:
                return self._transformer.render(typed)
            return self._writers[column.index].render(typed)
        if column.index == self._table.target_index:
            return self._label_fields[self._label_codes[rows]]
        return np.zeros((len(rows), 0), np.uint8)

    def _original_cells(self, cells: "dict[int, TypedColumn]") -> list[list[bytes]]:
        """Return the cells of transformed columns before their transforms, if the output keeps them."""
        if not self._transformer or not self._suffixes.originals:
            return []
        matrices = [self._writers[index].render(cells[index]) for index in self._transformer.columns]
        return [[cell[cell != 0].tobytes() for cell in matrix] for matrix in matrices]
