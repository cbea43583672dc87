"""Get the bytes of a CSV: a file as it lies, or a pipe or compressed file spooled first."""

import gzip
import hashlib
import os
import re
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from rebalance.csvio.filebytes import Buffer, FileBytes, changed
from rebalance.errors import DataError, UsageError

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_NOT_CSV = {
    b"PK\x03\x04": ("a zip archive or spreadsheet (.xlsx)", "export the sheet as CSV, or unzip it first"),
    b"\x89PNG": ("a PNG picture", "give a CSV file"),
    b"%PDF": ("a PDF document", "give a CSV file"),
    b"PAR1": ("a Parquet file", "export it as CSV first"),
    b"BZh": ("compressed with bzip2", "bzip2 -dc FILE | rebalance ... -"),
    b"\xfd7zXZ": ("compressed with xz", "xz -dc FILE | rebalance ... -"),
    b"\xff\xfe\x00\x00": ("UTF-32 text", "iconv -f UTF-32 -t UTF-8 FILE | rebalance ... -"),
    b"\xff\xfe": ("UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | rebalance ... -"),
    b"\xfe\xff": ("UTF-16 text", "iconv -f UTF-16 -t UTF-8 FILE | rebalance ... -"),
}
_COPY_BYTES = 1 << 20
_OTHER_FOLDER = "TMPDIR=/another/folder before the command, or give a plain file"


_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


def parse_bytes(text: str) -> int:
    """Return the number of bytes that `500M` or `16G` says. Raises UsageError for anything else."""
    said = re.fullmatch(r"([0-9]+)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not said or not int(said[1]):
        raise UsageError(
            f"--max-bytes {text}: not a number of bytes above 0", "whole, with K, M, G or T: --max-bytes 500M"
        )
    return int(said[1]) * _UNITS[said[2].upper()]


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one input, decompressed, and where they came from.

    `identity` is (device, inode) of the file, so that no output ever replaces it by whatever link; None for
    a pipe. `descriptor` is an open file of the bytes as given.
    """

    name: str
    data: Buffer
    identity: tuple[int, int] | None
    descriptor: int = -1

    def sha256(self) -> str:
        """Return the SHA-256 of the input as it was given, still compressed if it was."""
        digest = hashlib.sha256()
        at = 0
        while piece := os.pread(self.descriptor, _COPY_BYTES, at):
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()


@contextmanager
def open_source(path: str, most_bytes: int = sys.maxsize) -> Iterator[Source]:
    """Open FILE, or standard input for `-`; what is compressed or piped may hold `most_bytes`.

    Raises DataError if there is no such file, it cannot be read, it is empty, or it is no text; and, when the block has
    ended, if the file is not what it was when it was opened.
    """
    name = "standard input" if path == "-" else path
    with ExitStack() as stack:
        raw = opened = _open(path, name, stack)
        status = os.fstat(raw.fileno())
        identity: tuple[int, int] | None = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode):
            raw, identity = _spooled(raw, name, stack, most_bytes), None
        elif raw.tell():  # the shell has read a part of it
            raw = _spooled(raw, name, stack, most_bytes)
        given = raw.fileno()
        head = os.pread(given, 8, 0)
        if head.startswith((_GZIP, _ZSTD)):
            raw = _decompressed(raw, name, stack, most_bytes, gzipped=head.startswith(_GZIP))
            head = os.pread(raw.fileno(), 8, 0)
        for magic, (what, remedy) in _NOT_CSV.items():
            if head.startswith(magic):
                raise DataError(f"{name} is {what}, not a CSV", remedy)
        if not head:
            raise DataError(f"{name} is empty", "give a CSV with a header line and at least one record")
        yield Source(name, FileBytes(raw.fileno(), name), identity, given)
        if identity and not _is_still(path, opened, status):
            raise changed(name)


def _is_still(path: str, opened: BinaryIO, before: os.stat_result) -> bool:
    """Whether an open file has its bytes, and its name, as when it was opened."""
    try:
        named = os.fstat(opened.fileno()) if path == "-" else os.stat(path)  # noqa: PTH116  /dev/fd/63
    except OSError:
        return False
    return all(
        (one.st_ino, one.st_size, one.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
        for one in (named, os.fstat(opened.fileno()))
    )


def _open(path: str, name: str, stack: ExitStack) -> BinaryIO:
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed", "name a file, or pipe one in")
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(path, "rb"))  # noqa: PTH123  a Path cannot say /dev/fd/63
    except IsADirectoryError:
        raise DataError(f"{name} is a directory", "name one CSV file in it") from None
    except FileNotFoundError:
        raise DataError(f"there is no file {name}", _neighbour(path)) from None
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}") from None


def _neighbour(path: str) -> str:
    from rebalance.errors import did_you_mean

    folder = os.path.dirname(path) or "."  # noqa: PTH120
    try:
        return did_you_mean(os.path.basename(path), sorted(os.listdir(folder)))  # noqa: PTH119, PTH208
    except OSError:
        return f"there is no folder {folder} either"


def _spooled(raw: BinaryIO, name: str, stack: ExitStack, most_bytes: int) -> BinaryIO:
    folder = tempfile.gettempdir()
    size = 0
    try:
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
    except OSError as error:
        raise DataError(f"cannot write a temporary file in {folder}: {error.strerror}", _OTHER_FOLDER) from None
    while piece := raw.read(_COPY_BYTES):
        size += len(piece)
        if size > most_bytes:
            raise DataError(
                f"{name} holds more than {most_bytes:,} bytes",
                "if that is meant, a larger --max-bytes allows it",
            )
        with _keeping(name, folder):
            copy.write(piece)
    with _keeping(name, folder):
        copy.flush()
    return cast("BinaryIO", copy)


@contextmanager
def _keeping(name: str, folder: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot keep {name} in {folder}: {error.strerror}", _OTHER_FOLDER) from None


def _decompressed(raw: BinaryIO, name: str, stack: ExitStack, most_bytes: int, *, gzipped: bool) -> BinaryIO:
    raw.seek(0)
    damaged: tuple[type[Exception], ...]
    if gzipped:
        stream: BinaryIO = cast("BinaryIO", gzip.GzipFile(fileobj=raw, mode="rb"))
        damaged = (EOFError, zlib.error, gzip.BadGzipFile)
    else:
        import pyarrow as pa

        stream = pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")
        damaged = (OSError, pa.ArrowException)
    try:
        return _spooled(stream, name, stack, most_bytes)
    except damaged as error:
        kind = "gzip" if gzipped else "zstd"
        raise DataError(f"{name}: damaged or cut-off {kind} data ({error})", "compress or copy it again") from None
