"""Any metric of which more, or less, is better can decide; others are refused."""

import pytest
from shell import ORDERS, Run


@pytest.mark.parametrize("metric", ["accuracy", "calibration-slope", "rmse"], ids=["unknown", "unranked", "numeric"])
def test_a_metric_that_cannot_rank_contenders_is_refused(metric: str, train_eval: Run) -> None:
    assert "there is no such metric" in train_eval(ORDERS, "-t", "fraud", "--rank-by", metric, code=2).err
