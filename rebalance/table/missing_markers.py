"""The texts that usually stand for a missing value. They need no pyarrow, which reading classes need not load."""

_WORDS = (
    "na",
    "n/a",
    "#n/a",
    "n.a.",
    "not available",
    "nan",
    "null",
    "(null)",
    "none",
    "nil",
    "missing",
    "<na>",
    "nat",
)

MISSING_MARKERS = frozenset(["", "?", "-", "--", ".", "\\n", *_WORDS])
"""Cells that, trimmed and in lower case, usually stand for a missing value."""

MISSING_AMONG_NUMBERS = frozenset(
    ["unknown", "unk", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!", "0000-00-00"]
)
"""Cells that can be a category, or show a mistake; in a column of numbers or dates they stand for a missing value."""
