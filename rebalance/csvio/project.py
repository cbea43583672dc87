"""Leave columns out of records, or find their cells, every other byte untouched."""

import itertools
from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Bool, Int64
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.scan import Block, scan


def without_columns(texts: list[bytes], dropped: list[int], width: int, dialect: Dialect) -> list[bytes]:
    """Return each record of `texts` (newlines included) without the columns `dropped`.

    A column goes with the delimiter after it, or the one before it at the end of a record.
    """
    if not dropped or not texts:
        return texts
    out: list[bytes] = []
    for block in scan(b"".join(texts), 0, width, dialect):
        kept = _kept_bytes(block, dropped, width)
        left = np.frombuffer(block.text, np.uint8)[kept].tobytes()
        edges = np.concatenate([[0], np.cumsum(kept)[block.ends - 1]]).tolist()
        out.extend(left[a:b] for a, b in itertools.pairwise(edges))
    if len(dropped) == width - 1:  # one column is left: where it is blank, its line must not be
        return [text if text.rstrip(b"\r\n") else b'""' + text for text in out]
    return out


def field_spans(
    texts: Sequence[bytes], columns: Sequence[int], width: int, dialect: Dialect
) -> list[list[tuple[int, int]]]:
    """Return, for each of `columns`, where its field begins and ends in each record of `texts` (newlines included)."""
    spans: list[list[tuple[int, int]]] = [[] for _ in columns]
    if not texts:
        return spans
    for block in scan(b"".join(texts), 0, width, dialect):
        for column, found in zip(columns, spans, strict=True):
            starts = (block.field_starts(column) - block.starts).tolist()
            stops = (block.stops(column) - block.starts).tolist()
            found.extend(zip(starts, stops, strict=True))
    return spans


def _kept_bytes(block: Block, dropped: list[int], width: int) -> Bool:
    change = np.zeros(len(block.text) + 1, np.int8)  # +1 where a dropped stretch starts, -1 where it ends
    last_kept = max(set(range(width)) - set(dropped), default=-1)
    if last_kept < width - 1:
        first: Int64 = block.starts if last_kept < 0 else block.stops(last_kept)
        np.add.at(change, first, 1)
        np.add.at(change, block.stops(width - 1), -1)
    for column in dropped:
        if column < last_kept:
            np.add.at(change, block.field_starts(column), 1)
            np.add.at(change, block.stops(column) + 1, -1)
    kept: Bool = np.cumsum(change[:-1]) == 0
    return kept
