"""What a comparison finds, as data, from the predictions for one test split to the verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.evaluate.intervals import Difference, Estimate, IntervalMethod
from rebalance.evaluate.metrics import METRICS
from rebalance.resample.planner import ResampleRequest
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain
from rebalance.techniques.registry import NO_TECHNIQUE

_MIN_DIFFERENCE = 1e-9
"""Means that differ by less are equal: the rest is rounding."""


BASELINE = "dummy"
"""The name of the model that has learned nothing from the features, as scikit-learn calls it."""


class Variant(StrEnum):
    """What is done to a fitted model's predictions."""

    UNCHANGED = "unchanged"
    TUNED = "tuned threshold"
    CORRECTED = "prior-corrected"


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model predicts for some rows."""

    predicted: Codes | Float64
    """The class code, or the number, of each row."""

    probabilities: Float64 | None = None
    """The class probabilities (rows x classes)."""

    threshold: float | None = None
    """The tuned threshold; None for the most probable class."""


@dataclass(frozen=True, slots=True)
class Scores:
    """The metrics of one test split; NaN where not defined."""

    metrics: dict[str, float]

    by_label: dict[int, dict[str, float]]
    """Metrics of each class (or range), by code."""


@dataclass(frozen=True)
class BootstrapScores:
    """The metrics of every bootstrap sample of one test split; NaN where not defined."""

    metrics: dict[str, Float64]
    by_label: dict[int, dict[str, Float64]]

    @staticmethod
    def concatenate(parts: "Sequence[BootstrapScores]") -> "BootstrapScores":
        """Return the metrics of the samples of all parts, one after the other."""
        first = parts[0]
        return BootstrapScores(
            {name: np.concatenate([part.metrics[name] for part in parts]) for name in first.metrics},
            {
                code: {name: np.concatenate([part.by_label[code][name] for part in parts]) for name in metrics}
                for code, metrics in first.by_label.items()
            },
        )


@dataclass(frozen=True)
class SplitResult:
    """What a variant of a candidate predicted for one test split."""

    truth: Codes | Float64
    predictions: Predictions
    scores: Scores

    bootstrap: BootstrapScores | None
    """The metrics of bootstrap samples; None where there are folds."""

    training_rows: int
    """How many rows the model was trained on."""

    training_totals: Float64
    """The rows of each class (or range) it was trained on, or the sums of their weights."""

    changes_priors: bool
    """Whether the technique changed the classes' priors."""


@dataclass(frozen=True)
class Contender:
    """One model with one technique, in one variant."""

    model: str
    technique: str
    """The chain as it is typed."""

    only_weights: bool
    """Whether all the technique does is to weight the rows."""

    only_transforms: bool
    """Whether the technique keeps the rows, and changes cells and perhaps weights."""

    variant: str

    threshold: float | None
    """The mean of the tuned thresholds; None for the most probable class."""

    training_rows: float
    """Rows that a model was trained on, mean over the folds."""

    training_totals: Mapping[str, float]
    """The same for each class (or range), or the sums of their weights."""

    metrics: Mapping[str, Estimate]
    """The task's metrics."""

    classes: Mapping[str, Mapping[str, Estimate]]
    """The metrics of each class (or range), by label."""

    vs_none: Mapping[str, Difference]
    """By how much each metric differs from the same model's with no technique; empty for that one."""

    folds: tuple[Mapping[str, float], ...]
    """The metrics of each fold."""

    confusion: tuple[tuple[int, ...], ...]
    """Rows by true class (down) and predicted class (across), all test splits together; empty for numbers, and for more
    than 50 classes."""

    report: str
    """scikit-learn's classification report; empty for numbers."""

    imbalanced_report: str
    """imbalanced-learn's classification report; empty for numbers."""

    @property
    def is_baseline(self) -> bool:
        """Whether it has learned nothing from the features."""
        return self.model == BASELINE

    @property
    def is_resampled(self) -> bool:
        """Whether a technique changes the rows, their weights or their cells."""
        return self.technique != NO_TECHNIQUE

    @property
    def is_none(self) -> bool:
        """Whether it is a model with no technique, its predictions unchanged."""
        return not self.is_resampled and self.variant == Variant.UNCHANGED and not self.is_baseline

    @property
    def title(self) -> str:
        """The technique, and the variant if it is not the unchanged one."""
        return self.technique if self.variant == Variant.UNCHANGED else f"{self.technique}, {self.variant}"

    @property
    def description(self) -> str:
        """The model and the technique, for a sentence."""
        return f"{self.model} with {self.phrase}"

    @property
    def phrase(self) -> str:
        """The technique and the variant, for a sentence."""
        return self.title if self.is_resampled else self.title.replace(NO_TECHNIQUE, "no technique", 1)


class Advice(StrEnum):
    """What to do."""

    DO_NOT_RESAMPLE = "do not resample"
    TUNE_THRESHOLD = "tune the threshold"
    USE_CLASS_WEIGHTS = "use class weights"
    RESAMPLE = "resample"
    TRANSFORM_TARGET = "transform the target"


@dataclass(frozen=True)
class Verdict:
    """What the metrics say. Fields that end in `_index` are positions of contenders."""

    advice: Advice

    winner_index: int
    """The contender with the best mean of `rank_by`."""

    none_index: int
    """The best contender with no technique."""

    tuned_index: int | None
    """The best contender with no technique and a tuned threshold; None if no threshold was tuned."""

    advised_index: int
    """The contender to use."""

    technique_index: int | None
    """The best contender with a technique; None if no technique was compared."""

    rank_by: str
    """The metric that decides."""

    gain_over_none: Difference | None
    """How the winner differs from `none_index` in that metric: below zero is better where lower is better."""

    gain_over_tuned: Difference | None
    """How the winner differs from `tuned_index`."""

    beats_none: bool
    """Whether the winner is significantly better than `none_index`, with p adjusted for the techniques compared."""

    beats_tuned: bool | None
    """The same for `tuned_index`; None if no threshold was tuned."""

    beats_dummy: bool
    """Whether the winner is significantly better than the baseline that has learned nothing from the features."""

    threshold: float | None
    """The tuned threshold of `tuned_index`."""

    headline: str
    """The first sentence of the text: what to do. Empty if no technique was compared and none is needed."""

    text: str
    """The paragraph."""

    apply: str
    """What to type or to do."""


@dataclass(frozen=True)
class Evidence:
    """The metrics that a verdict is based on."""

    contenders: Sequence[Contender]

    splits: Sequence[list[SplitResult]]
    """The results of each contender."""

    method: IntervalMethod

    rank_by: str
    """The metric that decides."""

    def mean(self, index: int, name: str) -> float:
        """Return the mean of a contender's metric."""
        return self.contenders[index].metrics[name].mean

    def is_better(self, index: int | None, reference: int, name: str) -> bool:
        """Whether a metric's mean is better, by more than rounding."""
        if index is None:
            return False
        return METRICS[name].sign * (self.mean(index, name) - self.mean(reference, name)) > _MIN_DIFFERENCE


@dataclass(frozen=True)
class Evaluation:
    """What `train-eval` reports; docs/evaluation.md explains each field."""

    schema: int
    task: str
    file: str
    sha256: str

    rows: int
    """How many rows were used."""

    target: str
    """The name of the target column."""

    labels: tuple[str, ...]
    """The classes, or the ranges of a numeric target."""

    counts: tuple[int, ...]
    """The test rows of each of them."""

    rare: tuple[str, ...]
    """The ranges that are rare."""

    positive: str | None
    """The class whose precision, recall and F1 are reported; None for a numeric target."""

    auc_of: str | None
    """Whose areas under curves are reported, `positive class` or `mean over classes`; None for a numeric target."""

    protocol: str
    """How rows were held out, in words."""

    seed: int

    rank_by: str
    """The metric that decides."""

    optimize: str | None
    """What thresholds were tuned for."""

    contenders: tuple[Contender, ...]
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def winner(self) -> Contender:
        """The contender with the best metric."""
        return self.contenders[self.verdict.winner_index]

    @property
    def advised(self) -> Contender:
        """The contender to use."""
        return self.contenders[self.verdict.advised_index]


@dataclass(frozen=True)
class EvaluationResult:
    """An evaluation and the data behind it."""

    evaluation: Evaluation
    table: Table
    resample: ResampleRequest

    techniques: Sequence[Chain]
    """What was compared with none."""

    trained_on: Int64
    """The records that no test split needs: all of them where there are folds."""

    splits: tuple[list[SplitResult], ...]
    """The results of each contender, one for each split."""
