"""The summary and the manifest hold what was done to which bytes, and no cell of the data."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from shell import ORDERS, Run


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def resample_orders(run: Run, manifest: Path, technique: str, *options: object) -> dict[str, Any]:
    """The manifest of a run on the sample data."""
    run("resample", ORDERS, "-t", "fraud", "--technique", technique, "--manifest", manifest, *options)
    content: dict[str, Any] = json.loads(manifest.read_text())
    return content


def test_the_manifest_holds_what_was_done_and_no_cell(run: Run, tmp_path: Path) -> None:
    output, path = tmp_path / "out.csv.gz", tmp_path / "manifest.json"
    manifest = resample_orders(run, path, "smote", "--ratio", "0.5", "-o", output)
    assert manifest["input"]["sha256"] == sha256(ORDERS.read_bytes())
    assert manifest["output"]["sha256"] == sha256(output.read_bytes())
    assert manifest["counts_before"] == {"no": 1920, "yes": 80}
    assert manifest["counts_after"] == {"no": 1920, "yes": 960}
    assert manifest["options"]["ratio"] == 0.5
    assert manifest["roles"]["order_id"] == "id"
    assert manifest["neighbors"] == {"yes": 5}
    assert "numpy" in manifest["versions"]
    assert (manifest["holdout"], manifest["trace"], manifest["csv_safe"]) == (None, None, False)
    assert "leave at the door" not in path.read_text()
    assert "ORD-" not in path.read_text()


def test_the_manifest_holds_all_settings_of_each_step(run: Run, tmp_path: Path) -> None:
    options = ["-o", tmp_path / "out.csv", "-k", 4]
    manifest = resample_orders(
        run, tmp_path / "manifest.json", "near-miss:version=2+smote:neighbors=3+adasyn", *options
    )
    assert manifest["technique"] == "near-miss:version=2+smote:neighbors=3+adasyn:neighbors=4"
    assert manifest["steps"] == [
        {"technique": "near-miss", "settings": {"version": 2}},
        {"technique": "smote", "settings": {"neighbors": 3, "neighbor-search": "auto"}},
        {"technique": "adasyn", "settings": {"neighbors": 4, "neighbor-search": "auto"}},
    ]


def test_standard_output_is_hashed_as_written(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    result = run("resample", ORDERS, "-t", "fraud", "--technique", "none", "--manifest", path)
    assert json.loads(path.read_text())["output"]["sha256"] == sha256(result.out)


@pytest.mark.parametrize("name", ["out.csv", "out.csv.zst"])
def test_an_output_file_is_hashed_as_written(name: str, run: Run, tmp_path: Path) -> None:
    manifest = resample_orders(run, tmp_path / "manifest.json", "none", "-o", tmp_path / name)
    assert manifest["output"]["sha256"] == sha256((tmp_path / name).read_bytes())


def test_the_manifest_has_the_hash_of_every_file_written(run: Run, tmp_path: Path) -> None:
    names = {"output": "out.csv", "holdout": "held.csv", "trace": "trace.csv.gz"}
    options = ["--csv-safe", "--holdout", "0.2", "-o", "out.csv", "--holdout-output", "held.csv"]
    options += ["--trace", "trace.csv.gz", "--manifest", "manifest.json"]
    run("resample", ORDERS, "-t", "fraud", "--technique", "smote", *options, cwd=tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["csv_safe"] is True
    for content, name in names.items():
        assert manifest[content]["file"] == name
        assert manifest[content]["sha256"] == sha256((tmp_path / name).read_bytes())
