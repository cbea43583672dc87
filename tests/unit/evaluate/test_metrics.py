"""Any metric of which more, or less, is better can decide; others are refused."""

import pytest
from shell import ORDERS, Run


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        pytest.param("accuracy", "there is no such metric", id="unknown"),
        pytest.param("calibration-slope", "there is no such metric", id="unranked"),
        pytest.param("rmse", "not a metric of classification", id="numeric"),
    ],
)
def test_a_metric_that_cannot_rank_contenders_is_refused(metric: str, message: str, train_eval: Run) -> None:
    assert message in train_eval(ORDERS, "-t", "fraud", "--rank-by", metric, code=2).err
