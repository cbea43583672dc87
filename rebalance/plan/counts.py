"""Counts that the user asks for exactly."""

from collections.abc import Mapping, Sequence

from rebalance.arrays import Int64
from rebalance.errors import DataError, UsageError, did_you_mean

_MAX_LABELS_IN_HINT = 12


def exact_counts(counts: Int64, labels: Sequence[str], wanted: Mapping[str, int], noun: str = "class") -> Int64:
    """Return `counts` with the `wanted` ones, by label, in place of theirs; `noun`: what a label names.

    Raises UsageError for a label that does not exist.
    """
    exact = counts.copy()
    for label, count in wanted.items():
        if label not in labels:
            known = ", ".join(map(repr, labels[:_MAX_LABELS_IN_HINT]))
            hint = did_you_mean(label, list(labels)) or f"one of {known}"
            raise UsageError(f"--count: there is no {noun} {label!r}", hint)
        exact[labels.index(label)] = count
    return exact


def check_direction(
    counts: Int64,
    wanted: Int64,
    labels: Sequence[str],
    technique: str,
    *,
    oversamples: bool,
    undersamples: bool,
    noun: str = "class",
) -> None:
    """Raise DataError if a technique that only removes rows would have to add some, or the other way round."""
    for label, present, goal in zip(labels, counts.tolist(), wanted.tolist(), strict=True):
        if goal < present and not undersamples:
            raise DataError(
                f"{technique} only adds rows: it cannot reduce {noun} {label!r} from {present:,} rows to {goal:,}",
                f"--technique random-under+{technique} can, or ask for at least {present:,}",
            )
        if goal > present and not oversamples:
            raise DataError(
                f"{technique} only removes rows: it cannot grow {noun} {label!r} from {present:,} rows to {goal:,}",
                f"--technique {technique}+smote can, or ask for at most {present:,}",
            )
