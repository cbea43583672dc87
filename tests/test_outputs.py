"""Outputs under any order of writing, failing and ending: all of a run's, or none."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from rebalance.csvio.outputs import Outputs
from rebalance.errors import DataError

NAMES = ("a.csv", "b.csv.gz", "c.csv")


class SystemRefusesError(OSError):
    """What the system says to a call that is to fail."""

    def __init__(self) -> None:
        super().__init__(errno.EIO, os.strerror(errno.EIO))


class Runs(RuleBasedStateMachine):
    """Runs that write to the same files, some of which fail; `stands` is what the folder must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.stands: dict[str, bytes] = {}
        self.outputs: Outputs | None = None
        self.written: dict[str, bytes] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(names=st.sets(st.sampled_from(NAMES)))
    def some_stand_already(self, names: set[str]) -> None:
        for name in names:
            (self.folder / name).write_bytes(b"before")
            self.stands[name] = b"before"

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
    def end_well(self) -> None:
        self._end(None)
        for name in self.written:
            self.stands[name] = (self.folder / name).read_bytes()
        plain = {name: content for name, content in self.written.items() if not name.endswith(".gz")}
        assert plain == {name: self.stands[name] for name in plain}

    @precondition(lambda self: self.outputs is not None)
    @rule()
    def end_badly(self) -> None:
        self._end(KeyboardInterrupt)

    @precondition(lambda self: self.outputs is not None)
    @rule(at=st.integers(0, 2))
    def end_where_the_system_refuses(self, at: int) -> None:
        if at >= len(self.written):
            return
        real, calls = os.replace, []

        def refusing(source: str, target: str) -> None:
            calls.append(target)
            if len(calls) == at + 1:
                raise SystemRefusesError
            real(source, target)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(os, "replace", refusing)
            with pytest.raises(DataError, match="cannot write"):
                self._end(None)

    def _end(self, kind: type[BaseException] | None) -> None:
        assert self.outputs
        outputs, self.outputs = self.outputs, None
        outputs.__exit__(kind, None, None)

    @invariant()
    def the_folder_holds_what_stands(self) -> None:
        found = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        if self.outputs is not None:  # what is not done yet has no name that anyone asks for
            found = {name: content for name, content in found.items() if not name.startswith(".")}
        assert found == self.stands


Runs.TestCase.settings = settings(max_examples=150, stateful_step_count=12, deadline=None)
TestRuns = Runs.TestCase


@pytest.mark.parametrize("stands", [(), ("a.csv",), ("b.csv",), ("a.csv", "b.csv")])
@pytest.mark.parametrize("second_names", [True, False])
def test_what_was_there_is_put_back_if_a_later_output_is_refused_its_name(
    stands: tuple[str, ...], second_names: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in stands:
        (tmp_path / name).write_bytes(b"before")
    real = os.replace

    def refusing(source: str, target: str) -> None:
        if Path(target).name == "b.csv":
            raise SystemRefusesError
        real(source, target)

    def no_link(*_names: object) -> None:
        raise SystemRefusesError

    monkeypatch.setattr(os, "replace", refusing)
    if not second_names:
        monkeypatch.setattr(os, "link", no_link)
    outputs = Outputs().__enter__()
    for name in ("a.csv", "b.csv"):
        with outputs.open(str(tmp_path / name)) as out:
            out.write(b"new")
    with pytest.raises(DataError, match="cannot write"):
        outputs.__exit__(None, None, None)
    left = dict.fromkeys(stands, b"before")
    if "a.csv" in stands and not second_names:
        left["a.csv"] = b"new"  # the one thing that cannot be put back there
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == left
