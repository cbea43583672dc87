"""Train and score every contender on the same folds, on as many cores as are wanted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.bootstrap import Samples, draws, samples
from rebalance.evaluate.fit import Fitted, Setting, fit
from rebalance.evaluate.folds import Fold
from rebalance.evaluate.metrics import Scored, decide, rank
from rebalance.evaluate.models import Model
from rebalance.evaluate.protocol import Splitter
from rebalance.evaluate.threshold import Objective, tuned_threshold
from rebalance.evaluate.workers import results
from rebalance.plan.priors import prior_corrected
from rebalance.techniques.registry import Chain

if TYPE_CHECKING:
    import pandas as pd


class Variant(StrEnum):
    """What is done to a fitted model's answers."""

    AS_IS = "as is"
    TUNED = "tuned threshold"
    CORRECTED = "prior-corrected"


@dataclass(frozen=True)
class Entry:
    """A model with a technique; `tuned`: it also competes with a tuned threshold."""

    model: Model
    chain: Chain
    tuned: bool = False

    def __str__(self) -> str:
        return f"{self.model.name}, {self.chain.name}"


@dataclass(frozen=True)
class Trial:
    """One fold, and of its test part: the true classes, a number for rows that depend on each other, the frame.

    The frame is None unless the rows are of another file.
    """

    fold: Fold
    truth: Codes
    groups: Int64
    frame: "pd.DataFrame | None" = None


@dataclass(frozen=True)
class Prediction:
    """What a variant of an entry made of one test part.

    `scores`: rows x classes. `samples`: the figures of bootstrap samples, None where there are folds. `trained_on`: how
    many rows; `class_sums`: of each class, or the sums of their weights. `shifted`: whether classes had other shares.
    """

    truth: Codes
    scores: Float64
    predicted: Codes
    threshold: float | None
    scored: Scored
    samples: Samples | None
    trained_on: int
    class_sums: Float64
    shifted: bool


@dataclass(frozen=True)
class Judged:
    """An entry's predictions, one a trial for each variant, what is to be said of it, and its seconds of work."""

    predictions: dict[Variant, list[Prediction]]
    notes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class _Outcome:
    predictions: dict[Variant, Prediction]
    note: str
    seconds: float


class Judge:
    """Runs entries over trials.

    Every fit runs in one thread, and folds beside each other in processes of their own, to which the judge is sent.
    """

    def __init__(self, setting: Setting, trials: Sequence[Trial], splitter: Splitter, objective: Objective) -> None:
        self._setting = replace(setting, table=setting.table.without_file())
        self._trials = trials
        self._splitter, self._objective = splitter, objective
        self._is_positive = setting.table.target.codes == setting.positive

    def judge(
        self, entries: Sequence[Entry], jobs: int, tick: Callable[[str], None]
    ) -> list[tuple[Entry, Judged | DataError]]:
        """Return each entry with how it did, or why it could not be applied to some training part."""
        tasks = [(entry, trial) for entry in entries for trial in range(len(self._trials))]
        outcomes: dict[int, _Outcome | DataError] = {}
        for at, found in results(self._do, tasks, jobs):
            outcomes[at] = found
            tick(str(tasks[at][0]))
        size = len(self._trials)
        return [
            (entry, _gathered([outcomes[at] for at in range(number * size, (number + 1) * size)]))
            for number, entry in enumerate(entries)
        ]

    def _do(self, task: tuple[Entry, int]) -> "_Outcome | DataError":
        """Train and score an entry on one trial; return the error if it cannot be."""
        entry, trial = task
        try:
            return self._run(entry, self._trials[trial])
        except DataError as error:
            return error

    def _run(self, entry: Entry, trial: Trial) -> _Outcome:
        begin = time.perf_counter()
        fitted, threshold, note = self._fitted(entry, trial.fold.train)
        setting = self._setting
        frame = trial.frame
        if frame is None:
            frame = setting.features.frame(setting.table.typed(trial.fold.test))
        scores = fitted.scores(frame)
        variants: dict[Variant, tuple[Float64, float | None]] = {Variant.AS_IS: (scores, None)}
        if threshold is not None:
            variants[Variant.TUNED] = (scores, threshold)
        if not entry.chain.does_nothing:
            before, after = (_padded(counts, setting.classes) for counts in (fitted.before, fitted.after))
            variants[Variant.CORRECTED] = (prior_corrected(scores, before, after), None)
        predictions = {variant: self._predicted(trial, *answer, fitted) for variant, answer in variants.items()}
        return _Outcome(predictions, note, time.perf_counter() - begin)

    def _fitted(self, entry: Entry, rows: Int64) -> tuple[Fitted, float | None, str]:
        learn = partial(fit, self._setting, entry.model, entry.chain)
        if not entry.tuned:
            return learn(rows), None, ""
        try:
            inner = self._splitter.inner_folds(rows)
            threshold, fitted = tuned_threshold(learn, self._is_positive, rows, inner, self._objective)
        except DataError as error:
            return learn(rows), None, f"{entry}, tuned threshold left out: {error.message}"
        return fitted, threshold, ""

    def _predicted(self, trial: Trial, scores: Float64, threshold: float | None, fitted: Fitted) -> Prediction:
        truth, positive, objective = trial.truth, self._setting.positive, self._objective
        predicted = predicted_classes(scores, threshold, positive)
        scored = decide(truth, predicted, rank(truth, scores, positive, focused=self._setting.focused), positive)
        value = objective.value(truth == positive, predicted == positive)
        scored.figures["objective"] = scored.figures[objective.figure] if value is None else value
        sampled = None
        if len(self._trials) == 1:  # no folds: the same samples for every contender
            weights = draws(trial.groups, self._setting.seed)
            sampled = samples(truth, scores, predicted, self._setting, objective, weights)
        sums = _padded(fitted.after, self._setting.classes)
        return Prediction(truth, scores, predicted, threshold, scored, sampled, fitted.rows, sums, fitted.shifted)


def predicted_classes(scores: Float64, threshold: float | None, positive: int) -> Codes:
    """Return the likeliest class of each row (of `scores`, rows x classes).

    With a threshold it is the positive class from there on, below it the likeliest of the others.
    """
    if threshold is None:
        likeliest: Codes = scores.argmax(axis=1).astype(np.int32)
        return likeliest
    others = scores.copy()
    others[:, positive] = -1
    predicted: Codes = np.where(scores[:, positive] >= threshold, positive, others.argmax(axis=1)).astype(np.int32)
    return predicted


def _padded(counts: Float64, classes: int) -> Float64:
    """Return the counts with zeros for classes that only another file has."""
    return np.pad(counts, (0, classes - len(counts)))


def _gathered(found: "Sequence[_Outcome | DataError]") -> Judged | DataError:
    outcomes = [outcome for outcome in found if isinstance(outcome, _Outcome)]
    failures = [outcome for outcome in found if isinstance(outcome, DataError)]
    if failures:
        return failures[0]
    variants = [variant for variant in Variant if all(variant in outcome.predictions for outcome in outcomes)]
    if not any(prediction.shifted for outcome in outcomes for prediction in outcome.predictions.values()):
        variants = [variant for variant in variants if variant is not Variant.CORRECTED]  # there is nothing to undo
    return Judged(
        {variant: [outcome.predictions[variant] for outcome in outcomes] for variant in variants},
        tuple(dict.fromkeys(outcome.note for outcome in outcomes if outcome.note)),
        sum(outcome.seconds for outcome in outcomes),
    )
