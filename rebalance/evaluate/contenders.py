"""From predictions to what is reported of each contender: estimates, comparisons with doing nothing, matrices."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rebalance.arrays import Codes
from rebalance.evaluate.intervals import Difference, Estimate, OverFolds, OverSamples, holm
from rebalance.evaluate.judge import Entry, Judged, Prediction
from rebalance.evaluate.kinds import OF_EACH_CLASS, OF_EACH_RANGE
from rebalance.evaluate.scoring import Scored, Variant

Sampling = OverFolds | OverSamples

_MOST_CLASSES = 50
"""A confusion matrix of more classes is no help to anyone."""


@dataclass(frozen=True)
class Contender:
    """One model with one technique, its answers taken in one way.

    `threshold` is the mean of those tuned, None for the likeliest class. `rows_trained_on` is a mean over the
    folds, as are `class_sums`: by label the rows it was trained on, or the sum of their weights. `figures`: those of
    `kinds.CLASSES` or `kinds.QUANTITY`; `classes`: those of each class or range, by label. `against_none`: how each
    figure differs from the same model's with no technique; empty for that one. `folds`: each fold's figures.
    `confusion`: true x predicted class, all test rows together; empty beyond 50 classes. `report` and
    `imbalanced_report` are scikit-learn's and imbalanced-learn's, in their own layout. Of a quantity there is none of
    the three.
    """

    model: str
    technique: str
    only_weighs: bool
    only_rewrites: bool
    variant: str
    threshold: float | None
    rows_trained_on: float
    class_sums: Mapping[str, float]
    figures: Mapping[str, Estimate]
    classes: Mapping[str, Mapping[str, Estimate]]
    against_none: Mapping[str, Difference]
    folds: tuple[Mapping[str, float], ...]
    confusion: tuple[tuple[int, ...], ...]
    report: str
    imbalanced_report: str

    @property
    def is_dummy(self) -> bool:
        """Whether it has learned nothing but the classes' shares."""
        return self.model == "dummy"

    @property
    def is_none(self) -> bool:
        """Whether it is a model with no technique."""
        return not self.acts and self.variant == Variant.AS_IS and not self.is_dummy

    @property
    def acts(self) -> bool:
        """Whether a technique does something to the rows or their weights."""
        return self.technique != "none"

    @property
    def title(self) -> str:
        """The technique, and the variant if it is one."""
        return self.technique if self.variant == Variant.AS_IS else f"{self.technique}, {self.variant}"


def contenders_of(
    judged: Sequence[tuple[Entry, Judged]], sampling: Sampling, labels: Sequence[str], deal: int
) -> tuple[list[Contender], list[list[Prediction]]]:
    """Return the contenders, and the predictions of each, in the order of the entries and their variants.

    `deal`: how many of the folds score each row once; matrices and reports are of these.
    """
    contenders, predictions = [], []
    for entry, result in judged:
        for variant, parts in result.predictions.items():
            contenders.append(_contender(entry, variant, parts, sampling, labels, deal))
            predictions.append(parts)
    for model in dict.fromkeys(contender.model for contender in contenders):
        _compare_with_none(model, contenders, predictions, sampling)
    return contenders, predictions


def _contender(
    entry: Entry, variant: Variant, parts: list[Prediction], sampling: Sampling, labels: Sequence[str], deal: int
) -> Contender:
    thresholds = [part.answer.threshold for part in parts if part.answer.threshold is not None]
    figures = {name: _estimate(parts, sampling, name) for name in parts[0].scored.figures}
    of_each = OF_EACH_RANGE if parts[0].answer.scores is None else OF_EACH_CLASS
    classes = {
        label: {name: _estimate(parts, sampling, name, code) for name in of_each} for code, label in enumerate(labels)
    }
    confusion, report, imbalanced = _reports(parts[:deal], labels)
    return Contender(
        model=entry.model.name,
        technique=entry.chain.name,
        only_weighs=entry.chain.only_weighs,
        only_rewrites=entry.chain.only_rewrites,
        variant=str(variant),
        threshold=float(np.mean(thresholds)) if thresholds else None,
        rows_trained_on=float(np.mean([part.trained_on for part in parts])),
        class_sums=dict(zip(labels, np.mean([part.class_sums for part in parts], axis=0).tolist(), strict=True)),
        figures=figures,
        classes=classes,
        against_none={},
        folds=tuple(part.scored.figures for part in parts),
        confusion=confusion,
        report=report,
        imbalanced_report=imbalanced,
    )


def _reports(parts: Sequence[Prediction], labels: Sequence[str]) -> tuple[tuple[tuple[int, ...], ...], str, str]:
    """Return the confusion matrix and the two libraries' reports of test parts; nothing of a quantity."""
    if parts[0].answer.scores is None:
        return (), "", ""
    truth = np.concatenate([part.truth for part in parts]).astype(np.int32)
    predicted = np.concatenate([part.answer.predicted for part in parts]).astype(np.int32)
    matrix = confusion_of(truth, predicted, len(labels)) if len(labels) <= _MOST_CLASSES else ()
    return matrix, classification_text(truth, predicted, labels), imbalanced_text(truth, predicted, labels)


def _estimate(parts: list[Prediction], sampling: Sampling, name: str, code: int | None = None) -> Estimate:
    return sampling.estimate(*_values(parts, name, code))


def _values(parts: list[Prediction], name: str, code: int | None = None) -> tuple[float, Sequence[float]]:
    """Return a figure (of a class, if a code is given) of the first part, and its values.

    They are one a fold; where there is one test part, one a bootstrap sample of it.
    """

    def value(scored: Scored) -> float:
        return scored.figures[name] if code is None else scored.classes.get(code, {}).get(name, math.nan)

    sampled = parts[0].samples
    if sampled is None:
        return value(parts[0].scored), [value(part.scored) for part in parts]
    values = sampled.figures[name] if code is None else sampled.classes.get(code, {}).get(name, np.empty(0))
    return value(parts[0].scored), values.tolist()


def _compare_with_none(
    model: str, contenders: list[Contender], predictions: list[list[Prediction]], sampling: Sampling
) -> None:
    own = [at for at, contender in enumerate(contenders) if contender.model == model]
    none = next((at for at in own if contenders[at].is_none), None)
    if none is None:
        return
    for variant in Variant:
        family = [at for at in own if at != none and contenders[at].variant == variant]
        for name in contenders[none].figures:
            gaps = {at: difference(predictions[at], predictions[none], sampling, name) for at in family}
            for at, gap in holm(gaps).items():
                contenders[at] = replace(contenders[at], against_none={**contenders[at].against_none, name: gap})


def difference(one: list[Prediction], other: list[Prediction], sampling: Sampling, name: str) -> Difference:
    """Return how much higher a figure is in one contender's predictions than in another's."""
    (point, values), (start, reference) = (_values(parts, name) for parts in (one, other))
    return sampling.difference((point, start), values, reference)


def confusion_of(truth: Codes, predicted: Codes, classes: int) -> tuple[tuple[int, ...], ...]:
    """Return how many rows of each true class (row) were predicted as each class (column)."""
    from sklearn.metrics import confusion_matrix

    matrix = confusion_matrix(truth, predicted, labels=np.arange(classes))
    return tuple(tuple(int(cell) for cell in row) for row in matrix)


def shortened(label: str, most: int = 24) -> str:
    """Return a label that fits a table, its middle left out if it is long."""
    return label if len(label) <= most else f"{label[: most // 2 - 1]}…{label[-most // 2 :]}"


def classification_text(truth: Codes, predicted: Codes, labels: Sequence[str]) -> str:
    """Return scikit-learn's classification report, in its own layout."""
    from sklearn.metrics import classification_report

    present = np.union1d(truth, predicted)
    names = [shortened(labels[code]) for code in present.tolist()]
    return str(classification_report(truth, predicted, labels=present, target_names=names, zero_division=0.0))


def imbalanced_text(truth: Codes, predicted: Codes, labels: Sequence[str]) -> str:
    """Return imbalanced-learn's classification report, in its own layout."""
    from imblearn.metrics import classification_report_imbalanced

    present = np.union1d(truth, predicted)
    names = [shortened(labels[code]) for code in present.tolist()]
    return str(classification_report_imbalanced(truth, predicted, labels=present, target_names=names, zero_division=0))
