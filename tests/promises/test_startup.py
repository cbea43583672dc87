"""How much work typical commands do, counted: what they import, which cells they read, which they render."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from shell import ORDERS, ROOT

HEAVY = ("numpy", "pyarrow", "pandas", "scipy", "sklearn", "imblearn", "faiss", "matplotlib", "jinja2", "rich")

REPORT_MODULES = """
import json, sys
sys.argv = ["rebalance", *sys.argv[1:]]
from rebalance.cli.app import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""

COUNT_CELLS = """
import json, sys
from rebalance.cli.app import main
from rebalance.csvio import cells
from rebalance.table import render

read, rendered = [], []
read_cells, render_field = cells.read_cells, render.FieldWriter.render
def count_read(records, rows, columns):
    read.append(len(rows) * len(columns))
    return read_cells(records, rows, columns)
def count_rendered(writer, synthetic):
    fields = render_field(writer, synthetic)
    rendered.append(len(fields))
    return fields
cells.read_cells, render.FieldWriter.render = count_read, count_rendered
sys.argv = ["rebalance", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(json.dumps({"read": sum(read), "rendered": sum(rendered)}), file=sys.stderr)
"""

ROWS, RARE_ROWS, COLUMNS = 4000, 200, 6


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(0)
    lines = [",".join([*(f"x{index}" for index in range(COLUMNS)), "kind"])]
    for number in range(ROWS):
        kind = "rare" if number % (ROWS // RARE_ROWS) == 0 else "usual"
        lines.append(",".join([*(f"{draw.gauss(0, 1):.4f}" for _ in range(COLUMNS)), kind]))
    path = tmp_path_factory.mktemp("startup") / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def last_line_of(script: str, *argv: object) -> Any:
    """The JSON that a script writes to standard error last, after it has run the command."""
    command = [sys.executable, "-c", script, *map(str, argv)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stderr.strip().splitlines()[-1])


def heavy_modules(*argv: object) -> set[str]:
    """The heavy packages that are loaded when the command has run."""
    return set(HEAVY) & set(last_line_of(REPORT_MODULES, *argv))


@pytest.mark.parametrize(
    "argv",
    [
        ["--help"],
        ["--version"],
        ["-h"],
        ["inspect", "-h"],
        ["resample", "-h"],
        ["train-eval", "-h"],
        ["techniques", "--json"],
        ["techniques", "smote", "--json"],
        ["resample", "--random-state", "1"],
        ["resample", "--kind", "2"],
    ],
    ids=" ".join,
)
def test_help_version_lists_and_mistakes_load_no_heavy_package(argv: list[str]) -> None:
    assert heavy_modules(*argv) == set()


@pytest.mark.parametrize(
    ("argv", "loaded"),
    [
        (["resample", "--technique", "random-under", "-q", "-o", "/dev/null"], {"numpy"}),
        (["resample", "--technique", "random-over", "-q", "-o", "/dev/null"], {"numpy"}),
        (["resample", "--technique", "class-weight", "-q", "-o", "/dev/null"], {"numpy"}),
        (["resample", "--technique", "smote", "-q", "-o", "/dev/null"], {"numpy", "faiss", "pyarrow"}),
        (["inspect"], {"numpy", "pyarrow", "rich"}),
        (["inspect", "--classes-only"], {"numpy", "rich"}),
        (["inspect", "--classes-only", "--json"], {"numpy"}),
    ],
    ids=["random-under", "random-over", "class-weight", "smote", "inspect", "classes-only", "classes-only-json"],
)
def test_a_command_loads_only_what_it_needs(argv: list[str], loaded: set[str], table: Path) -> None:
    command, *options = argv
    assert heavy_modules(command, table, "-t", "kind", *options) == loaded


@pytest.mark.parametrize(
    "argv",
    [
        ["inspect"],
        ["resample", "--technique", "random-under"],
        ["resample", "--technique", "class-weight"],
    ],
    ids=" ".join,
)
def test_a_command_that_trains_no_model_loads_no_scikit_learn(argv: list[str]) -> None:
    command, *options = argv
    assert not heavy_modules(command, ORDERS, "-t", "fraud", *options) & {"sklearn", "imblearn", "scipy"}


@pytest.mark.parametrize("technique", ["random-under", "random-over"])
def test_a_random_technique_reads_no_cell_except_the_target_and_renders_none(technique: str, table: Path) -> None:
    argv = ["resample", table, "-t", "kind", "--technique", technique, "-q", "-o", "/dev/null"]
    assert last_line_of(COUNT_CELLS, *argv) == {"read": 0, "rendered": 0}


def test_smote_reads_the_rare_rows_and_samples_and_renders_the_synthetic_rows(table: Path) -> None:
    cells = last_line_of(COUNT_CELLS, "resample", table, "-t", "kind", "--technique", "smote", "-q", "-o", "/dev/null")
    synthetic = ROWS - 2 * RARE_ROWS
    assert cells["rendered"] == synthetic * COLUMNS
    # a sample for the roles and one for the scales (each is the whole of a table as short as this), and the rare rows,
    # once to find neighbors among and once to interpolate between
    assert RARE_ROWS * COLUMNS <= cells["read"] <= (2 * ROWS + 2 * RARE_ROWS) * COLUMNS
