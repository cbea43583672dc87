"""Remove columns from the bytes of records, or locate fields in them; every other byte stays the same."""

import itertools
from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Bool, Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.scan import Block, scan


def without_columns(texts: list[bytes], dropped: list[int], width: int, dialect: Dialect) -> list[bytes]:
    """Return each record of `texts` (newlines included, `width` fields) without the columns `dropped`.

    The delimiter after a column is removed with it; at the end of a record, the delimiter before it.
    """
    if not dropped or not texts:
        return texts
    remaining: list[bytes] = []
    for block in scan(b"".join(texts), 0, width, dialect):
        kept = _mark_kept_bytes(block, dropped, width)
        text = np.frombuffer(block.text, np.uint8)[kept].tobytes()
        edges = np.concatenate([[0], np.cumsum(kept)[block.ends - 1]]).tolist()
        remaining.extend(text[start:end] for start, end in itertools.pairwise(edges))
    if len(dropped) == width - 1:  # a blank cell of a single column would become a blank line, which is no record
        blank = dialect.quoting.quote * 2 if dialect.quoting.has_quotes else b""
        return [text if text.rstrip(b"\r\n") else blank + text for text in remaining]
    return remaining


def field_spans(
    texts: Sequence[bytes], columns: Sequence[int], width: int, dialect: Dialect
) -> list[list[tuple[int, int]]]:
    """Return, for each of `columns`, the start and end of its field in each record of `texts` (newlines included)."""
    spans: list[list[tuple[int, int]]] = [[] for _ in columns]
    if not texts:
        return spans
    for block in scan(b"".join(texts), 0, width, dialect):
        for column, spans_of_column in zip(columns, spans, strict=True):
            starts = (block.field_starts(column) - block.starts).tolist()
            stops = (block.stops(column) - block.starts).tolist()
            spans_of_column.extend(zip(starts, stops, strict=True))
    return spans


def _mark_kept_bytes(block: Block, dropped: list[int], width: int) -> Bool:
    """Return, for each byte of a block, whether it remains when the columns `dropped` are removed."""
    depth_change = np.zeros(len(block.text) + 1, np.int8)  # +1 where a removed stretch starts, -1 where it ends
    last_kept = max(set(range(width)) - set(dropped), default=-1)
    if last_kept < width - 1:
        tail_starts: Int64 = block.starts if last_kept < 0 else block.stops(last_kept)
        np.add.at(depth_change, tail_starts, 1)
        np.add.at(depth_change, block.stops(width - 1), -1)
    for column in dropped:
        if column < last_kept:
            np.add.at(depth_change, block.field_starts(column), 1)
            np.add.at(depth_change, block.stops(column) + 1, -1)
    kept: Bool = np.cumsum(depth_change[:-1]) == 0
    return kept
