"""The same bytes wherever the command runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, TABLES

SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "an ASCII locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "streams in latin-1": {"PYTHONIOENCODING": "latin-1"},
    "no home": {"HOME": None, "USER": None, "LOGNAME": None},
    "a home that takes no files": {"HOME": "/proc", "XDG_CACHE_HOME": "/proc", "XDG_CONFIG_HOME": "/proc"},
    "no terminal": {"TERM": None, "COLUMNS": None},
    "another time zone": {"TZ": "Pacific/Auckland"},
    "another hash seed": {"PYTHONHASHSEED": "12345"},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    "many threads": {"OMP_NUM_THREADS": "7", "OPENBLAS_NUM_THREADS": "7"},
}
TOGETHER: dict[str, str | None] = {
    name: value for surroundings in list(SURROUNDINGS.values())[:8] for name, value in surroundings.items()
}
TABLE = ("table.csv", "-t", "kind")
SMOTE = ("resample", *TABLE, "--technique", "smote", "-o", "out.csv", "--manifest", "manifest.json")
INSPECT = ("inspect", *TABLE, "--json", "--report", "page.html")
JUDGE = (
    "train-eval",
    "table.csv",
    "-t",
    "kind",
    "--json",
    "--cv",
    "2",
    "--technique",
    "smote",
    "--report",
    "page.html",
)


def written(words: tuple[str, ...], folder: Path, changed: dict[str, str | None]) -> tuple[bytes, dict[str, bytes]]:
    """What a command prints and writes, all that names the surroundings aside."""
    folder.mkdir()
    (folder / "table.csv").write_bytes(TABLES["mixed"])
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLCONFIGDIR": None,
    } | changed
    done = subprocess.run(
        [sys.executable, "-m", "rebalance", *words, "--quiet"],
        capture_output=True,
        cwd=folder,
        env={name: value for name, value in environment.items() if value is not None},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout, {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_resample_writes_the_same_bytes_in(surroundings: str, tmp_path: Path) -> None:
    usual = written(SMOTE, tmp_path / "usual", {})
    assert written(SMOTE, tmp_path / "odd", SURROUNDINGS[surroundings]) == usual


@pytest.mark.parametrize("words", [INSPECT, JUDGE], ids=lambda words: words[0])
def test_reports_are_the_same_bytes_in_all_of_them_together(words: tuple[str, ...], tmp_path: Path) -> None:
    usual = written(words, tmp_path / "usual", {})
    assert written(words, tmp_path / "odd", TOGETHER) == usual


def test_on_one_processor_the_bytes_are_the_same(tmp_path: Path) -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("needs to choose processors")
    usual = written(SMOTE, tmp_path / "usual", {})
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert written(SMOTE, tmp_path / "odd", {}) == usual
    finally:
        os.sched_setaffinity(0, before)
