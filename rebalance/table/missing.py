"""Which cells are missing."""

import pyarrow as pa
import pyarrow.compute as pc

from rebalance.table.arrow import strings
from rebalance.table.missing_markers import MISSING_MARKERS


def trimmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return cells without white space around them."""
    return pc.utf8_trim_whitespace(cells)


def is_missing(cells: pa.ChunkedArray, markers: frozenset[str] = frozenset()) -> pa.ChunkedArray:
    """Return which cells are a usual marker of a missing value, or one of `markers` (in lower case)."""
    return pc.is_in(pc.utf8_lower(trimmed(cells)), value_set=strings(sorted(MISSING_MARKERS | markers)))


def present_cells(cells: pa.ChunkedArray, markers: frozenset[str]) -> pa.ChunkedArray:
    """Return the cells that are not missing."""
    return cells.filter(pc.invert(is_missing(cells, markers)))
