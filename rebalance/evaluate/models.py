"""The models, each with what turns a feature matrix into what it can use."""

import ast
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rebalance.errors import DataError, UsageError, did_you_mean

_MOST_LEVELS = 250
"""Rarer levels of a category are counted as one; the boosted trees take at most 255."""

Encoding = Callable[[list[int], list[int]], Any]


@dataclass(frozen=True)
class Model:
    """A model by its name, and how an unfitted one is made.

    `make` returns the estimator, given the positions of the categories in what `encode` returns for the numbers
    first and the categories after; `settings` are the user's. `balances`: it samples the classes itself.
    """

    name: str
    make: Callable[[list[int]], Any]
    encode: Encoding
    settings: Mapping[str, Any] = field(default_factory=dict)
    balances: bool = False
    is_dummy: bool = False

    def build(self, measured: int, categories: int, seed: int) -> Any:
        """Return an unfitted pipeline for a frame of `measured` number columns followed by `categories` codes.

        Its last step is called `model`. It runs in one thread: cores are for folds.
        """
        from sklearn.pipeline import Pipeline

        numbers, coded = list(range(measured)), list(range(measured, measured + categories))
        estimator = self.make(coded)
        known = estimator.get_params()
        # scikit-learn's own take one thread unless told otherwise, and some warn when told
        own = type(estimator).__module__.startswith(("sklearn.", "imblearn."))
        defaults = {"random_state": seed} if own else {"random_state": seed, "n_jobs": 1}
        estimator.set_params(**{**{name: defaults[name] for name in defaults if name in known}, **self.settings})
        return Pipeline([("encode", self.encode(numbers, coded)), ("model", estimator)])

    @contextmanager
    def limits(self, what: str) -> Iterator[None]:
        """Raise DataError for what the model itself cannot do in this block, UsageError for a setting it refuses.

        Of a model that is not ours any error is such.
        """
        from sklearn.utils._param_validation import InvalidParameterError

        try:
            yield
        except InvalidParameterError as error:
            raise UsageError(f"{self.name}: {error}", "another value for --param") from None
        except Exception as error:
            if not self.is_foreign and not isinstance(error, ValueError):
                raise
            raise DataError(
                f"{self.name} {what}: {type(error).__name__}: {error}",
                "another --model, or a technique that keeps more rows",
            ) from None

    @property
    def is_foreign(self) -> bool:
        """Whether it is neither ours nor of a library of ours."""
        return ":" in self.name

    def takes_weights(self, pipeline: Any) -> bool:
        """Whether its rows can be weighed."""
        from sklearn.utils.validation import has_fit_parameter

        return bool(has_fit_parameter(pipeline.named_steps["model"], "sample_weight"))


def find_models(names: Sequence[str], params: Sequence[str] = (), *, of_a_quantity: bool = False) -> list[Model]:
    """Return the models of these names, `module:Class` for one that is installed.

    `of_a_quantity`: they predict numbers. Each gets those of the settings, `NAME=VALUE`, that it has. Raises UsageError
    for an unknown model, or a setting that none has.
    """
    settings = dict(map(_setting, params))
    found = [_checked(_find(name, of_a_quantity), settings, of_a_quantity) for name in dict.fromkeys(names)]
    for name in settings:
        if not any(name in model.settings for model in found):
            known = sorted({own for model in found for own in model.make([]).get_params()})
            raise UsageError(
                f"--param {name}: {', '.join(model.name for model in found)} has no such setting",
                did_you_mean(name, known) or "it has " + ", ".join(known),
            )
    return found


def dummy(*, of_a_quantity: bool = False) -> Model:
    """Return the model that has learned nothing but the classes' shares, or the median."""
    if of_a_quantity:
        median = _estimator("sklearn.dummy", "DummyRegressor", strategy="median")
        return Model("dummy", median, _as_it_is, is_dummy=True)
    shares = _estimator("sklearn.dummy", "DummyClassifier", strategy="prior")
    return Model("dummy", shares, _as_it_is, is_dummy=True)


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--param {text}: not NAME=VALUE", "for example --param max_depth=3")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):  # a word needs no quotes
        return name, value


def _find(name: str, of_a_quantity: bool) -> Model:
    models = REGRESSORS if of_a_quantity else MODELS
    if name in models:
        return models[name]
    module, colon, attribute = name.partition(":")
    if colon:
        return Model(name, _imported(name, module, attribute), _dense_scaled)
    known = list(models)
    raise UsageError(
        f"there is no model {name!r}" + (" for a quantity" if of_a_quantity else ""),
        f"{did_you_mean(name, known) or 'one of ' + ', '.join(known)}"
        "; or an installed one: --model package.module:Class",
    )


def _checked(model: Model, settings: Mapping[str, Any], of_a_quantity: bool) -> Model:
    try:
        estimator = model.make([])
        known = set(estimator.get_params())
    except (TypeError, AttributeError) as error:  # not a class, or one that wants arguments
        kind = "regressor" if of_a_quantity else "classifier"
        raise UsageError(
            f"--model {model.name} is no estimator: {error}", f"it must be a scikit-learn {kind}"
        ) from None
    if of_a_quantity:
        _check_regressor(model.name, estimator)
    elif not hasattr(estimator, "fit") or not hasattr(estimator, "predict_proba"):
        # for some, whether there are probabilities depends on a setting: scikit-learn hides the method
        estimator = _with(estimator, settings, known)
        if not hasattr(estimator, "predict_proba"):
            raise UsageError(
                f"--model {model.name} predicts no probabilities",
                "a classifier with predict_proba, perhaps by a --param",
            )
    settings = {name: value for name, value in settings.items() if name in known}
    return Model(model.name, model.make, model.encode, settings, model.balances)


def _check_regressor(name: str, estimator: Any) -> None:
    from sklearn.base import is_classifier

    if not hasattr(estimator, "fit") or not hasattr(estimator, "predict") or is_classifier(estimator):
        raise UsageError(f"--model {name} predicts no numbers", "a regressor, or --task classification")


def _with(estimator: Any, settings: Mapping[str, Any], known: set[str]) -> Any:
    return estimator.set_params(**{name: value for name, value in settings.items() if name in known})


@dataclass(frozen=True)
class _Estimator:
    """An estimator by its place, imported when one is made: it can be sent to another process."""

    module: str
    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, _categories: list[int]) -> Any:
        return getattr(importlib.import_module(self.module), self.name)(**self.settings)


def _imported(name: str, module: str, attribute: str) -> _Estimator:
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # a model of the user's own, beside the data
    try:
        own = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  what a module does when it is imported is its own affair
        raise UsageError(
            f"--model {name} cannot be imported: {error}", f"pip install {module.split('.', maxsplit=1)[0]}?"
        ) from None
    if not hasattr(own, attribute):
        hint = did_you_mean(attribute, dir(own)) or f"name a class that {module} has"
        raise UsageError(f"--model {name}: {module} has no {attribute!r}", hint)
    return _Estimator(module, attribute)


def _estimator(module: str, name: str, **settings: Any) -> _Estimator:
    return _Estimator(module, name, settings)


def _encoder(numbers: list[int], categories: list[int], *, scale: bool, sparse: float) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    number = make_pipeline(imputer, StandardScaler()) if scale else imputer
    category = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=_MOST_LEVELS)
    return ColumnTransformer(
        [("numbers", number, numbers), ("categories", category, categories)], sparse_threshold=sparse
    )


def _scaled(numbers: list[int], categories: list[int]) -> Any:
    return _encoder(numbers, categories, scale=True, sparse=0.3)


def _unscaled(numbers: list[int], categories: list[int]) -> Any:
    return _encoder(numbers, categories, scale=False, sparse=0.3)


def _dense(numbers: list[int], categories: list[int]) -> Any:
    return _encoder(numbers, categories, scale=False, sparse=0)


def _dense_scaled(numbers: list[int], categories: list[int]) -> Any:
    return _encoder(numbers, categories, scale=True, sparse=0)


def _as_codes(numbers: list[int], categories: list[int]) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=_MOST_LEVELS)
    return ColumnTransformer([("numbers", "passthrough", numbers), ("categories", codes, categories)])


def _as_it_is(_numbers: list[int], _categories: list[int]) -> str:
    return "passthrough"


def _hist_gradient_boosting(categories: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # early stopping would validate on copies of the rows it trains on, once rows are repeated or made
    return HistGradientBoostingClassifier(categorical_features=categories, early_stopping=False)


def _hist_gradient_boosting_regressor(categories: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(categorical_features=categories, early_stopping=False)  # as above


REGRESSORS = {
    model.name: model
    for model in (
        Model("hist-gradient-boosting", _hist_gradient_boosting_regressor, _as_codes),
        Model("random-forest", _estimator("sklearn.ensemble", "RandomForestRegressor"), _unscaled),
        Model("ridge", _estimator("sklearn.linear_model", "Ridge"), _scaled),
    )
}
MODELS = {
    model.name: model
    for model in (
        Model("hist-gradient-boosting", _hist_gradient_boosting, _as_codes),
        Model("random-forest", _estimator("sklearn.ensemble", "RandomForestClassifier"), _unscaled),
        Model("logistic-regression", _estimator("sklearn.linear_model", "LogisticRegression", max_iter=1000), _scaled),
        Model(
            "balanced-random-forest",
            _estimator(
                "imblearn.ensemble",
                "BalancedRandomForestClassifier",
                sampling_strategy="all",
                replacement=True,
                bootstrap=False,
            ),
            _dense,
            balances=True,
        ),
        Model("balanced-bagging", _estimator("imblearn.ensemble", "BalancedBaggingClassifier"), _dense, balances=True),
        Model("easy-ensemble", _estimator("imblearn.ensemble", "EasyEnsembleClassifier"), _dense, balances=True),
        Model("rus-boost", _estimator("imblearn.ensemble", "RUSBoostClassifier"), _dense, balances=True),
    )
}
DEFAULT_MODEL = "hist-gradient-boosting"
