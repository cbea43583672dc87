"""Copy kept records byte for byte."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np

from rebalance.arrays import Int64, Rows, chunks
from rebalance.csvio.file_bytes import read_pieces
from rebalance.csvio.records import CsvFile, Records
from rebalance.system.threads import map_ordered

PIECE_BYTES = 1 << 20
"""Bytes copied at a time: small enough to be still in a processor's cache when they are written."""

_Batch = tuple[Int64, Int64, Int64]
"""Stretches of the file that are copied together: the start and end of each, and how often it is repeated."""


def copied_records(records: Records, keep: Rows, *, final: bool = False) -> Iterator[bytes]:
    """Yield the bytes of the records `keep`, in that order, each with a newline.

    Consecutive records are copied at once, with the blank lines between them. With `final`, nothing follows the
    records, so the end of the file is copied as it is: with blank lines, or a last record without a newline. A thread
    reads the next pieces meanwhile. Memory: a few pieces, and the offsets of one chunk of records.
    """
    for part in chunks(len(keep)):
        starts, ends = _find_runs(records, keep, part, final=final)
        yield from map_ordered(partial(_copy_batch, records.file), _divide_into_batches(starts, ends), threads=1)


def _find_runs(records: Records, keep: Rows, part: slice, *, final: bool) -> tuple[Int64, Int64]:
    """Return the start and end of each run of consecutive records; a missing last newline counts as present."""
    rows, file = keep[part], records.file
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1] + 1]))
    last_rows = rows[np.append(first[1:], len(rows)) - 1]
    starts, ends = records.starts[rows[first]], records.ends[last_rows]
    if records.lacks_final_newline:
        ends[last_rows == len(records) - 1] += len(file.dialect.newline)
    if part.stop < len(keep):
        if keep[part.stop] == rows[-1] + 1:
            ends[-1] = records.starts[int(keep[part.stop])]
    elif final and last_rows[-1] == len(records) - 1:
        ends[-1] = len(file.data)
    return starts, ends


def _divide_into_batches(starts: Int64, ends: Int64) -> Iterator[_Batch]:
    """Yield the runs in batches of about `PIECE_BYTES`; long runs are cut, equal runs in a row are counted."""
    n_parts = -(-(ends - starts) // PIECE_BYTES)
    if n_parts.max() > 1:
        part_index = np.arange(n_parts.sum()) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
        starts, ends = np.repeat(starts, n_parts) + part_index * PIECE_BYTES, np.repeat(ends, n_parts)
        ends = np.minimum(ends, starts + PIECE_BYTES)
    sizes = ends - starts
    piece = (np.cumsum(sizes) - sizes) // PIECE_BYTES
    is_new = np.concatenate([[True], (np.diff(starts) != 0) | (np.diff(ends) != 0) | (np.diff(piece) != 0)])
    first = np.flatnonzero(is_new)
    repeats = np.diff(first, append=len(starts))
    edges = np.flatnonzero(np.diff(piece[first], prepend=-1, append=-1))
    for a, b in pairwise(edges.tolist()):
        yield starts[first[a:b]], ends[first[a:b]], repeats[a:b]


def _copy_batch(file: CsvFile, batch: _Batch) -> bytes:
    """Return the bytes of a batch, the missing last newline of the file included."""
    starts, ends, repeats = batch
    size = len(file.data)
    texts = read_pieces(file.data, starts, ends)
    for index in np.flatnonzero(ends > size).tolist():
        texts[index] += file.dialect.newline[max(int(starts[index]) - size, 0) : int(ends[index]) - size]
    return b"".join([text * count for text, count in zip(texts, repeats.tolist(), strict=True)])
