"""The models, each with what turns a feature matrix into what it can use."""

from collections.abc import Callable
from typing import Any

from rebalance.errors import UsageError, did_you_mean

_MOST_LEVELS = 250
"""Rarer levels of a category are counted as one; the boosted trees take at most 255."""


def find_models(names: list[str]) -> list[str]:
    """Return the names, if all are models. Raises UsageError, saying which was meant."""
    for name in names:
        if name not in MODELS:
            known = list(MODELS)
            raise UsageError(f"there is no model {name!r}", did_you_mean(name, known) or "one of " + ", ".join(known))
    return list(dict.fromkeys(names))


def build_model(name: str, measured: int, categories: int, seed: int) -> Any:
    """Return an unfitted scikit-learn pipeline for a frame of `measured` number columns followed by `categories` codes.

    Its last step is called `model` and takes `sample_weight`.
    """
    return MODELS[name](list(range(measured)), list(range(measured, measured + categories)), seed)


def _dense_encoder(numbers: list[int], categories: list[int]) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    number = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )
    category = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MOST_LEVELS)
    return ColumnTransformer([("numbers", number, numbers), ("categories", category, categories)])


def _logistic_regression(numbers: list[int], categories: list[int], seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    model = LogisticRegression(max_iter=1000, random_state=seed)
    return Pipeline([("encode", _dense_encoder(numbers, categories)), ("model", model)])


def _random_forest(numbers: list[int], categories: list[int], seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import Pipeline

    # trees grow on every core; the judge lets one core add their votes up, in the same order every time
    model = RandomForestClassifier(n_jobs=-1, random_state=seed)
    return Pipeline([("encode", _dense_encoder(numbers, categories)), ("model", model)])


def _hist_gradient_boosting(numbers: list[int], categories: list[int], seed: int) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=_MOST_LEVELS)
    encode = ColumnTransformer([("numbers", "passthrough", numbers), ("categories", codes, categories)])
    # early stopping would validate on copies of the rows it trains on, once rows are repeated or made
    model = HistGradientBoostingClassifier(categorical_features=categories, early_stopping=False, random_state=seed)
    return Pipeline([("encode", encode), ("model", model)])


MODELS: dict[str, Callable[[list[int], list[int], int], Any]] = {
    "hist-gradient-boosting": _hist_gradient_boosting,
    "random-forest": _random_forest,
    "logistic-regression": _logistic_regression,
}
DEFAULT_MODEL = "hist-gradient-boosting"
