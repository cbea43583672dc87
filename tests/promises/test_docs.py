"""What the documentation says is true."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from shell import ORDERS, ROOT, Result, Run, environment, run_command, run_script

from rebalance.errors import ExitCode
from rebalance.evaluate.metrics import CLASSIFICATION_METRICS, REGRESSION_METRICS
from rebalance.report.markdown import techniques_table
from rebalance.techniques.registry import TECHNIQUES

PAGES = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))}
COMMANDS = ("inspect", "resample", "train-eval", "techniques", "schema")
BLOCK = re.compile(
    r"(?:^<!-- (?P<comment>.*?) -->\n+)?^```(?P<language>\w+)\n(?P<code>.*?)^```", re.DOTALL | re.MULTILINE
)
OTHER_PROGRAMS = ("make", "pip")


@dataclass(frozen=True)
class Script:
    """A block of commands on a page, and the outputs that the page shows of it."""

    place: str
    """The page and the line."""

    commands: str
    outputs: list[str] = field(default_factory=list)


def scripts_of(page: str) -> Iterator[Script]:
    """The `sh` blocks of a page that can be run; an output belongs to the block before it."""
    text = PAGES[page]
    script = None
    for block in BLOCK.finditer(text):
        language, comment, code = block["language"], block["comment"] or "", block["code"]
        if language == "text" and comment == "output":
            assert script, f"{page}: an output without commands:\n{code}"
            script.outputs.append(code)
        elif language == "sh":
            is_run = not code.startswith(OTHER_PROGRAMS) and not comment.startswith("not run: ")
            script = Script(f"{page}:{text.count(chr(10), 0, block.start('code')) + 1}", code)
            if is_run:
                yield script


def run_in_copy(commands: str, folder: Path) -> Result:
    """Run commands in a folder that has the sample data."""
    (folder / "sample_data").symlink_to(ROOT / "sample_data")
    return run_script(f"set -e\n{commands}", cwd=folder, env={"COLUMNS": ""})


def pattern_of(output: str) -> str:
    """A regular expression of what a page shows of an output, in which `...` stands for any lines."""
    lines = output.rstrip("\n").split("\n")
    return "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line.rstrip()) + r" *\n" for line in lines)


SCRIPTS = [script for page in PAGES for script in scripts_of(page)]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.place)
def test_every_block_of_commands_runs_and_prints_what_the_page_shows(script: Script, tmp_path: Path) -> None:
    result = run_in_copy(script.commands, tmp_path)
    printed = result.text + result.err
    for output in script.outputs:
        assert re.fullmatch(pattern_of(output), printed), f"{output}\n--- is not what is printed:\n{printed}"


def makefile_commands() -> list[str]:
    lines = (ROOT / "Makefile").read_text().splitlines()
    return [line.strip().replace("$(BIN)/", "") for line in lines if "$(BIN)/rebalance" in line]


@pytest.mark.parametrize("command", makefile_commands())
def test_every_command_of_the_makefile_runs(command: str, tmp_path: Path) -> None:
    run_in_copy(command, tmp_path)


def example_in(text: str) -> str:
    """The command in the section `Example` of a help page."""
    section = re.search(r"^Example:\n((?:  .*\n)+)", text, re.MULTILINE)
    assert section, text
    return section[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_of_every_help_page_runs(command: str, run: Run, tmp_path: Path) -> None:
    run_in_copy(example_in(run(command, "--help").text), tmp_path)


@pytest.mark.parametrize("technique", [technique.name for technique in TECHNIQUES])
def test_the_example_of_every_technique_runs(technique: str, run: Run, tmp_path: Path) -> None:
    run_in_copy(example_in(run("techniques", technique).text), tmp_path)


def python_blocks() -> list[Any]:
    return [
        pytest.param(block["code"], id=page)
        for page, text in PAGES.items()
        for block in BLOCK.finditer(text)
        if block["language"] == "python"
    ]


@pytest.mark.parametrize("code", python_blocks())
def test_the_python_on_a_page_predicts_with_a_saved_model(code: str, train_eval: Run, tmp_path: Path) -> None:
    train_eval(ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--save-model", tmp_path / "model.skops")
    shutil.copy(ORDERS, tmp_path / "new.csv")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "'no'" in done.stdout


def test_a_page_shows_the_python_for_a_saved_model() -> None:
    assert python_blocks()


def test_the_table_of_techniques_is_that_of_the_registry() -> None:
    table = re.search(r"<!-- techniques -->\n(.*?)<!-- /techniques -->", PAGES["docs/techniques.md"], re.DOTALL)
    assert table
    assert table[1] == techniques_table(TECHNIQUES)


@cache
def options_of(command: str) -> list[str]:
    """The long names of the options on a help page."""
    return re.findall(r"^  (?:-\w, )?(--[\w-]+)", run_command(command, "--help").text, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_explained_in_its_help(command: str, run: Run) -> None:
    for line, following in pairwise(run(command, "--help").text.splitlines()):
        has_name_only = re.match(r"  (-\w, )?--[\w-]+( \S+)?$", line)
        # the explanation of a long name is on the next line
        assert not has_name_only or following.startswith(" " * 10), f"{command} does not explain {line.strip()}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_named_on_some_page(command: str) -> None:
    options = [option for option in options_of(command) if option != "--help"]
    pages = "\n".join(PAGES.values())
    missing = [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", pages)]
    assert not missing
    assert options or command == "schema"


def properties_of(schema: Any) -> set[str]:
    """The names of all properties that a JSON Schema defines."""
    if isinstance(schema, list):
        return set().union(*map(properties_of, schema))
    if not isinstance(schema, dict):
        return set()
    inside = [value for key, value in schema.items() if key not in ("required", "enum", "const", "default")]
    return set(schema.get("properties", ())).union(*map(properties_of, inside))


@pytest.mark.parametrize("name", ["inspect", "resample", "train-eval", "manifest"])
def test_every_field_of_the_json_outputs_is_explained(name: str, run: Run) -> None:
    schema = json.loads(run("schema", name).text)
    schema.get("$defs", {}).pop("settings", None)  # they are in the table of techniques
    fields = properties_of(schema)
    pages = PAGES["docs/evaluation.md"] + PAGES["docs/outputs.md"]
    assert fields
    assert not [field for field in sorted(fields) if f"`{field}`" not in pages]


def test_the_page_states_the_number_of_the_schema(train_eval: Run) -> None:
    report = json.loads(train_eval(ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--json").text)
    assert f"the number of the schema, {report['schema']} |" in PAGES["docs/evaluation.md"]


def modules_on_the_map() -> list[str]:
    """The names at the beginnings of the list items in the section on modules."""
    section = re.search(r"^## Every module\n(.*?)^## ", PAGES["docs/architecture.md"], re.DOTALL | re.MULTILINE)
    assert section
    items = re.findall(r"^- (`[^:]*):", section[1], re.MULTILINE)
    return [name for item in items for name in re.findall(r"`([^`]+)`", item)]


def test_every_module_is_on_the_map_once_and_nothing_else_is() -> None:
    package = ROOT / "rebalance"
    modules = {path.relative_to(package).with_suffix("").as_posix() for path in package.rglob("*.py")}
    expected = {module for module in modules if not module.endswith("__init__")}
    named = Counter(modules_on_the_map())
    assert expected - named.keys() == set()
    assert named.keys() - expected == set()
    assert [name for name, count in named.items() if count > 1] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_and_test_that_a_page_names_exists(page: str) -> None:
    names = re.findall(r"`([\w./-]+)`", PAGES[page])
    modules = [name.rstrip("/") for name in names if page == "docs/architecture.md" and "/" in name]
    tests = [name.rpartition("/")[2] for name in names if re.search(r"\btest_\w+\.py$", name)]
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGES[page]) if "://" not in link]
    assert not [name for name in modules if not list((ROOT / "rebalance").glob(f"{name}*"))]
    assert not [name for name in tests if not list((ROOT / "tests").rglob(name))]
    assert not [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]


def test_the_table_of_exit_codes_is_complete() -> None:
    codes = re.findall(r"^\| (\d+) \|", PAGES["docs/exit-codes.md"], re.MULTILINE)
    assert sorted(map(int, codes)) == sorted(ExitCode)


def test_the_counts_of_techniques_and_metrics_are_the_real_ones() -> None:
    pages = (ROOT / "CHANGELOG.md").read_text() + PAGES["README.md"]
    techniques = re.findall(r"(\d+)\s+techniques\b", pages)
    metrics = re.findall(r"(\d+)\s+metrics\s+for\s+classification\s+and\s+(\d+)\s+for\s+regression", pages)
    assert set(techniques) <= {str(len(TECHNIQUES) - 1)}  # `none` is the baseline
    assert set(metrics) <= {(str(len(CLASSIFICATION_METRICS)), str(len(REGRESSION_METRICS)))}
    assert not re.findall(r"\d+\s+metrics\b(?!\s+for\s+classification\s+and)", pages)


def test_the_sample_data_is_what_its_script_writes(tmp_path: Path) -> None:
    script = tmp_path / "make.py"
    script.write_text((ROOT / "sample_data" / "make.py").read_text())
    subprocess.run([sys.executable, str(script)], check=True)
    for path in (ROOT / "sample_data").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
