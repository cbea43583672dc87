"""What is in a table: its classes, its columns, and what is odd about either."""

import math
import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Int64
from rebalance.table.missing import MISSING_MARKERS
from rebalance.table.table import Table
from rebalance.table.target import Target

if TYPE_CHECKING:  # counting the classes needs none of it, and pyarrow takes long to load
    import pyarrow as pa

    from rebalance.table.roles import Column

_ROWS_PER_CHUNK = 100_000
_MOST_DISTINCT = 10_000
_NEIGHBORS, _FOLDS = 5, 5
_SHOWN_LABELS = 6


@dataclass(frozen=True)
class ClassShare:
    """One class: how many rows it has, and what share of the labelled ones."""

    label: str
    count: int
    share: float


@dataclass(frozen=True)
class ColumnProfile:
    """One column over all records.

    `distinct` counts its different non-missing cells, up to a limit: at the limit `more_distinct` is true.
    """

    position: int
    name: str
    role: str
    missing: int
    distinct: int
    more_distinct: bool
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """What `inspect` reports. `imbalance_ratio` is the largest class over the smallest, None for one class.

    `duplicates` counts records that repeat an earlier one to the byte; it and `columns` are None if only the
    classes were read.
    """

    file: str
    rows: int
    column_count: int
    delimiter: str
    encoding: str
    target: str
    classes: tuple[ClassShare, ...]
    imbalance_ratio: float | None
    unlabelled: int
    duplicates: int | None
    columns: tuple[ColumnProfile, ...] | None
    warnings: tuple[str, ...]


def profile(table: Table, *, classes_only: bool = False) -> Profile:
    """Read the table once and say what is in it; with `classes_only` nothing but the target."""
    counts = table.target.counts()
    order = np.argsort(-counts, kind="stable").tolist()
    total = max(int(counts.sum()), 1)
    classes = tuple(ClassShare(table.target.labels[at], int(counts[at]), int(counts[at]) / total) for at in order)
    duplicates = None if classes_only else len(table) - len(set(table.records.digests()))
    columns = None if classes_only else profile_columns(table)
    warnings = list(_class_warnings(table.target, classes))
    unlabelled = len(table.target.unlabelled())
    if unlabelled:
        warnings.append(f"{_rows(unlabelled)} no label: resample refuses them unless told to --drop-unlabelled")
    if duplicates:
        warnings.append(
            f"{_rows(duplicates)} an exact copy among the earlier ones; train-eval keeps copies in one fold"
        )
    return Profile(
        file=table.file.source.name,
        rows=len(table),
        column_count=len(table.file.names),
        delimiter=table.file.dialect.delimiter.decode("ascii"),
        encoding=table.file.dialect.encoding,
        target=table.target.name,
        classes=classes,
        imbalance_ratio=classes[0].count / classes[-1].count if len(classes) > 1 else None,
        unlabelled=unlabelled,
        duplicates=duplicates,
        columns=columns,
        warnings=tuple(warnings),
    )


FIGURES = {
    "ratio": "imbalance ratio",
    "min-count": "smallest class",
    "rows": "rows",
    "classes": "classes",
    "unlabelled": "unlabelled rows",
    "duplicates": "duplicate rows",
    "missing": "missing share",
}
"""What `figures` returns, as a user names them, and what else they are called."""


def figures(profile: Profile) -> dict[str, float]:
    """Return what a limit can be set on, by name; NaN for what was not read or is not defined.

    `missing` is the share of missing cells in the column that has most, the target aside.
    """
    columns = None if profile.columns is None else [column for column in profile.columns if column.role != "target"]
    values = (
        profile.imbalance_ratio,
        min((share.count for share in profile.classes), default=0),
        profile.rows,
        len(profile.classes),
        profile.unlabelled,
        profile.duplicates,
        None if columns is None else max((column.missing for column in columns), default=0) / max(profile.rows, 1),
    )
    return {name: math.nan if value is None else value for name, value in zip(FIGURES, values, strict=True)}


def next_commands(profile: Profile, input_words: Sequence[str]) -> list[str]:
    """Return the commands to run next, ready to paste; `input_words` are the words that name the input."""
    if len(profile.classes) < 2 or profile.classes[0].count < 2:  # noqa: PLR2004  one class, or one row each
        return []
    words = [*input_words, *(["--drop-unlabelled"] if profile.unlabelled else [])]
    technique = "smote" if profile.classes[-1].count > 1 else "random-over"
    return [
        shlex.join(["rebalance", "train-eval", *words]),
        shlex.join(["rebalance", "resample", *words, "--technique", technique, "-o", "balanced.csv"]),
    ]


def _rows(number: int) -> str:
    return "1 row has" if number == 1 else f"{number:,} rows have"


def _class_warnings(target: Target, classes: Sequence[ClassShare]) -> Iterable[str]:
    if len(classes) == 1:
        yield "the target has one class only: there is nothing to balance"
    if target.names_rows(target.counts()):
        yield "the target is different in every row: it names rows, and is no class"
        return
    if target.looks_continuous():
        yield target.continuity()
        return
    yield from target.spelling_warnings()
    for share in classes:
        if share.label.strip().casefold() in MISSING_MARKERS:
            yield f"the label {share.label!r} looks like a missing value: it counts as a class"
    small = [share for share in classes if share.count <= _NEIGHBORS]
    if len(classes) > 1 and small:
        yield (
            f"too few rows for smote's {_NEIGHBORS} neighbours or {_FOLDS} folds: "
            + _listed([f"{share.label} ({share.count})" for share in small], plain=True)
        )


def _listed(items: Sequence[str], *, plain: bool = False) -> str:
    shown = ", ".join(item if plain else repr(item) for item in items[:_SHOWN_LABELS])
    more = len(items) - _SHOWN_LABELS
    return f"{shown} and {more} more" if more > 0 else shown


def profile_columns(table: Table) -> tuple[ColumnProfile, ...]:
    """Return what is in each column, over all records."""
    from rebalance.csvio.cells import read_cells

    counters = [_ColumnCounter(column) for column in table.columns]
    for begin in range(0, len(table), _ROWS_PER_CHUNK):
        rows = np.arange(begin, min(begin + _ROWS_PER_CHUNK, len(table)))
        cells = read_cells(table.records, rows, [counter.column.index for counter in counters])
        for counter, texts in zip(counters, cells, strict=True):
            counter.add(texts, rows)
    return tuple(counter.profile(table) for counter in counters)


class _ColumnCounter:
    """Counts what is in one column, chunk by chunk."""

    def __init__(self, column: "Column") -> None:
        self.column = column
        self._is_target = str(column.role) == "target"
        self._missing = 0
        self._markers: dict[str, int] = defaultdict(int)
        self._distinct: pa.Array | None = None
        self._full = False
        self._odd = 0
        self._first_odd = -1

    def add(self, cells: "pa.ChunkedArray", rows: Int64) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        from rebalance.table.arrow import marks, strings
        from rebalance.table.formats import is_missing, parse_dates, parse_numbers, trimmed

        texts = trimmed(cells)
        # in the target only a blank is no class: NA may be one
        missing = pc.is_in(texts, strings([""])) if self._is_target else is_missing(texts, self.column.missing)
        self._missing += int(np.count_nonzero(marks(missing)))
        for found in pc.value_counts(texts.filter(missing)).to_pylist():
            self._markers[found["values"]] += found["counts"]
        present = cells.filter(pc.invert(missing))
        if not self._full:
            chunks = [*([self._distinct] if self._distinct is not None else []), *present.chunks]
            self._distinct = pc.unique(pa.chunked_array(chunks, pa.string()))
            self._full = len(self._distinct) > _MOST_DISTINCT
        if self.column.number or self.column.date:
            number = self.column.number
            values = parse_numbers(present, number.point) if number else parse_dates(present, self.column.date)
            odd = np.flatnonzero(np.isnan(values))
            if len(odd) and not self._odd:
                self._first_odd = int(rows[np.flatnonzero(~marks(missing))[odd[0]]])
            self._odd += len(odd)

    def profile(self, table: Table) -> ColumnProfile:
        distinct = 0 if self._distinct is None else len(self._distinct)
        return ColumnProfile(
            position=self.column.index + 1,
            name=self.column.title,
            role=str(self.column.role),
            missing=self._missing,
            distinct=min(distinct, _MOST_DISTINCT),
            more_distinct=self._full,
            notes=tuple(self._notes(table, distinct)),
        )

    def _notes(self, table: Table, distinct: int) -> Iterable[str]:
        from rebalance.csvio.grammar import line_number
        from rebalance.table.roles import Role

        role = self.column.role
        markers = [marker for marker in self._markers if marker]
        if markers:
            yield "missing is written " + " ".join(markers[:_SHOWN_LABELS])
        if role is Role.ID:
            yield "not measured, empty in made rows"
        elif role is Role.TEXT:
            yield "not measured, copied to made rows"
        elif role is Role.CONSTANT:
            all_missing = self._missing == len(table)
            yield ("always missing" if all_missing else "one value" if distinct <= 1 else "one value in the sample")
        if self._odd:
            line = line_number(table.file.data, int(table.records.starts[self._first_odd]))
            yield f"{self._odd:,} not a {role} (first: line {line})"
