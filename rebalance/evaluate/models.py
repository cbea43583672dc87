"""Models, and the encoders that turn numbers and category codes into what each model can use."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rebalance.errors import DataError, UsageError, did_you_mean

MAX_LEVELS = 250
"""Rarer levels of a category count as one; scikit-learn's boosted trees take at most 255."""

_ONE_HOT_DENSITY = 0.3
"""scikit-learn's default: a one-hot encoding of lower density is a sparse matrix."""

Encoder = Callable[[list[int], list[int]], Any]
"""From the positions of the number columns and of the category columns to an unfitted scikit-learn transformer."""


@dataclass(frozen=True)
class Model:
    """A model by its name, and how an unfitted one is made."""

    name: str
    """The name that is typed: a built-in one, or `package.module:Class`."""

    make: Callable[[list[int]], Any]
    """Returns the estimator, given the positions of the categories among the encoded columns."""

    encoder: Encoder

    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The parameters that the user has set."""

    balances_itself: bool = False
    """Whether it balances the classes itself."""

    is_baseline: bool = False
    """Whether it ignores the features."""

    def build(self, measured: int, categories: int, seed: int) -> Any:
        """Return an unfitted pipeline for a frame of `measured` number columns, then `categories` columns of codes.

        Its last step is called `model`. It runs in one thread, because folds run in parallel.
        """
        from sklearn.pipeline import Pipeline

        numbers, coded = list(range(measured)), list(range(measured, measured + categories))
        estimator = self.make(coded)
        known = estimator.get_params()
        # scikit-learn's own estimators take one thread by default, and some warn about n_jobs
        is_sklearn = type(estimator).__module__.startswith(("sklearn.", "imblearn."))
        defaults = {"random_state": seed} if is_sklearn else {"random_state": seed, "n_jobs": 1}
        defaults = {name: value for name, value in defaults.items() if name in known}
        estimator.set_params(**{**defaults, **self.parameters})
        return Pipeline([("encode", self.encoder(numbers, coded)), ("model", estimator)])

    @contextmanager
    def errors_as_data_errors(self, what: str) -> Iterator[None]:
        """Raise DataError for what the model cannot do in this block, UsageError for a parameter that it refuses.

        For a model of another package every error counts as such.
        """
        from sklearn.utils._param_validation import InvalidParameterError

        try:
            yield
        except InvalidParameterError as error:
            raise UsageError(f"{self.name}: {error}", "use another value for --param") from None
        except Exception as error:
            if not self.is_foreign and not isinstance(error, ValueError):
                raise
            raise DataError(
                f"{self.name} {what}: {type(error).__name__}: {error}",
                "use another --model, or a technique that keeps more rows",
            ) from None

    @property
    def is_foreign(self) -> bool:
        """Whether it comes from another package."""
        return ":" in self.name

    def takes_weights(self, pipeline: Any) -> bool:
        """Whether it accepts sample weights."""
        from sklearn.utils.validation import has_fit_parameter

        return bool(has_fit_parameter(pipeline.named_steps["model"], "sample_weight"))


CheckEstimator = Callable[[str, Any, Mapping[str, Any]], None]
"""Raises UsageError unless an estimator, given its name and parameters, can do what the task needs."""


def find_models(
    names: Sequence[str],
    parameters: Mapping[str, Any],
    built_in: Mapping[str, Model],
    suffix: str,
    check: CheckEstimator,
) -> list[Model]:
    """Return the models of these names; `package.module:Class` for one of another package.

    Each gets those of the `parameters` that it has. `suffix`: how classes of such estimators are named, `Classifier`.
    Raises UsageError for an unknown model, or a parameter that no model has.
    """
    models = [_with_parameters(_find_model(name, built_in, suffix), parameters, check) for name in dict.fromkeys(names)]
    for name in parameters:
        if not any(name in model.parameters for model in models):
            known = sorted({known for model in models for known in model.make([]).get_params()})
            raise UsageError(
                f"--param {name}: {', '.join(model.name for model in models)} has no such parameter",
                did_you_mean(name, known) or "its parameters are " + ", ".join(known),
            )
    return models


_FIELD_NAMES = {
    "xgboost": "xgboost:XGB*",
    "xgb": "xgboost:XGB*",
    "lightgbm": "lightgbm:LGBM*",
    "lgbm": "lightgbm:LGBM*",
    "catboost": "catboost:CatBoost*",
    "knn": "sklearn.neighbors:KNeighbors*",
    "k-neighbors": "sklearn.neighbors:KNeighbors*",
    "decision-tree": "sklearn.tree:DecisionTree*",
    "tree": "sklearn.tree:DecisionTree*",
    "extra-trees": "sklearn.ensemble:ExtraTrees*",
    "mlp": "sklearn.neural_network:MLP*",
    "rf": "random-forest",
    "forest": "random-forest",
    "randomforest": "random-forest",
    "hgb": "hist-gradient-boosting",
    "histgradientboosting": "hist-gradient-boosting",
    "gradient-boosting": "hist-gradient-boosting",
    "gbm": "hist-gradient-boosting",
    "logistic": "logistic-regression",
    "logreg": "logistic-regression",
    "lr": "logistic-regression",
    "logit": "logistic-regression",
    "linear": "ridge",
    "linear-regression": "ridge",
    "brf": "balanced-random-forest",
}
"""What the field calls a model, and how it is named here; * is Classifier or Regressor."""


def _find_model(name: str, built_in: Mapping[str, Model], suffix: str) -> Model:
    if name in built_in:
        return built_in[name]
    module, colon, attribute = name.partition(":")
    if colon and module in built_in:
        raise UsageError(
            f"--model {name}: a model takes its parameters with --param", f"--model {module} --param {attribute}"
        )
    if colon:
        return Model(name, _import_estimator(name, module, attribute), one_hot_dense_scaled)
    known = list(built_in)
    module, dot, attribute = name.rpartition(".")
    if dot and attribute[:1].isupper():
        raise UsageError(f"there is no model {name!r}", f"--model {module}:{attribute}")
    typed = name.replace("_", "-").casefold().removesuffix(suffix.casefold()).removesuffix("-")
    meant = _FIELD_NAMES.get(typed, "").replace("*", suffix)
    if ":" in meant or meant in built_in:
        hint = f"--model {meant}"
    else:
        names = did_you_mean(name, known) or "one of " + ", ".join(known)
        hint = f"{names}; or one of another package, as in --model sklearn.ensemble:ExtraTrees{suffix}"
    raise UsageError(f"there is no model {name!r} for this task", hint)


def _with_parameters(model: Model, parameters: Mapping[str, Any], check: CheckEstimator) -> Model:
    try:
        estimator = model.make([])
        known = set(estimator.get_params())
    except (TypeError, AttributeError) as error:  # not a class, or one that needs arguments
        raise UsageError(
            f"--model {model.name} is not an estimator: {error}", "it must be a class with scikit-learn's interface"
        ) from None
    accepted = {name: value for name, value in parameters.items() if name in known}
    check(model.name, estimator, accepted)
    return Model(model.name, model.make, model.encoder, accepted, model.balances_itself)


@dataclass(frozen=True)
class EstimatorClass:
    """An estimator class by its place, imported when an estimator is made, so that it can be sent to a process."""

    module: str
    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, _categories: list[int]) -> Any:
        """Return an unfitted estimator."""
        return getattr(importlib.import_module(self.module), self.name)(**self.parameters)


def _import_estimator(name: str, module: str, attribute: str) -> EstimatorClass:
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))  # the user's own model may lie next to the data
    try:
        imported = importlib.import_module(module)
    except Exception as error:  # noqa: BLE001  a module may do anything when it is imported
        raise UsageError(f"--model {name} cannot be imported: {error}", _import_hint(module)) from None
    if not hasattr(imported, attribute):
        hint = did_you_mean(attribute, dir(imported)) or f"name a class of {module}"
        raise UsageError(f"--model {name}: {module} has no {attribute!r}", hint)
    return EstimatorClass(module, attribute)


_PACKAGES = {"xgboost": "xgboost", "lightgbm": "lightgbm", "catboost": "catboost", "sklearn": "scikit-learn"}
"""Packages of models that users often name, and what installs them."""


def _import_hint(module: str) -> str:
    package, _, rest = module.partition(".")
    if package in _PACKAGES and not rest:
        return f"pip install {_PACKAGES[package]}"
    modules = ["sklearn.ensemble", "sklearn.linear_model", "sklearn.svm", "sklearn.tree", "sklearn.neighbors"]
    return did_you_mean(module, modules) or "name a class as package.module:Class, from a package that is installed"


def _one_hot(numbers: list[int], categories: list[int], *, scale: bool, sparse_threshold: float) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    number = make_pipeline(imputer, StandardScaler()) if scale else imputer
    category = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MAX_LEVELS)
    return ColumnTransformer(
        [("numbers", number, numbers), ("categories", category, categories)], sparse_threshold=sparse_threshold
    )


def one_hot(numbers: list[int], categories: list[int]) -> Any:
    """Return an encoder: medians for missing numbers, one-hot categories."""
    return _one_hot(numbers, categories, scale=False, sparse_threshold=_ONE_HOT_DENSITY)


def one_hot_scaled(numbers: list[int], categories: list[int]) -> Any:
    """Return the same with standardized numbers."""
    return _one_hot(numbers, categories, scale=True, sparse_threshold=_ONE_HOT_DENSITY)


def one_hot_dense(numbers: list[int], categories: list[int]) -> Any:
    """Return the same as a dense matrix."""
    return _one_hot(numbers, categories, scale=False, sparse_threshold=0)


def one_hot_dense_scaled(numbers: list[int], categories: list[int]) -> Any:
    """Return the same as a dense matrix with standardized numbers."""
    return _one_hot(numbers, categories, scale=True, sparse_threshold=0)


def level_codes(numbers: list[int], categories: list[int]) -> Any:
    """Return an encoder for models that handle missing numbers and category codes themselves."""
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OrdinalEncoder

    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=float("nan"), max_categories=MAX_LEVELS)
    return ColumnTransformer([("numbers", "passthrough", numbers), ("categories", codes, categories)])


def unchanged(_numbers: list[int], _categories: list[int]) -> str:
    """Return an encoder that changes nothing, for a model that ignores the features."""
    return "passthrough"
