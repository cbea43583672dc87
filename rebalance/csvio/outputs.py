"""The files a run writes: they appear together, whole, when all of them are done, or none does."""

import atexit
import errno
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
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from rebalance.csvio.source import Source
from rebalance.errors import DataError, UsageError
from rebalance.interrupts import held

_GZIP_LEVEL = 6
_BUFFER_BYTES = 1 << 18
_NOT_WRITTEN = (".zip", ".bz2", ".xz", ".7z", ".lz4", ".xlsx", ".parquet")


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


def check_outputs(paths: list[str], sources: list[Source]) -> None:
    """Raise, before any work is done, if one cannot be: a folder that is not there, an input, an unknown packing.

    Two names of one file are one file too many.
    """
    for path in paths:
        if not path:
            raise UsageError("an output has no name", "name a file, or - for standard output")
        suffix = Path(path).suffix.lower()
        if suffix in _NOT_WRITTEN:
            raise UsageError(f"{path}: {suffix} is not written", "end the name in .gz, .zst or .csv")
        refuse_input_as_output(path, sources)
        if path.endswith(("/", os.sep)) or (path != "-" and Path(path).is_dir()):
            raise DataError(f"the output {path} is a directory", "name a file in it")
        folder = Path(path).parent
        if path != "-" and not folder.is_dir():
            raise DataError(f"cannot write {path}: there is no folder {folder}", f"mkdir -p {shlex.quote(str(folder))}")
    places = ["-" if is_standard_output(path) else os.path.realpath(path) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            other = [another for another, where in zip(paths, places, strict=True) if where == place][1]
            raise UsageError(f"two outputs are one: {path} and {other}", "give each a file of its own")


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


@dataclass(frozen=True, slots=True)
class _Finished:
    """A file that is complete and synced, but not yet under its name."""

    temporary: Path
    target: Path


class Outputs:
    """The outputs of one run, as a context: leaving it well gives the files their names, all others leave no trace.

    A pipe or a device, and standard output, cannot be taken back: they get their bytes as these come.
    """

    def __init__(self) -> None:
        self._finished: list[_Finished] = []
        self._begun: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        with held():
            try:
                if kind is None:
                    _appear(self._finished)
            finally:
                for temporary in self._begun:
                    _forget(temporary)

    @contextmanager
    def open(self, path: str, *, hashed: bool = False) -> Iterator[Output]:
        """Open OUT for writing, `-` for standard output; `.gz` and `.zst` compress. `hashed`: its digest is wanted.

        Raises DataError if it cannot be opened or written.
        """
        with ExitStack() as stack:
            if path == "-" or is_standard_output(path):
                passing = _Passing(sys.stdout.buffer, "standard output", hashed=hashed)
                yield Output(cast("BinaryIO", passing), passing)
                with _naming("standard output"):
                    sys.stdout.buffer.flush()
                return
            target = Path(path).resolve()
            with _naming(path):
                if _is_stream(path):
                    temporary, raw = None, cast("BinaryIO", open(path, "wb"))  # noqa: PTH123, SIM115  /dev/fd/63
                else:
                    temporary, raw = self._begin(target)
            stack.callback(_closed, raw)
            passing = _Passing(raw, path, hashed=hashed)
            with _compressed(cast("BinaryIO", passing), Path(path).suffix.lower()) as packed:
                yield Output(packed, passing)
            with _naming(path):
                raw.flush()
                if temporary:
                    os.fsync(raw.fileno())
                raw.close()
            if temporary:
                self._finished.append(_Finished(temporary, target))

    def _begin(self, target: Path) -> tuple[Path, BinaryIO]:
        with held():
            prefix = f".{os.fsdecode(os.fsencode(target.name)[:100])}."
            descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
            self._begun.append(Path(name))
            atexit.register(_forget, Path(name))  # should a signal come before this context can end
        raw = open(descriptor, "wb", _BUFFER_BYTES)  # noqa: PTH123, SIM115  closed where it is opened
        umask = os.umask(0)
        os.umask(umask)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask
        with suppress(PermissionError):  # not every file system has modes
            os.fchmod(descriptor, mode)
        return Path(name), raw


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A file that has its name now; `before` is another name of what had it, if there was something."""

    target: Path
    existed: bool
    before: Path | None

    def undo(self) -> None:
        """Put back what was there; where the system knows no second names it is lost, and the new file stays."""
        with suppress(OSError):
            if self.before:
                self.before.replace(self.target)
            elif not self.existed:
                self.target.unlink()


def _appear(finished: list[_Finished]) -> None:
    """Give all files their names, or, if the system refuses one, none: what was there before is put back."""
    replaced: list[_Replaced] = []
    try:
        for file in finished:
            before = None
            try:
                with _naming(str(file.target)):
                    existed = file.target.exists()
                    before = _second_name(file) if existed and len(finished) > 1 else None
                    file.temporary.replace(file.target)
            except DataError:
                _forget(before)
                raise
            replaced.append(_Replaced(file.target, existed, before))
    except BaseException:
        for one in reversed(replaced):
            one.undo()
        raise
    for one in replaced:
        _forget(one.before)
    for folder in {file.target.parent for file in finished}:
        _sync_folder(folder)


def _second_name(file: _Finished) -> Path | None:
    before = file.temporary.with_suffix(".before.tmp")
    try:
        before.hardlink_to(file.target)
    except OSError:  # not every file system has them
        return None
    return before


def _forget(path: Path | None) -> None:
    if path:
        with suppress(OSError):  # it may have its name by now, or its folder may be gone
            path.unlink()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # not every system syncs folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_stream(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  /dev/fd/63 must stay as typed
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


class _Passing(io.RawIOBase):
    """Passes bytes on to another stream, which it does not close, and hashes them if asked: that takes its time."""

    def __init__(self, raw: BinaryIO, name: str, *, hashed: bool) -> None:
        self._raw, self._name = raw, name
        self.digest = hashlib.sha256() if hashed else None

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        if self.digest:
            self.digest.update(piece)
        with _naming(self._name):
            return self._raw.write(piece)


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Let what the system refuses name the output; a reader that has gone away is no error of its own."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        remedy = {
            errno.ENOSPC: "free some space, or write elsewhere; a name in .gz or .zst takes less",
            errno.EDQUOT: "free some space, or write elsewhere; a name in .gz or .zst takes less",
            errno.EFBIG: "raise the limit (ulimit -f), or write a smaller table",
        }
        raise DataError(f"cannot write {path}: {error.strerror}", remedy.get(error.errno or 0, "")) from None


def _closed(raw: BinaryIO) -> None:
    with suppress(OSError):  # what is left in its buffer is of an output that failed
        raw.close()


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
