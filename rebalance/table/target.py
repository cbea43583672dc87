"""The target column: which class each record belongs to, as spelled in the file."""

import contextlib
import re
import shlex
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Codes, Int64, Rows, count_codes
from rebalance.csvio.grammar import value
from rebalance.csvio.records import CodedCells
from rebalance.errors import UsageError
from rebalance.table.missing import MISSING_MARKERS

if TYPE_CHECKING:  # classes need nothing of it, and it reads numbers, for which pyarrow is loaded
    from rebalance.table.quantity import Quantity

UNLABELLED = -1
_SHOWN = 6
_MOST_CLASSES, _ROWS_PER_CLASS = 20, 10
_FEW_ODD = 0.05


@dataclass(frozen=True, slots=True)
class Target:
    """The classes of a table; of a quantity, the ranges of its values, which techniques balance as they do classes.

    `labels[codes[i]]` is record i's class; a blank cell is no class, and its code is UNLABELLED. `cells` are
    the column's bytes as they stand: `"no"` and `no` are one class, and a made row repeats its seed's cell.
    `quantity`: the numbers themselves, if the target is taken for one.
    """

    name: str
    labels: tuple[str, ...]
    codes: Codes
    cells: CodedCells
    quantity: "Quantity | None" = None

    def counts(self, rows: Rows | None = None) -> Int64:
        """Return how many records (of `rows`, or of all) each class has."""
        return count_codes(self.codes, len(self.labels), rows)

    def strata(self, folds: int) -> Codes:
        """Return what to spread evenly over folds: the classes, or of a quantity the quantiles of its ranges."""
        return self.codes if self.quantity is None else self.quantity.strata(self.codes, folds)

    def names_rows(self, counts: Int64) -> bool:
        """Whether every row has a label of its own, and they are many; `counts`: how many rows each label has."""
        return len(counts) > _MOST_CLASSES and int(counts.max()) == 1

    def looks_continuous(self) -> bool:
        """Whether the labels are numbers, so many and so rarely repeated that they measure something."""
        return len(self.labels) > max(_MOST_CLASSES, len(self.codes) // _ROWS_PER_CLASS) and self.looks_numeric()

    def looks_numeric(self, *, comma: bool = False) -> bool:
        """Whether all labels are finite numbers, but for usual markers of a missing value.

        `comma`: a comma may be the decimal point.
        """
        labels = self._present_labels()
        return bool(labels) and (_finite(labels) or (comma and _finite([one.replace(",", ".", 1) for one in labels])))

    def looks_like_quantity(self, *, comma: bool = False) -> bool:
        """Whether it is better taken for a quantity than for a class: many different numbers."""
        labels = self._present_labels()
        if len(labels) <= _MOST_CLASSES or not self.looks_numeric(comma=comma):
            return False
        if any(re.match(r"\s*[+-]?0[0-9]", label) for label in labels):  # 007 is a code
            return False
        whole = all(re.fullmatch(r"\s*[+-]?[0-9]+([.,]0*)?\s*", label) for label in labels)
        return not whole or len(labels) > len(self.codes) // _ROWS_PER_CLASS

    def _present_labels(self) -> list[str]:
        return [label for label in self.labels if label.strip().casefold() not in MISSING_MARKERS]

    def continuity(self) -> str:
        """Say why the labels look like a quantity."""
        return (
            f"the target {self.name!r} has {len(self.labels):,} different numbers in {len(self.codes):,} rows:"
            " it looks like a quantity, not a class"
        )

    def spelling_warnings(self) -> list[str]:
        """Name the classes that differ only by spaces, case, a trailing dot, or as spellings of one number."""
        if self.quantity is not None:
            return []
        groups: dict[str, list[str]] = defaultdict(list)
        for label in self.labels:
            key = " ".join(label.split()).rstrip(".").casefold()
            with contextlib.suppress(ValueError):
                key = repr(float(key))
            groups[key].append(label)
        odd = [label for label in self._present_labels() if not _finite([label])]
        if 0 < len(odd) <= _FEW_ODD * len(self.labels) and len(self.labels) > _MOST_CLASSES:
            counted = (
                f"{len(self.labels) - len(odd):,} of {len(self.labels):,} labels are numbers, and {odd[0]!r} is none"
            )
            return [f"{counted}: --missing {shlex.quote(odd[0])}, or correct it, if the target is a quantity"]
        return [
            f"labels that differ only in spelling are classes of their own: {', '.join(map(repr, alike[:_SHOWN]))}"
            f" (--same-class {shlex.quote(f'{alike[1]}={alike[0]}')} counts one as the other)"
            for alike in groups.values()
            if len(alike) > 1
        ]

    def unlabelled(self) -> Int64:
        """Return the records whose target is blank."""
        return np.flatnonzero(self.codes == UNLABELLED)


def _finite(labels: Sequence[str]) -> bool:
    try:
        plain = not any("_" in label for label in labels)  # Python reads 1_5 as a number, nobody else does
        return plain and bool(np.isfinite([float(label) for label in labels]).all())
    except ValueError:
        return False


def read_target(
    name: str,
    cells: CodedCells,
    encoding: str,
    missing: frozenset[str] = frozenset(),
    same_class: tuple[str, ...] = (),
    known: tuple[str, ...] = (),
) -> Target:
    """Return the classes that the target's raw cells spell, in the order of first appearance.

    Blank cells, and those `missing` names, have no class. `same_class`: `A=B` counts label A as class B. `known`:
    the classes of a table read before, which a pair may name as well; it then need not apply.
    """
    spelled = [value(raw).decode(encoding) for raw in cells.raw]
    labels = dict.fromkeys(label for label in spelled if label.strip() and label.strip().casefold() not in missing)
    class_of = same_classes(same_class, list(labels), known)
    classes: dict[str, int] = {}
    class_of_cell = np.array(
        [
            classes.setdefault(class_of.get(label, label), len(classes)) if label in labels else UNLABELLED
            for label in spelled
        ],
        np.int32,
    )
    each_its_own = np.array_equal(class_of_cell, np.arange(len(spelled)))
    codes = cells.codes if each_its_own else class_of_cell[cells.codes]  # often the same: then once in memory
    return Target(name, tuple(classes), codes, cells)


def same_classes(pairs: tuple[str, ...], labels: list[str], known: tuple[str, ...] = ()) -> dict[str, str]:
    """Return which class each label named by `A=B` counts as; spaces around a label need not be typed.

    Raises UsageError for a text that is no pair of labels.
    """
    trimmed: dict[str, list[str]] = defaultdict(list)
    labels = list(dict.fromkeys([*labels, *known]))
    for label in labels:
        trimmed[label.strip()].append(label)

    def found(text: str) -> str | None:
        alike = trimmed.get(text.strip(), [])
        return text if text in labels else alike[0] if len(alike) == 1 else None

    class_of: dict[str, str] = {}
    for pair in pairs:
        splits = [(found(pair[:at]), found(pair[at + 1 :])) for at, mark in enumerate(pair) if mark == "="]
        whole = [(a, b) for a, b in splits if a is not None and b is not None and a != b]
        if known and not whole:
            continue
        if len(whole) != 1:
            shown = ", ".join(map(repr, labels[:12]))
            raise UsageError(f"--same-class {pair}: not A=B for two labels", f"the labels are {shown}")
        class_of[whole[0][0]] = whole[0][1]
    for label, other in list(class_of.items()):  # A=B and B=C: A counts as C
        seen = {label}
        while other in class_of and other not in seen:
            seen.add(other)
            other = class_of[other]  # noqa: PLW2901  it is followed to its end
        class_of[label] = other
    return class_of
