"""How many rows each class should have."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from rebalance.arrays import Bool, Int64
from rebalance.errors import DataError, UsageError, did_you_mean

_MOST_DIGITS = 10


def grown_counts(counts: Int64, ratio: float) -> Int64:
    """Return the counts when every class has at least `ratio` times the largest one's rows."""
    return np.maximum(counts, math.floor(ratio * int(counts.max()) + 0.5))


def shrunk_counts(counts: Int64, ratio: float) -> Int64:
    """Return the counts when no class has more than the smallest one's rows over `ratio`."""
    return np.minimum(counts, max(1, math.floor(min(int(counts.min()) / ratio, int(counts.max())) + 0.5)))


def grown_ranges(counts: Int64, rare: Bool, ratio: float) -> Int64:
    """Return the counts when every rare range that has rows has at least `ratio` times the largest common one's."""
    least = math.floor(ratio * int(counts[~rare].max(initial=0)) + 0.5)
    return np.where(rare & (counts > 0), np.maximum(counts, least), counts)


def shrunk_ranges(counts: Int64, rare: Bool, ratio: float) -> Int64:
    """Return the counts when no common range has more than the rows of all rare ones together over `ratio`."""
    most = max(1, math.floor(min(int(counts[rare].sum()) / ratio, int(counts.max(initial=1))) + 0.5))
    return np.where(rare, counts, np.minimum(counts, most))


def exact_counts(counts: Int64, labels: Sequence[str], asked: Mapping[str, int]) -> Int64:
    """Return `counts` with those asked for put in place.

    Raises UsageError for a label that is no class.
    """
    wanted = counts.copy()
    for label, count in asked.items():
        if label not in labels:
            hint = did_you_mean(label, list(labels)) or "the classes are " + ", ".join(map(repr, labels[:12]))
            raise UsageError(f"--count: there is no class {label!r}", hint)
        wanted[labels.index(label)] = count
    return wanted


def parse_ratio(ratio: float | None) -> float:
    """Return the wanted ratio of the smaller classes to the larger, 1 if none was given."""
    if ratio is not None and not 0 < ratio <= 1:
        raise UsageError(
            f"--ratio {ratio:g}: the ratio is of the smaller class to the larger, above 0 and at most 1",
            "for example --ratio 0.5; for exact counts use --count LABEL=N",
        )
    return 1.0 if ratio is None else ratio


def parse_counts(texts: Sequence[str]) -> dict[str, int]:
    """Return the counts of `LABEL=N` options. Raises UsageError for one that is none."""
    asked: dict[str, int] = {}
    for text in texts:
        label, equals, number = text.rpartition("=")
        if not equals:
            raise UsageError(f"--count {text}: not LABEL=N", "for example --count fraud=5000")
        if not number.isascii() or not number.isdigit():
            raise UsageError(f"--count {text}: {number!r} is not a whole number", f"for example --count {label}=5000")
        if len(number) > _MOST_DIGITS:
            raise UsageError(f"--count {text}: too many rows", f"at most {_MOST_DIGITS} digits")
        if label in asked:
            raise UsageError(f"--count names the class {label!r} twice")
        asked[label] = int(number)
    return asked


def check_direction(
    counts: Int64, wanted: Int64, labels: Sequence[str], technique: str, *, grows: bool, shrinks: bool
) -> None:
    """Raise DataError if a class is to grow by a technique that only removes, or the other way about."""
    for label, has, wants in zip(labels, counts.tolist(), wanted.tolist(), strict=True):
        if wants < has and not shrinks:
            raise DataError(
                f"{technique} adds rows: it cannot bring class {label!r} from {has:,} rows down to {wants:,}",
                f"--technique random-under --count '{label}={wants}' does, or ask for at least {has:,}",
            )
        if wants > has and not grows:
            raise DataError(
                f"{technique} removes rows: it cannot bring class {label!r} from {has:,} rows up to {wants:,}",
                f"--technique smote --count '{label}={wants}' does, or ask for at most {has:,}",
            )
