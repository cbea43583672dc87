"""Regression: errors of predicted numbers, overall and where the true value is rare."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.defaults import REGRESSION_METRIC
from rebalance.document import Section, TableData, Text
from rebalance.errors import UsageError
from rebalance.evaluate.features import Features
from rebalance.evaluate.fitted import Fitted
from rebalance.evaluate.metrics import RANGE_METRICS, REGRESSION_METRICS, Metric
from rebalance.evaluate.models import EstimatorClass, Model, level_codes, one_hot, one_hot_scaled, unchanged
from rebalance.evaluate.regression_metrics import regression_metrics
from rebalance.evaluate.regression_report import advised_items, error_sentence, sections
from rebalance.evaluate.results import (
    BASELINE,
    BootstrapScores,
    Contender,
    Evaluation,
    EvaluationResult,
    Evidence,
    Predictions,
    Scores,
    Variant,
    Verdict,
)
from rebalance.evaluate.task import EvaluationTask, TaskWishes
from rebalance.plan.plan import ColumnTransform, Plan
from rebalance.plan.rows import typed_targets
from rebalance.table.numeric_target import NumericTarget, with_target_of
from rebalance.table.table import Table
from rebalance.table.task import Task
from rebalance.techniques.registry import NO_TECHNIQUE

if TYPE_CHECKING:
    import pandas as pd


def _hist_gradient_boosting(categories: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    # early stopping would validate on copies of the training rows, once rows are repeated or synthetic
    return HistGradientBoostingRegressor(categorical_features=categories, early_stopping=False)


_MODELS = (
    Model("hist-gradient-boosting", _hist_gradient_boosting, level_codes),
    Model("random-forest", EstimatorClass("sklearn.ensemble", "RandomForestRegressor"), one_hot),
    Model("ridge", EstimatorClass("sklearn.linear_model", "Ridge"), one_hot_scaled),
)


@dataclass(frozen=True)
class Regression(EvaluationTask):
    """Predicting a number."""

    target: NumericTarget

    task: ClassVar[Task] = Task.REGRESSION
    metrics: ClassVar[Mapping[str, Metric]] = REGRESSION_METRICS
    label_metrics: ClassVar[tuple[str, ...]] = RANGE_METRICS
    shown_metrics: ClassVar[tuple[str, ...]] = (
        "sera",
        "rare_rmse",
        "rmse",
        "mae",
        "r2",
        "weighted_r2",
        "median_ae",
        "rare_bias",
    )
    drawn_metrics: ClassVar[tuple[str, ...]] = ("sera", "rare_rmse", "rmse")
    models: ClassVar[Mapping[str, Model]] = {model.name: model for model in _MODELS}
    estimator_suffix: ClassVar[str] = "Regressor"
    default_techniques: ClassVar[tuple[str, ...]] = (
        NO_TECHNIQUE,
        "density-weight",
        "yeo-johnson",
        "random-under",
        "random-over",
        "smogn",
    )
    baseline_title: ClassVar[str] = "baseline (median)"
    baseline_phrase: ClassVar[str] = "the median"
    weights_phrase: ClassVar[str] = "Weight the rows"
    holdout_phrase: ClassVar[str] = "the rows"

    @classmethod
    def create(cls, table: Table, rows: Int64, wishes: TaskWishes, other: Table | None) -> "Regression":  # noqa: ARG003
        """Return the task for a table. Raises UsageError for wishes that only classes can fulfill."""
        given = {
            "--positive": wishes.positive is not None,
            "--optimize": wishes.objective is not None,
            "--tune-thresholds": wishes.tunes_all,
        }
        for option, is_given in given.items():
            if is_given:
                remedy = "--task classification" if table.target.can_be_other_task else "leave it out"
                raise UsageError(f"{option} is for classes, and the target is numeric", remedy)
        return cls(NumericTarget.of(table))

    @classmethod
    def default_metric(cls, table: Table) -> str:
        """Return the metric that decides unless the user names one: SERA needs rare values."""
        return REGRESSION_METRIC if NumericTarget.of(table).is_rare.any() else "rmse"

    @classmethod
    def check_estimator(cls, name: str, estimator: Any, parameters: Mapping[str, Any]) -> None:  # noqa: ARG003
        """Raise UsageError unless the estimator predicts numbers."""
        from sklearn.base import is_classifier

        if not hasattr(estimator, "fit") or not hasattr(estimator, "predict") or is_classifier(estimator):
            raise UsageError(f"--model {name} predicts no numbers", "use a regressor, or --task classification")

    @classmethod
    def baseline(cls) -> Model:
        """Return the model that predicts the median."""
        median = EstimatorClass("sklearn.dummy", "DummyRegressor", {"strategy": "median"})
        return Model(BASELINE, median, unchanged, is_baseline=True)

    @property
    def labels(self) -> tuple[str, ...]:  # type: ignore[override]  # derived here, a field there
        """The ranges."""
        return self.target.labels

    def notes(self) -> list[str]:
        """Return nothing: no choice was made for the user."""
        return []

    def truth(self, rows: Int64) -> Float64:
        """Return the numbers of the records."""
        return self.target.floats[rows]

    @classmethod
    def read_other(cls, other: Table, table: Table) -> Table:
        """Return the other table with its target read as numbers, with the ranges of `table`."""
        return with_target_of(other, table)

    def truth_of_other(self, other: Table, rows: Int64, train: Int64) -> Float64:  # noqa: ARG002  any number is known
        """Return the numbers of records of another table."""
        return NumericTarget.of(other).floats[rows]

    def label_codes(self, truth: Codes | Float64) -> Codes:
        """Return the range of each number."""
        return self.target.range_codes(truth.astype(np.float64))

    def leaks(self, features: Features, table: Table, rows: Int64) -> dict[str, list[str]]:
        """Return columns that rise and fall with the target."""
        names = features.columns_tracking_target(table, rows, self.truth(rows))
        return {"{name} orders the rows as the target does": names}

    def training_truth(self, table: Table, plan: Plan) -> Float64:
        """Return the number of each row of a plan, before transforms."""
        return typed_targets(table, plan)

    def check_learnable(self, truth: Codes | Float64) -> None:
        """Accept any numbers."""

    def wrap(self, pipeline: Any, transforms: Sequence[ColumnTransform]) -> Any:
        """Return a pipeline that learns the target after the transforms of it, and predicts it before them.

        This is scikit-learn's TransformedTargetRegressor: the transforms are fitted together with the model, one after
        the other, and inverted in its predictions, as far as they can be.
        """
        from sklearn.base import clone
        from sklearn.compose import TransformedTargetRegressor
        from sklearn.pipeline import make_pipeline

        if not transforms:
            return pipeline
        transformer = make_pipeline(*(clone(transform.transformer) for transform in transforms))
        return TransformedTargetRegressor(pipeline, transformer=transformer, check_inverse=False)

    def training_totals(self, plan: Plan, truth: Codes | Float64) -> Float64:
        """Return the rows of each range that a plan leaves, or the sums of their weights."""
        return np.bincount(self.label_codes(truth), plan.weight, minlength=len(self.labels)).astype(np.float64)

    def predict(
        self,
        fitted: Fitted,
        frame: "pd.DataFrame",
        threshold: float | None,  # noqa: ARG002  numbers have no threshold
        *,
        is_resampled: bool,  # noqa: ARG002  numbers have no prior
    ) -> dict[Variant, Predictions]:
        """Return the predicted numbers."""
        return {Variant.UNCHANGED: Predictions(fitted.numbers(frame))}

    def score(self, truth: Codes | Float64, predictions: Predictions) -> Scores:
        """Return the metrics of a test split."""
        once = self._metrics(truth, predictions, np.ones((1, len(truth))))
        return Scores(
            {name: float(values[0]) for name, values in once.metrics.items()},
            {
                code: {name: float(values[0]) for name, values in metrics.items()}
                for code, metrics in once.by_label.items()
                if metrics["support"][0]
            },
        )

    def bootstrap(
        self, truth: Codes | Float64, predictions: Predictions, weights: Iterator[Float64]
    ) -> BootstrapScores:
        """Return the metrics of bootstrap samples of a test split."""
        return BootstrapScores.concatenate([self._metrics(truth, predictions, part) for part in weights])

    def _metrics(self, truth: Codes | Float64, predictions: Predictions, weights: Float64) -> BootstrapScores:
        predicted = predictions.predicted.astype(np.float64)
        return regression_metrics(self.target, truth.astype(np.float64), predicted, weights)

    def texts(
        self,
        truth: Codes | Float64,  # noqa: ARG002  see below
        predicted: Codes | Float64,  # noqa: ARG002
    ) -> tuple[tuple[tuple[int, ...], ...], str, str]:
        """Return nothing: numbers have no confusion matrix."""
        return (), "", ""

    def calibration_notes(self, contenders: Sequence[Contender]) -> list[str]:  # noqa: ARG002  no probabilities
        """Return nothing: there are no probabilities."""
        return []

    def verdict_sentences(self, evidence: Evidence, verdict: Verdict) -> list[str]:
        """Return the errors overall and on rare values: what helps one often costs the other."""
        return [error_sentence(evidence, verdict)]

    def evaluation_fields(self) -> dict[str, Any]:
        """Return the fields of an Evaluation that only a numeric target has."""
        return {"rare": self.target.rare_labels, "positive": None, "auc_of": None, "optimize": None}

    def labels_for_saved_model(self, table: Table, plan: Plan) -> Any:
        """Return the numbers."""
        return typed_targets(table, plan)

    def caption(self, evaluation: Evaluation) -> str:
        """Return the sentence that says what the metrics of a table refer to."""
        rare = self.target.rare_labels
        rows = sum(count for label, count in zip(self.labels, evaluation.counts, strict=True) if label in rare)
        ranges = f" ({', '.join(rare)})" if rare else ""
        return (
            f"Errors are in units of {evaluation.target}; {rows:,} of {sum(evaluation.counts):,} test rows are"
            f" rare{ranges}; ± is the half-width of a 95 % confidence interval"
        )

    def advised_title(self, evaluation: Evaluation) -> str:
        """Return what the details of the advised contender are called."""
        return f"{evaluation.advised.description}, errors by range of the true value"

    def advised_items(self, evaluation: Evaluation) -> list[Text | TableData]:
        """Return the errors of the advised contender in each range."""
        return advised_items(evaluation)

    def sections(self, result: EvaluationResult) -> list[Section]:
        """Return the sections of a full report that only a numeric target has."""
        return sections(result, self.target)
