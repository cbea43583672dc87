"""What `rebalance train-eval` writes in addition to the comparison: the model it advises."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from shell import ORDERS, Run


@pytest.mark.parametrize("model", ["hist-gradient-boosting", "logistic-regression"])
def test_a_saved_model_predicts_from_the_columns_by_name(model: str, train_eval: Run, tmp_path: Path) -> None:
    saved = tmp_path / "model.skops"
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", model, "--rank-by", "recall"]
    argv += ["--drop", "placed_at"]
    evaluation = json.loads(train_eval(*argv, "--save-model", saved, "--json").text)
    trusted = skops.io.get_untrusted_types(file=saved)
    assert not [name for name in trusted if name.startswith("rebalance")]
    fitted = skops.io.load(saved, trusted=trusted)
    table = pd.read_csv(ORDERS, keep_default_na=False, na_values={"items": "", "amount": "", "account_days": ""})
    features = table[list(fitted.feature_names_in_)]
    predicted = fitted.predict(features)
    assert set(predicted) == {"yes", "no"}
    threshold = evaluation["contenders"][evaluation["verdict"]["advised_index"]]["threshold"]
    if threshold is not None:
        probability = fitted.predict_proba(features)[:, list(fitted.classes_).index("yes")]
        assert ((probability >= threshold) == (predicted == "yes")).all()
    assert np.mean(predicted == table["fraud"]) > 0.9


def test_the_same_run_saves_the_same_model(train_eval: Run, tmp_path: Path) -> None:
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--model", "logistic-regression"]
    for name in ("first.skops", "second.skops"):
        train_eval(*argv, "--save-model", tmp_path / name)
    assert (tmp_path / "first.skops").read_bytes() == (tmp_path / "second.skops").read_bytes()


def test_a_model_is_saved_as_skops_only(train_eval: Run, tmp_path: Path) -> None:
    argv = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "none", "--save-model", tmp_path / "model.pkl"]
    assert "end the name in .skops" in train_eval(*argv, code=2).err
    assert list(tmp_path.iterdir()) == []
