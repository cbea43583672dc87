"""How much work typical commands do, counted: what they import, which records they read, which cells they write."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

HEAVY = ("pyarrow", "pandas", "scipy", "sklearn", "imblearn", "faiss", "matplotlib", "jinja2", "rich")

COUNTING = """
import json, sys
from rebalance.cli.app import main
from rebalance.csvio import cells
from rebalance.table import render

read, written = [], []
whole, field = cells.read_cells, render.FieldWriter.render
def counted(records, rows, columns):
    read.append(len(rows) * len(columns))
    return whole(records, rows, columns)
def rendered(writer, own):
    found = field(writer, own)
    written.append(len(found))
    return found
cells.read_cells, render.FieldWriter.render = counted, rendered
sys.argv = ["rebalance", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(json.dumps({"read": sum(read), "written": sum(written)}), file=sys.stderr)
"""

IMPORTING = """
import json, sys
sys.argv = ["rebalance", *sys.argv[1:]]
from rebalance.cli.app import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})), file=sys.stderr)
"""

ROWS, RARE_THRESHOLD, COLUMNS = 4000, 200, 6


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    draw = random.Random(0)
    lines = [",".join([*(f"x{at}" for at in range(COLUMNS)), "kind"])]
    for number in range(ROWS):
        kind = "rare" if number % (ROWS // RARE_THRESHOLD) == 0 else "usual"
        lines.append(",".join([*(f"{draw.gauss(0, 1):.4f}" for _ in range(COLUMNS)), kind]))
    path = tmp_path_factory.mktemp("work") / "in.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def after(script: str, *words: object) -> object:
    """What a script says last on standard error of a run of the command."""
    command = [sys.executable, "-c", script, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stderr.strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        (["resample", "--technique", "random-under", "-q", "-o", "/dev/null"], []),
        (["resample", "--technique", "random-over", "-q", "-o", "/dev/null"], []),
        (["resample", "--technique", "smote", "-q", "-o", "/dev/null"], ["faiss", "pyarrow"]),
        (["inspect", "--classes-only"], ["rich"]),
    ],
)
def test_a_command_loads_what_it_needs(words: list[str], loaded: list[str], table: Path) -> None:
    command, *options = words
    found = after(IMPORTING, command, table, "-t", "kind", *options)
    assert isinstance(found, list)
    assert [name for name in sorted(HEAVY) if name in found] == loaded


@pytest.mark.parametrize("technique", ["random-under", "random-over"])
def test_a_random_technique_reads_no_cell_but_the_targets_and_writes_none(technique: str, table: Path) -> None:
    found = after(COUNTING, "resample", table, "-t", "kind", "--technique", technique, "-q", "-o", "/dev/null")
    assert found == {"read": 0, "written": 0}


def test_smote_reads_the_rare_rows_and_a_sample_and_writes_the_made_rows(table: Path) -> None:
    found = after(COUNTING, "resample", table, "-t", "kind", "--technique", "smote", "-q", "-o", "/dev/null")
    assert isinstance(found, dict)
    made = ROWS - 2 * RARE_THRESHOLD
    assert found["written"] == made * COLUMNS
    # a sample for the roles, one for the spreads (both all of a table as short as this), and the rare rows, once to
    # find neighbours among and once to go between
    assert RARE_THRESHOLD * COLUMNS <= found["read"] <= (2 * ROWS + 2 * RARE_THRESHOLD) * COLUMNS
