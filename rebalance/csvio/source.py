"""Open the bytes of a CSV: a plain file directly, a pipe or compressed file through a temporary file."""

import codecs
import hashlib
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from rebalance.csvio.compression import UNSUPPORTED, Codec, find_codec_by_magic
from rebalance.csvio.file_bytes import Buffer, FileBytes, input_changed_error
from rebalance.errors import DataError

_FOREIGN_FORMATS = {
    b"PK\x03\x04": ("a zip archive or spreadsheet (.xlsx)", "export the sheet as CSV, or unzip it first"),
    b"\x89PNG": ("a PNG picture", "give a CSV file"),
    b"%PDF": ("a PDF document", "give a CSV file"),
    b"PAR1": ("a Parquet file", "export it as CSV first"),
    **{
        compression.magic: (f"compressed with {compression.name}", f"{compression.command} FILE | rebalance ... -")
        for compression in UNSUPPORTED
    },
}
"""First bytes of files that are no CSV, a description and a hint."""

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte-order marks of wide encodings. That of UTF-32 starts as that of UTF-16 does, so it comes first."""

_HEAD_BYTES = 8
"""Bytes that identify the format of a file."""

_COPY_BYTES = 1 << 20
"""Bytes copied or hashed at a time: enough to make the calls cheap, little memory."""

_OTHER_FOLDER_HINT = "put TMPDIR=/another/folder before the command, or give a plain file"


@dataclass(frozen=True, slots=True)
class Source:
    """An input whose bytes can be read."""

    name: str
    """The path as given, or `standard input`."""

    data: Buffer
    """The bytes, decompressed."""

    identity: tuple[int, int] | None
    """Device and inode of the file, so that no output ever replaces it, by whatever link; None for a pipe."""

    descriptor: int = -1
    """An open file of the input as given, compressed if it was."""

    wide_encoding: str = ""
    """The encoding of an input in which not every delimiter is a byte of its own, such as UTF-16; `data` are then its
    characters in UTF-8."""

    mark: bytes = b""
    """The byte-order mark of such an input."""

    def encoded(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield pieces of an output in the encoding of the input: those of a wide one are given in UTF-8."""
        if not self.wide_encoding:
            yield from pieces
            return
        yield self.mark
        decoder = codecs.getincrementaldecoder("utf-8")()
        for piece in pieces:
            yield decoder.decode(piece).encode(self.wide_encoding)

    def sha256(self) -> str:
        """Return the SHA-256 of the input as given, compressed if it was."""
        digest = hashlib.sha256()
        offset = 0
        while piece := os.pread(self.descriptor, _COPY_BYTES, offset):
            digest.update(piece)
            offset += len(piece)
        return digest.hexdigest()


@contextmanager
def open_source(path: str, max_bytes: int = sys.maxsize, wide_encoding: str = "") -> Iterator[Source]:
    """Open the file at `path`, or standard input for `-`; a compressed or piped input may hold up to `max_bytes`.

    UTF-16 and UTF-32 are recognized by their byte-order marks; `wide_encoding` names one without a mark.

    Raises DataError if there is no such file, or if the file cannot be read, is empty or is not text; and, at the end
    of the block, if the file has changed since it was opened.
    """
    name = "standard input" if path == "-" else path
    with ExitStack() as stack:
        raw = opened = _open_input(path, name, stack)
        status = os.fstat(raw.fileno())
        identity: tuple[int, int] | None = (status.st_dev, status.st_ino)
        if not stat.S_ISREG(status.st_mode):
            raw, identity = _spool(raw, name, stack, max_bytes), None
        elif raw.tell():  # the shell has read a part of the file
            raw = _spool(raw, name, stack, max_bytes)
        input_descriptor = raw.fileno()
        head = os.pread(input_descriptor, _HEAD_BYTES, 0)
        codec = find_codec_by_magic(head)
        if codec:
            raw = _decompress(raw, codec, name, stack, max_bytes)
            head = os.pread(raw.fileno(), _HEAD_BYTES, 0)
        mark = next((known for known in _MARKS if head.startswith(known)), b"")
        wide_encoding = _MARKS[mark] if mark else wide_encoding
        if wide_encoding:
            raw = _transcode(raw, wide_encoding, len(mark), name, stack, max_bytes)
            head = os.pread(raw.fileno(), _HEAD_BYTES, 0)
        _check_head(head, name)
        yield Source(name, FileBytes(raw.fileno(), name), identity, input_descriptor, wide_encoding, mark)
        if identity and not _is_unchanged(path, opened, status):
            raise input_changed_error(name)


def _check_head(head: bytes, name: str) -> None:
    """Raise DataError if an input with these first bytes is no CSV."""
    for magic, (description, hint) in _FOREIGN_FORMATS.items():
        if head.startswith(magic):
            raise DataError(f"{name} is {description}, not a CSV", hint)
    if not head:
        raise DataError(f"{name} is empty", "give a CSV with a header line and at least one record")


def _is_unchanged(path: str, opened: BinaryIO, before: os.stat_result) -> bool:
    """Return whether an open file has the same name, size and modification time as when it was opened."""
    try:
        named = os.fstat(opened.fileno()) if path == "-" else os.stat(path)  # noqa: PTH116  /dev/fd/63
    except OSError:
        return False
    return all(
        (status.st_ino, status.st_size, status.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
        for status in (named, os.fstat(opened.fileno()))
    )


def _open_input(path: str, name: str, stack: ExitStack) -> BinaryIO:
    if path == "-":
        if sys.stdin is None:
            raise DataError("standard input is closed", "name a file, or pipe one in")
        return sys.stdin.buffer
    try:
        return stack.enter_context(open(path, "rb"))  # noqa: PTH123  a Path cannot open /dev/fd/63
    except IsADirectoryError:
        raise DataError(f"{name} is a directory", "name one CSV file in it") from None
    except FileNotFoundError:
        raise DataError(f"there is no file {name}", _suggest_file(path)) from None
    except OSError as error:
        raise DataError(f"cannot read {name}: {error.strerror}") from None


def _suggest_file(path: str) -> str:
    """Return a hint with the files whose names are most similar to `path`."""
    from rebalance.errors import did_you_mean

    folder = os.path.dirname(path) or "."  # noqa: PTH120
    try:
        return did_you_mean(os.path.basename(path), sorted(os.listdir(folder)))  # noqa: PTH119, PTH208
    except OSError:
        return f"there is no folder {folder} either"


def _spool(raw: BinaryIO, name: str, stack: ExitStack, max_bytes: int) -> BinaryIO:
    """Return a temporary file with all bytes of a stream. Raises DataError if there are more than `max_bytes`."""
    folder = tempfile.gettempdir()
    size = 0
    try:
        copy = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  the stack closes it
    except OSError as error:
        raise DataError(f"cannot write a temporary file in {folder}: {error.strerror}", _OTHER_FOLDER_HINT) from None
    while piece := raw.read(_COPY_BYTES):
        size += len(piece)
        if size > max_bytes:
            raise DataError(
                f"{name} holds more than {max_bytes:,} bytes",
                "if this is the right input, allow its size with a larger --max-bytes",
            )
        with _spool_errors(name, folder):
            copy.write(piece)
    with _spool_errors(name, folder):
        copy.flush()
    return cast("BinaryIO", copy)


@contextmanager
def _spool_errors(name: str, folder: str) -> Iterator[None]:
    """Raise an OSError of the block as a DataError that names the input and the folder."""
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot keep {name} in {folder}: {error.strerror}", _OTHER_FOLDER_HINT) from None


def _transcode(raw: BinaryIO, encoding: str, start: int, name: str, stack: ExitStack, max_bytes: int) -> BinaryIO:
    """Return a temporary file with the characters of a file from offset `start` in UTF-8."""
    reader = io.BufferedReader(_Transcoder(raw, encoding, start))
    try:
        return _spool(cast("BinaryIO", reader), name, stack, max_bytes)
    except UnicodeError as error:
        raise DataError(f"{name} is not {encoding.upper()} text: {error}", "name another --encoding") from None


class _Transcoder(io.RawIOBase):
    """The characters of a file in UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str, start: int) -> None:
        file.seek(start)
        self._file, self._rest = file, b""
        self._encoding, self._unread = encoding, b""
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._rest:
            piece = self._file.read(_COPY_BYTES)
            text = self._decoder.decode(piece, final=not piece)
            again, self._unread = text.encode(self._encoding), self._unread + piece
            if not self._unread.startswith(again):
                raise UnicodeError("some characters have two spellings, and would be written back as other bytes")
            self._rest, self._unread = text.encode(), self._unread[len(again) :]
            if not piece:
                break
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def _decompress(raw: BinaryIO, codec: Codec, name: str, stack: ExitStack, max_bytes: int) -> BinaryIO:
    """Return a temporary file with the decompressed bytes of a file, which stays open."""
    raw.seek(0)
    try:
        with codec.open_reader(raw) as reader:
            return _spool(reader, name, stack, max_bytes)
    except codec.damage_errors() as error:
        raise DataError(
            f"{name}: damaged or cut-off {codec.name} data ({error})", "compress or copy it again"
        ) from None
