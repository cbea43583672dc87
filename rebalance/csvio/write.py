"""Kept records as the bytes that came in, and cells quoted where they must be."""

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np

from rebalance.ahead import in_order
from rebalance.arrays import Int64, Rows, stretches
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.filebytes import pieces
from rebalance.csvio.records import CsvFile, Records

_PIECE_BYTES = 1 << 20
"""Small enough to be in a processor's cache still when it is written."""

_Batch = tuple[Int64, Int64, Int64]
"""Stretches of the file that are written together: where each begins and ends, and how many times it is written."""


def kept_runs(records: Records, keep: Rows, *, final: bool = False) -> Iterator[bytes]:
    """Yield the bytes of the records `keep`, in that order, each with a newline, consecutive ones as one stretch.

    Blank lines between two records that stay neighbours are copied too. `final`: nothing follows them, so the end of
    the file stays as it is, be it blank lines or a record without a newline. A thread reads ahead. Memory: a few
    pieces, and of the numbers only a stretch more.
    """
    for part in stretches(len(keep)):
        runs = _runs(records, keep, part, final=final)
        yield from in_order(partial(_copied, records.file), _batches(*runs), workers=1)


def _runs(records: Records, keep: Rows, part: slice, *, final: bool) -> tuple[Int64, Int64]:
    """Return where each run of consecutive records begins and ends; a newline that is lacking counts as if it stood."""
    rows, file = keep[part], records.file
    first = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1] + 1]))
    last = rows[np.append(first[1:], len(rows)) - 1]
    begins, ends = records.starts[rows[first]], records.ends[last]
    if records.lacks_final_newline:
        ends[last == len(records) - 1] += len(file.dialect.newline)
    if part.stop < len(keep):
        if keep[part.stop] == rows[-1] + 1:
            ends[-1] = records.starts[int(keep[part.stop])]
    elif final and last[-1] == len(records) - 1:
        ends[-1] = len(file.data)
    return begins, ends


def _batches(begins: Int64, ends: Int64) -> Iterator[_Batch]:
    """Yield runs in batches of about a piece; a longer run is cut, one that follows itself is counted."""
    parts = -(-(ends - begins) // _PIECE_BYTES)
    if parts.max() > 1:
        number = np.arange(parts.sum()) - np.repeat(np.cumsum(parts) - parts, parts)
        begins, ends = np.repeat(begins, parts) + number * _PIECE_BYTES, np.repeat(ends, parts)
        ends = np.minimum(ends, begins + _PIECE_BYTES)
    sizes = ends - begins
    piece = (np.cumsum(sizes) - sizes) // _PIECE_BYTES
    differs = np.concatenate([[True], (np.diff(begins) != 0) | (np.diff(ends) != 0) | (np.diff(piece) != 0)])
    first = np.flatnonzero(differs)
    counts = np.diff(first, append=len(begins))
    edges = np.flatnonzero(np.diff(piece[first], prepend=-1, append=-1))
    for a, b in pairwise(edges.tolist()):
        yield begins[first[a:b]], ends[first[a:b]], counts[a:b]


def _copied(file: CsvFile, batch: _Batch) -> bytes:
    begins, ends, counts = batch
    size = len(file.data)
    texts = pieces(file.data, begins, ends)
    for at in np.flatnonzero(ends > size).tolist():
        texts[at] += file.dialect.newline[max(int(begins[at]) - size, 0) : int(ends[at]) - size]
    return b"".join([text * count for text, count in zip(texts, counts.tolist(), strict=True)])


def quote(cell: bytes, dialect: Dialect) -> bytes:
    """Return `cell` as a field: in quotes if it holds a delimiter, a quote or a newline."""
    if any(mark in cell for mark in (dialect.delimiter, b'"', b"\n", b"\r")):
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
