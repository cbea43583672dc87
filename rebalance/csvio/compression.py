"""The compression formats of inputs and outputs, one entry each.

A new format is a new entry in `CODECS`; if `UNSUPPORTED` lists the format, remove it there.
"""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

_GZIP_LEVEL = 6
"""The level of gzip itself: higher levels take far longer and save little."""

_READ_BYTES = 1 << 16
"""Compressed bytes that are read at a time."""

_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"
"""The first bytes of a frame of data: RFC 8878, section 3.1.1."""

_ZSTD_SKIPPABLE_FRAMES = tuple(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))
"""The first bytes of a frame without data, which pzstd writes first: RFC 8878, section 3.1.2."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A compression format that can be read and written."""

    name: str
    """The name of the format in messages."""

    suffixes: tuple[str, ...]
    """The suffixes of file names, in lower case, that ask for this format."""

    magics: tuple[bytes, ...]
    """The possible first bytes of compressed data, at most 8 each."""

    open_reader: Callable[[BinaryIO], AbstractContextManager[BinaryIO]]
    """Returns a stream of the decompressed bytes of a binary file. Closing the stream leaves the file open."""

    open_writer: Callable[[BinaryIO], AbstractContextManager[BinaryIO]]
    """Returns a stream that compresses into a binary file. Closing the stream completes the data and leaves the file
    open. The same input gives the same bytes: the data contains no file name and no time."""

    damage_errors: Callable[[], tuple[type[Exception], ...]]
    """Returns the exceptions that the reader raises for damaged or truncated data. This is a function because the
    exceptions may belong to a package that is imported only when needed."""


@dataclass(frozen=True, slots=True)
class UnsupportedCompression:
    """A compression format that is recognized but neither read nor written."""

    name: str
    """The name of the format in messages."""

    suffixes: tuple[str, ...]
    """The suffixes of file names, in lower case."""

    magic: bytes
    """The first bytes of compressed data."""

    command: str
    """The command that decompresses a file to standard output."""


class _KeptOpen(io.RawIOBase):
    """A view of a binary file; closing the view leaves the file open.

    A pyarrow stream closes the Python file below it when the stream is closed or garbage-collected.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return self._file.readable()

    def writable(self) -> bool:
        return self._file.writable()

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(size)

    def write(self, piece: Any, /) -> int:
        return self._file.write(piece)


def _open_gzip_reader(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", gzip.GzipFile(fileobj=file, mode="rb"))


def _open_gzip_writer(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    writer = gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL, mtime=0)
    return cast("AbstractContextManager[BinaryIO]", writer)


def _gzip_damage_errors() -> tuple[type[Exception], ...]:
    return EOFError, zlib.error, gzip.BadGzipFile


def _open_zstd_reader(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    import pyarrow as pa

    return cast(
        "AbstractContextManager[BinaryIO]", pa.CompressedInputStream(pa.PythonFile(_KeptOpen(file), "r"), "zstd")
    )


def _open_zstd_writer(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    import pyarrow as pa

    return cast(
        "AbstractContextManager[BinaryIO]", pa.CompressedOutputStream(pa.PythonFile(_KeptOpen(file), "w"), "zstd")
    )


def _zstd_damage_errors() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    return OSError, pa.ArrowException


class _Bzip2Reader(io.RawIOBase):
    """Decompressed bytes of all streams in a file.

    Python's own reader takes whatever follows a stream for padding, and ends without an error.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._stream, self._input = file, bz2.BZ2Decompressor(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while True:
            if self._stream.eof:
                self._input = self._stream.unused_data or self._file.read(_READ_BYTES)
                if not self._input:
                    return 0
                self._stream = bz2.BZ2Decompressor()
            elif self._stream.needs_input:
                self._input = self._file.read(_READ_BYTES)
                if not self._input:
                    raise EOFError
            piece = self._stream.decompress(self._input, len(buffer))
            self._input = b""
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)


def _open_bzip2_reader(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", io.BufferedReader(_Bzip2Reader(file)))


def _open_bzip2_writer(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", bz2.BZ2File(file, "wb"))


def _bzip2_damage_errors() -> tuple[type[Exception], ...]:
    return EOFError, OSError, ValueError


def _open_xz_reader(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", lzma.LZMAFile(file, "rb"))


def _open_xz_writer(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    return cast("AbstractContextManager[BinaryIO]", lzma.LZMAFile(file, "wb"))


def _xz_damage_errors() -> tuple[type[Exception], ...]:
    return EOFError, lzma.LZMAError


CODECS = (
    Codec("gzip", (".gz", ".gzip"), (b"\x1f\x8b",), _open_gzip_reader, _open_gzip_writer, _gzip_damage_errors),
    Codec(
        "zstd",
        (".zst", ".zstd"),
        (_ZSTD_FRAME, *_ZSTD_SKIPPABLE_FRAMES),
        _open_zstd_reader,
        _open_zstd_writer,
        _zstd_damage_errors,
    ),
    Codec("bzip2", (".bz2",), (b"BZh",), _open_bzip2_reader, _open_bzip2_writer, _bzip2_damage_errors),
    Codec("xz", (".xz",), (b"\xfd7zXZ\0",), _open_xz_reader, _open_xz_writer, _xz_damage_errors),
)
"""The formats that can be read and written."""

UNSUPPORTED = (
    UnsupportedCompression("LZ4", (".lz4",), b"\x04\x22\x4d\x18", "lz4 -dc"),
    UnsupportedCompression("compress", (".z",), b"\x1f\x9d", "uncompress -c"),
)
"""The formats that are refused, with a command that converts an input."""


def find_codec_by_magic(head: bytes) -> Codec | None:
    """Return the codec of data whose first 8 bytes are `head`, or None if the data is not compressed."""
    return next((codec for codec in CODECS if head.startswith(codec.magics)), None)


def find_codec_by_suffix(path: str) -> Codec | None:
    """Return the codec that the suffix of a file name asks for, or None."""
    suffix = Path(path).suffix.lower()
    return next((codec for codec in CODECS if suffix in codec.suffixes), None)


def compressed_suffixes() -> list[str]:
    """Return the suffixes of all formats that can be written."""
    return [suffix for codec in CODECS for suffix in codec.suffixes]
