"""Rows are held out as the user asks; requests that contradict each other are refused."""

import random

import numpy as np
import pytest
from conftest import CsvFile
from evaluations import evaluation_of
from shell import ORDERS, Run
from tables import open_table

from rebalance.evaluate.split_protocol import SplitProtocol, Splitter
from rebalance.table.numeric_target import NumericTarget


def test_every_repeat_divides_the_rows_into_other_folds(csv_file: CsvFile) -> None:
    path = csv_file("x,kind\n" + "".join(f"{n / 7:.3f},{'ab'[n % 2]}\n" for n in range(60)))
    with open_table(path) as table:
        folds = Splitter(table, np.arange(60), SplitProtocol(folds=3, repeats=2), 0).folds()
    assert len(folds) == 6
    assert folds[0].test.tolist() != folds[3].test.tolist()
    assert sorted(np.concatenate([fold.test for fold in folds[3:]]).tolist()) == list(range(60))


def test_repeats_report_each_row_once() -> None:
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression"]
    evaluation = evaluation_of(*argv, "--repeats", 2, "--seed", 2**32 - 1)
    none = evaluation["contenders"][1]
    assert sum(evaluation["counts"]) == 2000
    assert sum(map(sum, none["confusion"])) == 2000
    assert len(none["folds"]) == 4


def test_folds_of_a_numeric_target_hold_as_many_rows_of_each_quantile_of_each_range(csv_file: CsvFile) -> None:
    with open_table(csv_file("numeric-target")) as table:
        folds = Splitter(table, np.arange(len(table)), SplitProtocol(folds=3), 0).folds()
        values, codes = NumericTarget.of(table).floats, table.target.codes
    for code in range(3):
        sizes = [np.count_nonzero(codes[fold.test] == code) for fold in folds]
        assert max(sizes) - min(sizes) <= 2
    medians = [np.median(values[fold.test]) for fold in folds]
    assert np.ptp(medians) < 0.6


def test_models_are_trained_on_the_past_if_a_time_column_is_named() -> None:
    evaluation = evaluation_of(ORDERS, "-t", "fraud", "--time", "placed_at", "--cv", 2, "--technique", "none")
    assert "order of placed_at" in evaluation["protocol"]
    assert sum(evaluation["counts"]) < 2000


def test_a_time_column_without_times_is_refused(train_eval: Run, csv_file: CsvFile) -> None:
    refused = train_eval(ORDERS, "-t", "fraud", "--time", "country", "--technique", "none", code=3)
    assert "neither numbers nor dates of one format" in refused.err
    path = csv_file("at,x,kind\n1,2,a\n2,3,b\n,4,a\n" + "3,1,b\n4,1,a\n" * 20)
    assert "line 4" in train_eval(path, "-t", "kind", "--time", "at", "--technique", "none", code=3).err


@pytest.mark.parametrize(("folds", "is_tuned"), [(1, True), (2, False), (3, False)], ids=["one", "two", "three"])
def test_where_a_training_part_cannot_be_split_again_only_the_tuned_threshold_is_left_out(
    folds: int, is_tuned: bool, csv_file: CsvFile
) -> None:
    draw = random.Random(20)
    rows = [
        f"{2000 + n // 100},{draw.gauss(n % 4 == 0, 1):.3f},{'rare' if n % 4 == 0 else 'usual'}" for n in range(400)
    ]
    path = csv_file("\n".join(["year,x,kind", *rows]) + "\n")
    argv = [path, "-t", "kind", "--technique", "none", "--model", "logistic-regression", "--time", "year"]
    evaluation = evaluation_of(*argv, "--cv", folds)
    variants = [contender["variant"] for contender in evaluation["contenders"]]
    assert variants == ["unchanged", "unchanged", *(["tuned threshold"] if is_tuned else [])]
    assert any("tuned threshold was skipped" in note for note in evaluation["notes"]) is not is_tuned


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cv", 3, "--test-size", ".2"], "three ways"),
        (["--test", ORDERS, "--group", "country"], "--group has no effect with --test"),
        (["--time", "placed_at", "--group", "country"], "--time alone decides"),
        (["--repeats", 2, "--test-size", ".2"], "--repeats repeats the cross-validation"),
        (["--time", "placed_at", "--allow-duplicates-across-folds"], "has no effect"),
        (["--group", "fraud"], "--group"),
    ],
    ids=[
        "folds-and-holdout",
        "test-file-and-group",
        "time-and-group",
        "repeats-and-holdout",
        "time-and-copies",
        "target",
    ],
)
def test_contradictory_ways_to_hold_out_rows_are_refused(options: list[object], message: str, train_eval: Run) -> None:
    assert message in train_eval(ORDERS, "-t", "fraud", *options, code=2).err
