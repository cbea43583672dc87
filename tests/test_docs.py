"""What the documents say is so."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, Run, train_eval

from rebalance.report.markdown import techniques_table
from rebalance.techniques.registry import TECHNIQUES

README = (ROOT / "README.md").read_text()
COMMANDS = ("inspect", "resample", "train-eval", "techniques")


def shell_lines() -> list[str]:
    """The commands of the README's `sh` blocks, but for `make`, which runs these tests."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    wholes = [block.replace("\\\n", " ").strip() for block in blocks if not block.startswith("make")]
    return [line for whole in wholes for line in ([whole] if "test.csv" in whole else whole.splitlines())]


def makefile_lines() -> list[str]:
    recipe = (ROOT / "Makefile").read_text()
    return [line.strip().replace("$(BIN)/", "") for line in recipe.splitlines() if "$(BIN)/rebalance" in line]


def run_in_copy(command: str, folder: Path) -> None:
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    binary = folder / "rebalance"
    binary.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m rebalance "$@"\n')
    binary.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, check=False)  # noqa: S607
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("command", dict.fromkeys([*shell_lines(), *makefile_lines()]))
def test_every_command_of_the_readme_and_the_makefile_runs(command: str, tmp_path: Path) -> None:
    run_in_copy(command, tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_in_each_commands_help_runs(name: str, run: Run, tmp_path: Path) -> None:
    words = " ".join(run(name, "--help").text.split())
    example = re.search(r"Example: (rebalance .*?) (?:Options|Arguments):", words)
    assert example
    run_in_copy(example[1], tmp_path)


def test_the_readmes_python_predicts_with_a_saved_model(run: Run, tmp_path: Path) -> None:
    words = [ROOT / "sample_data" / "orders.csv", "-t", "fraud", "--cv", 2, "--technique", "none"]
    assert train_eval(run, *words, "--save-model", tmp_path / "model.skops").code == 0
    shutil.copy(ROOT / "sample_data" / "orders.csv", tmp_path / "new.csv")
    code = re.search(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert code
    done = subprocess.run([sys.executable, "-c", code[1]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "'no'" in done.stdout


def test_the_readmes_list_of_techniques_is_the_registrys() -> None:
    listed = re.search(r"<!-- techniques:[^>]*-->\n(.*?)<!-- /techniques -->", README, re.DOTALL)
    assert listed
    assert listed[1] == techniques_table(TECHNIQUES)


def test_the_readme_has_the_figures_that_train_eval_prints(run: Run) -> None:
    shown = run("train-eval", "sample_data/orders.csv", "--target", "fraud").text
    quoted = re.search(r"^```text\n(hist-gradient-boosting\n.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert quoted
    assert "verdict: " in quoted[1]
    assert quoted[1] in shown


def test_every_option_is_explained_and_every_file_of_the_package_is_on_the_map(run: Run) -> None:
    for name in COMMANDS:
        lines = run(name, "--help").text.splitlines()
        for line, following in itertools.pairwise(lines):
            bare = re.match(r"  (-\w, )?--[\w-]+( [A-Z=]+)?$", line)
            if bare and not following.startswith(" " * 20):  # a long name has its help on the next line
                pytest.fail(f"{name} does not explain {line.strip()}")
    architecture = (ROOT / "docs" / "architecture.md").read_text()
    for path in (ROOT / "rebalance").iterdir():
        if not path.name.startswith(("__", "py.")):
            assert f"`{path.stem}`" in architecture, path


def keys_of(value: object) -> set[str]:
    """Every key of a JSON document but those that are labels or class names."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    inside = [item for key, item in value.items() if key not in ("classes", "training_totals")]
    return set(value).union(*map(keys_of, inside))


def test_every_field_of_the_json_report_is_explained(run: Run) -> None:
    document = (ROOT / "docs" / "train-eval-json.md").read_text()
    words = ["sample_data/orders.csv", "-t", "fraud", "--cv", 2, "--technique", "random-under", "--json"]
    found = json.loads(train_eval(run, *words).text)
    missing = {key for key in keys_of(found) if f"`{key}`" not in document}
    assert not missing
    assert f"Schema {found['schema']}." in document


def test_sample_data_is_what_its_script_makes(tmp_path: Path) -> None:
    script = tmp_path / "make.py"
    script.write_text((ROOT / "sample_data" / "make.py").read_text())
    subprocess.run([sys.executable, str(script)], check=True)
    for path in (ROOT / "sample_data").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
