"""The ways in which files write that a value is missing."""

MISSING_MARKERS = frozenset(
    ["", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", ".", "missing", "<na>", "nat"]
)
"""Cells that, trimmed and in lower case, usually stand for a missing value."""
