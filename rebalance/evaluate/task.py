"""What a kind of prediction brings with it: all that differs between classification and regression is behind this."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.document import Section, TableData, Text
from rebalance.evaluate.features import Features
from rebalance.evaluate.fitted import Fitted
from rebalance.evaluate.metrics import Metric
from rebalance.evaluate.models import Model
from rebalance.evaluate.results import (
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
from rebalance.evaluate.threshold import Objective
from rebalance.plan.plan import ColumnTransform, Plan
from rebalance.plan.random import Stream, generator
from rebalance.splits import Fold
from rebalance.table.table import Table
from rebalance.table.task import Task

if TYPE_CHECKING:
    import pandas as pd

BOOTSTRAP_SAMPLES = 1000
"""So many that the p-value of the rarest outcome stays below 0.05 when adjusted for two dozen techniques."""

_MAX_CELLS_AT_ONCE = 4_000_000
"""Weights of bootstrap samples that are held at once."""


def bootstrap_weights(groups: Int64, seed: int) -> Iterator[Float64]:
    """Yield how often each row is drawn (samples x rows), some samples at a time; rows of a group are drawn together.

    Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 6.
    """
    random = generator(seed, Stream.BOOTSTRAP)
    _, group_of_row = np.unique(groups, return_inverse=True)
    size = int(group_of_row.max()) + 1
    at_once = max(1, _MAX_CELLS_AT_ONCE // len(groups))
    for start in range(0, BOOTSTRAP_SAMPLES, at_once):
        count = min(at_once, BOOTSTRAP_SAMPLES - start)
        yield random.multinomial(size, np.full(size, 1 / size), count)[:, group_of_row].astype(np.float64)


@dataclass(frozen=True)
class TaskWishes:
    """What a user has said of a comparison that only some tasks understand."""

    positive: str | None = None
    """The class that matters."""

    objective: Objective | None = None
    """What thresholds are tuned for."""

    tunes_all: bool = False
    """Whether every technique also competes with a tuned threshold."""


class EvaluationTask(ABC):
    """One kind of prediction, for one table. A third kind is a third module like `classification` and `regression`."""

    task: ClassVar[Task]
    metrics: ClassVar[Mapping[str, Metric]]
    """All metrics of a test split, in the order in which they are reported."""

    label_metrics: ClassVar[tuple[str, ...]]
    """The metrics of each class (or range)."""

    shown_metrics: ClassVar[tuple[str, ...]]
    """The metrics of a table, the most important first."""

    drawn_metrics: ClassVar[tuple[str, ...]]
    """The metrics that are drawn with their intervals."""

    baseline_title: ClassVar[str]
    """What the model that has learned nothing is called in a table."""

    baseline_phrase: ClassVar[str]
    """What that model knows, as in "a baseline that only knows the class distribution"."""

    weights_phrase: ClassVar[str]
    """What a weighting technique does, as an imperative."""

    holdout_phrase: ClassVar[str]
    """Of what a share is held out: "each class"."""

    models: ClassVar[Mapping[str, Model]]
    """The built-in models by name, the default first."""

    estimator_suffix: ClassVar[str]
    """How scikit-learn names the classes of estimators for it: `Classifier`."""

    default_techniques: ClassVar[tuple[str, ...]]
    """What is compared unless the user names techniques."""

    labels: tuple[str, ...]
    """The classes (or ranges)."""

    # --- before models are trained

    @classmethod
    @abstractmethod
    def create(cls, table: Table, rows: Int64, wishes: TaskWishes, other: Table | None) -> Self:
        """Return the task for the records `rows` of a table, perhaps tested on another.

        Raises UsageError for wishes that it cannot fulfill.
        """

    @classmethod
    @abstractmethod
    def default_metric(cls, table: Table) -> str:
        """Return the metric that decides unless the user names one."""

    @classmethod
    @abstractmethod
    def check_estimator(cls, name: str, estimator: Any, parameters: Mapping[str, Any]) -> None:
        """Raise UsageError unless an estimator predicts what the task needs."""

    @classmethod
    @abstractmethod
    def baseline(cls) -> Model:
        """Return the model that has learned nothing from the features."""

    @property
    def tuning_metric(self) -> str | None:
        """The metric by which a tuned threshold is compared with the default one; None for tasks without thresholds."""
        return None

    @property
    def first_metrics(self) -> tuple[str, ...]:
        """Metrics that stand in every table because of the user's wishes."""
        return ()

    def tunes(self, *, does_nothing: bool) -> bool:  # noqa: ARG002  for tasks with thresholds
        """Whether a technique also competes with a tuned threshold; `does_nothing`: it is `none`."""
        return False

    @abstractmethod
    def truth(self, rows: Int64) -> Codes | Float64:
        """Return the class codes, or the numbers, of the records `rows`."""

    @classmethod
    @abstractmethod
    def read_other(cls, other: Table, table: Table) -> Table:
        """Return another table with its target read as that of `table` is."""

    @abstractmethod
    def truth_of_other(self, other: Table, rows: Int64, train: Int64) -> Codes | Float64:
        """Return the truth for the records `rows` of another table.

        Raises DataError for a label that no record of `train` has.
        """

    @abstractmethod
    def label_codes(self, truth: Codes | Float64) -> Codes:
        """Return the class (or range) of each row."""

    @abstractmethod
    def notes(self) -> list[str]:
        """Return what the user should know of choices that were made for them."""

    @abstractmethod
    def leaks(self, features: Features, table: Table, rows: Int64) -> dict[str, list[str]]:
        """Return columns that may leak the target, by the reason, in which `{name}` stands for a column."""

    # --- one model

    @abstractmethod
    def training_truth(self, table: Table, plan: Plan) -> Codes | Float64:
        """Return what a model learns for each row of a plan."""

    @abstractmethod
    def check_learnable(self, truth: Codes | Float64) -> None:
        """Raise DataError if there is nothing to learn."""

    @abstractmethod
    def wrap(self, pipeline: Any, transforms: Sequence[ColumnTransform]) -> Any:
        """Return a pipeline that learns the target after the transforms of it, and predicts it before them."""

    @abstractmethod
    def training_totals(self, plan: Plan, truth: Codes | Float64) -> Float64:
        """Return the rows of each class (or range) that a plan leaves, or the sums of their weights."""

    def fit_with_threshold(
        self, learn: Callable[[Int64], Fitted], rows: Int64, folds: list[Fold]
    ) -> tuple[Fitted, float]:
        """Return the model that `learn` trains on `rows`, and the threshold tuned on inner folds of them.

        Raises NotImplementedError for a task that never `tunes`.
        """
        raise NotImplementedError

    @abstractmethod
    def predict(
        self, fitted: Fitted, frame: "pd.DataFrame", threshold: float | None, *, is_resampled: bool
    ) -> dict[Variant, Predictions]:
        """Return the predictions for the rows of `frame`, in each variant; `is_resampled`: a technique was applied."""

    @abstractmethod
    def score(self, truth: Codes | Float64, predictions: Predictions) -> Scores:
        """Return the metrics of a test split."""

    def weighted_score(self, truth: Codes | Float64, predictions: Predictions, weights: Float64 | None) -> Scores:
        """Return the metrics of a test split whose rows count by their `weights`.

        A metric that bootstrap samples leave undefined is not weighted.
        """
        scores = self.score(truth, predictions)
        if weights is None:
            return scores
        weighted = self.bootstrap(truth, predictions, iter([weights[None, :]]))
        metrics = {name: float(values[0]) for name, values in weighted.metrics.items() if not np.isnan(values[0])}
        by_label = {
            code: {**values, **{name: float(known[0]) for name, known in weighted.by_label[code].items()}}
            for code, values in scores.by_label.items()
        }
        return Scores({**scores.metrics, **metrics}, by_label)

    @abstractmethod
    def bootstrap(
        self, truth: Codes | Float64, predictions: Predictions, weights: Iterator[Float64]
    ) -> BootstrapScores:
        """Return the metrics of bootstrap samples of a test split, given how often each row is drawn."""

    # --- the comparison

    @abstractmethod
    def texts(self, truth: Codes | Float64, predicted: Codes | Float64) -> tuple[tuple[tuple[int, ...], ...], str, str]:
        """Return the confusion matrix and the reports of scikit-learn and imbalanced-learn; all empty for numbers."""

    @abstractmethod
    def calibration_notes(self, contenders: Sequence[Contender]) -> list[str]:
        """Return a warning of the contenders whose predictions are biased."""

    @abstractmethod
    def verdict_sentences(self, evidence: Evidence, verdict: Verdict) -> list[str]:
        """Return what the verdict says in addition to the metric that decides."""

    def threshold_sentence(self, threshold: float) -> str:
        """Return how a tuned threshold is applied. Raises NotImplementedError for a task that never `tunes`."""
        raise NotImplementedError

    @abstractmethod
    def evaluation_fields(self) -> dict[str, Any]:
        """Return the fields of an Evaluation that only this kind of prediction has."""

    @abstractmethod
    def labels_for_saved_model(self, table: Table, plan: Plan) -> Any:
        """Return what a saved model learns: labels as spelled, or numbers."""

    def with_threshold(
        self,
        pipeline: Any,
        threshold: float | None,  # noqa: ARG002  for tasks with thresholds
        frame: "pd.DataFrame",  # noqa: ARG002
        labels: Any,  # noqa: ARG002
    ) -> Any:
        """Return the pipeline with a tuned threshold, if there is one that a pipeline can hold."""
        return pipeline

    def unsaved(self, contender: Contender) -> list[str]:  # noqa: ARG002  for tasks with thresholds or priors
        """Return what a contender does that its saved model does not."""
        return []

    # --- reports

    @abstractmethod
    def caption(self, evaluation: Evaluation) -> str:
        """Return the sentence that says what the metrics of a table refer to."""

    @abstractmethod
    def advised_title(self, evaluation: Evaluation) -> str:
        """Return what the details of the advised contender are called."""

    @abstractmethod
    def advised_items(self, evaluation: Evaluation) -> list[Text | TableData]:
        """Return the details of the advised contender, by class (or range)."""

    @abstractmethod
    def sections(self, result: EvaluationResult) -> list[Section]:
        """Return the sections of a full report that only this kind of prediction has."""
