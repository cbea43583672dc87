"""The outputs of a run appear together or not at all, whatever the order of writing, failing and ending."""

import errno
import hashlib
import os
import shutil
import struct
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rebalance.csvio.compression import CODECS, UNSUPPORTED, Codec
from rebalance.csvio.outputs import Outputs, check_outputs, is_standard_output, refuse_input_as_output
from rebalance.csvio.source import open_source
from rebalance.errors import DataError, RebalanceError, UsageError

NAMES = ("a.csv", "b.csv.gz", "c.csv")


class SystemRefusesError(OSError):
    """The error of a system call that a test lets fail."""

    def __init__(self) -> None:
        super().__init__(errno.EIO, os.strerror(errno.EIO))


class Runs(RuleBasedStateMachine):
    """Runs that write to the same files, and some of which fail; `expected` is what the folder must contain."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.expected: dict[str, bytes] = {}
        self.outputs: Outputs | None = None
        self.written: dict[str, bytes] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(names=st.sets(st.sampled_from(NAMES)))
    def create_previous_files(self, names: set[str]) -> None:
        for name in names:
            (self.folder / name).write_bytes(b"before")
            self.expected[name] = b"before"

    @precondition(lambda self: self.outputs is None)
    @rule()
    def begin(self) -> None:
        self.outputs = Outputs().__enter__()
        self.written = {}

    @precondition(lambda self: self.outputs is not None)
    @rule(name=st.sampled_from(NAMES), content=st.binary(max_size=20))
    def write(self, name: str, content: bytes) -> None:
        assert self.outputs
        if name in self.written:
            return
        with self.outputs.open(str(self.folder / name)) as out:
            out.write(content)
        self.written[name] = content

    @precondition(lambda self: self.outputs is not None)
    @rule(name=st.sampled_from(NAMES))
    def fail_while_writing(self, name: str) -> None:
        assert self.outputs
        with suppress(ZeroDivisionError), self.outputs.open(str(self.folder / name)) as out:
            out.write(b"half of")
            raise ZeroDivisionError

    @precondition(lambda self: self.outputs is not None)
    @rule()
    def succeed(self) -> None:
        self._end(None)
        for name in self.written:
            self.expected[name] = (self.folder / name).read_bytes()
        plain = {name: content for name, content in self.written.items() if not name.endswith(".gz")}
        assert plain == {name: self.expected[name] for name in plain}

    @precondition(lambda self: self.outputs is not None)
    @rule()
    def be_interrupted(self) -> None:
        self._end(KeyboardInterrupt)

    @precondition(lambda self: self.outputs is not None)
    @rule(index=st.integers(0, 2))
    def be_refused_a_name(self, index: int) -> None:
        if index >= len(self.written):
            return
        real, targets = os.replace, []

        def refuse(source: str, target: str) -> None:
            targets.append(target)
            if len(targets) == index + 1:
                raise SystemRefusesError
            real(source, target)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "replace", refuse)
            with pytest.raises(DataError, match="cannot write"):
                self._end(None)

    def _end(self, kind: type[BaseException] | None) -> None:
        assert self.outputs
        outputs, self.outputs = self.outputs, None
        outputs.__exit__(kind, None, None)

    @invariant()
    def the_folder_contains_what_is_expected(self) -> None:
        contents = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        if self.outputs is not None:  # unfinished files have hidden names
            contents = {name: content for name, content in contents.items() if not name.startswith(".")}
        assert contents == self.expected


Runs.TestCase.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)
TestRuns = Runs.TestCase


@pytest.mark.parametrize(
    "existing",
    [(), ("a.csv",), ("b.csv",), ("a.csv", "b.csv")],
    ids=["no-file", "first-file", "second-file", "both-files"],
)
@pytest.mark.parametrize("hard_links", [True, False], ids=["hard-links", "no-hard-links"])
def test_previous_files_are_put_back_if_a_later_output_cannot_get_its_name(
    existing: tuple[str, ...], hard_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in existing:
        (tmp_path / name).write_bytes(b"before")
    real = os.replace

    def refuse(source: str, target: str) -> None:
        if Path(target).name == "b.csv":
            raise SystemRefusesError
        real(source, target)

    def refuse_link(*_names: object) -> None:
        raise SystemRefusesError

    monkeypatch.setattr(os, "replace", refuse)
    if not hard_links:
        monkeypatch.setattr(os, "link", refuse_link)
    outputs = Outputs().__enter__()
    for name in ("a.csv", "b.csv"):
        with outputs.open(str(tmp_path / name)) as out:
            out.write(b"new")
    with pytest.raises(DataError, match="cannot write"):
        outputs.__exit__(None, None, None)
    expected = dict.fromkeys(existing, b"before")
    if "a.csv" in existing and not hard_links:
        expected["a.csv"] = b"new"  # without hard links there is no backup
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == expected


@pytest.mark.parametrize("codec", [None, *CODECS], ids=lambda codec: codec.name if codec else "plain")
def test_an_output_is_compressed_as_its_suffix_asks_for_and_knows_its_hash(codec: Codec | None, tmp_path: Path) -> None:
    path = tmp_path / f"out.csv{codec.suffixes[0].upper() if codec else ''}"
    with Outputs() as outputs:
        with outputs.open(str(path), hashed=True) as out:
            out.write(b"x,kind\n")
            out.writelines([b"1,a\n", b"2,b\n"])
        with outputs.open(str(tmp_path / "not-hashed")) as not_hashed:
            pass
    assert out.digest() == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not_hashed.digest() == ""
    with open_source(str(path)) as source:
        assert source.data[:] == b"x,kind\n1,a\n2,b\n"
        assert (source.data[:] == path.read_bytes()) == (codec is None)


def test_gzip_output_is_deflate_of_level_6_after_a_header_without_name_and_time(tmp_path: Path) -> None:
    content = b"".join(b"%d,%d\n" % (n, n * n) for n in range(50_000))
    with Outputs() as outputs, outputs.open(str(tmp_path / "out.csv.gz")) as out:
        out.writelines(content[start : start + 999] for start in range(0, len(content), 999))
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    header, trailer = b"\x1f\x8b\x08\0\0\0\0\0\0\xff", struct.pack("<II", zlib.crc32(content), len(content))
    expected = header + deflate.compress(content) + deflate.flush() + trailer
    assert (tmp_path / "out.csv.gz").read_bytes() == expected


def test_a_new_file_keeps_the_mode_of_the_file_it_replaces(tmp_path: Path) -> None:
    previous = tmp_path / "out.csv"
    previous.write_bytes(b"before")
    previous.chmod(0o640)
    with Outputs() as outputs, outputs.open(str(previous)) as out:
        out.write(b"new")
    assert previous.read_bytes() == b"new"
    assert previous.stat().st_mode & 0o777 == 0o640


REFUSED_SUFFIXES = [
    ".zip",
    ".7z",
    ".xlsx",
    ".parquet",
    *(suffix for format_ in UNSUPPORTED for suffix in format_.suffixes),
]


@pytest.mark.parametrize("suffix", REFUSED_SUFFIXES)
def test_a_suffix_of_a_format_that_cannot_be_written_is_refused(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as error:
        check_outputs([str(tmp_path / f"out{suffix.upper()}")], [])
    assert f"{suffix} files cannot be written" in error.value.message
    assert error.value.hint.startswith("end the name in .gz, .gzip, .zst, .zstd, .bz2, .xz")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        pytest.param([""], "an output has no name", id="empty"),
        pytest.param(["a.csv", "./a.csv"], "two outputs name the same file: a.csv and ./a.csv", id="same-file-twice"),
        pytest.param(["-", "-"], "two outputs name the same file: - and -", id="standard-output-twice"),
        pytest.param(["folder"], "the output folder is a directory", id="directory"),
        pytest.param(["new/"], "the output new/ is a directory", id="directory-by-its-slash"),
        pytest.param(["missing/a.csv"], "cannot write missing/a.csv: there is no folder missing", id="missing-folder"),
        pytest.param(["link.csv"], "the output link.csv is the input itself", id="input-by-a-link"),
    ],
)
def test_an_output_that_cannot_be_written_is_refused_before_any_work(
    names: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(b"x,kind\n1,a\n")
    Path("link.csv").hardlink_to("in.csv")
    Path("folder").mkdir()
    with open_source("in.csv") as source, pytest.raises(RebalanceError) as error:
        check_outputs(names, [source])
    assert error.value.message == words


def test_outputs_in_different_files_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"x,kind\n1,a\n")
    with open_source(str(tmp_path / "in.csv")) as source:
        check_outputs([str(tmp_path / "a.csv"), str(tmp_path / "b.csv.gz"), "/dev/null", "-"], [source])
        refuse_input_as_output(str(tmp_path / "a.csv"), [source])
    assert is_standard_output("-")
    assert not is_standard_output(str(tmp_path / "a.csv"))
