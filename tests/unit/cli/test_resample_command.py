"""What `rebalance resample` writes and reports."""

import json
import os
from pathlib import Path

from conftest import CsvFile
from samples import CLASS_TABLES
from shell import ORDERS, Run


def test_a_dry_run_reports_the_same_and_writes_nothing(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path, output = csv_file("mixed"), tmp_path / "out.csv"
    argv = ["resample", path, "-t", "kind", "--technique", "smote", "--json", "-o", output]
    dry = json.loads(run(*argv, "--dry-run").text)
    assert not output.exists()
    wet = json.loads(run(*argv).text)
    assert dry["output"] is None
    assert wet["output"] == str(output)
    assert {**dry, "output": 0} == {**wet, "output": 0}


def test_an_existing_output_is_replaced_and_keeps_its_mode(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path, output = csv_file("mixed"), tmp_path / "out.csv"
    output.write_text("old")
    output.chmod(0o600)
    run("resample", path, "-t", "kind", "--technique", "none", "-o", output)
    assert output.read_bytes() == CLASS_TABLES["mixed"]
    assert output.stat().st_mode & 0o777 == 0o600


def test_the_mode_of_a_new_output_follows_the_umask(csv_file: CsvFile, run: Run, tmp_path: Path) -> None:
    path, output = csv_file("mixed"), tmp_path / "new.csv"
    run("resample", path, "-t", "kind", "--technique", "none", "-o", output)
    umask = os.umask(0)
    os.umask(umask)
    assert output.stat().st_mode & 0o777 == 0o666 & ~umask


def test_every_file_that_is_written_is_reported(run: Run, tmp_path: Path) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "--technique", "none", "-o", "out.csv", "--manifest", "m.json"]
    ran = run(*argv, "--holdout", "0.2", "--holdout-output", "held.csv", "--trace", "trace.csv", cwd=tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["held.csv", "m.json", "out.csv", "trace.csv"]
    assert all(f"wrote {name}" in ran.err for name in names)
