"""A plan has as many rows of each class as were asked for, without the rows that are held out first."""

import json
import random
from pathlib import Path

import pytest
from conftest import CsvFile
from shell import ORDERS, Run
from tables import cells_of, class_counts, open_table, plan_of, range_counts

from rebalance.errors import UsageError
from rebalance.resample.planner import ResampleRequest


def test_classes_are_of_equal_size_by_default(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric")) as table:
        for request in (ResampleRequest(), ResampleRequest(ratio=1.0)):
            plan = plan_of(table, "random-over", request)
            assert plan.counts(table.target.codes, 2).tolist() == [100, 100]


def test_a_ratio_and_counts_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="--ratio and --count contradict each other"):
        ResampleRequest(ratio=0.5, counts={"a": 5})


def test_the_count_of_a_range_is_exact(csv_file: CsvFile, run: Run) -> None:
    path = csv_file("numeric-target")
    with open_table(path) as table:
        _, common, high = table.target.labels
    before = range_counts(path, path.read_bytes())
    argv = ["resample", path, "-t", "kind", "-q", "--technique"]
    more = run(*argv, "smogn", "--count", f"{high}=50").out
    assert range_counts(path, more) == [before[0], before[1], 50]
    fewer = run(*argv, "random-under", "--count", f"{common}=30").out
    assert range_counts(path, fewer) == [before[0], 30, before[2]]


def test_a_count_of_an_unknown_range_is_answered_with_the_ranges(csv_file: CsvFile, run: Run) -> None:
    path = csv_file("numeric-target")
    with open_table(path) as table:
        low, *_ = table.target.labels
    result = run("resample", path, "-t", "kind", "--technique", "smogn", "--count", "5..9=50", code=2)
    assert "there is no range '5..9'" in result.err
    assert low in result.err


def test_each_step_of_a_chain_draws_other_numbers(run: Run) -> None:
    argv = ["resample", ORDERS, "-t", "fraud", "-q", "--technique", "rose+random-under+rose", "--count", "yes=300"]
    rows = run(*argv).text.splitlines()
    assert len(rows) == len(set(rows))


def test_a_step_that_leaves_one_class_ends_the_chain_with_an_error(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n * n},{'ab'[n % 2]}\n" for n in range(13)))
    argv = ["resample", path, "-t", "kind", "--technique"]
    result = run(*argv, "edited-nn+tomek-links", code=3)
    assert "edited-nn leaves one class only: tomek-links cannot be applied after it" in result.err
    assert "smote-enn leaves no row of this table" in run(*argv, "smote-enn", code=3).err


def test_a_holdout_is_set_aside_first_and_no_row_of_it_is_copied(run: Run, tmp_path: Path) -> None:
    held_out, output = tmp_path / "held.csv", tmp_path / "out.csv"
    options = ["--holdout", "0.25", "--holdout-output", held_out, "-o", output]
    run("resample", ORDERS, "-t", "fraud", "--technique", "random-over", *options)
    records = ORDERS.read_text().splitlines()[1:]
    test, train = held_out.read_text().splitlines()[1:], output.read_text().splitlines()[1:]
    assert sum(line.endswith(",yes") for line in test) == 20
    assert len(test) == 500
    assert not set(test) & set(train)
    assert set(test) | set(train) == set(records)


def test_rows_of_a_group_are_held_out_together(run: Run, train_eval: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    draw = random.Random(8)
    held_out, output = tmp_path / "held.csv", tmp_path / "out.csv"
    rows = [f"c{n % 40},{draw.gauss(0, 1):.3f},{'yes' if n % 40 < 8 else 'no'}" for n in range(400)]
    path = csv_file("\n".join(["customer,x,kind", *rows]) + "\n")
    options = ["--group", "customer", "--holdout", "0.3", "--holdout-output", held_out, "-o", output]
    run("resample", path, "-t", "kind", "--technique", "random-over", *options)
    test, train = ({row[0] for row in cells_of(file.read_bytes())[1:]} for file in (held_out, output))
    assert not test & train
    assert len(test) == 12
    train_eval(path, "-t", "kind", "--group", "customer", "--technique", "none", "--cv", 4)


def test_copies_of_a_record_are_never_on_both_sides_of_a_fold(train_eval: Run, csv_file: CsvFile) -> None:
    draw = random.Random(9)
    rows = [f"{draw.gauss(0, 1):.4f},{draw.gauss(0, 1):.4f},{'yes' if n % 10 == 0 else 'no'}" for n in range(300)]
    path = csv_file("\n".join(["a,b,kind", *rows * 3]) + "\n")
    result = train_eval(path, "-t", "kind", "--technique", "none", "--model", "random-forest", "--json")
    metrics = json.loads(result.text)["contenders"][0]["metrics"]
    assert metrics["roc_auc"]["mean"] < 0.7  # the columns are noise: a model that met a copy would know its class


@pytest.mark.parametrize(
    "argv",
    [
        ["resample", "--holdout", "0.0001", "--holdout-output", "held.csv", "-o", "out.csv"],
        ["train-eval", "--test-size", "0.0001"],
    ],
    ids=["resample", "train-eval"],
)
def test_a_share_that_holds_out_no_row_is_refused(argv: list[str], run: Run, tmp_path: Path) -> None:
    command, *options = argv
    result = run(command, ORDERS, "-t", "fraud", "--technique", "none", *options, cwd=tmp_path, code=3)
    assert "holds out no row" in result.err
    assert not list(tmp_path.iterdir())


def test_a_transform_does_not_change_the_rows_held_out_and_a_note_says_so(
    run: Run, csv_file: CsvFile, tmp_path: Path
) -> None:
    path, held_out = csv_file("numeric-target"), tmp_path / "held.csv"
    options = ["--holdout", 0.3, "--holdout-output", held_out]
    result = run("resample", path, "-t", "kind", "--technique", "log1p", *options)
    assert "log1p did not change the rows held out" in result.err
    assert set(held_out.read_text().splitlines()) <= set(path.read_text().splitlines())


def test_counts_are_of_the_classes_after_label_aliases(run: Run, csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n},{('a', 'A', 'b')[n % 3]}\n" for n in range(30)))
    argv = ["resample", path, "-t", "kind", "-q", "--label-alias", "A=a", "--technique", "random-over"]
    counts = class_counts(run(*argv, "--count", "b=15").out)
    assert counts == {"a": 10, "A": 10, "b": 15}
