"""Carry a plan out: the bytes of the output, kept records as they came and made rows rendered by block."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.ahead import in_order, window
from rebalance.arrays import Byte, Float64, Int64, Objects, Rows
from rebalance.csvio.project import without_columns
from rebalance.csvio.write import kept_runs, quote
from rebalance.errors import UsageError
from rebalance.plan.plan import Plan
from rebalance.table.table import Table

if TYPE_CHECKING:  # a technique that copies records needs neither, and pyarrow takes long to load
    from rebalance.csvio.guard import Guard
    from rebalance.rewriting import Rewriting
    from rebalance.table.typed import TypedColumn

_ROWS_PER_BLOCK = 8192
_BYTES_UNDER_WAY = 128 << 20
_NO_LEVELS: Objects = np.empty(0, object)


@dataclass(frozen=True)
class Additions:
    """The columns added to the output: a 0/1 mark of added rows, and the weights if the plan has them.

    `originals`: columns that are written anew stand there as they were, too, under their name with `_original`.
    `csv_safe`: cells that a spreadsheet would run get an apostrophe.
    """

    mark: str | None = None
    weight: str = "sample_weight"
    originals: bool = False
    csv_safe: bool = False

    def names(self, table: Table, plan: Plan) -> list[str]:
        """Return the names to be added. Raises UsageError for one that the table already has."""
        names = [
            *([self.mark] if self.mark is not None else []),
            *([self.weight] if plan.weight is not None else []),
        ]
        if self.originals:
            written = dict.fromkeys(rewrite.column for rewrite in plan.rewrites)
            kept = [f"{table.file.names[column]}_original" for column in written]
            for own in kept:
                if own in table.file.names or own in names:
                    raise UsageError(f"--keep-original: there is already a column {own!r}", "rename it first")
            names += kept
        for name, option in ((self.mark, "--mark"), (self.weight, "--weight-column")):
            if name in names and (name in table.file.names or names.count(name) > 1):
                raise UsageError(f"{option} {name}: there is already a column {name!r}", f"{option} another_name")
            if name in names and not _can_be_written(name, table.file.dialect.encoding):
                raise UsageError(f"{option} {name}: not to be written in {table.file.dialect.encoding}", "use ASCII")
        return names


def _can_be_written(name: str, encoding: str) -> bool:
    try:
        name.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def output_order(plan: Plan, seed: int) -> Int64:
    """Return the order of the output's rows under --shuffle."""
    return np.random.default_rng([seed, 1]).permutation(len(plan))


class Writing:
    """Writes one plan: `pieces` yields the output, after which `clamped` has what was moved, by column index.

    Raises UsageError for an added column that the table already has. Memory: the typed cells of the made rows'
    parents, and a few blocks.
    """

    def __init__(self, table: Table, plan: Plan, additions: Additions, order: Int64 | None = None) -> None:
        self._plan, self._order = plan, order
        self._names = additions.names(table, plan)
        suffixes = _Suffixes(table, plan, self._names, additions)
        self._guard = None
        if additions.csv_safe:
            from rebalance.csvio.guard import Guard

            width = len(table.file.names) - len(table.choices.dropped) + len(self._names)
            self._guard = Guard(width, table.file.dialect)
        rewriting = None
        if plan.rewrites:
            from rebalance.rewriting import Rewriting

            rewriting = Rewriting(table, plan)
        self._kept = _KeptRows(table, suffixes, rewriting, self._guard)
        self._made = _MadeRows(table, plan, suffixes, rewriting, self._guard) if len(plan.made) else None

    @property
    def clamped(self) -> dict[int, int]:
        """How many made cells of each column were moved back into their parents' range."""
        return self._made.clamped if self._made else {}

    @property
    def csv_safe(self) -> bool:
        """Whether cells that begin as formulas do are guarded."""
        return self._guard is not None

    @property
    def guarded(self) -> int:
        """How many cells that begin as formulas do were written with an apostrophe."""
        return self._guard.count if self._guard else 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the output: the header, the kept records as they came, the made rows; or all in the order given."""
        yield self._kept.header(self._names)
        if self._order is None:
            yield from self._kept.whole(self._plan.keep, final=not self._made)
            if self._made:
                yield from in_order(self._made.text, self._made.blocks())
            return
        size = self._made.block if self._made else _ROWS_PER_BLOCK
        for begin in range(0, len(self._order), size):
            yield b"".join(_mixed(self._kept, self._made, self._plan, self._order[begin : begin + size]))


def _mixed(kept: "_KeptRows", made: "_MadeRows | None", plan: Plan, outputs: Int64) -> list[bytes]:
    texts: list[bytes] = [b""] * len(outputs)
    is_kept = outputs < len(plan.keep)
    for at, text in zip(
        np.flatnonzero(is_kept), kept.texts(plan.keep[outputs[is_kept]], outputs[is_kept]), strict=True
    ):
        texts[at] = text
    if made and not is_kept.all():
        rows = outputs[~is_kept] - len(plan.keep)
        for at, text in zip(np.flatnonzero(~is_kept), made.texts(rows), strict=True):
            texts[at] = text
    return texts


class _Suffixes:
    """What the added columns hold in each output row, as bytes to put before its newline."""

    def __init__(self, table: Table, plan: Plan, names: list[str], additions: Additions) -> None:
        self._delimiter = table.file.dialect.delimiter
        self._mark = plan.added() if additions.mark is not None else None
        self._weight = plan.weight
        quantity = table.target.quantity
        self._point = quantity.point if quantity is not None else "."
        self.any = bool(names)
        self.originals = additions.originals

    def of(self, outputs: Int64, originals: Sequence[Sequence[bytes]] = ()) -> list[bytes]:
        """Return the suffix of each of the output rows; `originals` are the cells written anew, by column."""
        parts: list[list[bytes]] = []
        if self._mark is not None:
            cells = (self._delimiter + b"0", self._delimiter + b"1")
            parts.append([cells[mark] for mark in self._mark[outputs].tolist()])
        if self._weight is not None:
            parts.append(self._weights(self._weight[outputs]))
        if self.originals:
            parts += [[self._delimiter + cell for cell in column] for column in originals]
        return [b"".join(pieces) for pieces in zip(*parts, strict=True)]

    def _weights(self, weights: Float64) -> list[bytes]:
        point = self._point.encode()
        text = {
            weight: self._delimiter + repr(weight).encode().replace(b".", point)
            for weight in np.unique(weights).tolist()
        }
        return [text[weight] for weight in weights.tolist()]


class _KeptRows:
    """Records as they came, but for dropped columns and added ones."""

    def __init__(self, table: Table, suffixes: _Suffixes, rewriting: "Rewriting | None", guard: "Guard | None") -> None:
        self._records = table.records
        self._dropped = list(table.choices.dropped)
        self._rewriting, self._guard = rewriting, guard
        self._verbatim = not suffixes.any and not self._dropped and not rewriting and not guard
        self.suffixes = suffixes

    def header(self, added: list[str]) -> bytes:
        """Return what stands before the first record, a byte-order mark aside: no cell begins with one."""
        file = self._records.file
        first = int(self._records.starts[0])
        if file.body == file.begin or self._verbatim:
            return file.data[file.begin : first]
        line = without_columns([file.data[file.begin : file.body]], self._dropped, len(file.names), file.dialect)[0]
        cells = line.rstrip(b"\r\n")
        names = [quote(name.encode(file.dialect.encoding), file.dialect) for name in added]
        joined = file.dialect.delimiter.join([*([cells] if len(self._dropped) < len(file.names) else []), *names])
        joined += line[len(cells) :]
        return (self._guard.guarded([joined])[0] if self._guard else joined) + file.data[file.body : first]

    def whole(self, keep: Int64, *, final: bool) -> Iterator[bytes]:
        """Yield the kept rows in blocks; `final`: nothing follows them."""
        if self._verbatim:
            yield from kept_runs(self._records, keep, final=final)
            return
        for begin in range(0, len(keep), _ROWS_PER_BLOCK):
            rows = keep[begin : begin + _ROWS_PER_BLOCK]
            yield b"".join(self.texts(rows, np.arange(begin, begin + len(rows))))

    def texts(self, rows: Rows, outputs: Int64) -> list[bytes]:
        """Return the records `rows`, which are the output rows `outputs`, each with a newline."""
        file = self._records.file
        texts = self._records.complete_texts(rows)
        originals: list[list[bytes]] = []
        if self._rewriting:
            texts, originals = self._rewriting.texts(rows, texts)
        texts = without_columns(texts, self._dropped, len(file.names), file.dialect)
        if self.suffixes.any:
            bodies = [text.rstrip(b"\r\n") for text in texts]
            texts = [
                body + suffix + text[len(body) :]
                for text, body, suffix in zip(texts, bodies, self.suffixes.of(outputs, originals), strict=True)
            ]
        return self._guard.guarded(texts) if self._guard else texts


class _MadeRows:
    """Rows interpolated between their parents and written as the columns write theirs."""

    def __init__(
        self,
        table: Table,
        plan: Plan,
        suffixes: _Suffixes,
        rewriting: "Rewriting | None",
        guard: "Guard | None",
    ) -> None:
        from rebalance.plan.materialise import Parents
        from rebalance.table.render import FieldWriter, as_places

        self._table, self._plan, self._suffixes, self._rewriting = table, plan, suffixes, rewriting
        self._guard = guard
        self._parents = Parents(table, plan.made)
        columns = self._parents.cells.columns
        dialect = table.file.dialect
        self._writers = {cells.column.index: FieldWriter(cells.column, cells.levels, dialect) for cells in columns}
        if table.target.quantity is not None:
            self._writers[table.target_index] = FieldWriter(self._parents.target_column(table), _NO_LEVELS, dialect)
        self.clamped = dict.fromkeys(self._writers, 0)
        self._counting = threading.Lock()
        self._labels = as_places(table.target.cells.raw if table.target.quantity is None else [b""])
        self._label_cells = table.target.cells.codes[plan.made.seed]
        width = sum(self._writers[cells.column.index].width(cells) for cells in columns)
        self.block = max(1, min(_ROWS_PER_BLOCK, _BYTES_UNDER_WAY // window() // max(width, 1)))

    def blocks(self) -> Iterator[Int64]:
        """Yield the made rows, as many at a time as are rendered together."""
        size = len(self._plan.made)
        for begin in range(0, size, self.block):
            yield np.arange(begin, min(begin + self.block, size))

    def text(self, rows: Rows) -> bytes:
        """Return the made rows `rows` as CSV."""
        block, ends = self._block(rows)
        return b"".join(self._guarded(block, ends())) if self._guard else block

    def texts(self, rows: Rows) -> list[bytes]:
        """Return each of the made rows `rows` as CSV."""
        block, ends = self._block(rows)
        return self._guarded(block, ends())

    def _guarded(self, block: bytes, ends: Int64) -> list[bytes]:
        texts = [block[a:b] for a, b in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
        return self._guard.guarded(texts) if self._guard else texts

    def _block(self, rows: Rows) -> tuple[bytes, Callable[[], Int64]]:
        """Return the made rows `rows` as CSV, and what tells where each ends; several threads may call it at once."""
        from rebalance.table.render import as_places, render_rows
        from rebalance.table.roles import Role

        cells = {found.column.index: found for found in self._parents.made(rows).columns}
        if self._table.target.quantity is not None:
            cells[self._table.target_index] = self._parents.made_targets(rows)
        with self._counting:
            for index, found in cells.items():
                self.clamped[index] += found.clamped
        fields = []
        for column in self._table.columns:
            if column.role is Role.TARGET and self._table.target.quantity is None:
                fields.append(self._labels[self._label_cells[rows]])
            elif column.role is Role.ID:
                fields.append(np.zeros((len(rows), 0), np.uint8))
            else:
                fields.append(self._rendered(cells[column.index], anew=True))
        if self._suffixes.any:
            written = self._rewriting.columns if self._rewriting and self._suffixes.originals else []
            originals = [
                [places[places != 0].tobytes() for places in self._rendered(cells[at], anew=False)] for at in written
            ]
            suffixes = self._suffixes.of(len(self._plan.keep) + rows, originals)
            fields.append(as_places([suffix[1:] for suffix in suffixes]))
        return render_rows(fields, self._table.file.dialect)

    def _rendered(self, cells: "TypedColumn", *, anew: bool) -> Byte:
        if anew and self._rewriting and cells.column.index in self._rewriting.columns:
            return self._rewriting.render(cells)
        return self._writers[cells.column.index].render(cells)
