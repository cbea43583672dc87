"""What is in each column, over all records; and what all profiles of a table have in common."""

import shlex
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from rebalance.arrays import Int64
from rebalance.table.table import Table
from rebalance.text import MAX_LISTED, count_of

if TYPE_CHECKING:  # counting the classes needs none of them, and pyarrow takes long to load
    import pyarrow as pa

    from rebalance.table.columns import Column

SCHEMA = 2

_ROWS_PER_CHUNK = 100_000
"""Records whose cells are in memory at once."""

_MAX_DISTINCT = 10_000
"""Distinct cells are counted up to here."""

_MAX_LEVELS_OF_CODES = 20
"""Whole numbers of more values are rarely codes."""


@dataclass(frozen=True)
class ColumnProfile:
    """One column over all records."""

    position: int
    """From 1."""

    name: str
    role: str

    missing: int
    """How many cells are missing."""

    distinct: int
    """How many distinct cells are not missing, up to a limit."""

    distinct_is_minimum: bool
    """Whether the limit was reached, so that there may be more."""

    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What `inspect` reports of any table."""

    schema: int = SCHEMA
    task: str
    file: str
    rows: int
    column_count: int
    delimiter: str
    encoding: str

    target: str
    """The name of the target column."""

    unlabeled: int
    """Records whose target is blank."""

    duplicates: int | None
    """Records that repeat an earlier one byte for byte; None if only the target was read."""

    columns: tuple[ColumnProfile, ...] | None
    """None if only the target was read."""

    warnings: tuple[str, ...]

    gate_names: ClassVar[Mapping[str, str]]
    """The values that a gate can test: name as typed, and display name."""

    gate_shares: ClassVar[tuple[str, ...]] = ("missing", "zeros", "outliers", "rare")
    """Those of them that are shares, from 0 to 1."""

    def gate_values(self) -> dict[str, float]:
        """Return the values that a gate can test, by name; NaN for what was not read or is not defined."""
        raise NotImplementedError

    def next_commands(self, argv: Sequence[str]) -> list[str]:
        """Return commands worth running next, ready to paste; `argv`: the words that name the input."""
        raise NotImplementedError

    @property
    def max_missing_share(self) -> float | None:
        """The share of missing cells in the column that has most, except the target; None if not read."""
        if self.columns is None:
            return None
        most = max((column.missing for column in self.columns if column.role != "target"), default=0)
        return most / max(self.rows, 1)


def common_fields(table: Table, *, target_only: bool = False) -> dict[str, Any]:
    """Return the fields that profiles of all kinds have, except their warnings."""
    return {
        "task": str(table.target.task),
        "file": table.file.source.name,
        "rows": len(table),
        "column_count": len(table.file.names),
        "delimiter": table.file.dialect.delimiter.decode("ascii"),
        "encoding": table.file.source.wide_encoding or table.file.dialect.encoding,
        "target": table.target.name,
        "unlabeled": len(table.target.unlabeled()),
        "duplicates": None if target_only else len(table) - len(set(table.records.digests())),
        "columns": None if target_only else profile_columns(table),
    }


def profile_columns(table: Table) -> tuple[ColumnProfile, ...]:
    """Return the profiles of all columns that are not dropped."""
    from rebalance.csvio.cells import read_cells

    counters = [_ColumnCounter(column) for column in table.columns]
    for start in range(0, len(table), _ROWS_PER_CHUNK):
        rows = np.arange(start, min(start + _ROWS_PER_CHUNK, len(table)))
        cells = read_cells(table.records, rows, [counter.column.index for counter in counters])
        for counter, texts in zip(counters, cells, strict=True):
            counter.add(texts, rows)
    return tuple(counter.profile(table) for counter in counters)


class _ColumnCounter:
    """Counts the cells of one column, chunk by chunk."""

    def __init__(self, column: "Column") -> None:
        self.column = column
        self._missing = 0
        self._markers: dict[str, int] = defaultdict(int)
        self._distinct: pa.Array | None = None
        self._is_full = False
        self._invalid = 0
        self._first_invalid = -1

    def add(self, cells: "pa.ChunkedArray", rows: Int64) -> None:
        """Count the cells of the records `rows`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        from rebalance.table.arrow import marks, strings
        from rebalance.table.columns import Role
        from rebalance.table.missing import is_missing, trimmed

        texts = trimmed(cells)
        is_target = self.column.role is Role.TARGET  # where only a blank cell is no class: NA may be one
        missing = pc.is_in(texts, strings([""])) if is_target else is_missing(texts, self.column.missing)
        self._missing += int(np.count_nonzero(marks(missing)))
        for marker in pc.value_counts(texts.filter(missing)).to_pylist():
            self._markers[marker["values"]] += marker["counts"]
        present = cells.filter(pc.invert(missing))
        if not self._is_full:
            chunks = [*([self._distinct] if self._distinct is not None else []), *present.chunks]
            self._distinct = pc.unique(pa.chunked_array(chunks, pa.string()))
            self._is_full = len(self._distinct) > _MAX_DISTINCT
        if self.column.format:
            invalid = np.flatnonzero(np.isnan(self.column.format.parse(present)))
            if len(invalid) and not self._invalid:
                self._first_invalid = int(rows[np.flatnonzero(~marks(missing))[invalid[0]]])
            self._invalid += len(invalid)

    def profile(self, table: Table) -> ColumnProfile:
        """Return the profile of all cells counted."""
        distinct = 0 if self._distinct is None else len(self._distinct)
        return ColumnProfile(
            position=self.column.index + 1,
            name=self.column.display_name,
            role=str(self.column.role),
            missing=self._missing,
            distinct=min(distinct, _MAX_DISTINCT),
            distinct_is_minimum=self._is_full,
            notes=tuple(self._notes(table, distinct)),
        )

    def _distinct_numbers(self) -> list[float]:
        """Return the distinct numbers of a column of whole numbers with few of them; else nothing."""
        if self.column.number is None or self._distinct is None or len(self._distinct) > _MAX_LEVELS_OF_CODES:
            return []
        import pyarrow as pa

        values = self.column.number.parse(pa.chunked_array([self._distinct]))
        return sorted(set(values[~np.isnan(values)].tolist()))

    def _notes(self, table: Table, distinct: int) -> Iterable[str]:
        from rebalance.csvio.grammar import line_number
        from rebalance.table.columns import Role
        from rebalance.table.role_detection import may_be_codes

        markers = [marker for marker in self._markers if marker]
        if markers:
            yield "missing values are written " + " ".join(markers[:MAX_LISTED])
        if self.column.role.remark:
            yield self.column.role.remark
        yield from self.column.notes
        if self.column.writing:
            yield f"written {self.column.writing}"
        if may_be_codes(self.column, self._distinct_numbers()):
            yield f"if these are codes: --role {shlex.quote(self.column.display_name)}=category"
        if self.column.role is Role.CONSTANT:
            is_empty = self._missing == len(table)
            yield "always missing" if is_empty else "one value" if distinct <= 1 else "one value in the sample"
        if self._invalid:
            line = line_number(table.file.data, int(table.records.starts[self._first_invalid]))
            yield f"{count_of(self._invalid, 'cell')} cannot be read as a {self.column.role} (first: line {line})"
