"""The texts that usually stand for a missing value. They need no pyarrow, which reading classes need not load."""

MISSING_MARKERS = frozenset(
    ["", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "missing", "<na>", "nat"]
)
"""Cells that, trimmed and in lower case, usually stand for a missing value."""
