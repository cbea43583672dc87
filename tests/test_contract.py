"""What every technique in the registry promises, on every kind of table."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from conftest import QUANTITIES, TABLES
from tables import cells_of, class_counts, opened, output_of, plan_of, range_counts, resampled

from rebalance.errors import DataError
from rebalance.resample.planner import ResampleRequest
from rebalance.resample.writer import ExtraColumns
from rebalance.techniques.registry import TECHNIQUES, Family, Task, Technique

ALL = {**TABLES, **QUANTITIES}


def pairs(techniques: list[Technique]) -> list[object]:
    """Each technique with each table whose target it is for; the file itself comes from the fixture."""
    return [
        pytest.param(technique, name, id=f"{technique.name}-{name}")
        for technique in techniques
        for name in ALL
        if (Task.REGRESSION if name in QUANTITIES else Task.CLASSIFICATION) in technique.tasks
    ]


MAKERS = [t for t in TECHNIQUES if t.family is Family.OVER_SAMPLING and t.name != "random-over"]
BETWEEN = [t for t in MAKERS if t.name not in ("rose", "smogn")]
every_technique = pytest.mark.parametrize("technique", TECHNIQUES, ids=lambda technique: technique.name)
on_every_table = pytest.mark.parametrize(("technique", "name"), pairs(list(TECHNIQUES)))


@pytest.fixture
def table_file(name: str, tmp_path: Path) -> Path:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(ALL[name])
    return path


def records_of(path: Path, data: bytes | None = None) -> list[bytes]:
    """The records of a file (or of `data`, put beside it) as bytes, newlines aside."""
    if data is not None:
        path = path.with_suffix(".out.csv")
        path.write_bytes(data)
    with opened(path) as table:
        return [text.rstrip(b"\r\n") for text in table.records.texts(np.arange(len(table)))]


@on_every_table
@pytest.mark.usefixtures("name")
def test_records_that_stay_keep_their_bytes_and_their_order(technique: Technique, table_file: Path) -> None:
    with opened(table_file) as table:
        plan = plan_of(table, technique.name)
        output = output_of(table, plan, ExtraColumns(weight="w"))
    before = records_of(table_file)
    after = records_of(table_file, output)
    kept = after[: len(plan.keep)]
    suffixes = 1 if plan.weight is not None else 0
    originals = [record.rsplit(b",", suffixes)[0] if suffixes else record for record in kept]
    expected = [before[row] for row in plan.keep]
    if technique.family is Family.TRANSFORM:  # all but the target, which is last
        originals, expected = ([record.rsplit(b",", 1)[0] for record in records] for records in (originals, expected))
    assert originals == expected
    first_copies = plan.keep[~plan.is_added()[: len(plan.keep)]]
    assert (np.diff(first_copies) > 0).all()


@on_every_table
def test_the_counts_are_the_ones_wanted(technique: Technique, name: str, table_file: Path) -> None:
    if name in QUANTITIES:
        assert_ranges(technique, table_file, 1)
        return
    before = class_counts(TABLES[name])
    after = class_counts(resampled(table_file, technique.name))
    if technique.family is Family.COMBINED:
        assert sum(after.values()) < max(before.values()) * len(before) + 1
        assert max(after.values()) <= max(before.values())
    elif technique.oversamples:
        assert after == dict.fromkeys(before, max(before.values()))
    elif technique.undersamples:
        assert after == dict.fromkeys(before, min(before.values()))
    elif technique.cleans:
        assert all(after[label] <= count for label, count in before.items())
    else:
        assert after == before


def assert_ranges(technique: Technique, path: Path, ratio: float) -> None:
    """Rare ranges have grown, common ones shrunk, or none has changed."""
    before = range_counts(path, path.read_bytes())
    with opened(path) as table:
        assert table.target.numeric_target
        rare = table.target.numeric_target.rare.tolist()
    if technique.family is Family.TRANSFORM:
        assert len(cells_of(resampled(path, technique.name))) == sum(before) + 1
        return
    after = range_counts(path, resampled(path, technique.name, ResampleRequest(ratio=ratio) if ratio != 1 else None))
    common = max(count for count, is_rare in zip(before, rare, strict=True) if not is_rare)
    rows = sum(count for count, is_rare in zip(before, rare, strict=True) if is_rare)
    assert rows
    wanted = before
    if technique.oversamples:
        least = int(common * ratio + 0.5)
        wanted = [max(count, least) if is_rare else count for count, is_rare in zip(before, rare, strict=True)]
    elif technique.undersamples:
        most = int(rows / ratio + 0.5)
        wanted = [count if is_rare else min(count, most) for count, is_rare in zip(before, rare, strict=True)]
    if technique.cleans:
        assert all(now <= then for now, then in zip(after, before, strict=True))
        assert sum(after) < sum(before)
    else:
        assert after == wanted


@on_every_table
def test_the_ratio_is_followed(technique: Technique, name: str, table_file: Path) -> None:
    if technique.family not in (Family.OVER_SAMPLING, Family.UNDER_SAMPLING):
        pytest.skip("aims at no count")
    if name in QUANTITIES:
        assert_ranges(technique, table_file, 0.5)
        return
    before = class_counts(TABLES[name])
    after = class_counts(resampled(table_file, technique.name, ResampleRequest(ratio=0.5)))
    if technique.oversamples:
        assert after == {label: max(count, round(max(before.values()) / 2)) for label, count in before.items()}
    else:
        assert after == {label: min(count, min(before.values()) * 2) for label, count in before.items()}


@on_every_table
@pytest.mark.usefixtures("name")
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(technique: Technique, table_file: Path) -> None:
    once = resampled(table_file, technique.name)
    assert resampled(table_file, technique.name) == once
    if technique.family is Family.OVER_SAMPLING or technique.name == "random-under":
        assert resampled(table_file, technique.name, seed=1) != once


@on_every_table
@pytest.mark.usefixtures("name")
def test_shuffling_changes_the_order_and_nothing_else(technique: Technique, table_file: Path) -> None:
    with opened(table_file) as table:
        plan = plan_of(table, technique.name)
        straight = output_of(table, plan, ExtraColumns(mark="made"))
        shuffled = output_of(table, plan, ExtraColumns(mark="made"), shuffled=True)
    assert shuffled != straight
    assert Counter(records_of(table_file, shuffled)) == Counter(records_of(table_file, straight))


@on_every_table
def test_the_mark_tells_added_rows_from_original_ones(technique: Technique, name: str, table_file: Path) -> None:
    with opened(table_file) as table:
        plan = plan_of(table, technique.name)
        header, *rows = cells_of(output_of(table, plan, ExtraColumns(mark="made", weight="w")))
    at = header.index("made")
    width = len(cells_of(ALL[name])[0]) - (technique.family is Family.TRANSFORM)  # the target is last
    before = Counter(tuple(row[:width]) for row in cells_of(ALL[name])[1:])
    originals = Counter(tuple(row[:width]) for row in rows if row[at] == "0")
    assert originals <= before
    assert sum(originals.values()) == len(np.unique(plan.keep))


@pytest.mark.parametrize(("technique", "name"), pairs(MAKERS))
def test_made_cells_obey_their_columns_rule(technique: Technique, name: str, table_file: Path) -> None:
    with opened(table_file) as table:
        plan = plan_of(table, technique.name)
        header, *rows = cells_of(output_of(table, plan))
    original = cells_of(ALL[name])[1:]
    made = rows[len(plan.keep) :]
    assert made
    for at, column in enumerate(header):
        seen = {row[at] for row in original}
        cells = [row[at] for row in made]
        if column == "ref":
            assert set(cells) == {""}
        elif column in ("colour", "note", "shape", "taste") or (column == "kind" and name in TABLES):
            assert set(cells) <= seen
        elif column == "day":
            assert all(re.fullmatch(r"2024-\d\d-\d\d", cell) for cell in cells)
            assert min(seen) <= min(cells)
            assert max(cells) <= max(seen)
        else:
            assert_numbers_on_grid(seen, cells)


def assert_numbers_on_grid(seen: set[str], cells: list[str]) -> None:
    markers = {cell for cell in seen if cell in ("", "?")}
    numbers = [float(cell) for cell in seen - markers]
    decimals = {len(cell.partition(".")[2]) for cell in seen - markers}
    made = [cell for cell in cells if cell not in markers]
    assert {len(cell.partition(".")[2]) for cell in made} <= decimals
    assert all(min(numbers) <= float(cell) <= max(numbers) for cell in made)


@pytest.mark.parametrize("technique", BETWEEN, ids=lambda technique: technique.name)
def test_a_made_number_lies_between_its_parents_as_the_recipe_says(technique: Technique, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(TABLES["numeric"])
    with opened(path) as table:
        plan = plan_of(table, technique.name)
        rows = cells_of(output_of(table, plan))[1:]
    values = np.array([[float(cell) for cell in row[:3]] for row in cells_of(TABLES["numeric"])[1:]])
    made = plan.synthetic
    exact = values[made.base] + made.gap[:, None] * (values[made.neighbor] - values[made.base])
    parents = values[[row[-1] == "rare" for row in cells_of(TABLES["numeric"])[1:]]]
    exact = exact.clip(parents.min(axis=0), parents.max(axis=0))
    written = [row[:3] for row in rows[len(plan.keep) :]]
    assert written == [[f"{a:.3f}", f"{b:.1f}", f"{c:.0f}"] for a, b, c in exact.tolist()]


@pytest.mark.parametrize("technique", ["rose", "svm-smote", "borderline-smote", "adasyn"])
def test_made_cells_stay_within_the_range_of_their_own_class(technique: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    places = {"usual": (0.0, 3.0, 120), "low": (-3.0, 0.8, 14), "high": (3.0, 0.8, 17)}
    rows = [
        f"{x:.3f},{y:.3f},{kind}"
        for kind, (center, spread, size) in places.items()
        for x, y in draw.normal(center, spread, (size, 2))
    ]
    path = tmp_path / "in.csv"
    path.write_text("x,y,kind\n" + "\n".join(rows) + "\n")
    with opened(path) as table:
        output = cells_of(output_of(table, plan_of(table, technique)))
    for kind in ("low", "high"):
        own = np.array([row[:2] for row in output[1:] if row[2] == kind], float)
        real = own[: places[kind][2]]
        assert len(own) > len(real)
        assert (own >= real.min(axis=0)).all()
        assert (own <= real.max(axis=0)).all()


def test_random_under_to_one_row_a_class(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + b"1,a\n" * 9 + b"2,b\n")
    assert class_counts(resampled(path, "random-under")) == {"a": 1, "b": 1}


def test_a_class_of_few_rows_uses_fewer_neighbours_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + b"".join(b"%d,a\n" % n for n in range(9)) + b"20,b\n24,b\n30,c\n")
    with opened(path) as table:
        plan = plan_of(table, "smote")
        counts = class_counts(output_of(table, plan))
    assert counts == {"a": 9, "b": 9, "c": 9}
    assert dict(plan.neighbors) == {"b": 1}
    assert len(plan.notes) == 2
    assert "'b' has 2 rows: 1 neighbour instead of 5" in plan.notes[0]
    assert "'c' has 1 row: it is repeated" in plan.notes[1]


@every_technique
def test_one_class_is_refused_by_all_but_none(technique: Technique, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n1,a\n2,a\n")
    if technique.name == "none":
        assert resampled(path, "none") == path.read_bytes()
        return
    if Task.CLASSIFICATION not in technique.tasks:
        pytest.skip("not for classes")
    with pytest.raises(DataError, match="only one class, 'a'"):
        resampled(path, technique.name)


@pytest.mark.parametrize(
    ("technique", "counts", "words"),
    [
        ("smote", {"a": 5}, "smote adds rows: it cannot bring class 'a' from 9 rows down to 5"),
        ("random-under", {"b": 20}, "random-under removes rows: it cannot bring class 'b' from 3 rows up to 20"),
    ],
)
def test_counts_that_cannot_be_are_refused_with_a_technique_that_can(
    technique: str, counts: dict[str, int], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + b"1,a\n" * 9 + b"2,b\n" * 3)
    with pytest.raises(DataError) as error:
        resampled(path, technique, ResampleRequest(counts=counts))
    assert error.value.message == words
    assert "--technique" in error.value.hint


def test_weights_are_rows_over_classes_times_rows_of_the_class(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"x,kind\n" + b"1,a\n" * 6 + b"2,b\n" * 2)
    rows = cells_of(resampled(path, "class-weight"))
    assert rows[0] == ["x", "kind", "sample_weight"]
    assert {(row[1], float(row[2])) for row in rows[1:]} == {("a", 8 / 12), ("b", 8 / 4)}


def test_whole_numbers_are_rounded_without_bias(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    rng = np.random.default_rng(0)
    minority = rng.poisson(3, 400)
    path.write_bytes(b"n,kind\n" + b"".join(b"%d,b\n" % n for n in minority) + b"1,a\n" * 4000)
    rows = cells_of(resampled(path, "smote"))[1:]
    made = [float(row[0]) for row in rows[4400:]]
    assert all(number.is_integer() for number in made)
    assert np.mean(made) == pytest.approx(minority.mean(), rel=0.02)
