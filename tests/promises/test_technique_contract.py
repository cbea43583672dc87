"""What every technique in the registry promises, on every kind of table, with every setting."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CsvFile
from samples import ALL_TABLES, CLASS_TABLES, NUMERIC_TARGET_TABLES
from tables import cells_of, class_counts, open_table, output_of, plan_of, range_counts, resample

from rebalance.errors import DataError
from rebalance.plan.plan import Plan
from rebalance.resample.planner import ResampleRequest
from rebalance.resample.writer import ExtraColumns
from rebalance.table.numeric_target import NumericTarget
from rebalance.table.task import Task
from rebalance.techniques.chain import parse_chain
from rebalance.techniques.registry import TECHNIQUES, Family, Technique
from rebalance.techniques.settings import NEIGHBOR_SEARCH, Setting

SETTING_COLUMNS = {
    "numeric": "visits",
    "mixed": "price",
    "categorical": "shape",
    "many-class": "y",
    "numeric-target": "visits",
    "mixed-numeric-target": "price",
}
"""The column of each table that a setting which takes columns is tested with."""

FIELD = re.compile(rb'(?:^|,)("(?:[^"]|"")*"|[^,]*)')


def tables_for(technique: Technique) -> list[str]:
    """The tables whose target the technique supports."""
    return [
        name
        for name in ALL_TABLES
        if (Task.REGRESSION if name in NUMERIC_TARGET_TABLES else Task.CLASSIFICATION) in technique.tasks
    ]


def other_values(setting: Setting[Any], table: str) -> list[str]:
    """Values of a setting, as typed, that are not its default: every other choice, or twice the number, or a column."""
    if setting.choices:
        return [setting.format(value) for value in setting.choices if value != setting.default]
    if isinstance(setting.default, tuple):
        return [SETTING_COLUMNS[table]]
    maximum = np.inf if setting.maximum is None else setting.maximum
    return [setting.format(type(setting.default)(min(2 * setting.default, maximum)))]


def cases(techniques: list[Technique], *, with_settings: bool = False) -> list[Any]:
    """Each technique as typed, alone or with each of its settings, and each table it supports."""
    typed = {(technique.name, table) for technique in techniques for table in tables_for(technique)}
    if with_settings:
        typed |= {
            (f"{technique.name}:{setting.name}={value}", table)
            for technique in techniques
            for setting in technique.settings
            for table in tables_for(technique)
            for value in other_values(setting, table)
        }
    return [pytest.param(text, table, id=f"{text}-{table}") for text, table in sorted(typed)]


SYNTHETIC = [t for t in TECHNIQUES if t.family is Family.OVER_SAMPLING and t.name != "random-over"]
BETWEEN = [t.name for t in SYNTHETIC if t.name not in ("rose", "smogn")]
WITH_COUNTS = [t for t in TECHNIQUES if t.family in (Family.OVER_SAMPLING, Family.UNDER_SAMPLING)]
FOR_CLASSES = [t.name for t in TECHNIQUES if Task.CLASSIFICATION in t.tasks]
on_every_table = pytest.mark.parametrize(("typed", "name"), cases(list(TECHNIQUES)))
with_every_setting = pytest.mark.parametrize(("typed", "name"), cases(list(TECHNIQUES), with_settings=True))


def technique_of(typed: str) -> Technique:
    return parse_chain(typed).techniques[0]


@pytest.fixture
def table_file(name: str, csv_file: CsvFile) -> Path:
    return csv_file(name)


def fields_of(record: bytes, width: int, changed: set[int]) -> list[bytes]:
    """The first fields of a record as bytes, except those of the changed columns."""
    fields = FIELD.findall(record)
    return [field for column, field in enumerate(fields[:width]) if column not in changed]


def records_of(path: Path, data: bytes | None = None) -> list[bytes]:
    """The records of a file (or of `data`, written to a file next to it) as bytes, without newlines."""
    if data is not None:
        path = path.with_suffix(".out.csv")
        path.write_bytes(data)
    with open_table(path) as table:
        return [text.rstrip(b"\r\n") for text in table.records.texts(np.arange(len(table)))]


def transformed_columns(plan: Plan) -> set[int]:
    return {transform.column for transform in plan.transforms}


@with_every_setting
def test_kept_records_keep_their_bytes_and_their_order(typed: str, name: str, table_file: Path) -> None:
    with open_table(table_file) as table:
        plan = plan_of(table, typed)
        output = output_of(table, plan, ExtraColumns(weight="w"))
        width = len(table.file.names)
    assert bool(plan.transforms) == (technique_of(typed).family is Family.TRANSFORM), name
    changed = transformed_columns(plan)
    before = [fields_of(record, width, changed) for record in records_of(table_file)]
    after = [fields_of(record, width, changed) for record in records_of(table_file, output)]
    assert after[: len(plan.keep)] == [before[row] for row in plan.keep]
    first_copies = plan.keep[~plan.is_added()[: len(plan.keep)]]
    assert (np.diff(first_copies) > 0).all()


@with_every_setting
def test_the_counts_are_the_ones_wanted(typed: str, name: str, table_file: Path) -> None:
    if name in NUMERIC_TARGET_TABLES:
        assert_range_counts(typed, table_file)
        return
    technique = technique_of(typed)
    before = class_counts(CLASS_TABLES[name])
    after = class_counts(resample(table_file, typed))
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


def assert_range_counts(typed: str, path: Path, ratio: float = 1) -> None:
    """Over-sampling grows the rare ranges, under-sampling shrinks the common ones; cleaning removes some rows."""
    technique = technique_of(typed)
    before = range_counts(path, path.read_bytes())
    with open_table(path) as table:
        is_rare = NumericTarget.of(table).is_rare.tolist()
    output = resample(path, typed, ResampleRequest(ratio=ratio) if ratio != 1 else None)
    if technique.family is Family.TRANSFORM:
        assert len(cells_of(output)) == sum(before) + 1
        return
    after = range_counts(path, output)
    common = max(count for count, rare in zip(before, is_rare, strict=True) if not rare)
    rare_rows = sum(count for count, rare in zip(before, is_rare, strict=True) if rare)
    assert rare_rows
    wanted = before
    if technique.oversamples:
        minimum = int(common * ratio + 0.5)
        wanted = [max(count, minimum) if rare else count for count, rare in zip(before, is_rare, strict=True)]
    elif technique.undersamples:
        maximum = int(rare_rows / ratio + 0.5)
        wanted = [count if rare else min(count, maximum) for count, rare in zip(before, is_rare, strict=True)]
    if technique.cleans:
        assert all(now <= then for now, then in zip(after, before, strict=True))
        assert sum(after) < sum(before) or "columns=" in typed  # a column may have no outlier
    else:
        assert after == wanted


@pytest.mark.parametrize(("typed", "name"), cases(WITH_COUNTS))
def test_the_ratio_is_followed(typed: str, name: str, table_file: Path) -> None:
    technique = technique_of(typed)
    if name in NUMERIC_TARGET_TABLES:
        assert_range_counts(typed, table_file, 0.5)
        return
    before = class_counts(CLASS_TABLES[name])
    after = class_counts(resample(table_file, typed, ResampleRequest(ratio=0.5)))
    if technique.oversamples:
        assert after == {label: max(count, round(max(before.values()) / 2)) for label, count in before.items()}
    else:
        assert after == {label: min(count, min(before.values()) * 2) for label, count in before.items()}


@with_every_setting
@pytest.mark.usefixtures("name")
def test_the_same_seed_gives_the_same_bytes_and_another_seed_gives_others(typed: str, table_file: Path) -> None:
    once = resample(table_file, typed)
    assert resample(table_file, typed) == once
    if technique_of(typed).family is Family.OVER_SAMPLING or typed == "random-under":
        assert resample(table_file, typed, seed=1) != once


@pytest.mark.parametrize(
    ("technique", "setting"),
    [
        pytest.param(technique, setting, id=f"{technique.name}:{setting.name}")
        for technique in TECHNIQUES
        for setting in technique.settings
    ],
)
def test_every_setting_has_an_effect(technique: Technique, setting: Setting[Any], csv_file: CsvFile) -> None:
    outputs = []
    for name in tables_for(technique):
        path = csv_file(name)
        default = resample(path, technique.name)
        outputs += [
            (resample(path, f"{technique.name}:{setting.name}={value}"), default)
            for value in other_values(setting, name)
        ]
    if setting is NEIGHBOR_SEARCH:  # on small tables every search finds the same neighbors
        assert all(output == default for output, default in outputs)
    else:
        assert any(output != default for output, default in outputs)


@on_every_table
@pytest.mark.usefixtures("name")
def test_shuffling_changes_the_order_and_nothing_else(typed: str, table_file: Path) -> None:
    with open_table(table_file) as table:
        plan = plan_of(table, typed)
        in_order = output_of(table, plan, ExtraColumns(mark="is_added"))
        shuffled = output_of(table, plan, ExtraColumns(mark="is_added"), shuffled=True)
    assert shuffled != in_order
    assert Counter(records_of(table_file, shuffled)) == Counter(records_of(table_file, in_order))


@on_every_table
def test_the_mark_separates_added_rows_from_original_ones(typed: str, name: str, table_file: Path) -> None:
    with open_table(table_file) as table:
        plan = plan_of(table, typed)
        header, *rows = cells_of(output_of(table, plan, ExtraColumns(mark="is_added", weight="w")))
    mark = header.index("is_added")
    width = len(cells_of(ALL_TABLES[name])[0]) - bool(plan.transforms)  # the transformed target comes last
    before = Counter(tuple(row[:width]) for row in cells_of(ALL_TABLES[name])[1:])
    originals = Counter(tuple(row[:width]) for row in rows if row[mark] == "0")
    assert originals <= before
    assert sum(originals.values()) == len(np.unique(plan.keep))


@pytest.mark.parametrize(("typed", "name"), cases(SYNTHETIC))
def test_synthetic_values_obey_the_rule_of_their_columns_role(typed: str, name: str, table_file: Path) -> None:
    with open_table(table_file) as table:
        plan = plan_of(table, typed)
        header, *rows = cells_of(output_of(table, plan))
    original = cells_of(ALL_TABLES[name])[1:]
    synthetic = rows[len(plan.keep) :]
    assert synthetic
    for index, column in enumerate(header):
        observed = {row[index] for row in original}
        values = [row[index] for row in synthetic]
        if column == "ref":
            assert set(values) == {""}
        elif column in ("colour", "note", "shape", "taste") or (column == "kind" and name in CLASS_TABLES):
            assert set(values) <= observed
        elif column == "day":
            assert all(re.fullmatch(r"2024-\d\d-\d\d", value) for value in values)
            assert min(observed) <= min(values)
            assert max(values) <= max(observed)
        else:
            assert_numbers_on_grid(observed, values)


def assert_numbers_on_grid(observed: set[str], values: list[str]) -> None:
    markers = {cell for cell in observed if cell in ("", "?")}
    numbers = [float(cell) for cell in observed - markers]
    decimals = {len(cell.partition(".")[2]) for cell in observed - markers}
    present = [value for value in values if value not in markers]
    assert {len(value.partition(".")[2]) for value in present} <= decimals
    assert all(min(numbers) <= float(value) <= max(numbers) for value in present)


@pytest.mark.parametrize("technique", BETWEEN)
def test_a_synthetic_number_lies_between_its_source_rows_as_the_recipe_says(technique: str, csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric")) as table:
        plan = plan_of(table, technique)
        rows = cells_of(output_of(table, plan))[1:]
    original = cells_of(CLASS_TABLES["numeric"])[1:]
    values = np.array([[float(cell) for cell in row[:3]] for row in original])
    recipes = plan.synthetic
    exact = values[recipes.base] + recipes.gap[:, None] * (values[recipes.neighbor] - values[recipes.base])
    sources = values[[row[-1] == "rare" for row in original]]
    exact = exact.clip(sources.min(axis=0), sources.max(axis=0))
    synthetic = [row[:3] for row in rows[len(plan.keep) :]]
    assert synthetic == [[f"{a:.3f}", f"{b:.1f}", f"{c:.0f}"] for a, b, c in exact.tolist()]


@pytest.mark.parametrize("technique", ["rose", "svm-smote", "borderline-smote", "adasyn"])
def test_synthetic_values_stay_within_the_range_of_their_own_class(technique: str, csv_file: CsvFile) -> None:
    draw = np.random.default_rng(0)
    clouds = {"usual": (0.0, 3.0, 120), "low": (-3.0, 0.8, 14), "high": (3.0, 0.8, 17)}
    rows = [
        f"{x:.3f},{y:.3f},{kind}"
        for kind, (center, sd, size) in clouds.items()
        for x, y in draw.normal(center, sd, (size, 2))
    ]
    with open_table(csv_file("x,y,kind\n" + "\n".join(rows) + "\n")) as table:
        output = cells_of(output_of(table, plan_of(table, technique)))
    for kind in ("low", "high"):
        values = np.array([row[:2] for row in output[1:] if row[2] == kind], float)
        original = values[: clouds[kind][2]]
        assert len(values) > len(original)
        assert (values >= original.min(axis=0)).all()
        assert (values <= original.max(axis=0)).all()


def test_random_under_can_leave_one_row_of_each_class(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "1,a\n" * 9 + "2,b\n")
    assert class_counts(resample(path, "random-under")) == {"a": 1, "b": 1}


def test_a_class_of_few_rows_uses_fewer_neighbors_with_a_note(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},a\n" for n in range(9)) + "20,b\n24,b\n30,c\n")
    with open_table(path) as table:
        plan = plan_of(table, "smote")
        counts = class_counts(output_of(table, plan))
    assert counts == {"a": 9, "b": 9, "c": 9}
    assert dict(plan.neighbors) == {"b": 1}
    assert len(plan.notes) == 2
    assert "'b' has 2 rows: interpolating towards 1 nearest neighbor" in plan.notes[0]
    assert "'c' has 1 row, which is repeated" in plan.notes[1]


@pytest.mark.parametrize("technique", [name for name in FOR_CLASSES if name != "none"])
def test_one_class_is_refused_by_every_technique(technique: str, csv_file: CsvFile) -> None:
    with pytest.raises(DataError, match="only one class, 'a'"):
        resample(csv_file("x,kind\n1,a\n2,a\n"), technique)


def test_one_class_is_left_unchanged_by_none(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n1,a\n2,a\n")
    assert resample(path, "none") == path.read_bytes()


@pytest.mark.parametrize(
    ("technique", "counts", "message"),
    [
        pytest.param(
            "smote", {"a": 5}, "smote only adds rows: it cannot reduce class 'a' from 9 rows to 5", id="smote-reduces"
        ),
        pytest.param(
            "random-under",
            {"b": 20},
            "random-under only removes rows: it cannot grow class 'b' from 3 rows to 20",
            id="random-under-grows",
        ),
    ],
)
def test_counts_that_a_technique_cannot_reach_are_refused_with_one_that_can(
    technique: str, counts: dict[str, int], message: str, csv_file: CsvFile
) -> None:
    path = csv_file("x,kind\n" + "1,a\n" * 9 + "2,b\n" * 3)
    with pytest.raises(DataError) as error:
        resample(path, technique, ResampleRequest(counts=counts))
    assert error.value.message == message
    assert "--technique" in error.value.hint


def test_class_weights_are_rows_over_classes_times_rows_of_the_class(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "1,a\n" * 6 + "2,b\n" * 2)
    rows = cells_of(resample(path, "class-weight"))
    assert rows[0] == ["x", "kind", "sample_weight"]
    assert {(row[1], float(row[2])) for row in rows[1:]} == {("a", 8 / 12), ("b", 8 / 4)}


def test_whole_numbers_are_rounded_without_bias(csv_file: CsvFile) -> None:
    smaller = np.random.default_rng(0).poisson(3, 400)
    path = csv_file("n,kind\n" + "".join(f"{n},b\n" for n in smaller) + "1,a\n" * 4000)
    rows = cells_of(resample(path, "smote"))[1:]
    synthetic = [float(row[0]) for row in rows[4400:]]
    assert all(number.is_integer() for number in synthetic)
    assert np.mean(synthetic) == pytest.approx(smaller.mean(), rel=0.02)
