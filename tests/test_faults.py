"""What happens to the files when something goes wrong meanwhile; docs/faults.md is the table of it."""

import errno
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, TABLES, Ran
from tables import opened

from rebalance.memory_check import memory_for_folds
from rebalance.table.table import ColumnOptions

BEFORE = b"what was there before\n"
NAMES = ("out.csv", "trace.csv", "manifest.json", "held.csv")
RESAMPLE = ("resample", "table.csv", "-t", "kind", "--technique", "random-over", "-o", NAMES[0])
RESAMPLE += ("--trace", NAMES[1], "--manifest", NAMES[2], "--holdout", "0.2", "--holdout-output", NAMES[3])
INSPECT = ("inspect", "table.csv", "-t", "kind", "--report", "page.html")
JUDGE = (
    "train-eval",
    "table.csv",
    "-t",
    "kind",
    "--model",
    "logistic-regression",
    "--technique",
    "random-over",
    "--jobs",
    "1",
)
JUDGE += ("--cv", "2", "--report", "report.json", "--report", "report.csv", "--balanced-output", "out.csv")
COMMANDS = {"inspect": (INSPECT, ("page.html",)), "resample": (RESAMPLE, NAMES)}
COMMANDS["train-eval"] = (JUDGE, ("report.json", "report.csv", "out.csv"))

Faulty = Callable[..., Ran]


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs Linux and a C compiler")
    built = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
    return built


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_bytes(TABLES["numeric"])
    return tmp_path


@pytest.fixture
def faulty(shim: Path, folder: Path) -> Faulty:
    """Run a command in the folder, where the call that is named fails."""

    def run(words: tuple[str, ...], call: str, at: int, what: str) -> Ran:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LD_PRELOAD": str(shim),
            "FAULT_CALL": call,
            "FAULT_AT": str(at),
            "FAULT_DO": what,
            "FAULT_FILE": str(folder / "table.csv"),
            "FAULT_FOLDER": str(folder),
        }
        return ran(words, folder, environment)

    return run


def ran(words: tuple[str, ...], folder: Path, environment: dict[str, str] | None = None) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "rebalance", *words],
        capture_output=True,
        cwd=folder,
        env=environment or {**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
    )
    result = Ran(done.returncode, done.stdout, done.stderr.decode())
    assert "Traceback" not in result.err, result.err
    return result


def files(folder: Path) -> dict[str, bytes]:
    """The names in a folder, the input aside, and what each holds."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "table.csv"}


def stands_already(folder: Path, names: tuple[str, ...]) -> None:
    """Let there be a file under each name."""
    for name in names:
        (folder / name).write_bytes(BEFORE)


def until_it_ends_well(attempt: Callable[[int], Ran], most: int = 60) -> Iterator[Ran]:
    """Let the first call fail, then the second, and so on, until there is none left to fail."""
    for at in range(1, most):
        result = attempt(at)
        if result.code == 0:
            return
        yield result
    pytest.fail(f"more than {most} calls")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_whichever_call_fails_all_outputs_stay_what_they_were(
    command: str, call: str, faulty: Faulty, folder: Path
) -> None:
    words, names = COMMANDS[command]
    stands_already(folder, names)
    failures = 0
    for result in until_it_ends_well(lambda at: faulty(words, call, at, str(errno.EIO))):
        failures += 1
        assert result.code == 3
        assert any(f"cannot write {name}" in result.err or f"/{name}: " in result.err for name in names), result.err
        assert files(folder) == dict.fromkeys(names, BEFORE)
    assert failures >= len(names)
    assert set(files(folder)) == set(names)
    assert all(content != BEFORE for content in files(folder).values())


def test_where_a_second_name_cannot_be_given_the_run_ends_well(faulty: Faulty, folder: Path) -> None:
    stands_already(folder, NAMES)
    assert faulty(RESAMPLE, "link", 1, str(errno.EPERM)).code == 0
    assert set(files(folder)) == set(NAMES)


def test_reads_that_return_less_than_was_asked_for_lose_nothing(faulty: Faulty, folder: Path) -> None:
    assert "is empty" in faulty(RESAMPLE, "short", 0, "").err  # so reads do return less
    assert faulty(RESAMPLE, "short", 1 << 20, "").code == 0
    usual = files(folder)
    assert faulty(RESAMPLE, "short", 7, "").code == 0
    assert files(folder) == usual


@pytest.mark.parametrize(
    ("command", "call"),
    [("resample", "write"), ("resample", "fsync"), ("resample", "rename"), ("train-eval", "rename")],
)
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_any_call_leaves_all_outputs_or_none(
    sent: signal.Signals, code: int, command: str, call: str, faulty: Faulty, folder: Path
) -> None:
    words, names = COMMANDS[command]

    def attempt(at: int) -> Ran:
        stands_already(folder, names)
        return faulty(words, call, at, f"kill:{sent.value}")

    for result in until_it_ends_well(attempt):
        left = files(folder)
        assert set(left) == set(names), result.err
        assert result.code == code
        assert len({content == BEFORE for content in left.values()}) == 1
    assert set(files(folder)) == set(names)


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_each_output_is_whole_after_sigkill_and_the_next_run_goes_well(call: str, faulty: Faulty, folder: Path) -> None:
    assert ran(RESAMPLE, folder).code == 0
    whole = files(folder)

    def attempt(at: int) -> Ran:
        stands_already(folder, NAMES)
        return faulty(RESAMPLE, call, at, f"kill:{signal.SIGKILL.value}")

    for result in until_it_ends_well(attempt):
        left = files(folder)
        assert all(left[name] in (BEFORE, whole[name]) or name == "manifest.json" for name in NAMES)
        assert all(re.fullmatch(r"\..*\.tmp", name) for name in left if name not in NAMES)
        assert result.code == -signal.SIGKILL
    assert ran(RESAMPLE, folder).code == 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("what", ["truncate", "append", "unlink"])
def test_an_input_that_changes_meanwhile_is_noticed(command: str, what: str, faulty: Faulty, folder: Path) -> None:
    words, _ = COMMANDS[command]
    for at in (2, 4):
        (folder / "table.csv").write_bytes(TABLES["numeric"])
        result = faulty(words, "pread", at, what)
        assert result.code == 3
        assert "changed while it was being read" in result.err
        assert files(folder) == {}


def test_an_input_that_cannot_be_read_is_named(faulty: Faulty, folder: Path) -> None:
    result = faulty(RESAMPLE, "pread", 3, str(errno.EIO))
    assert result.code == 3
    assert result.err.startswith("rebalance: table.csv: cannot read table.csv: Input/output error\n")
    assert files(folder) == {}


def test_an_interrupt_that_the_shell_lets_be_ignored_is_ignored(folder: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        done = subprocess.Popen(
            [sys.executable, "-m", "rebalance", *RESAMPLE],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )
    finally:
        signal.signal(signal.SIGINT, before)
    while done.poll() is None:
        done.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert done.returncode == 0
    assert set(files(folder)) == set(NAMES)


def test_a_name_that_is_not_text_can_be_written(folder: Path) -> None:
    name = os.fsdecode(b"out\xff" + b"x" * 150 + b".csv")
    assert ran((*RESAMPLE[:7], name), folder).code == 0
    assert set(files(folder)) == {name}


def test_fewer_columns_are_charged_for_less_memory(folder: Path) -> None:
    (folder / "table.csv").write_bytes(b"a,b,c,kind\n" + b"1,2,3,x\n4,5,6,y\n" * 50)
    needs = []
    for choices in (ColumnOptions(), ColumnOptions(dropped=(0, 1))):
        with opened(folder / "table.csv", choices=choices) as table:
            needs.append(memory_for_folds(table, 100, 1))
    assert needs[1] < needs[0]


def limited(kind: int, size: int, words: tuple[str, ...], folder: Path) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "rebalance", *words],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"},
        preexec_fn=lambda: resource.setrlimit(kind, (size, size)),
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr.decode())


def test_a_limit_on_the_size_of_files_is_an_error_line(folder: Path) -> None:
    (folder / "out.csv").write_bytes(BEFORE)
    result = limited(resource.RLIMIT_FSIZE, 2000, RESAMPLE[:8], folder)
    assert result.code == 3
    assert result.err.startswith("rebalance: cannot write out.csv: File too large\n")
    assert files(folder) == {"out.csv": BEFORE}


@pytest.mark.parametrize("name", ["out.csv.gz", "out.csv.zst"])
def test_a_packed_output_that_does_not_fit_leaves_nothing(name: str, folder: Path) -> None:
    result = limited(resource.RLIMIT_FSIZE, 500, (*RESAMPLE[:7], name), folder)
    assert result.code == 3
    assert result.err.startswith(f"rebalance: cannot write {name}: File too large\n")
    assert files(folder) == {}


@pytest.mark.parametrize("megabytes", [100, 200, 600, 1400, 2400])
@pytest.mark.parametrize(
    "words", [INSPECT, (*RESAMPLE[:5], "smote", "-o", "out.csv"), JUDGE], ids=lambda words: words[0]
)
def test_too_few_addresses_are_an_error_line(words: tuple[str, ...], megabytes: int, folder: Path) -> None:
    result = limited(resource.RLIMIT_AS, megabytes << 20, words, folder)
    assert result.code == 3, result.err
    assert "ulimit -v" in result.err
    assert len(result.err.splitlines()) == 2
    assert files(folder) == {}


def test_a_random_technique_needs_few_addresses(folder: Path) -> None:
    assert limited(resource.RLIMIT_AS, 400 << 20, RESAMPLE[:8], folder).code == 0


FULL = Path("/dev/full")


@pytest.mark.parametrize(
    "words",
    [(*RESAMPLE[:7], "-", *RESAMPLE[8:]), (*RESAMPLE[:7], "/dev/stdout"), (*RESAMPLE[:7], "/dev/full")],
    ids=" ".join,
)
def test_a_full_device_is_an_error_line(words: tuple[str, ...], folder: Path) -> None:
    assert b"No space left on device" in onto_a_full_device(words, folder)
    assert files(folder) == {}


@pytest.mark.parametrize("command", ["inspect", "train-eval"])
def test_what_is_shown_comes_after_the_files(command: str, folder: Path) -> None:
    words, names = COMMANDS[command]
    assert b"No space left on device" in onto_a_full_device(words, folder)
    assert set(files(folder)) == set(names)


def onto_a_full_device(words: tuple[str, ...], folder: Path) -> bytes:
    with FULL.open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rebalance", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert done.returncode == 3
    assert b"Exception ignored" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_takes_no_files_is_named(command: str, folder: Path) -> None:
    words, names = COMMANDS[command]
    moved = tuple(f"/proc/{word}" if word == names[0] else word for word in words)
    result = ran(moved, folder)
    assert result.code == 3
    assert f"cannot write /proc/{names[0]}" in result.err
    assert files(folder) == {}


def test_a_small_disk_that_runs_full_is_left_as_it_was(folder: Path) -> None:
    disk = folder / "disk"
    disk.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    small = ("-t", "tmpfs", "-o", "size=4k", "none")
    if not mount or not unmount or subprocess.run([mount, *small, disk], check=False, capture_output=True).returncode:
        pytest.skip("needs to mount a small disk")
    header, *lines = TABLES["numeric"].splitlines(keepends=True)
    (folder / "table.csv").write_bytes(header + b"".join(lines * 10))
    try:
        result = ran((*RESAMPLE[:7], "disk/out.csv"), folder)
        assert result.code == 3
        assert result.err.startswith("rebalance: cannot write disk/out.csv: No space left on device\n")
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run([unmount, disk], check=True)


def test_two_runs_to_one_output_leave_one_whole_result(folder: Path) -> None:
    whole = set()
    for seed in ("1", "2"):
        assert ran((*RESAMPLE[:8], "--seed", seed), folder).code == 0
        whole.add((folder / "out.csv").read_bytes())
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "rebalance", *RESAMPLE[:8], "--quiet", "--seed", seed],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        for seed in ("1", "2", "1", "2")
    ]
    assert [process.wait() for process in running] == [0] * 4
    assert files(folder).keys() == {"out.csv"}
    assert (folder / "out.csv").read_bytes() in whole


def test_a_linked_output_stays_a_link(folder: Path) -> None:
    (folder / "real.csv").write_bytes(BEFORE)
    (folder / "out.csv").symlink_to("real.csv")
    assert ran(RESAMPLE[:8], folder).code == 0
    assert (folder / "out.csv").is_symlink()
    assert (folder / "real.csv").read_bytes() != BEFORE


def test_two_names_of_one_file_are_one_output_too_many(folder: Path) -> None:
    (folder / "trace.csv").symlink_to("out.csv")
    result = ran((*RESAMPLE[:8], "--trace", "trace.csv"), folder)
    assert result.code == 2
    assert "two outputs are one: out.csv and trace.csv" in result.err


def test_two_outputs_to_standard_output_are_one_too_many(folder: Path) -> None:
    result = ran((*RESAMPLE[:7], "-", "--trace", "/dev/stdout"), folder)
    assert (result.code, result.out) == (2, b"")


def test_an_appended_log_keeps_what_it_held(folder: Path) -> None:
    log = folder / "log.csv"
    log.write_bytes(BEFORE)
    with log.open("ab") as end:
        done = subprocess.run(
            [sys.executable, "-m", "rebalance", *RESAMPLE[:7], "/dev/stdout", "--quiet"],
            stdout=end,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
        )
    assert done.returncode == 0
    assert log.read_bytes().startswith(BEFORE + b"width,height")


def test_a_bomb_is_refused_at_the_limit(folder: Path) -> None:
    import gzip

    (folder / "bomb.csv.gz").write_bytes(gzip.compress(b"x,kind\n" + b"0,a\n" * 5_000_000))
    result = ran(("inspect", "bomb.csv.gz", "-t", "kind", "--max-bytes", "1M"), folder)
    assert result.code == 3
    assert "bomb.csv.gz holds more than 1,048,576 bytes" in result.err
    assert "--max-bytes" in result.err


def test_an_input_that_cannot_be_unpacked_for_want_of_room_is_an_error_line(folder: Path) -> None:
    import gzip

    (folder / "long.csv.gz").write_bytes(gzip.compress(b"x,kind\n" + b"0,a\n" * 500_000))
    result = limited(resource.RLIMIT_FSIZE, 100_000, ("inspect", "long.csv.gz", "-t", "kind"), folder)
    assert result.code == 3
    assert "cannot keep long.csv.gz in" in result.err
    assert "TMPDIR" in result.err


@pytest.mark.parametrize("said", ["0", "many", "-1", "1.5G", ""])
def test_a_limit_that_is_no_number_of_bytes_is_a_mistake(said: str, folder: Path) -> None:
    result = ran(("inspect", "table.csv", "-t", "kind", "--max-bytes", said), folder)
    assert result.code == 2
    assert "--max-bytes" in result.err
