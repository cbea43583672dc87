"""Built-in models and importable ones compete; what is wrong with a model is reported as such."""

import json
from pathlib import Path

import pytest
from evaluations import evaluation_of
from shell import ORDERS, Run


@pytest.mark.parametrize("model", ["balanced-random-forest", "balanced-bagging", "easy-ensemble", "rus-boost"])
def test_an_ensemble_that_balances_itself_competes_without_techniques_by_default(model: str) -> None:
    evaluation = evaluation_of(ORDERS, "-t", "fraud", "--cv", 2, "--model", model, "--param", "n_estimators=5")
    contenders = {(contender["model"], contender["technique"]) for contender in evaluation["contenders"]}
    assert contenders == {("dummy", "none"), (model, "none")}


def test_an_importable_classifier_competes_with_its_parameters(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.neighbors import KNeighborsClassifier\nclass Nearest(KNeighborsClassifier):\n    pass\n"
    )
    argv = ["train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--model", "mine:Nearest", "--param", "n_neighbors=3"]
    argv += ["--technique", "smote", "--technique", "class-weight", "--jobs", 2, "--json"]
    evaluation = json.loads(run(*argv, cwd=tmp_path).text)
    assert evaluation["contenders"][1]["model"] == "mine:Nearest"
    assert any("accepts no weights" in note for note in evaluation["notes"])


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ("raise RuntimeError('no')", 3, "mine:Broken cannot be trained"),
        ("return self\n    def predict_proba(self, X):\n        raise KeyError('x')", 3, "mine:Broken cannot predict"),
        ("]", 2, "cannot be imported"),
    ],
    ids=["training-fails", "prediction-fails", "import-fails"],
)
def test_an_error_of_a_model_of_the_user_is_reported_as_such(
    body: str, code: int, message: str, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "from sklearn.dummy import DummyClassifier\n"
        "class Broken(DummyClassifier):\n"
        "    def fit(self, X, y):\n"
        "        super().fit(X, y)\n"
        f"        {body}\n"
    )
    argv = ["train-eval", ORDERS, "-t", "fraud", "--cv", 2, "--model", "mine:Broken", "--jobs", 1]
    assert message in run(*argv, cwd=tmp_path, code=code).err


def test_a_parameter_is_set_in_the_models_that_have_it(train_eval: Run) -> None:
    models = ["--model", "logistic-regression", "--model", "sklearn.naive_bayes:GaussianNB"]
    argv = [ORDERS, "-t", "fraud", "--cv", 2, *models, "--technique", "none"]
    train_eval(*argv, "--param", "max_iter=50", "--param", "var_smoothing=0.01")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--model", "lightgbm"], "there is no model 'lightgbm'"),
        (["--model", "no.such:Thing"], "cannot be imported"),
        (["--model", "sklearn.linear_model:LinearRegression"], "predicts no probabilities"),
        (["--model", "math:sqrt"], "is not an estimator"),
        (["--param", "max_iter"], "not NAME=VALUE"),
        (["--param", "learning_rate=fast"], "learning_rate"),
        (["--param", "max_deepth=3"], "did you mean 'max_depth'"),
    ],
    ids=[
        "unknown-model",
        "unknown-module",
        "regressor",
        "no-estimator",
        "parameter-without-value",
        "value-refused",
        "unknown-parameter",
    ],
)
def test_an_unknown_model_or_parameter_is_refused(options: list[str], message: str, train_eval: Run) -> None:
    assert message in train_eval(ORDERS, "-t", "fraud", *options, code=2).err
