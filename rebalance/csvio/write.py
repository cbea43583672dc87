"""Write records: kept ones as the bytes that came in, to an output that appears whole or not at all."""

import gzip
import hashlib
import io
import os
import shlex
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from rebalance.arrays import Rows, stretches
from rebalance.csvio.dialect import Dialect
from rebalance.csvio.records import Records
from rebalance.csvio.source import Source
from rebalance.errors import DataError, UsageError

_PIECE_BYTES = 4 << 20
_ROWS_PER_PIECE = 16_384
_GZIP_LEVEL = 6
_NOT_WRITTEN = (".zip", ".bz2", ".xz", ".7z", ".lz4", ".xlsx", ".parquet")


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


def refuse_input_as_output(path: str, sources: list[Source]) -> None:
    """Raise DataError if the file at `path` is one of the inputs, by whatever link."""
    with suppress(OSError, ValueError):
        status = os.fstat(sys.stdout.fileno()) if path == "-" else os.stat(path)  # noqa: PTH116  follows links
        if any(source.identity == (status.st_dev, status.st_ino) for source in sources):
            raise DataError(f"the output {path} is the input itself", "write to another file, then move it over")


def is_standard_output(path: str) -> bool:
    """Whether OUT is what standard output is, by whatever name."""
    with suppress(OSError, ValueError):
        return path == "-" or os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))  # noqa: PTH116
    return False


def check_output(path: str, sources: list[Source]) -> None:
    """Raise, before any work is done, if OUT cannot be: a folder that is not there, an input, an unknown packing."""
    suffix = Path(path).suffix.lower()
    if suffix in _NOT_WRITTEN:
        raise UsageError(f"{path}: {suffix} is not written", "end the name in .gz, .zst or .csv")
    refuse_input_as_output(path, sources)
    folder = Path(path).parent
    if path != "-" and not folder.is_dir():
        raise DataError(f"cannot write {path}: there is no folder {folder}", f"mkdir -p {shlex.quote(str(folder))}")


class Output:
    """A binary stream to write to, which knows the SHA-256 of what has reached its file, if that is wanted."""

    def __init__(self, packed: BinaryIO, passing: "_Passing") -> None:
        self._packed, self._passing = packed, passing

    def write(self, piece: bytes) -> None:
        """Write some bytes."""
        self._packed.write(piece)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Write many pieces."""
        for piece in pieces:
            self._packed.write(piece)

    def digest(self) -> str:
        """Return the SHA-256 of the file as written, complete once the output is closed; `""` if not wanted."""
        return self._passing.digest.hexdigest() if self._passing.digest else ""


class _Passing(io.RawIOBase):
    """Passes bytes on to another stream, which it does not close, and hashes them if asked: that takes its time."""

    def __init__(self, raw: BinaryIO, *, hashed: bool) -> None:
        self._raw = raw
        self.digest = hashlib.sha256() if hashed else None

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        if self.digest:
            self.digest.update(piece)
        return self._raw.write(piece)


@contextmanager
def open_output(path: str, *, hashed: bool = False) -> Iterator[Output]:
    """Open OUT for writing, `-` for standard output; `.gz` and `.zst` compress.

    A regular file appears under its name only when the block ends without an error, complete and synced; an
    existing one is replaced then. A pipe or a device is written to as it is. `hashed`: its digest is wanted.
    Raises DataError if it cannot be opened.
    """
    with ExitStack() as stack:
        if path == "-":
            passing = _Passing(sys.stdout.buffer, hashed=hashed)
            yield Output(cast("BinaryIO", passing), passing)
            sys.stdout.buffer.flush()
            return
        target = Path(path).resolve() if not _is_stream(path) else Path(path)
        try:
            raw = stack.enter_context(target.open("wb") if _is_stream(path) else _whole_or_nothing(target))
        except OSError as error:
            raise DataError(f"cannot write {path}: {error.strerror}") from None
        passing = _Passing(raw, hashed=hashed)
        yield Output(stack.enter_context(_compressed(cast("BinaryIO", passing), target.suffix.lower())), passing)


def _is_stream(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  /dev/fd/63 must stay as typed
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[BinaryIO]:
    if target.is_dir():
        raise DataError(f"the output {target} is a directory", "name a file in it")
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb", 1 << 20) as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def _compressed(raw: BinaryIO, suffix: str) -> Iterator[BinaryIO]:
    if suffix == ".gz":
        # no name and no time of day in the gzip header: the same rows are the same bytes
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0) as packed:
            yield cast("BinaryIO", packed)
    elif suffix == ".zst":
        import pyarrow as pa

        with pa.CompressedOutputStream(pa.PythonFile(raw, "w"), "zstd") as packed:
            yield packed
    else:
        yield raw
