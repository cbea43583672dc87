"""What users read, as files in `snapshots/`: a change of it is seen in a diff, and wanted.

`python -m pytest tests/promises/test_snapshots.py --update-snapshots` writes the files.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from samples import ALL_TABLES
from shell import Result, run_command, run_train_eval

from rebalance.cli.app import COMMANDS

FOLDER = Path(__file__).parent / "snapshots"
COLUMNS, WIDE_COLUMNS = 80, 120
SIGNIFICANT_DIGITS = 6
"""Machines agree on as many."""

SMALLEST_NUMBER = 1e-9
"""A smaller one is what is left of a sum that is zero."""

TABLES = {
    "mixed": ["--model", "logistic-regression", "--technique", "smote", "--technique", "random-under"],
    "numeric-target": ["--model", "ridge", "--technique", "smogn", "--technique", "random-under"],
}
"""Tables of `samples`, and what is compared on them; linear models change little where a number does."""


@dataclass(frozen=True)
class Example:
    """A run and the snapshots that show it."""

    names: tuple[str, ...]
    """The files in `snapshots/`."""

    texts: Callable[[Path], Mapping[str, str]]
    """Runs the command in a folder, and returns the text of each file."""


def run(*argv: object, columns: int = COLUMNS, cwd: Path | None = None) -> Result:
    env = {"COLUMNS": str(columns), "PYTHONUTF8": "1"}
    return run_command(*argv, env=env) if cwd is None else run_command(*argv, env=env, cwd=cwd)


def round_numbers(text: str) -> str:
    """Return a text whose numbers have at most six significant digits."""

    def shorten(match: re.Match[str]) -> str:
        digits = re.sub(r"[eE].*|[-.]", "", match[0]).lstrip("0")
        if abs(float(match[0])) < SMALLEST_NUMBER:
            return "0.0"
        return match[0] if len(digits) <= SIGNIFICANT_DIGITS else f"{float(match[0]):.{SIGNIFICANT_DIGITS}g}"

    return re.sub(r"-?\b\d+\.\d+(?:e[-+]?\d+)?\b", shorten, text)


def stable(text: str) -> str:
    """Return a text without what differs between runs and machines: hashes, seconds, digits, versions."""
    text = re.sub(r"\b[0-9a-f]{64}\b", "SHA-256", text)
    text = re.sub(r"\b\d+\.\d s$", "SECONDS s", text, flags=re.MULTILINE)
    text = re.sub(r'("versions": \{)([^}]*)\}', lambda found: found[1] + hide_versions(found[2]) + "}", text)
    return round_numbers(text)


def hide_versions(text: str) -> str:
    return re.sub(r'": "[^"]*"', '": "VERSION"', text)


def help_example(name: str, *argv: str) -> Example:
    return Example((name,), lambda _: {name: run(*argv).text})


def write_table(table: str, folder: Path) -> str:
    """Write a table to a folder, in which commands then run: paths in outputs are names only."""
    (folder / f"{table}.csv").write_bytes(ALL_TABLES[table])
    return f"{table}.csv"


def inspect_example(table: str) -> Example:
    text, document = f"{table}-inspect.txt", f"{table}-inspect.json"

    def texts(folder: Path) -> Mapping[str, str]:
        argv = ["inspect", write_table(table, folder), "-t", "kind"]
        return {text: run(*argv, cwd=folder).text, document: stable(run(*argv, "--json", cwd=folder).text)}

    return Example((text, document), texts)


def resample_example(table: str) -> Example:
    summary, manifest, trace = (f"{table}-resample{end}" for end in (".txt", "-manifest.json", "-trace.csv"))

    def texts(folder: Path) -> Mapping[str, str]:
        argv = ["resample", write_table(table, folder), "-t", "kind", "--technique", "smote", "-o", "balanced.csv"]
        ran = run(*argv, "--manifest", "manifest.json", "--trace", "trace.csv", cwd=folder)
        return {
            summary: stable(ran.err),
            manifest: stable((folder / "manifest.json").read_text()),
            trace: stable((folder / "trace.csv").read_text()),
        }

    return Example((summary, manifest, trace), texts)


def train_eval_example(table: str) -> Example:
    narrow, wide = f"{table}-train-eval-{COLUMNS}.txt", f"{table}-train-eval-{WIDE_COLUMNS}.txt"
    markdown, document = f"{table}-train-eval.md", f"{table}-train-eval.json"

    def texts(folder: Path) -> Mapping[str, str]:
        argv = [write_table(table, folder), "-t", "kind", "--cv", "3", *TABLES[table]]
        reports = ["--report", "report.md", "--report", "report.json"]
        env = {"PYTHONUTF8": "1"}
        first = run_train_eval(*argv, *reports, cwd=folder, env={**env, "COLUMNS": str(COLUMNS)})
        second = run_train_eval(*argv, cwd=folder, env={**env, "COLUMNS": str(WIDE_COLUMNS)})
        return {
            narrow: first.text,
            wide: second.text,
            markdown: (folder / "report.md").read_text(),
            document: stable((folder / "report.json").read_text()),
        }

    return Example((narrow, wide, markdown, document), texts)


EXAMPLES = {
    "help": help_example("help.txt", "-h"),
    **{f"help-{command}": help_example(f"help-{command}.txt", command, "-h") for command in COMMANDS},
    "techniques": help_example("techniques.txt", "techniques"),
    "techniques-smote": help_example("techniques-smote.txt", "techniques", "smote"),
    **{f"{table}-inspect": inspect_example(table) for table in TABLES},
    **{f"{table}-resample": resample_example(table) for table in TABLES},
    **{f"{table}-train-eval": train_eval_example(table) for table in TABLES},
}


@pytest.fixture
def is_update(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-snapshots"))


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
def test_what_users_read_is_what_the_snapshots_show(example: Example, *, is_update: bool, tmp_path: Path) -> None:
    texts = example.texts(tmp_path)
    assert tuple(texts) == example.names
    for name, text in texts.items():
        path = FOLDER / name
        if is_update:
            FOLDER.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), "--update-snapshots writes it"
        assert text == path.read_text(encoding="utf-8"), f"{name} differs; --update-snapshots accepts the new text"


def test_there_is_no_snapshot_too_many_or_too_few(*, is_update: bool) -> None:
    expected = {name for example in EXAMPLES.values() for name in example.names}
    present = {path.name for path in FOLDER.iterdir()}
    if is_update:
        for name in present - expected:
            (FOLDER / name).unlink()
        return
    assert present == expected


@pytest.mark.parametrize(
    ("text", "rounded"),
    [
        pytest.param("0.7026520706597863,0", "0.702652,0", id="long"),
        pytest.param('"mean": -1.6666666666666667e-05', '"mean": -1.66667e-05', id="exponent"),
        pytest.param("3.469446951953614e-18", "0.0", id="zero"),
        pytest.param("38.54..41.78 12345678 0.1.0", "38.54..41.78 12345678 0.1.0", id="short"),
    ],
)
def test_numbers_are_rounded_to_what_machines_agree_on(text: str, rounded: str) -> None:
    assert round_numbers(text) == rounded


def test_a_snapshot_has_no_hash_version_or_time() -> None:
    manifest = {"sha256": "a" * 64, "versions": {"numpy": "2.4.6", "python": "3.11.7"}, "seed": 0}
    assert json.loads(stable(json.dumps(manifest))) == {
        "sha256": "SHA-256",
        "versions": {"numpy": "VERSION", "python": "VERSION"},
        "seed": 0,
    }
    assert stable("wrote out.csv, 0.4 s\n") == "wrote out.csv, SECONDS s\n"
