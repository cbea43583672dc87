"""Kept records as the bytes that came in, and cells quoted where they must be."""

from collections.abc import Iterator

import numpy as np

from rebalance.arrays import Rows, stretches
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.records import Records

_PIECE_BYTES = 4 << 20
_ROWS_PER_PIECE = 16_384


def kept_runs(records: Records, keep: Rows) -> Iterator[bytes]:
    """Yield the bytes of the records `keep`, in that order, consecutive ones copied as one stretch.

    Blank lines between two records that stay neighbours are copied too. Only the very last piece may lack a
    newline, as the file's last record may. Memory: a few pieces, and of the numbers only a stretch more.
    """
    for part in stretches(len(keep)):
        rows = keep[part]
        breaks = np.flatnonzero(rows[1:] != rows[:-1] + 1) + 1
        if len(breaks) > len(rows) // 4:  # mostly single records
            for begin in range(0, len(rows), _ROWS_PER_PIECE):
                yield _repeated(records, rows[begin : begin + _ROWS_PER_PIECE])
            continue
        firsts = rows[np.concatenate([[0], breaks])]
        lasts = rows[np.concatenate([breaks - 1, [len(rows) - 1]])]
        ends = records.ends[lasts]
        if part.stop < len(keep) and keep[part.stop] == rows[-1] + 1:
            ends[-1] = records.starts[int(keep[part.stop])]
        unended = lasts == len(records) - 1 if records.lacks_final_newline else np.zeros(len(lasts), np.bool_)
        unended[-1] &= part.stop < len(keep)
        spans = zip(records.starts[firsts].tolist(), ends.tolist(), unended.tolist(), strict=True)
        for begin, end, lacks_newline in spans:
            for piece in range(begin, end, _PIECE_BYTES):
                yield records.file.data[piece : min(piece + _PIECE_BYTES, end)]
            if lacks_newline:
                yield records.file.dialect.newline


def _repeated(records: Records, rows: Rows) -> bytes:
    """Return the bytes of records, one that follows itself read once, each with a newline."""
    firsts = np.flatnonzero(np.diff(rows, prepend=-1))
    counts = np.diff(firsts, append=len(rows))
    texts = records.complete_texts(rows[firsts])
    return b"".join(text * count for text, count in zip(texts, counts.tolist(), strict=True))


def quote(cell: bytes, dialect: Dialect) -> bytes:
    """Return `cell` as a field: in quotes if it holds a delimiter, a quote or a newline."""
    if any(mark in cell for mark in (dialect.delimiter, b'"', b"\n", b"\r")):
        return b'"' + cell.replace(b'"', b'""') + b'"'
    return cell
