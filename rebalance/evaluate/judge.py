"""Train and score every contender on the same folds, on as many cores as are wanted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rebalance.arrays import Codes, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.bootstrap import draws
from rebalance.evaluate.class_scoring import ClassScoring
from rebalance.evaluate.fit import Fitted, Setting, fit, padded
from rebalance.evaluate.folds import Fold
from rebalance.evaluate.models import Model
from rebalance.evaluate.protocol import Splitter
from rebalance.evaluate.scoring import Answer, Samples, Scored, Scoring, Variant
from rebalance.evaluate.threshold import Objective, tuned_threshold
from rebalance.evaluate.workers import results
from rebalance.techniques.chain import Chain

if TYPE_CHECKING:
    import pandas as pd


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
    """One fold, and of its test part: the truth, a number for rows that depend on each other, the frame.

    The truth are classes, or the numbers of a quantity. The frame is None unless the rows are of another file.
    """

    fold: Fold
    truth: Codes | Float64
    groups: Int64
    frame: "pd.DataFrame | None" = None


@dataclass(frozen=True)
class Prediction:
    """What a variant of an entry made of one test part.

    `samples`: the figures of bootstrap samples, None where there are folds. `trained_on`: how many rows; `class_sums`:
    of each class (or range), or the sums of their weights. `shifted`: whether classes had other shares.
    """

    truth: Codes | Float64
    answer: Answer
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

    def __init__(
        self, setting: Setting, trials: Sequence[Trial], splitter: Splitter, objective: Objective | None
    ) -> None:
        self._setting = replace(setting, table=setting.table.without_file())
        self._trials = trials
        self._splitter, self._objective = splitter, objective
        self._scoring = _scoring(self._setting, objective)
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
        answers = self._scoring.answers(fitted, frame, threshold, acts=not entry.chain.does_nothing)
        predictions = {variant: self._predicted(trial, answer, fitted) for variant, answer in answers.items()}
        return _Outcome(predictions, note, time.perf_counter() - begin)

    def _fitted(self, entry: Entry, rows: Int64) -> tuple[Fitted, float | None, str]:
        learn = partial(fit, self._setting, entry.model, entry.chain)
        if not entry.tuned or self._objective is None:
            return learn(rows), None, ""
        try:
            inner = self._splitter.inner_folds(rows)
            threshold, fitted = tuned_threshold(learn, self._is_positive, rows, inner, self._objective)
        except DataError as error:
            return learn(rows), None, f"{entry}, tuned threshold left out: {error.message}"
        return fitted, threshold, ""

    def _predicted(self, trial: Trial, answer: Answer, fitted: Fitted) -> Prediction:
        scored = self._scoring.scored(trial.truth, answer)
        sampled = None
        if len(self._trials) == 1:  # no folds: the same samples for every contender
            sampled = self._scoring.samples(trial.truth, answer, draws(trial.groups, self._setting.seed))
        sums = padded(fitted.after, self._setting.classes)
        return Prediction(trial.truth, answer, scored, sampled, fitted.rows, sums, fitted.shifted)


def _scoring(setting: Setting, objective: Objective | None) -> Scoring:
    if objective is not None:
        return ClassScoring(setting, objective)
    from rebalance.evaluate.quantity_scoring import QuantityScoring

    quantity = setting.table.target.quantity
    assert quantity is not None  # noqa: S101  classes have an objective
    return QuantityScoring(quantity)


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
