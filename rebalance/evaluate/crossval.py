"""Train and test every candidate on the same splits, on as many cores as are wanted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rebalance.arrays import Codes, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.fit import FitContext, fit
from rebalance.evaluate.fitted import Fitted
from rebalance.evaluate.models import Model
from rebalance.evaluate.results import Predictions, SplitResult, Variant
from rebalance.evaluate.split_protocol import Splitter
from rebalance.evaluate.task import bootstrap_weights
from rebalance.splits import Fold
from rebalance.system.processes import run_tasks
from rebalance.techniques.chain import Chain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Candidate:
    """A model with a technique."""

    model: Model
    chain: Chain

    tuned: bool = False
    """Whether it also competes with a tuned threshold."""

    def __str__(self) -> str:
        return f"{self.model.name}, {self.chain.name}"


@dataclass(frozen=True)
class Split:
    """One fold, and its test split."""

    fold: Fold

    truth: Codes | Float64
    """The class code, or the number, of each test row."""

    groups: Int64
    """A number for each test row, equal for rows that depend on each other."""

    frame: "pd.DataFrame | None" = None
    """The test rows of another file; None for records of the table."""

    weights: Float64 | None = None
    """How much each test row counts; None for all the same."""


@dataclass(frozen=True)
class CandidateResult:
    """How a candidate did."""

    splits: dict[Variant, list[SplitResult]]
    """The results of each variant, one for each split."""

    notes: tuple[str, ...]

    seconds: float
    """The time its training and testing took, all splits together."""


@dataclass(frozen=True)
class _Outcome:
    """How a candidate did on one split."""

    results: dict[Variant, SplitResult]
    note: str
    seconds: float


class CrossValidator:
    """Runs candidates over splits.

    Every fit runs in one thread. Splits run in parallel in processes of their own, to which the validator is sent.
    """

    def __init__(self, context: FitContext, splits: Sequence[Split], splitter: Splitter) -> None:
        """Prepare the runs; without the file, the context can be sent to a process."""
        self._context = replace(context, table=context.table.without_file())
        self._splits, self._splitter = splits, splitter

    def run(
        self, candidates: Sequence[Candidate], jobs: int, tick: Callable[[str], None]
    ) -> list[tuple[Candidate, CandidateResult | DataError]]:
        """Return each candidate with how it did, or why it could not be applied; `tick` is called after each split."""
        tasks = [(candidate, split) for candidate in candidates for split in range(len(self._splits))]
        outcomes: dict[int, _Outcome | DataError] = {}
        for position, outcome in run_tasks(self._run_task, tasks, jobs):
            outcomes[position] = outcome
            tick(str(tasks[position][0]))
        size = len(self._splits)
        return [
            (candidate, _collect([outcomes[number * size + split] for split in range(size)]))
            for number, candidate in enumerate(candidates)
        ]

    def _run_task(self, task: tuple[Candidate, int]) -> "_Outcome | DataError":
        """Train and test a candidate on one split; return the error if that is impossible."""
        candidate, split = task
        try:
            return self._run_split(candidate, self._splits[split])
        except DataError as error:
            return error

    def _run_split(self, candidate: Candidate, split: Split) -> _Outcome:
        start = time.perf_counter()
        fitted, threshold, note = self._fit(candidate, split.fold.train)
        context = self._context
        frame = split.frame
        if frame is None:
            frame = context.features.frame(context.table.read_typed(split.fold.test))
        variants = context.task.predict(fitted, frame, threshold, is_resampled=not candidate.chain.does_nothing)
        results = {variant: self._score(split, predictions, fitted) for variant, predictions in variants.items()}
        return _Outcome(results, note, time.perf_counter() - start)

    def _fit(self, candidate: Candidate, rows: Int64) -> tuple[Fitted, float | None, str]:
        """Return the fitted model, its tuned threshold, and a note if there is none although one is wanted."""
        learn = partial(fit, self._context, candidate.model, candidate.chain)
        if not candidate.tuned:
            return learn(rows), None, ""
        try:
            fitted, threshold = self._context.task.fit_with_threshold(learn, rows, self._splitter.inner_folds(rows))
        except DataError as error:
            return learn(rows), None, f"{candidate}, tuned threshold was skipped: {error.message}"
        return fitted, threshold, ""

    def _score(self, split: Split, predictions: Predictions, fitted: Fitted) -> SplitResult:
        task = self._context.task
        bootstrap = None
        if len(self._splits) == 1:  # no folds: the same samples for every contender
            weights = bootstrap_weights(split.groups, self._context.seed)
            if split.weights is not None:
                weights = (part * split.weights for part in weights)
            bootstrap = task.bootstrap(split.truth, predictions, weights)
        return SplitResult(
            split.truth,
            predictions,
            task.weighted_score(split.truth, predictions, split.weights),
            bootstrap,
            fitted.rows,
            fitted.after,
            fitted.changes_priors,
        )


def _collect(outcomes: "Sequence[_Outcome | DataError]") -> CandidateResult | DataError:
    """Return the result over all splits; the first error if there is one."""
    done = [outcome for outcome in outcomes if isinstance(outcome, _Outcome)]
    errors = [outcome for outcome in outcomes if isinstance(outcome, DataError)]
    if errors:
        return errors[0]
    variants = [variant for variant in Variant if all(variant in outcome.results for outcome in done)]
    if not any(result.changes_priors for outcome in done for result in outcome.results.values()):
        variants = [variant for variant in variants if variant is not Variant.CORRECTED]  # nothing to correct
    return CandidateResult(
        {variant: [outcome.results[variant] for outcome in done] for variant in variants},
        tuple(dict.fromkeys(outcome.note for outcome in done if outcome.note)),
        sum(outcome.seconds for outcome in done),
    )
