"""What happens to the files when something fails during a run; docs/faults.md lists it."""

import errno
import gzip
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
from samples import CLASS_TABLES
from shell import Result, environment, run_command
from tables import open_table

from rebalance.memory_check import memory_for_folds
from rebalance.table.table import ColumnOptions

Argv = tuple[str, ...]

BEFORE = b"what was there before\n"
TABLE = ("table.csv", "-t", "kind")
RESAMPLE_TO = ("resample", *TABLE, "--technique", "random-over", "-o")
RESAMPLE = (*RESAMPLE_TO, "out.csv")
SMOTE = ("resample", *TABLE, "--technique", "smote", "-o", "out.csv")
OUTPUTS = ("out.csv", "trace.csv", "manifest.json", "held.csv")
RESAMPLE_ALL = (*RESAMPLE, "--trace", OUTPUTS[1], "--manifest", OUTPUTS[2])
RESAMPLE_ALL += ("--holdout", "0.2", "--holdout-output", OUTPUTS[3])
INSPECT = ("inspect", *TABLE, "--report", "page.html")
TRAIN_EVAL = ("train-eval", *TABLE, "--model", "logistic-regression", "--technique", "random-over", "--jobs", "1")
TRAIN_EVAL += ("--cv", "2", "--report", "report.json", "--report", "report.csv", "--balanced-output", "out.csv")
COMMANDS = {
    "inspect": (INSPECT, ("page.html",)),
    "resample": (RESAMPLE_ALL, OUTPUTS),
    "train-eval": (TRAIN_EVAL, ("report.json", "report.csv", "out.csv")),
}
"""A command line of each command, and the outputs that it writes."""

WITHOUT_CACHES = {"PYTHONDONTWRITEBYTECODE": "1"}

RunWithFault = Callable[..., Result]


def run_to_any_end(argv: Argv, folder: Path, **options: object) -> Result:
    """Run a command whose exit code the test checks itself."""
    done = subprocess.run(
        [sys.executable, "-m", "rebalance", *argv],
        **{"stdout": subprocess.PIPE, "env": environment(), "timeout": 120, **options},  # type: ignore[call-overload]
        stderr=subprocess.PIPE,
        cwd=folder,
        check=False,
    )
    result = Result(done.returncode, done.stdout, done.stderr.decode())
    assert "Traceback" not in result.err, result.err
    return result


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that makes calls fail."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("faults") / "faults.so"
    source = Path(__file__).with_name("faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "table.csv").write_bytes(CLASS_TABLES["numeric"])
    return tmp_path


@pytest.fixture
def run_with_fault(shim: Path, folder: Path) -> RunWithFault:
    """Run a command in the folder, with an action at the call of this name and number."""

    def run(argv: Argv, call: str, number: int, action: str) -> Result:
        variables = environment(
            **WITHOUT_CACHES,
            LD_PRELOAD=str(shim),
            FAULT_CALL=call,
            FAULT_NUMBER=str(number),
            FAULT_ACTION=action,
            FAULT_FILE=str(folder / "table.csv"),
            FAULT_FOLDER=str(folder),
        )
        return run_to_any_end(argv, folder, env=variables)

    return run


def files_in(folder: Path) -> dict[str, bytes]:
    """The names in a folder, except the input, and what each file holds."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "table.csv"}


def write_earlier_outputs(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).write_bytes(BEFORE)


def until_success(attempt: Callable[[int], Result], max_calls: int = 60) -> Iterator[Result]:
    """Let the first call fail, then the second, and so on, until a run succeeds because it has no such call."""
    for number in range(1, max_calls):
        result = attempt(number)
        if result.code == 0:
            return
        yield result
    pytest.fail(f"more than {max_calls} calls")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_whichever_call_fails_all_outputs_stay_as_they_were(
    command: str, call: str, run_with_fault: RunWithFault, folder: Path
) -> None:
    argv, names = COMMANDS[command]
    write_earlier_outputs(folder, names)
    failures = 0
    for result in until_success(lambda number: run_with_fault(argv, call, number, str(errno.EIO))):
        failures += 1
        assert result.code == 3
        assert any(f"cannot write {name}" in result.err or f"/{name}: " in result.err for name in names), result.err
        assert files_in(folder) == dict.fromkeys(names, BEFORE)
    assert failures >= len(names)
    assert set(files_in(folder)) == set(names)
    assert all(content != BEFORE for content in files_in(folder).values())


def test_where_hard_links_are_not_permitted_a_run_succeeds(run_with_fault: RunWithFault, folder: Path) -> None:
    write_earlier_outputs(folder, OUTPUTS)
    assert run_with_fault(RESAMPLE_ALL, "link", 1, str(errno.EPERM)).code == 0
    assert set(files_in(folder)) == set(OUTPUTS)


def test_reads_that_return_fewer_bytes_than_requested_lose_nothing(run_with_fault: RunWithFault, folder: Path) -> None:
    assert "is empty" in run_with_fault(RESAMPLE_ALL, "short", 0, "").err  # so the fault does shorten reads
    assert run_with_fault(RESAMPLE_ALL, "short", 1 << 20, "").code == 0
    expected = files_in(folder)
    assert run_with_fault(RESAMPLE_ALL, "short", 7, "").code == 0
    assert files_in(folder) == expected


@pytest.mark.parametrize(
    ("command", "call"),
    [
        pytest.param("resample", "write", id="resample-write"),
        pytest.param("resample", "fsync", id="resample-fsync"),
        pytest.param("resample", "rename", id="resample-rename"),
        pytest.param("train-eval", "rename", id="train-eval-rename"),
    ],
)
@pytest.mark.parametrize(
    ("sent", "code"), [pytest.param(signal.SIGINT, 130, id="SIGINT"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")]
)
def test_a_signal_at_any_call_leaves_all_outputs_or_none(
    sent: signal.Signals, code: int, command: str, call: str, run_with_fault: RunWithFault, folder: Path
) -> None:
    argv, names = COMMANDS[command]

    def attempt(number: int) -> Result:
        write_earlier_outputs(folder, names)
        return run_with_fault(argv, call, number, f"kill:{sent.value}")

    for result in until_success(attempt):
        left = files_in(folder)
        assert set(left) == set(names), result.err
        assert result.code == code
        assert len({content == BEFORE for content in left.values()}) == 1
    assert set(files_in(folder)) == set(names)


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_each_output_is_whole_after_sigkill_and_the_next_run_succeeds(
    call: str, run_with_fault: RunWithFault, folder: Path
) -> None:
    run_command(*RESAMPLE_ALL, cwd=folder)
    whole = files_in(folder)

    def attempt(number: int) -> Result:
        write_earlier_outputs(folder, OUTPUTS)
        return run_with_fault(RESAMPLE_ALL, call, number, f"kill:{signal.SIGKILL.value}")

    for result in until_success(attempt):
        left = files_in(folder)
        assert all(left[name] in (BEFORE, whole[name]) or name == "manifest.json" for name in OUTPUTS)
        assert all(re.fullmatch(r"\..*\.tmp", name) for name in left if name not in OUTPUTS)
        assert result.code == -signal.SIGKILL
    run_command(*RESAMPLE_ALL, cwd=folder)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("change", ["truncate", "append", "unlink"])
def test_an_input_that_changes_during_the_run_is_refused(
    command: str, change: str, run_with_fault: RunWithFault, folder: Path
) -> None:
    argv, _ = COMMANDS[command]
    for number in (2, 4):
        (folder / "table.csv").write_bytes(CLASS_TABLES["numeric"])
        result = run_with_fault(argv, "pread", number, change)
        assert result.code == 3
        assert "changed while it was being read" in result.err
        assert files_in(folder) == {}


def test_an_input_that_cannot_be_read_is_named(run_with_fault: RunWithFault, folder: Path) -> None:
    result = run_with_fault(RESAMPLE_ALL, "pread", 3, str(errno.EIO))
    assert result.code == 3
    assert result.err.startswith("rebalance: table.csv: cannot read table.csv: Input/output error\n")
    assert files_in(folder) == {}


def test_an_interrupt_that_the_shell_ignores_is_ignored(folder: Path) -> None:
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "rebalance", *RESAMPLE_ALL],
            cwd=folder,
            env=environment(),
            stderr=subprocess.DEVNULL,
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert process.returncode == 0
    assert set(files_in(folder)) == set(OUTPUTS)


def test_an_output_can_have_a_name_that_is_not_text(folder: Path) -> None:
    name = os.fsdecode(b"out\xff" + b"x" * 150 + b".csv")
    run_command(*RESAMPLE_TO, name, cwd=folder)
    assert set(files_in(folder)) == {name}


def test_fewer_columns_need_less_memory(folder: Path) -> None:
    (folder / "table.csv").write_bytes(b"a,b,c,kind\n" + b"1,2,3,x\n4,5,6,y\n" * 50)
    needed = []
    for options in (ColumnOptions(), ColumnOptions(dropped=(0, 1))):
        with open_table(folder / "table.csv", column_options=options) as table:
            needed.append(memory_for_folds(table, 100, 1))
    assert needed[1] < needed[0]


def run_limited(kind: int, size: int, argv: Argv, folder: Path) -> Result:
    """Run a command with a limit on a resource."""
    return run_to_any_end(
        argv,
        folder,
        env=environment(**WITHOUT_CACHES, OPENBLAS_NUM_THREADS="1"),
        preexec_fn=lambda: resource.setrlimit(kind, (size, size)),
    )


def test_a_limit_on_the_size_of_files_is_an_error_line(folder: Path) -> None:
    (folder / "out.csv").write_bytes(BEFORE)
    result = run_limited(resource.RLIMIT_FSIZE, 2000, RESAMPLE, folder)
    assert result.code == 3
    assert result.err.startswith("rebalance: cannot write out.csv: File too large\n")
    assert files_in(folder) == {"out.csv": BEFORE}


@pytest.mark.parametrize("name", ["out.csv.gz", "out.csv.zst"])
def test_a_compressed_output_that_does_not_fit_leaves_nothing(name: str, folder: Path) -> None:
    result = run_limited(resource.RLIMIT_FSIZE, 500, (*RESAMPLE_TO, name), folder)
    assert result.code == 3
    assert result.err.startswith(f"rebalance: cannot write {name}: File too large\n")
    assert files_in(folder) == {}


@pytest.mark.parametrize("megabytes", [100, 200, 600, 1400, 2400])
@pytest.mark.parametrize("argv", [INSPECT, SMOTE, TRAIN_EVAL], ids=lambda argv: argv[0])
def test_too_little_address_space_is_an_error_line(argv: Argv, megabytes: int, folder: Path) -> None:
    result = run_limited(resource.RLIMIT_AS, megabytes << 20, argv, folder)
    assert result.code == 3, result.err
    assert "ulimit -v" in result.err
    assert len(result.err.splitlines()) == 2
    assert files_in(folder) == {}


def test_a_random_technique_needs_little_address_space(folder: Path) -> None:
    assert run_limited(resource.RLIMIT_AS, 400 << 20, RESAMPLE, folder).code == 0


def run_onto_full_device(argv: Argv, folder: Path) -> str:
    """Run a command whose standard output is a full device, and return its messages."""
    with Path("/dev/full").open("wb") as full:
        result = run_to_any_end(argv, folder, stdout=full)
    assert result.code == 3
    assert "Exception ignored" not in result.err
    return result.err


@pytest.mark.parametrize(
    "argv",
    [
        pytest.param((*RESAMPLE_TO, "-", *RESAMPLE_ALL[len(RESAMPLE) :]), id="all-outputs-and-standard-output"),
        pytest.param((*RESAMPLE_TO, "/dev/stdout"), id="/dev/stdout"),
        pytest.param((*RESAMPLE_TO, "/dev/full"), id="/dev/full"),
    ],
)
def test_a_full_device_is_an_error_line(argv: Argv, folder: Path) -> None:
    assert "No space left on device" in run_onto_full_device(argv, folder)
    assert files_in(folder) == {}


@pytest.mark.parametrize("command", ["inspect", "train-eval"])
def test_results_are_shown_after_the_files_are_written(command: str, folder: Path) -> None:
    argv, names = COMMANDS[command]
    assert "No space left on device" in run_onto_full_device(argv, folder)
    assert set(files_in(folder)) == set(names)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_takes_no_files_is_named(command: str, folder: Path) -> None:
    argv, names = COMMANDS[command]
    moved = tuple(f"/proc/{word}" if word == names[0] else word for word in argv)
    result = run_command(*moved, cwd=folder, code=3)
    assert f"cannot write /proc/{names[0]}" in result.err
    assert files_in(folder) == {}


def test_a_small_disk_that_becomes_full_is_left_as_it_was(folder: Path) -> None:
    disk = folder / "disk"
    disk.mkdir()
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    small = ("-t", "tmpfs", "-o", "size=4k", "none")
    if not mount or not unmount or subprocess.run([mount, *small, disk], check=False, capture_output=True).returncode:
        pytest.skip("needs to mount a small disk")
    header, *lines = CLASS_TABLES["numeric"].splitlines(keepends=True)
    (folder / "table.csv").write_bytes(header + b"".join(lines * 10))
    try:
        result = run_command(*RESAMPLE_TO, "disk/out.csv", cwd=folder, code=3)
        assert result.err.startswith("rebalance: cannot write disk/out.csv: No space left on device\n")
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run([unmount, disk], check=True)


def test_two_runs_to_one_output_leave_one_whole_result(folder: Path) -> None:
    whole = set()
    for seed in ("1", "2"):
        run_command(*RESAMPLE, "--seed", seed, cwd=folder)
        whole.add((folder / "out.csv").read_bytes())
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "rebalance", *RESAMPLE, "--quiet", "--seed", seed], cwd=folder, env=environment()
        )
        for seed in ("1", "2", "1", "2")
    ]
    assert [process.wait() for process in running] == [0] * 4
    assert files_in(folder).keys() == {"out.csv"}
    assert (folder / "out.csv").read_bytes() in whole


def test_an_output_that_is_a_link_stays_a_link(folder: Path) -> None:
    (folder / "real.csv").write_bytes(BEFORE)
    (folder / "out.csv").symlink_to("real.csv")
    run_command(*RESAMPLE, cwd=folder)
    assert (folder / "out.csv").is_symlink()
    assert (folder / "real.csv").read_bytes() != BEFORE


def test_two_outputs_that_are_one_file_are_refused(folder: Path) -> None:
    (folder / "trace.csv").symlink_to("out.csv")
    result = run_command(*RESAMPLE, "--trace", "trace.csv", cwd=folder, code=2)
    assert "two outputs name the same file: out.csv and trace.csv" in result.err


def test_two_outputs_to_standard_output_are_refused(folder: Path) -> None:
    assert run_command(*RESAMPLE_TO, "-", "--trace", "/dev/stdout", cwd=folder, code=2).out == b""


def test_a_file_that_standard_output_is_appended_to_keeps_its_content(folder: Path) -> None:
    log = folder / "log.csv"
    log.write_bytes(BEFORE)
    with log.open("ab") as appended:
        assert run_to_any_end((*RESAMPLE_TO, "/dev/stdout", "--quiet"), folder, stdout=appended).code == 0
    assert log.read_bytes().startswith(BEFORE + b"width,height")


def test_a_compressed_input_that_holds_more_than_the_limit_is_refused(folder: Path) -> None:
    (folder / "bomb.csv.gz").write_bytes(gzip.compress(b"x,kind\n" + b"0,a\n" * 5_000_000))
    result = run_command("inspect", "bomb.csv.gz", "-t", "kind", "--max-bytes", "1M", cwd=folder, code=3)
    assert "bomb.csv.gz holds more than 1,048,576 bytes" in result.err
    assert "--max-bytes" in result.err


def test_a_compressed_input_that_does_not_fit_on_the_disk_is_an_error_line(folder: Path) -> None:
    (folder / "long.csv.gz").write_bytes(gzip.compress(b"x,kind\n" + b"0,a\n" * 500_000))
    result = run_limited(resource.RLIMIT_FSIZE, 100_000, ("inspect", "long.csv.gz", "-t", "kind"), folder)
    assert result.code == 3
    assert "cannot keep long.csv.gz in" in result.err
    assert "TMPDIR" in result.err


@pytest.mark.parametrize(
    "typed", ["0", "many", "-1", "1.5G", ""], ids=["zero", "word", "negative", "fraction", "empty"]
)
def test_a_limit_that_is_not_a_number_of_bytes_is_a_usage_error(typed: str, folder: Path) -> None:
    assert "--max-bytes" in run_command("inspect", *TABLE, "--max-bytes", typed, cwd=folder, code=2).err
