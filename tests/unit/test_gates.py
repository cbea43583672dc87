"""Gates of `inspect`: exit code 1 means that a limit of the user has tripped, and nothing else."""

import pytest
from conftest import CsvFile
from shell import ORDERS, Run


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--fail-if", "ratio>30"], 0, ""),
        (["--fail-if", "ratio>10"], 1, "--fail-if 'imbalance-ratio>10': imbalance-ratio is 24"),
        (["--fail-if", "min-count<50", "--classes-only"], 0, ""),
        (["--fail-if", "min-count<=80"], 1, "min-count is 80"),
        (["--fail-if", "missing>0.9"], 0, ""),
        (["--fail-if", "missing>0.2"], 1, "missing is"),
        (["--fail-if", "missing>0.2", "--classes-only"], 2, "--classes-only"),
        (["--fail-if", "ratio=10"], 2, "not METRIC>X"),
        (["--fail-if", "min-cont<10"], 2, "did you mean 'min-count'"),
        (["--fail-if", "ratio>10", "-d", ";"], 2, "fraud"),
    ],
    ids=[
        "ratio-within",
        "ratio-tripped",
        "min-count-within",
        "min-count-tripped",
        "missing-within",
        "missing-tripped",
        "missing-not-read",
        "sign-unknown",
        "name-misspelled",
        "target-not-found",
    ],
)
def test_a_gate_trips_if_its_condition_is_met_and_is_refused_if_it_cannot_be_tested(
    options: list[str], code: int, message: str, run: Run
) -> None:
    result = run("inspect", ORDERS, "-t", "fraud", *options, code=code)
    assert message in result.err
    if code == 1:
        assert "imbalance ratio" in result.text


def test_an_error_outranks_a_gate(run: Run, csv_file: CsvFile) -> None:
    run("inspect", csv_file("a,kind\n1,x\n2\n"), "-t", "kind", "--fail-if", "ratio>0", code=3)
