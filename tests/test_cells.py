"""What a made cell holds, and what it may depend on."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from tables import cells_of, opened, output_of, plan_of

from rebalance.errors import UsageError
from rebalance.plan.plan import Plan, SyntheticRows
from rebalance.plan.rows import typed_rows
from rebalance.resample.planner import ResampleRequest, make_plan
from rebalance.table.columns import Role
from rebalance.table.table import ColumnOptions
from rebalance.techniques.chain import find_chain


def made_cells(path: Path, seed: int, neighbor: int, gap: float, choices: ColumnOptions | None = None) -> list[str]:
    """The cells of one row made between two records."""
    with opened(path, choices=choices) as table:
        label = table.target.codes[[seed]]
        made = SyntheticRows(np.array([seed]), np.array([neighbor]), np.array([gap]), label)
        keep = np.arange(len(table))
        delimiter = table.file.dialect.delimiter.decode()
        return cells_of(output_of(table, Plan(keep, made)), delimiter)[-1]


def table_of(path: Path, header: str, rows: list[str], newline: str = "\n") -> Path:
    path.write_text(newline.join([header, *rows, ""]), newline="")
    return path


@pytest.mark.parametrize(
    ("first", "second", "gap", "expected"),
    [
        ("1.50", "2.50", 0.25, "1.75"),
        ("3", "8", 0.5, "6"),  # 5.5: half to even
        ("3", "8", 0.3, "4"),  # 4.5 as well
        ("", "2.50", 0.25, ""),
        ("", "2.50", 0.75, "2.50"),
        ("?", "7", 0.4, "?"),
        ("2024-01-01", "2024-01-11", 0.5, "2024-01-06"),
        ("2024-01-01T10:00Z", "2024-01-01T11:10Z", 0.5, "2024-01-01T10:35Z"),
        ("1969-12-31", "1969-12-01", 0.5, "1969-12-16"),
        ("2024-01-01 10:00:00", "2024-01-01 10:03:00", 0.5, "2024-01-01 10:02:00"),  # whole minutes only
        ("red", "blue", 0.4, "red"),
        ("red", "blue", 0.6, "blue"),
        ("-0.5", "0.5", 0.5, "0.0"),
        ("1e-8", "3e-8", 0.5, "2e-08"),
        ("0.1", "0.25", 0.5, "0.18"),
    ],
)
def test_a_made_cell_between_two(first: str, second: str, gap: float, expected: str, tmp_path: Path) -> None:
    rows = [f"{(first, second)[n % 2]},{'ab'[n % 4 // 2]}" for n in range(40)]
    assert made_cells(table_of(tmp_path / "in.csv", "x,kind", rows), 0, 1, gap)[0] == expected


def test_text_comes_from_the_seed_and_ids_stay_empty(tmp_path: Path) -> None:
    rows = [f"R{n:04d},a long text {n * 7},{n % 3},{'ab'[n % 2]}" for n in range(60)]
    path = table_of(tmp_path / "in.csv", "ref,note,x,kind", rows)
    assert made_cells(path, 4, 6, 0.9) == ["", "a long text 28", "0", "a"]


def test_a_column_in_quotes_stays_in_quotes(tmp_path: Path) -> None:
    path = table_of(tmp_path / "in.csv", '"x","kind"', [f'"{n % 7}.5","{"ab"[n % 2]}"' for n in range(40)])
    with opened(path) as table:
        made = SyntheticRows(np.array([0]), np.array([2]), np.array([0.5]), table.target.codes[[0]])
        assert output_of(table, Plan(np.arange(40), made)).splitlines()[-1] == b'"1.5","a"'


def test_a_decimal_comma_stays_a_comma(tmp_path: Path) -> None:
    path = table_of(tmp_path / "in.csv", "x;kind", [f"{n % 7},25;{'ab'[n % 2]}" for n in range(40)])
    assert made_cells(path, 0, 2, 0.5)[0] == "1,25"
    forced = ColumnOptions(roles={0: Role.NUMBER})
    assert made_cells(path, 0, 2, 0.5, forced)[0] == "1,25"


def test_commas_that_may_set_thousands_apart_are_not_computed_with(tmp_path: Path) -> None:
    path = table_of(tmp_path / "in.csv", "x;kind", [f"{n + 1},{n * 37 % 1000:03d};{'ab'[n % 2]}" for n in range(40)])
    with opened(path) as table:
        assert table.columns[0].role is Role.TEXT


@pytest.mark.parametrize(
    ("cells", "role"),
    [
        ([f"{n * 3}" for n in range(60)], Role.NUMBER),
        ([f"{n}" for n in range(60)], Role.ID),
        ([f"{n:05d}" for n in range(60)], Role.ID),
        ([f"{n % 9:05d}" for n in range(60)], Role.CATEGORY),
        ([f"{n * 1.37:.2f}" for n in range(60)], Role.NUMBER),
        ([f"{n * 3}" if n % 3 == 0 else "" for n in range(60)], Role.NUMBER),
        ([f"{n}" if n % 3 == 0 else "" for n in range(60)], Role.NUMBER),
        ([f"1.{n:03d},50" for n in range(60)], Role.TEXT),
        ([f"${n * 11}.50" for n in range(60)], Role.TEXT),
        ([f"word{n}" for n in range(60)], Role.ID),
        ([f"some words {n}" for n in range(60)], Role.TEXT),
        (["x"] * 60, Role.CONSTANT),
        ([""] * 60, Role.CONSTANT),
        (["t", "f"] * 30, Role.CATEGORY),
        (["1", "2", "inf"] * 20, Role.CATEGORY),
        ([f"{n}e300" for n in range(60)], Role.ID),
        ([f"9{n:019d}" for n in range(60)], Role.ID),
        ([f"2024-01-{n % 28 + 1:02d}" for n in range(60)], Role.DATE),
        ([f"2024-02-{n % 31 + 1:02d}" for n in range(60)], Role.TEXT),
        ([f"2024-01-01T00:00+0{n % 3}:00" for n in range(60)], Role.CATEGORY),
    ],
)
def test_the_role_of_a_column(cells: list[str], role: Role, tmp_path: Path) -> None:
    path = table_of(tmp_path / "in.csv", "x;kind", [f"{cell};{'ab'[n % 2]}" for n, cell in enumerate(cells)])
    with opened(path, delimiter=b";") as table:
        assert table.columns[0].role is role


def test_a_role_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = table_of(tmp_path / "in.csv", "x,kind", [f"{'uvw'[n % 3]},{'ab'[n % 2]}" for n in range(40)])
    for role in (Role.NUMBER, Role.DATE):
        with (
            opened(path, choices=ColumnOptions(roles={0: role})) as table,
            pytest.raises(UsageError, match="--role x="),
        ):
            _ = table.columns


def test_digits_that_the_sample_does_not_show_are_kept(tmp_path: Path) -> None:
    rows = [f"{n % 90}.5,a" for n in range(60_001)]
    for at in (10_001, 20_003, 30_005, 40_007):  # none of them in the sample
        rows[at] = f"{at}.12345,b"
    path = table_of(tmp_path / "in.csv", "x,kind", rows)
    assert made_cells(path, 10_001, 20_003, 0.5)[0] == "15002.12345"
    for at, cell in zip((10_001, 20_003), ("20000000", "30000000"), strict=True):
        rows[at] = f"{cell},b"
    rows[0] = "0.123456789012,a"
    assert made_cells(table_of(path, "x,kind", rows), 10_001, 20_003, 0.5)[0] == "25000000"


def test_a_cell_in_another_zone_is_copied_not_read(tmp_path: Path) -> None:
    rows = [f"2024-01-{n % 28 + 1:02d}T00:00Z,a" for n in range(60_001)]
    rows[10_001] = rows[20_003] = "2024-01-01T00:00+09:00,b"
    path = table_of(tmp_path / "in.csv", "x,kind", rows)
    assert made_cells(path, 10_001, 20_003, 0.5)[0] == "2024-01-01T00:00+09:00"


@pytest.mark.parametrize("technique", ["smote", "adasyn", "rose", "edited-nn", "cluster-centroids"])
def test_what_is_trained_on_does_not_depend_on_other_rows(technique: str, tmp_path: Path) -> None:
    draw = random.Random(12)
    rows = [
        f"{draw.gauss(0, 1):.2f},{draw.randrange(9)},{draw.choice('uvw')},{'b' if n % 5 == 0 else 'a'}"
        for n in range(300)
    ]
    others = [f"{draw.gauss(9, 99):.6f},{draw.randrange(999)},{draw.choice('uvw')},{row[-1]}" for row in rows]
    train = np.arange(0, 300, 2)
    found = []
    for test_rows in (rows, others):
        mixed = [row if n % 2 == 0 else other for n, (row, other) in enumerate(zip(rows, test_rows, strict=True))]
        path = table_of(tmp_path / "in.csv", "x,y,z,kind", mixed)
        with opened(path) as table:
            loaded = table.load()
            plan = make_plan(loaded, find_chain(technique), train, ResampleRequest(), 0)
            cells = typed_rows(loaded, plan)
            columns = [c.values if c.values is not None else c.levels[c.codes] for c in cells.columns]
            found.append((plan.keep.tolist(), [list(column) for column in columns]))
    assert found[0] == found[1]


def test_what_train_eval_trains_on_is_what_resample_writes(tmp_path: Path) -> None:
    draw = random.Random(13)
    rows = [f"{draw.gauss(0, 1):.2f},{draw.randrange(9)},{'b' if n % 5 == 0 else 'a'}" for n in range(300)]
    path = table_of(tmp_path / "in.csv", "x,y,kind", rows)
    for technique in ("smote", "rose", "smote-enn", "svm-smote"):
        with opened(path) as table:
            written = cells_of(output_of(table, plan_of(table, technique)))[1:]
            loaded = table.load()
            cells = typed_rows(loaded, plan_of(loaded, technique))
        for at in (0, 1):
            values = cells.columns[at].values
            assert values is not None
            assert [float(row[at]) for row in written] == values.tolist()


def test_the_number_of_threads_changes_no_byte(tmp_path: Path) -> None:
    draw = random.Random(14)
    rows = [
        ",".join([*(draw.choice("uvwx") for _ in range(12)), "b" if n % 3 == 0 else "a"]) for n in range(6000)
    ]  # no end of ties
    path = table_of(tmp_path / "in.csv", ",".join([*(f"c{n}" for n in range(12)), "kind"]), rows)
    words = [sys.executable, "-m", "rebalance", "resample", str(path), "-t", "kind", "-q", "--technique"]
    for technique in ("smote", "borderline-smote", "tomek-links", "near-miss"):
        outputs = set()
        for threads in ("1", "2", "5"):
            environment = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads, "PYTHONPATH": str(ROOT)}
            done = subprocess.run([*words, technique], capture_output=True, env=environment, check=True)
            outputs.add(done.stdout)
        assert len(outputs) == 1, technique
