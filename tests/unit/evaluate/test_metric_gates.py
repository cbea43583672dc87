"""Gates of `train-eval`: a limit on a metric, or a technique that must be significantly better than none."""

from pathlib import Path

import pytest
from conftest import CsvFile
from evaluations import shifted_table
from shell import ORDERS, Run

ARGV = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "random-under", "--model", "logistic-regression"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--fail-under", "f1=0.1"], 0, ""),
        (["--fail-under", "f1=0.99"], 1, "--fail-under f1=0.99: f1 of"),
        (["--fail-if", "brier>0.5"], 0, ""),
        (["--fail-if", "brier>=0"], 1, "--fail-if 'brier>=0': brier of"),
        (["--fail-if", "PR-AUC<0.99"], 1, "pr-auc of"),
        (["--require-gain", "pr-auc"], 1, "--require-gain pr-auc: no technique is significantly better than none"),
        (["--fail-under", "f1"], 2, "not METRIC=X"),
        (["--fail-under", "recal=0.3"], 2, "did you mean"),
        (["--fail-under", "brier=0.2"], 2, "--fail-if 'brier>0.2'"),
        (["--fail-if", "brier>high"], 2, "high is not a number"),
        (["--require-gain", "beauty"], 2, "there is no such metric"),
        (["--fail-under", "f1=0.99", "--drop", "nonsense"], 2, "nonsense"),
        (["--fail-under", "f1=0.99", "--report", "/nowhere/r.md"], 3, "there is no folder"),
    ],
    ids=[
        "minimum-reached",
        "minimum-missed",
        "limit-kept",
        "limit-exceeded",
        "display-name",
        "gain-missing",
        "sign-missing",
        "name-misspelled",
        "minimum-of-an-error",
        "limit-is-a-word",
        "gain-unknown",
        "usage-error-outranks",
        "data-error-outranks",
    ],
)
def test_a_gate_ends_the_run_with_one_message_and_an_error_outranks_it(
    options: list[str], code: int, message: str, train_eval: Run
) -> None:
    result = train_eval(*ARGV, *options, code=code)
    assert message in result.err
    if code in (0, 1):
        assert "verdict:" in result.text
    if code == 1:
        assert len([line for line in result.err.splitlines() if line.startswith("rebalance: gate tripped: ")]) == 1


def test_a_significant_gain_passes_the_gate_and_a_loss_does_not(train_eval: Run, csv_file: CsvFile) -> None:
    path = csv_file(shifted_table(3000, 8, 1.5))
    argv = [path, "-t", "kind", "--technique", "random-under", "--model", "logistic-regression"]
    train_eval(*argv, "--require-gain", "recall")
    train_eval(*argv, "--require-gain", "brier", code=1)


def test_a_gain_cannot_be_required_if_no_technique_is_compared(train_eval: Run) -> None:
    refused = train_eval(ORDERS, "-t", "fraud", "--technique", "none", "--require-gain", "f1", code=2)
    assert "no technique is compared" in refused.err


def test_a_tripped_gate_writes_reports_but_no_model_and_no_data(train_eval: Run, tmp_path: Path) -> None:
    outputs = ["--report", "report.md", "--save-model", "model.skops", "--balanced-output", "balanced.csv"]
    argv = [*ARGV, *outputs]
    result = train_eval(*argv, "--fail-under", "f1=0.99", code=1, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
    assert "not written, because a gate has tripped: model.skops" in result.err
    assert "not written, because a gate has tripped: balanced.csv" in result.err
    train_eval(*argv, "--fail-under", "f1=0.01", cwd=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"report.md", "model.skops", "balanced.csv"}
