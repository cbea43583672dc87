"""What is in a table of classes: their sizes, the columns, and what deserves a warning."""

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

from rebalance.defaults import DEFAULT_FOLDS
from rebalance.inspection.columns import Profile, common_fields
from rebalance.table.table import Table
from rebalance.table.target import ClassTarget
from rebalance.techniques.settings import NEIGHBORS
from rebalance.text import count_of, join_some


@dataclass(frozen=True)
class ClassShare:
    """The rows of one class, and its share of the labeled rows."""

    label: str
    count: int
    share: float


@dataclass(frozen=True, kw_only=True)
class ClassProfile(Profile):
    """What `inspect` reports of a table of classes."""

    classes: tuple[ClassShare, ...]
    """The largest first."""

    imbalance_ratio: float | None
    """Rows of the largest class over those of the smallest; None for one class."""

    gate_names: ClassVar[Mapping[str, str]] = {
        "imbalance-ratio": "ratio",
        "min-count": "rows of the smallest class",
        "rows": "rows",
        "classes": "classes",
        "unlabeled": "unlabeled rows",
        "duplicates": "duplicate rows",
        "missing": "missing share",
    }

    def gate_values(self) -> dict[str, float]:
        """Return the values that a gate can test, by name; NaN for what was not read or is not defined."""
        values = (
            self.imbalance_ratio,
            min((share.count for share in self.classes), default=0),
            self.rows,
            len(self.classes),
            self.unlabeled,
            self.duplicates,
            self.max_missing_share,
        )
        return {name: math.nan if value is None else value for name, value in zip(self.gate_names, values, strict=True)}

    def next_commands(self, argv: Sequence[str]) -> list[str]:
        """Return commands worth running next, ready to paste; `argv`: the words that name the input."""
        single = sum(share.count == 1 for share in self.classes)
        if len(self.classes) < 2 or single > len(self.classes) / 2:  # noqa: PLR2004  these are no classes
            return []
        argv = [*argv, *(["--drop-unlabeled"] if self.unlabeled else [])]
        technique = "smote" if self.classes[-1].count > 1 else "random-over"
        return [
            shlex.join(["rebalance", "train-eval", *argv]),
            shlex.join(["rebalance", "resample", *argv, "--technique", technique, "-o", "balanced.csv"]),
        ]


def profile_classes(table: Table, *, classes_only: bool = False) -> ClassProfile:
    """Return the profile of a table of classes; `classes_only`: read nothing but the target."""
    target = cast("ClassTarget", table.target)
    counts = target.counts()
    total = max(int(counts.sum()), 1)
    classes = tuple(
        ClassShare(target.labels[code], int(counts[code]), int(counts[code]) / total)
        for code in target.display_order(counts)
    )
    fields = common_fields(table, target_only=classes_only)
    warnings = [*table.records.reading_notes(), *_class_warnings(target, classes)]
    if fields["unlabeled"]:
        warnings.append(f"{_rows_have(fields['unlabeled'])} no label: resample refuses them without --drop-unlabeled")
    if fields["duplicates"]:
        warnings.append(
            f"{_rows_have(fields['duplicates'])} an exact copy earlier in the file; train-eval keeps copies in one fold"
        )
    return ClassProfile(
        **fields,
        classes=classes,
        imbalance_ratio=classes[0].count / classes[-1].count if len(classes) > 1 else None,
        warnings=tuple(warnings),
    )


def _rows_have(number: int) -> str:
    return f"{count_of(number, 'row')} {'has' if number == 1 else 'have'}"


def _class_warnings(target: ClassTarget, classes: Sequence[ClassShare]) -> Iterable[str]:
    if len(classes) == 1:
        yield "the target has one class only: there is nothing to balance"
    if target.identifies_rows(target.counts()):
        yield "the target has a different label in every row: it identifies rows"
        return
    if target.looks_continuous():
        yield target.why_continuous()
        return
    yield from target.spelling_warnings()
    small = [share for share in classes if share.count <= NEIGHBORS.default]
    if len(classes) > 1 and small:
        names = join_some([f"{share.label} ({share.count})" for share in small])
        yield f"too few rows for the {NEIGHBORS.default} neighbors of smote, or for {DEFAULT_FOLDS} folds: {names}"
