"""The whole comparison: which contenders, on which splits, and how good each of them is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rebalance.arrays import Int64
from rebalance.document import Section
from rebalance.errors import DataError
from rebalance.evaluate.contenders import make_contenders
from rebalance.evaluate.crossval import Candidate, CandidateResult, CrossValidator, Split
from rebalance.evaluate.data_warnings import data_warnings, untested_classes
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import FitContext
from rebalance.evaluate.intervals import BootstrapIntervals, FoldIntervals, IntervalMethod
from rebalance.evaluate.models import Model
from rebalance.evaluate.results import Evaluation, EvaluationResult
from rebalance.evaluate.split_protocol import SplitProtocol, Splitter
from rebalance.evaluate.task import EvaluationTask
from rebalance.evaluate.verdict import VerdictInput, make_verdict
from rebalance.inspection.columns import Profile
from rebalance.inspection.profile import profile_table
from rebalance.memory_check import check_memory_for_folds
from rebalance.resample.planner import ResampleRequest
from rebalance.splits import Fold
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain, parse_chain
from rebalance.techniques.registry import NO_TECHNIQUE

SCHEMA = 2


@dataclass(frozen=True)
class EvaluationRequest:
    """What is to be compared, and how."""

    task: EvaluationTask
    models: Sequence[Model]
    techniques: Sequence[Chain]

    rank_by: str
    """The metric that ranks contenders."""

    resample: ResampleRequest = field(default_factory=ResampleRequest)
    protocol: SplitProtocol = field(default_factory=SplitProtocol)

    seed: int = 0

    argv: Sequence[str] = ()
    count_argv: Sequence[str] = ()
    """The words of the command line for the verdict (see VerdictInput)."""


@dataclass(frozen=True)
class ReportDetails:
    """What only a full report shows, and takes long to compute."""

    profile: Profile
    """The profile of the table."""

    sections: Sequence[Section]
    """The sections that only this task has."""


@dataclass(frozen=True)
class Comparison(EvaluationResult):
    """An evaluation, and what reports and outputs need in addition."""

    request: EvaluationRequest

    rows: Int64
    """The records used."""

    seconds: Sequence[tuple[Candidate, float]]
    """The time each candidate took."""

    details: ReportDetails | None = None
    """What only a full report shows; see `with_details`."""


def compare(
    table: Table,
    rows: Int64,
    request: EvaluationRequest,
    *,
    jobs: int = 1,
    tick: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Train and test each model with each technique on the records `rows`, and with no technique.

    A technique that cannot be applied is left out with a note. `tick` is called after each fit. Raises DataError for a
    table that cannot be learned from, or if all the techniques named had to be left out.
    """
    table.target.check_balanceable(rows, counted=False)
    protocol, seed, task = request.protocol, request.seed, request.task
    check_memory_for_folds(table, len(rows), min(jobs, len(make_candidates(request)) * protocol.n_splits))
    table = table.load()
    features = Features(table)
    splitter = Splitter(table, rows, protocol, seed)
    splits = _make_splits(table, rows, request, features, splitter)
    context = FitContext(table, features, request.resample, task, seed)
    outcomes = CrossValidator(context, splits, splitter).run(make_candidates(request), jobs, tick)
    results, failure_notes = _sort_out(request, outcomes)
    method = _interval_method(splits)
    contenders, split_results = make_contenders(results, method, task, protocol.folds_per_repeat)
    truth = np.concatenate([split.truth for split in splits[: protocol.folds_per_repeat]])
    tested = np.bincount(task.label_codes(truth), minlength=len(task.labels))
    notes = [
        *task.notes(),
        *data_warnings(table, rows, features, task, protocol, splitter),
        *failure_notes,
        *task.calibration_notes(contenders),
        *untested_classes(task.labels, table.target.counts(rows), tested),
    ]
    evidence = VerdictInput(contenders, split_results, method, request.rank_by, task, request.argv, request.count_argv)
    evaluation = Evaluation(
        schema=SCHEMA,
        task=str(task.task),
        file=table.file.source.name,
        sha256=table.file.source.sha256(),
        rows=len(rows),
        target=table.target.name,
        labels=task.labels,
        counts=tuple(tested.tolist()),
        protocol=protocol.describe(table, task.holdout_phrase),
        seed=seed,
        rank_by=request.rank_by,
        contenders=tuple(contenders),
        verdict=make_verdict(evidence),
        notes=tuple(dict.fromkeys(notes)),
        **task.evaluation_fields(),
    )
    seconds = [(candidate, result.seconds) for candidate, result in results]
    trained_on = splits[0].fold.train if len(splits) == 1 else rows
    return Comparison(
        evaluation,
        table,
        request.resample,
        request.techniques,
        trained_on,
        tuple(split_results),
        request,
        rows,
        seconds,
    )


def with_details(comparison: Comparison) -> Comparison:
    """Return the comparison with what only a full report shows."""
    details = ReportDetails(profile_table(comparison.table), comparison.request.task.sections(comparison))
    return replace(comparison, details=details)


def make_candidates(request: EvaluationRequest) -> list[Candidate]:
    """Return what competes: the baseline, then each model with no technique and with each technique."""
    none = parse_chain(NO_TECHNIQUE)
    chains = [none, *(chain for chain in request.techniques if not chain.does_nothing)]
    return [
        Candidate(request.task.baseline(), none),
        *(
            Candidate(model, chain, tuned=request.task.tunes(does_nothing=chain.does_nothing))
            for model in request.models
            for chain in chains
        ),
    ]


def _make_splits(
    table: Table, rows: Int64, request: EvaluationRequest, features: Features, splitter: Splitter
) -> list[Split]:
    task, other = request.task, request.protocol.other
    if other is None:
        folds, weights = splitter.folds(), table.weights
        return [
            Split(
                fold,
                task.truth(fold.test),
                splitter.groups(fold.test),
                weights=None if weights is None else weights[fold.test],
            )
            for fold in folds
        ]
    test_rows = np.flatnonzero(other.target.codes >= 0)
    truth = task.truth_of_other(other, test_rows, rows)
    frame = features.frame_of_other_table(other, test_rows, table.read_typed(rows[:1]))
    weights = None if other.weights is None else other.weights[test_rows]
    return [Split(Fold(rows, test_rows), truth, np.arange(len(test_rows)), frame, weights)]


def _sort_out(
    request: EvaluationRequest, outcomes: Sequence[tuple[Candidate, CandidateResult | DataError]]
) -> tuple[list[tuple[Candidate, CandidateResult]], list[str]]:
    """Return the results that can be compared, and notes on what had to be left out.

    Raises DataError if no model can be trained with no technique, or none of the techniques named can be applied.
    """
    results = [(candidate, result) for candidate, result in outcomes if isinstance(result, CandidateResult)]
    failures = [(candidate, error) for candidate, error in outcomes if isinstance(error, DataError)]
    without_technique = [error for candidate, error in failures if candidate.chain.does_nothing]
    if len(without_technique) == len(request.models):
        raise without_technique[0]
    named = {chain.name for chain in request.techniques if not chain.does_nothing}
    with_technique = [error for candidate, error in failures if not candidate.chain.does_nothing]
    if named and len(with_technique) == len(named) * len(request.models):
        raise with_technique[0]
    complete = {candidate.model.name for candidate, _ in results if candidate.chain.does_nothing}
    lost = dict.fromkeys(candidate.model.name for candidate, _ in results if candidate.model.name not in complete)
    notes = [note for _, result in results for note in result.notes[:1]]
    notes += [f"{candidate} was skipped: {error.message}" for candidate, error in failures]
    notes += [f"{model} was skipped: it cannot be trained with no technique" for model in lost]
    return [(candidate, result) for candidate, result in results if candidate.model.name in complete], notes


def _interval_method(splits: Sequence[Split]) -> IntervalMethod:
    if len(splits) == 1:
        return BootstrapIntervals()
    return FoldIntervals(float(np.mean([len(split.truth) / len(split.fold.train) for split in splits])))
