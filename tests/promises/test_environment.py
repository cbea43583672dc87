"""The same bytes wherever the command runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from samples import CLASS_TABLES
from shell import ROOT

Environment = dict[str, str | None]
"""Variables that are set, or removed (None)."""

ENVIRONMENTS: dict[str, Environment] = {
    "an-ascii-locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "streams-in-latin-1": {"PYTHONIOENCODING": "latin-1"},
    "no-home": {"HOME": None, "USER": None, "LOGNAME": None},
    "a-home-that-takes-no-files": {"HOME": "/proc", "XDG_CACHE_HOME": "/proc", "XDG_CONFIG_HOME": "/proc"},
    "no-terminal": {"TERM": None, "COLUMNS": None},
    "another-time-zone": {"TZ": "Pacific/Auckland"},
    "another-hash-seed": {"PYTHONHASHSEED": "12345"},
    "one-thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "many-threads": {"OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "7"},
}
ALL_AT_ONCE: Environment = {
    name: value for variables in list(ENVIRONMENTS.values())[:8] for name, value in variables.items()
}
TABLE = ("table.csv", "--target", "kind")
SMOTE = ("resample", *TABLE, "--technique", "smote", "-o", "out.csv", "--manifest", "manifest.json")
INSPECT = ("inspect", *TABLE, "--json", "--report", "page.html")
TRAIN_EVAL = ("train-eval", *TABLE, "--json", "--cv", "2", "--technique", "smote", "--report", "page.html")


def outputs_of(argv: tuple[str, ...], folder: Path, changes: Environment) -> tuple[bytes, dict[str, bytes]]:
    """What a command prints, and the files that it leaves in its folder."""
    folder.mkdir()
    (folder / "table.csv").write_bytes(CLASS_TABLES["mixed"])
    variables = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": None,
    } | changes
    done = subprocess.run(
        [sys.executable, "-m", "rebalance", *argv, "--quiet"],
        capture_output=True,
        cwd=folder,
        env={name: value for name, value in variables.items() if value is not None},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout, {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_resample_writes_the_same_bytes_with(environment: str, tmp_path: Path) -> None:
    expected = outputs_of(SMOTE, tmp_path / "usual", {})
    assert outputs_of(SMOTE, tmp_path / "unusual", ENVIRONMENTS[environment]) == expected


@pytest.mark.parametrize("argv", [INSPECT, TRAIN_EVAL], ids=lambda argv: argv[0])
def test_reports_are_the_same_bytes_in_all_environments_at_once(argv: tuple[str, ...], tmp_path: Path) -> None:
    expected = outputs_of(argv, tmp_path / "usual", {})
    assert outputs_of(argv, tmp_path / "unusual", ALL_AT_ONCE) == expected


def test_on_one_processor_the_bytes_are_the_same(tmp_path: Path) -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("needs to choose processors")
    expected = outputs_of(SMOTE, tmp_path / "usual", {})
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    try:
        assert outputs_of(SMOTE, tmp_path / "unusual", {}) == expected
    finally:
        os.sched_setaffinity(0, processors)
