"""A saved model predicts as the advised contender does, in the units of the target."""

from pathlib import Path

import pandas as pd
import skops.io
from conftest import CsvFile
from evaluations import exponential_table
from shell import Run
from sklearn.metrics import mean_absolute_error


def test_a_saved_model_predicts_in_the_units_of_the_target(train_eval: Run, csv_file: CsvFile, tmp_path: Path) -> None:
    path, model = csv_file(exponential_table()), tmp_path / "m.skops"
    argv = [path, "-t", "kind", "--model", "ridge", "--cv", 3, "--technique", "log1p", "--rank-by", "mae"]
    assert "Apply log1p." in train_eval(*argv, "--save-model", model).text
    loaded = skops.io.load(model, trusted=skops.io.get_untrusted_types(file=model))
    frame = pd.read_csv(path)
    predicted = loaded.predict(frame[["a", "b"]])
    assert mean_absolute_error(frame["kind"], predicted) < frame["kind"].std() / 3
