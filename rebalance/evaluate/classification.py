"""Classification: probabilities, thresholds, and the metrics of a rare class."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.defaults import CLASSIFICATION_METRIC, DEFAULT_OBJECTIVE
from rebalance.document import Section, TableData, Text
from rebalance.errors import DataError, UsageError, did_you_mean
from rebalance.evaluate.calibration import CALIBRATED
from rebalance.evaluate.classification_metrics import bootstrap_metrics, label_metrics, probability_metrics
from rebalance.evaluate.classification_report import advised_items, calibration_sentence, sections, tuning_sentence
from rebalance.evaluate.features import Features
from rebalance.evaluate.fitted import Fitted
from rebalance.evaluate.metrics import CLASS_METRICS, CLASSIFICATION_METRICS, Metric
from rebalance.evaluate.models import (
    EstimatorClass,
    Model,
    level_codes,
    one_hot,
    one_hot_dense,
    one_hot_scaled,
    unchanged,
)
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
from rebalance.evaluate.threshold import Objective, tuned_threshold
from rebalance.plan.plan import ColumnTransform, Plan
from rebalance.plan.priors import prior_corrected, weighted_counts
from rebalance.splits import Fold
from rebalance.table.table import Table
from rebalance.table.task import Task
from rebalance.techniques.registry import NO_TECHNIQUE
from rebalance.text import MAX_LISTED, join_some, shorten

if TYPE_CHECKING:
    import pandas as pd

_MAX_CLASSES_WITH_MATRIX = 50
"""A confusion matrix of more classes helps nobody."""


def _hist_gradient_boosting(categories: list[int]) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    # early stopping would validate on copies of the training rows, once rows are repeated or synthetic
    return HistGradientBoostingClassifier(categorical_features=categories, early_stopping=False)


def _ensemble(name: str, class_name: str, **parameters: Any) -> Model:
    return Model(name, EstimatorClass("imblearn.ensemble", class_name, parameters), one_hot_dense, balances_itself=True)


_MODELS = (
    Model("hist-gradient-boosting", _hist_gradient_boosting, level_codes),
    Model("random-forest", EstimatorClass("sklearn.ensemble", "RandomForestClassifier"), one_hot),
    Model(
        "logistic-regression",
        EstimatorClass("sklearn.linear_model", "LogisticRegression", {"max_iter": 1000}),
        one_hot_scaled,
    ),
    _ensemble(
        "balanced-random-forest",
        "BalancedRandomForestClassifier",
        sampling_strategy="all",
        replacement=True,
        bootstrap=False,
    ),
    _ensemble("balanced-bagging", "BalancedBaggingClassifier"),
    _ensemble("easy-ensemble", "EasyEnsembleClassifier"),
    _ensemble("rus-boost", "RUSBoostClassifier"),
)


@dataclass(frozen=True)
class Classification(EvaluationTask):
    """Predicting a class."""

    labels: tuple[str, ...]

    codes: Codes
    """The class of each record."""

    positive: int
    """The code of the class that matters."""

    positive_only: bool
    """Whether areas under curves are those of the positive class, not means over the classes."""

    objective: Objective
    """What thresholds are tuned for."""

    tunes_all: bool = False
    """Whether every technique also competes with a tuned threshold, not only the baseline without a technique."""

    choice_notes: tuple[str, ...] = ()
    """What the user should know of how the positive class was chosen."""

    task: ClassVar[Task] = Task.CLASSIFICATION
    metrics: ClassVar[Mapping[str, Metric]] = CLASSIFICATION_METRICS
    label_metrics: ClassVar[tuple[str, ...]] = CLASS_METRICS
    shown_metrics: ClassVar[tuple[str, ...]] = (
        "pr_auc",
        "f1",
        "precision",
        "recall",
        "brier",
        "roc_auc",
        "balanced_accuracy",
        "mcc",
    )
    drawn_metrics: ClassVar[tuple[str, ...]] = ("pr_auc", "brier", "f1")
    models: ClassVar[Mapping[str, Model]] = {model.name: model for model in _MODELS}
    estimator_suffix: ClassVar[str] = "Classifier"
    default_techniques: ClassVar[tuple[str, ...]] = (
        NO_TECHNIQUE,
        "class-weight",
        "random-under",
        "random-over",
        "smote",
    )
    baseline_title: ClassVar[str] = "baseline (class priors)"
    baseline_phrase: ClassVar[str] = "the class distribution"
    weights_phrase: ClassVar[str] = "Use class weights"
    holdout_phrase: ClassVar[str] = "each class"

    @classmethod
    def create(cls, table: Table, rows: Int64, wishes: TaskWishes, other: Table | None) -> "Classification":
        """Return the task for the records `rows` of a table.

        The positive class is the one named, or else the rarest among these records. Where several are equally rare,
        because the records have been balanced, it is the rarest of these in the file to be tested on, if there is one.
        """
        from rebalance.evaluate.threshold import metric_objective

        labels = table.target.labels
        positive, notes = _positive_class(table, rows, wishes.positive, other)
        positive_only = wishes.positive is not None or len(labels) == 2  # noqa: PLR2004  two classes mirror each other
        objective = wishes.objective or metric_objective(DEFAULT_OBJECTIVE)
        return cls(
            labels,
            table.target.codes,
            positive,
            positive_only,
            objective,
            wishes.tunes_all,
            tuple(notes),
        )

    @classmethod
    def default_metric(cls, _table: Table) -> str:
        """Return the metric that decides unless the user names one."""
        return CLASSIFICATION_METRIC

    @classmethod
    def check_estimator(cls, name: str, estimator: Any, parameters: Mapping[str, Any]) -> None:
        """Raise UsageError unless the estimator predicts probabilities."""
        if not hasattr(estimator, "fit") or not hasattr(estimator, "predict_proba"):
            # some estimators have the method only with certain parameters
            estimator = estimator.set_params(**parameters)
            if not hasattr(estimator, "predict_proba"):
                raise UsageError(
                    f"--model {name} predicts no probabilities",
                    "use a classifier with predict_proba, which some have with a certain --param",
                )

    @classmethod
    def baseline(cls) -> Model:
        """Return the model that predicts the class priors."""
        priors = EstimatorClass("sklearn.dummy", "DummyClassifier", {"strategy": "prior"})
        return Model(BASELINE, priors, unchanged, is_baseline=True)

    @property
    def positive_label(self) -> str:
        """The class that matters."""
        return self.labels[self.positive]

    @property
    def tuning_metric(self) -> str:
        """The metric by which a tuned threshold is compared with the default one."""
        return self.objective.metric

    @property
    def first_metrics(self) -> tuple[str, ...]:
        """An objective of the user's own, which stands in every table."""
        return ("tuning_score",) if self.objective.count_score else ()

    def tunes(self, *, does_nothing: bool) -> bool:
        """Whether a technique also competes with a tuned threshold."""
        return self.tunes_all or does_nothing

    def notes(self) -> list[str]:
        """Return what the user should know of how the positive class was chosen."""
        return list(self.choice_notes)

    def truth(self, rows: Int64) -> Codes:
        """Return the class codes of the records."""
        return self.codes[rows]

    @classmethod
    def read_other(cls, other: Table, table: Table) -> Table:  # noqa: ARG003  classes are read already
        """Return the other table."""
        return other

    def truth_of_other(self, other: Table, rows: Int64, train: Int64) -> Codes:
        """Return the class codes of records of another table.

        Raises DataError for a label that no record of `train` has: it could only be predicted wrongly.
        """
        present = np.bincount(self.codes[train], minlength=len(self.labels))
        known = {self.labels[code] for code in np.flatnonzero(present).tolist()}
        unknown = [repr(label) for label in other.target.labels if label not in known]
        if unknown:
            raise DataError(
                f"{other.file.source.name}: no training row has the label {join_some(unknown)}",
                "correct it, or count it as another: --label-alias A=B",
            )
        code_of = np.array([self.labels.index(label) for label in other.target.labels], np.int32)
        return code_of[other.target.codes[rows]]

    def label_codes(self, truth: Codes | Float64) -> Codes:
        """Return the class of each row."""
        return truth.astype(np.int32)

    def leaks(self, features: Features, table: Table, rows: Int64) -> dict[str, list[str]]:
        """Return columns that determine the class."""
        return {"each value of {name} occurs with one class only": features.leaking_columns(table, rows)}

    def training_truth(self, table: Table, plan: Plan) -> Codes:
        """Return the class of each row of a plan."""
        return plan.labels(table.target.codes)

    def check_learnable(self, truth: Codes | Float64) -> None:
        """Raise DataError if all rows are of one class."""
        if len(np.unique(truth)) < 2:  # noqa: PLR2004  nothing to tell apart
            raise DataError("the training rows have one class only", "use fewer folds, or a smaller --test-size")

    def wrap(self, pipeline: Any, _transforms: Sequence[ColumnTransform]) -> Any:
        """Return the pipeline: classes are not transformed."""
        return pipeline

    def training_totals(self, plan: Plan, _truth: Codes | Float64) -> Float64:
        """Return the rows of each class that a plan leaves, or the sums of their weights."""
        return weighted_counts(plan, self.codes, len(self.labels))

    def fit_with_threshold(
        self, learn: Callable[[Int64], Fitted], rows: Int64, folds: list[Fold]
    ) -> tuple[Fitted, float]:
        """Return the model that `learn` trains on `rows`, and the threshold tuned on inner folds of them."""
        positive = self.positive

        def learn_probability(part: Int64) -> _PositiveProbability:
            return _PositiveProbability(learn(part), positive)

        is_positive = self.codes == positive
        threshold, learned = tuned_threshold(learn_probability, is_positive, rows, folds, self.objective)
        return learned.fitted, threshold

    def predict(
        self, fitted: Fitted, frame: "pd.DataFrame", threshold: float | None, *, is_resampled: bool
    ) -> dict[Variant, Predictions]:
        """Return the most probable classes, those by a tuned threshold, and those with the priors corrected."""
        probabilities = fitted.probabilities(frame)
        variants = {Variant.UNCHANGED: self._predict_labels(probabilities, None)}
        if threshold is not None:
            variants[Variant.TUNED] = self._predict_labels(probabilities, threshold)
        if is_resampled:
            corrected = prior_corrected(probabilities, fitted.before, fitted.after)
            variants[Variant.CORRECTED] = self._predict_labels(corrected, None)
        return variants

    def _predict_labels(self, probabilities: Float64, threshold: float | None) -> Predictions:
        return Predictions(predicted_classes(probabilities, threshold, self.positive), probabilities, threshold)

    def score(self, truth: Codes | Float64, predictions: Predictions) -> Scores:
        """Return the metrics of a test split."""
        codes, predicted = cast("Codes", truth), cast("Codes", predictions.predicted)
        probabilities = cast("Float64", predictions.probabilities)
        by_probability = probability_metrics(codes, probabilities, self.positive, positive_only=self.positive_only)
        scores = label_metrics(codes, predicted, by_probability, self.positive)
        value = self.objective.value(codes == self.positive, predicted == self.positive)
        scores.metrics["tuning_score"] = scores.metrics[self.objective.metric] if value is None else value
        return scores

    def bootstrap(
        self, truth: Codes | Float64, predictions: Predictions, weights: Iterator[Float64]
    ) -> BootstrapScores:
        """Return the metrics of bootstrap samples of a test split."""
        codes, predicted = cast("Codes", truth), cast("Codes", predictions.predicted)
        probabilities = cast("Float64", predictions.probabilities)
        return BootstrapScores.concatenate(
            [
                bootstrap_metrics(
                    codes,
                    probabilities,
                    predicted,
                    part,
                    self.positive,
                    self.objective,
                    positive_only=self.positive_only,
                )
                for part in weights
            ]
        )

    def texts(self, truth: Codes | Float64, predicted: Codes | Float64) -> tuple[tuple[tuple[int, ...], ...], str, str]:
        """Return the confusion matrix and the reports of scikit-learn and imbalanced-learn, in their own layout."""
        from imblearn.metrics import classification_report_imbalanced
        from sklearn.metrics import classification_report, confusion_matrix

        true, guessed = truth.astype(np.int32), predicted.astype(np.int32)
        matrix: tuple[tuple[int, ...], ...] = ()
        if len(self.labels) <= _MAX_CLASSES_WITH_MATRIX:
            counts = confusion_matrix(true, guessed, labels=np.arange(len(self.labels)))
            matrix = tuple(tuple(int(count) for count in row) for row in counts)
        present = np.union1d(true, guessed)
        names = [shorten(self.labels[code]) for code in present.tolist()]
        options: dict[str, Any] = {"labels": present, "target_names": names, "zero_division": 0.0}
        report = str(classification_report(true, guessed, **options))
        return matrix, report, str(classification_report_imbalanced(true, guessed, **{**options, "zero_division": 0}))

    def calibration_notes(self, contenders: Sequence[Contender]) -> list[str]:
        """Return a warning of the contenders whose probabilities are too high or too low on average."""
        has_several_models = len({contender.model for contender in contenders if not contender.is_baseline}) > 1
        biased = []
        for contender in contenders:
            ratio = contender.metrics["predicted_over_observed"].mean
            is_reported = contender.variant != Variant.TUNED and not contender.is_baseline
            if is_reported and not np.isnan(ratio) and not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
                variant = "" if contender.variant == Variant.UNCHANGED else f" ({contender.variant})"
                name = f"{contender.model}, " if has_several_models else ""
                name += contender.technique + variant
                biased.append(f"{name} {ratio:.2g}")
        if not biased:
            return []
        low, high = CALIBRATED
        ratio_of = f"the mean predicted probability of {self.positive_label!r} divided by its observed share"
        return [f"miscalibrated: {ratio_of} is outside {low} to {high} for {'; '.join(biased)}"]

    def verdict_sentences(self, evidence: Evidence, verdict: Verdict) -> list[str]:
        """Return what a threshold gains, and what became of the probabilities."""
        return [
            tuning_sentence(self.objective, self.positive_label, evidence, verdict),
            calibration_sentence(self.positive_label, evidence, verdict),
        ]

    def threshold_sentence(self, threshold: float) -> str:
        """Return how a tuned threshold is applied."""
        sentence = f"predict {self.positive_label!r} if its probability is at least {threshold:.3g}"
        return sentence + (", or else the most probable other class" if len(self.labels) > 2 else "")  # noqa: PLR2004

    def evaluation_fields(self) -> dict[str, Any]:
        """Return the fields of an Evaluation that only classes have."""
        return {
            "rare": (),
            "positive": self.positive_label,
            "auc_of": "positive class" if self.positive_only else "mean over classes",
            "optimize": self.objective.name,
        }

    def labels_for_saved_model(self, table: Table, plan: Plan) -> Any:
        """Return the labels as spelled in the file."""
        return np.array(table.target.labels)[plan.labels(table.target.codes)]

    def with_threshold(self, pipeline: Any, threshold: float | None, frame: "pd.DataFrame", labels: Any) -> Any:
        """Return the pipeline with a tuned threshold, if there is one and there are two classes."""
        if threshold is None or len(self.labels) > 2:  # noqa: PLR2004  a threshold separates two
            return pipeline
        from sklearn.frozen import FrozenEstimator
        from sklearn.model_selection import FixedThresholdClassifier

        classifier = FixedThresholdClassifier(
            FrozenEstimator(pipeline),
            threshold=threshold,
            pos_label=self.positive_label,
            response_method="predict_proba",
        )
        return classifier.fit(frame, labels)

    def unsaved(self, contender: Contender) -> list[str]:
        """Return what a contender does that its saved model does not."""
        steps = []
        if contender.threshold is not None and len(self.labels) > 2:  # noqa: PLR2004  a threshold separates two
            steps.append(self.threshold_sentence(contender.threshold))
        if contender.variant == Variant.CORRECTED:
            steps.append("correct its probabilities for the changed class priors")
        return steps

    def caption(self, evaluation: Evaluation) -> str:
        """Return the sentence that says what the metrics of a table refer to."""
        areas = "" if self.positive_only else "; areas under curves are means over the classes"
        corrected = any(contender.variant == Variant.CORRECTED for contender in evaluation.contenders)
        corrections = "; prior-corrected: probabilities corrected for the changed class priors" if corrected else ""
        return (
            f"F1, precision and recall are those of {evaluation.target} = {self.positive_label!r}"
            f" ({evaluation.counts[self.positive]:,} of {sum(evaluation.counts):,} test rows){areas};"
            f" ± is the half-width of a 95 % confidence interval{corrections}"
        )

    def advised_title(self, evaluation: Evaluation) -> str:
        """Return what the details of the advised contender are called."""
        return f"{evaluation.advised.description}, all test rows pooled"

    def advised_items(self, evaluation: Evaluation) -> list[Text | TableData]:
        """Return the libraries' reports and the confusion matrix of the advised contender."""
        return advised_items(evaluation)

    def sections(self, result: EvaluationResult) -> list[Section]:
        """Return the sections of a full report that only classes have."""
        return sections(result, self.positive)


@dataclass(frozen=True)
class _PositiveProbability:
    """A fitted model as a source of the positive class's probability."""

    fitted: Fitted
    positive: int

    def probability(self, rows: Int64) -> Float64:
        """Return the probability of the positive class for each of the records."""
        probability: Float64 = self.fitted.probabilities_of(rows)[:, self.positive]
        return probability


def predicted_classes(probabilities: Float64, threshold: float | None, positive: int) -> Codes:
    """Return the most probable class of each row, given the class probabilities (rows x classes).

    With a threshold, it is the positive class from there on, and below it the most probable of the others.
    """
    if threshold is None:
        most_probable: Codes = probabilities.argmax(axis=1).astype(np.int32)
        return most_probable
    others = probabilities.copy()
    others[:, positive] = -1
    is_positive = probabilities[:, positive] >= threshold
    predicted: Codes = np.where(is_positive, positive, others.argmax(axis=1)).astype(np.int32)
    return predicted


def _positive_class(table: Table, rows: Int64, label: str | None, other: Table | None) -> tuple[int, list[str]]:
    """Return the code of the class that matters, and a note if several are equally rare."""
    labels = table.target.labels
    counts = table.target.counts(rows)
    if label is None:
        rarity = np.where(counts > 0, counts, counts.max() + 1)
        ties = np.flatnonzero(rarity == rarity.min()).tolist()
        if other is not None and len(ties) > 1:
            in_other = dict(zip(other.target.labels, other.target.counts().tolist(), strict=True))
            fewest = min(in_other.get(labels[code], 0) for code in ties)
            ties = [code for code in ties if in_other.get(labels[code], 0) == fewest]
        names = join_some([repr(labels[code]) for code in ties])
        used = f"{labels[ties[0]]!r} is used as the positive class (--positive names another)"
        note = f"{names} have equally many rows: {used}"
        return ties[0], [note] if len(ties) > 1 else []
    if label not in labels or not counts[labels.index(label)]:
        known = ", ".join(map(repr, labels[:MAX_LISTED]))
        raise UsageError(
            f"--positive {label!r}: {table.target.name!r} has no such class",
            did_you_mean(label, list(labels)) or f"its classes are {known}",
        )
    return labels.index(label), []
