"""The target column: which class, or which range of values, each record belongs to."""

import contextlib
import math
import re
import shlex
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from rebalance.arrays import Codes, Int64, Rows, count_codes
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.quoting import unquote
from rebalance.csvio.records import CodedCells
from rebalance.errors import DataError, UsageError
from rebalance.table.missing_markers import MISSING_MARKERS
from rebalance.table.task import Task
from rebalance.text import MAX_LISTED, normalized

UNLABELED = -1
"""The code of a record without a label."""

_MAX_CLASSES, ROWS_PER_CLASS = 20, 10
"""More labels than this, and than one per ten rows, are rarely classes."""

_WHOLE = re.compile(r"\s*[+-]?[0-9]+([.,]0*)?\s*[^\W\d_]*\s*")
"""A whole number, perhaps with letters behind it: a room 101B. An amount has a currency or groups of digits."""

_MAX_STRAY_LABELS = 0.05
"""The share of labels that can be typing errors in a column of numbers."""


@dataclass(frozen=True, slots=True)
class Target(ABC):
    """The target of a table. Techniques balance its labels: classes, or ranges of a number's values."""

    name: str
    """The name of the column."""

    labels: tuple[str, ...]
    """The classes as spelled in the file, in the order of first appearance; or the ranges, ascending."""

    codes: Codes
    """Record i belongs to `labels[codes[i]]`; UNLABELED for a blank cell."""

    cells: CodedCells
    """The column's cells as bytes: `"no"` and `no` are the same class, and differ here."""

    task: ClassVar[Task]
    label_noun: ClassVar[str]
    """What a label is: a class or a range."""

    is_interpolated: ClassVar[bool]
    """Whether the target of a synthetic row lies between those of its two source rows."""

    needs_two_labels: ClassVar[bool]
    """Whether every technique needs rows of two labels, or only those that aim at counts."""

    def counts(self, rows: Rows | None = None) -> Int64:
        """Return how many records (of `rows`, or of all) have each label."""
        return count_codes(self.codes, len(self.labels), rows)

    def unlabeled(self) -> Int64:
        """Return the records without a label."""
        return np.flatnonzero(self.codes == UNLABELED)

    @property
    def decimal_mark(self) -> str:
        """What separates the decimals of numbers: a point or a comma."""
        return "."

    @property
    def rare_labels(self) -> tuple[str, ...]:
        """The labels that are rare by definition, not by their counts."""
        return ()

    @property
    @abstractmethod
    def can_be_other_task(self) -> bool:
        """Whether the cells allow the other task: numbers that classes are named by, or numbers that repeat."""

    @abstractmethod
    def oversampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the wanted counts after over-sampling to a `ratio` of smaller to larger, given those before."""

    @abstractmethod
    def undersampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the wanted counts after under-sampling to a `ratio` of smaller to larger, given those before."""

    @abstractmethod
    def check_balanceable(self, rows: Rows, *, counted: bool) -> None:
        """Raise DataError unless there is something to balance among the records `rows`.

        `counted`: a technique will change how many rows have each label.
        """

    @abstractmethod
    def strata(self, min_rows: int) -> Codes:
        """Return a stratum for each record, to be spread evenly over folds; `min_rows` is the number of folds."""

    @abstractmethod
    def restricted_to(self, rows: Int64) -> "Target":
        """Return the target as the records `rows` show it, whatever the other records hold."""

    @abstractmethod
    def spelling_warnings(self) -> list[str]:
        """Return a warning for labels that differ only in spelling, or that are no labels by the look of them."""

    @abstractmethod
    def display_order(self, counts: Int64) -> list[int]:
        """Return the codes of the labels in the order in which people want to read them."""

    @abstractmethod
    def description(self) -> Mapping[str, Any] | None:
        """Return what else a manifest holds about the target; None for nothing."""


@dataclass(frozen=True, slots=True)
class ClassTarget(Target):
    """A target of classes."""

    task: ClassVar[Task] = Task.CLASSIFICATION
    label_noun: ClassVar[str] = "class"
    is_interpolated: ClassVar[bool] = False
    needs_two_labels: ClassVar[bool] = True

    @property
    def can_be_other_task(self) -> bool:
        """Whether all labels are numbers."""
        labels = self._present_labels()
        return _are_plain_numbers(labels, comma=True) or _are_decorated_numbers(labels, comma=True)

    def oversampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the counts when every class that has rows has at least `ratio` times the largest one's."""
        return np.where(counts > 0, np.maximum(counts, math.floor(ratio * int(counts.max()) + 0.5)), counts)

    def undersampled_counts(self, counts: Int64, ratio: float) -> Int64:
        """Return the counts when no class has more than the rows of the smallest one over `ratio`."""
        smallest, largest = int(counts[counts > 0].min()), int(counts.max())
        return np.minimum(counts, max(1, math.floor(min(smallest / ratio, largest) + 0.5)))

    def check_balanceable(self, rows: Rows, *, counted: bool) -> None:  # noqa: ARG002  one class is never balanceable
        """Raise DataError unless the records `rows` are of several classes, and labels are classes."""
        counts = self.counts(rows)
        if np.count_nonzero(counts) < 2:  # noqa: PLR2004  one class
            only = f"only one class, {self.labels[int(counts.argmax())]!r}" if counts.sum() else "no class"
            raise DataError(
                f"the target {self.name!r} has {only}: there is nothing to balance",
                "name another column with --target",
            )
        if self.identifies_rows(counts):
            raise DataError(
                f"the target {self.name!r} has a different label in every row: it identifies rows",
                self._remedy(),
            )
        if self.looks_continuous():
            raise DataError(self.why_continuous(), self._remedy())

    def _remedy(self) -> str:
        other = "name a column of classes with --target"
        return f"use --task regression, or {other}" if self.can_be_other_task else other

    def strata(self, min_rows: int) -> Codes:  # noqa: ARG002  a class is one stratum, however few its rows
        """Return the class of each record."""
        return self.codes

    def restricted_to(self, rows: Int64) -> "ClassTarget":  # noqa: ARG002  classes do not depend on the rows
        """Return the target itself."""
        return self

    def display_order(self, counts: Int64) -> list[int]:
        """Return the codes of the classes, the largest first."""
        order: list[int] = np.argsort(-counts, kind="stable").tolist()
        return order

    def description(self) -> None:
        """Return None: labels and counts describe classes."""
        return

    def identifies_rows(self, counts: Int64) -> bool:
        """Whether every row has a label of its own, and there are many; `counts`: the rows of each label."""
        return len(counts) > _MAX_CLASSES and int(counts.max()) == 1

    def looks_continuous(self) -> bool:
        """Whether the labels are numbers, so many and so rarely repeated that they measure something."""
        return len(self.labels) > max(_MAX_CLASSES, len(self.codes) // ROWS_PER_CLASS) and self.looks_numeric()

    def why_continuous(self) -> str:
        """Return a sentence that says why the labels look like a numeric target."""
        return (
            f"the target {self.name!r} has {len(self.labels):,} distinct numbers in {len(self.codes):,} rows:"
            " it looks like a numeric target, not a class"
        )

    def looks_numeric(self, *, comma: bool = False) -> bool:
        """Whether all labels are finite numbers, except for the usual markers of missing values.

        A few labels with a currency, a unit or the like are names. `comma`: a comma may be the decimal mark.
        """
        labels = self._present_labels()
        is_many = len(labels) > _MAX_CLASSES
        return _are_plain_numbers(labels, comma=comma) or (is_many and _are_decorated_numbers(labels, comma=comma))

    def looks_numeric_target(self, *, comma: bool = False) -> bool:
        """Whether the target is better understood as a number than as a class: many different numbers."""
        labels = self._present_labels()
        if len(labels) <= _MAX_CLASSES or not self.looks_numeric(comma=comma):
            return False
        if any(re.match(r"\s*[+-]?0[0-9]", label) for label in labels):  # 007 is a code
            return False
        are_whole = all(map(_WHOLE.fullmatch, labels))
        return not are_whole or len(labels) > len(self.codes) // ROWS_PER_CLASS

    def spelling_warnings(self) -> list[str]:
        """Return a warning for each group of labels that differ only in spelling, and for those that are no labels.

        Labels are the same but for spaces, case, a final dot, invisible characters, the way in which accents are
        encoded, or as numbers.
        """
        groups: dict[str, list[str]] = defaultdict(list)
        for label in self.labels:
            key = " ".join(normalized(label).split()).rstrip(".").casefold()
            with contextlib.suppress(ValueError):
                key = repr(float(key) + 0.0)  # -0.0 is 0.0
            groups[key].append(label)
        suspicious = [
            f"the label {label!r} looks like a missing value, and counts as a class: if its rows have no label, use"
            f" --missing {shlex.quote(label)} --drop-unlabeled with resample and train-eval"
            for label in self.labels
            if label.strip().casefold() in MISSING_MARKERS
        ]
        if self.name in self.labels:
            suspicious.append(
                f"the label {self.name!r} is the name of the column: if files were joined, remove the header lines"
                " among the rows; if there is no header line, use --no-header"
            )
        stray = [label for label in self._present_labels() if not _are_finite([label])]
        if 0 < len(stray) <= _MAX_STRAY_LABELS * len(self.labels) and len(self.labels) > _MAX_CLASSES:
            numbers = len(self.labels) - len(stray)
            what = f"{numbers:,} of {len(self.labels):,} labels are numbers, but {stray[0]!r} is not"
            what += f": if the target is numeric, use --missing {shlex.quote(stray[0])}, or correct the cell"
            return [what, *suspicious]
        return suspicious + [
            f"labels that differ only in spelling count as different classes: {', '.join(map(repr, same[:MAX_LISTED]))}"
            f" (to count them as one: --label-alias {shlex.quote(f'{same[1]}={same[0]}')})"
            for same in groups.values()
            if len(same) > 1
        ]

    def _present_labels(self) -> list[str]:
        return [label for label in self.labels if label.strip().casefold() not in MISSING_MARKERS]


def _are_plain_numbers(labels: Sequence[str], *, comma: bool) -> bool:
    if not labels:
        return False
    return _are_finite(labels) or (comma and _are_finite([label.replace(",", ".", 1) for label in labels]))


def _are_decorated_numbers(labels: Sequence[str], *, comma: bool) -> bool:
    """Whether all labels are numbers with a currency, a unit, groups of digits or a sign of accountants."""
    if not all(any(map(str.isdigit, label)) for label in labels):
        return False
    import pyarrow as pa

    from rebalance.table.number_detection import detect_numbers

    writing = detect_numbers(pa.chunked_array([labels]), comma=comma) if labels else None
    return writing is not None and not bool(np.isnan(writing.values).any())


def _are_finite(labels: Sequence[str]) -> bool:
    try:
        plain = not any("_" in label for label in labels)  # Python reads 1_5 as a number, nobody else does
        return plain and bool(np.isfinite([float(label) for label in labels]).all())
    except ValueError:
        return False


def read_class_target(
    name: str,
    cells: CodedCells,
    dialect: Dialect,
    missing: frozenset[str] = frozenset(),
    label_aliases: tuple[str, ...] = (),
    known_labels: tuple[str, ...] = (),
) -> ClassTarget:
    """Return the classes that the target's cells spell, in the order of first appearance.

    Blank cells and the markers in `missing` have no class. `label_aliases`: `A=B` counts label A as class B.
    `known_labels`: the classes of a table read before; a pair may name them, and need not apply to this table.
    """
    spellings = [unquote(raw, dialect.quoting).decode(dialect.encoding) for raw in cells.raw]
    labels = dict.fromkeys(label for label in spellings if label.strip() and label.strip().casefold() not in missing)
    class_of_label = parse_label_aliases(label_aliases, list(labels), known_labels)
    classes: dict[str, int] = {}
    class_of_cell = np.array(
        [
            classes.setdefault(class_of_label.get(label, label), len(classes)) if label in labels else UNLABELED
            for label in spellings
        ],
        np.int32,
    )
    one_spelling_each = np.array_equal(class_of_cell, np.arange(len(spellings)))
    codes = cells.codes if one_spelling_each else class_of_cell[cells.codes]  # often the same array: once in memory
    return ClassTarget(name, tuple(classes), codes, cells)


def parse_label_aliases(
    aliases: tuple[str, ...], labels: list[str], known_labels: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return the class that each label named by `A=B` counts as; spaces around a label need not be typed.

    Raises UsageError for a text that is not a pair of labels.
    """
    labels = list(dict.fromkeys([*labels, *known_labels]))
    by_trimmed: dict[str, list[str]] = defaultdict(list)
    for label in labels:
        by_trimmed[label.strip()].append(label)

    def find_label(text: str) -> str | None:
        same = by_trimmed.get(text.strip(), [])
        return text if text in labels else same[0] if len(same) == 1 else None

    class_of_label: dict[str, str] = {}
    for alias in aliases:
        splits = [
            (find_label(alias[:index]), find_label(alias[index + 1 :]))
            for index, character in enumerate(alias)
            if character == "="
        ]
        pairs = [(a, b) for a, b in splits if a is not None and b is not None and a != b]
        if known_labels and not pairs:
            continue
        if len(pairs) != 1:
            known = ", ".join(map(repr, labels[:12]))
            raise UsageError(f"--label-alias {alias}: not A=B for two labels", f"the labels are {known}")
        class_of_label[pairs[0][0]] = pairs[0][1]
    for label in class_of_label:
        class_of_label[label] = _follow(class_of_label, label)
    return class_of_label


def _follow(class_of_label: Mapping[str, str], label: str) -> str:
    """Return the class that a label counts as in the end: with A=B and B=C, A counts as C."""
    seen = {label}
    other = class_of_label[label]
    while other in class_of_label and other not in seen:
        seen.add(other)
        other = class_of_label[other]
    return other
