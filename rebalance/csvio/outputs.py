"""The output files of a run: all of them appear, complete, when all are done, or none does."""

import atexit
import errno
import hashlib
import io
import os
import shlex
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from rebalance.csvio.compression import UNSUPPORTED, compressed_suffixes, find_codec_by_suffix
from rebalance.csvio.source import Source
from rebalance.errors import DataError, UsageError
from rebalance.system.signals import signals_deferred

_BUFFER_BYTES = 1 << 18
"""Bytes that a file collects before it calls the system."""

_REFUSED_SUFFIXES = (
    ".zip",
    ".7z",
    ".lz4",
    ".xlsx",
    ".parquet",
    *(suffix for compression in UNSUPPORTED for suffix in compression.suffixes),
)
"""A file with one of these suffixes would not contain what its name promises."""


def refuse_input_as_output(path: str, sources: list[Source]) -> None:
    """Raise DataError if the file at `path` is one of the inputs, by whatever link."""
    with suppress(OSError, ValueError):
        status = os.fstat(sys.stdout.fileno()) if path == "-" else os.stat(path)  # noqa: PTH116  follows links
        if any(source.identity == (status.st_dev, status.st_ino) for source in sources):
            raise DataError(f"the output {path} is the input itself", "write to another file, then move it over")


def is_standard_output(path: str) -> bool:
    """Return whether the file at `path` is standard output, by whatever name."""
    with suppress(OSError, ValueError):
        return path == "-" or os.path.samestat(os.stat(path), os.fstat(sys.stdout.fileno()))  # noqa: PTH116
    return False


def check_outputs(paths: list[str], sources: list[Source]) -> None:
    """Raise, before any work is done, if an output cannot be written.

    Raises UsageError for an empty name, the suffix of a refused format, and two names of the same file; DataError for
    an input, a directory, and a file in a folder that does not exist.
    """
    for path in paths:
        if not path:
            raise UsageError("an output has no name", "name a file, or - for standard output")
        suffix = Path(path).suffix.lower()
        if suffix in _REFUSED_SUFFIXES:
            raise UsageError(
                f"{path}: {suffix} files cannot be written",
                f"end the name in {', '.join(compressed_suffixes())} or .csv",
            )
        refuse_input_as_output(path, sources)
        if path.endswith(("/", os.sep)) or (path != "-" and Path(path).is_dir()):
            raise DataError(f"the output {path} is a directory", "name a file in it")
        folder = Path(path).parent
        if path != "-" and not folder.is_dir():
            raise DataError(f"cannot write {path}: there is no folder {folder}", f"mkdir -p {shlex.quote(str(folder))}")
    files = ["-" if is_standard_output(path) else os.path.realpath(path) for path in paths]
    for path, file in zip(paths, files, strict=True):
        if files.count(file) > 1:
            second = [other_path for other_path, other in zip(paths, files, strict=True) if other == file][1]
            raise UsageError(f"two outputs name the same file: {path} and {second}", "give each output its own file")


class Output:
    """A binary stream to write to; it knows the SHA-256 of the bytes in its file if that was asked for."""

    def __init__(self, compressed: BinaryIO, target: "_TargetStream") -> None:
        self._compressed, self._target = compressed, target

    def write(self, piece: bytes) -> None:
        """Write some bytes."""
        self._compressed.write(piece)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Write many pieces."""
        for piece in pieces:
            self._compressed.write(piece)

    def digest(self) -> str:
        """Return the SHA-256 of the file, complete once the output is closed; `""` if it was not asked for."""
        return self._target.digest.hexdigest() if self._target.digest else ""


@dataclass(frozen=True, slots=True)
class _FinishedFile:
    """A file that is complete and synced, but does not have its name yet."""

    temporary: Path
    """The present path."""

    target: Path
    """The path the file will have."""


class Outputs:
    """The outputs of one run, as a context manager.

    If the block succeeds, all files get their names; if it raises, none leaves a trace. Bytes for a pipe, a device or
    standard output are written at once, because they cannot be taken back.
    """

    def __init__(self) -> None:
        self._finished: list[_FinishedFile] = []
        self._temporaries: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        with signals_deferred():
            try:
                if kind is None:
                    _publish(self._finished)
            finally:
                for temporary in self._temporaries:
                    _remove(temporary)

    @contextmanager
    def open(self, path: str, *, hashed: bool = False) -> Iterator[Output]:
        """Open the output at `path`, or standard output for `-`, compressed as the suffix asks for.

        With `hashed`, the output computes its digest, which takes time. Raises DataError if the output cannot be opened
        or written.
        """
        with ExitStack() as stack:
            if path == "-" or is_standard_output(path):
                stream = _TargetStream(sys.stdout.buffer, "standard output", hashed=hashed)
                yield Output(cast("BinaryIO", stream), stream)
                with _write_errors("standard output"):
                    sys.stdout.buffer.flush()
                return
            target = Path(path).resolve()
            with _write_errors(path):
                if _is_pipe_or_device(path):
                    temporary, raw = None, cast("BinaryIO", open(path, "wb"))  # noqa: PTH123, SIM115  /dev/fd/63
                else:
                    temporary, raw = self._create_temporary(target)
            stack.callback(_close_quietly, raw)
            stream = _TargetStream(raw, path, hashed=hashed)
            binary = cast("BinaryIO", stream)
            codec = find_codec_by_suffix(path)
            with codec.open_writer(binary) if codec else nullcontext(binary) as compressed:
                yield Output(compressed, stream)
            with _write_errors(path):
                raw.flush()
                if temporary:
                    os.fsync(raw.fileno())
                raw.close()
            if temporary:
                self._finished.append(_FinishedFile(temporary, target))

    def _create_temporary(self, target: Path) -> tuple[Path, BinaryIO]:
        """Create a temporary file next to `target`, with the mode that `target` has or would get."""
        with signals_deferred():
            prefix = f".{os.fsdecode(os.fsencode(target.name)[:100])}."
            descriptor, name = tempfile.mkstemp(prefix=prefix, suffix=".tmp", dir=target.parent)
            self._temporaries.append(Path(name))
            atexit.register(_remove, Path(name))  # in case a signal arrives before this context ends
        raw = open(descriptor, "wb", _BUFFER_BYTES)  # noqa: PTH123, SIM115  closed where it is opened
        umask = os.umask(0)
        os.umask(umask)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask
        with suppress(PermissionError):  # some file systems have no modes
            os.fchmod(descriptor, mode)
        return Path(name), raw


@dataclass(frozen=True, slots=True)
class _Replacement:
    """A finished file that has its name now."""

    target: Path
    """The path of the file."""

    existed: bool
    """Whether there was a file at this path before."""

    backup: Path | None
    """Another name of the previous file, if there was one and the file system has hard links."""

    def undo(self) -> None:
        """Put the previous file back; without a backup it is lost, and the new file stays."""
        with suppress(OSError):
            if self.backup:
                self.backup.replace(self.target)
            elif not self.existed:
                self.target.unlink()


def _publish(finished: list[_FinishedFile]) -> None:
    """Give all files their names; if the system refuses one, put everything back and raise DataError."""
    replacements: list[_Replacement] = []
    try:
        for file in finished:
            backup = None
            try:
                with _write_errors(str(file.target)):
                    existed = file.target.exists()
                    backup = _back_up_target(file) if existed and len(finished) > 1 else None
                    file.temporary.replace(file.target)
            except DataError:
                _remove(backup)
                raise
            replacements.append(_Replacement(file.target, existed, backup))
    except BaseException:
        for replacement in reversed(replacements):
            replacement.undo()
        raise
    for replacement in replacements:
        _remove(replacement.backup)
    for folder in {file.target.parent for file in finished}:
        _sync_folder(folder)


def _back_up_target(file: _FinishedFile) -> Path | None:
    """Give the file that is about to be replaced a second name; return None if the file system has no hard links."""
    backup = file.temporary.with_suffix(".before.tmp")
    try:
        backup.hardlink_to(file.target)
    except OSError:
        return None
    return backup


def _remove(path: Path | None) -> None:
    if path:
        with suppress(OSError):  # the file may have been renamed, or its folder removed
            path.unlink()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # some systems cannot sync folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _is_pipe_or_device(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116  /dev/fd/63 must stay as typed
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


class _TargetStream(io.RawIOBase):
    """Writes to another stream, which stays open, and hashes the bytes if asked to."""

    def __init__(self, raw: BinaryIO, name: str, *, hashed: bool) -> None:
        self._raw, self._name = raw, name
        self.digest = hashlib.sha256() if hashed else None

    def writable(self) -> bool:
        return True

    def write(self, piece: Any) -> int:
        if self.digest:
            self.digest.update(piece)
        with _write_errors(self._name):
            return self._raw.write(piece)


@contextmanager
def _write_errors(path: str) -> Iterator[None]:
    """Raise an OSError of the block as a DataError that names the output; BrokenPipeError passes through."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        no_space = f"free some space, or write elsewhere; a name in {' or '.join(compressed_suffixes())} takes less"
        hints = {
            errno.ENOSPC: no_space,
            errno.EDQUOT: no_space,
            errno.EFBIG: "raise the limit (ulimit -f), or write a smaller table",
        }
        raise DataError(f"cannot write {path}: {error.strerror}", hints.get(error.errno or 0, "")) from None


def _close_quietly(raw: BinaryIO) -> None:
    with suppress(OSError):  # the bytes left in its buffer belong to an output that failed
        raw.close()
