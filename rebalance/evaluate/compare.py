"""The whole comparison: which contenders, on which folds, and what each of them is worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rebalance.arrays import Codes, Int64
from rebalance.errors import DataError, UsageError, did_you_mean
from rebalance.evaluate.contenders import Contender, Sampling, contenders_of
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import Setting
from rebalance.evaluate.folds import Fold
from rebalance.evaluate.intervals import OverFolds, OverSamples
from rebalance.evaluate.judge import Entry, Judge, Judged, Prediction, Trial
from rebalance.evaluate.models import Model, dummy
from rebalance.evaluate.protocol import Protocol, Splitter
from rebalance.evaluate.threshold import Objective
from rebalance.evaluate.verdict import Case, Verdict, off_calibration, verdict_of
from rebalance.resample import Request, require_classes
from rebalance.table.table import Table
from rebalance.techniques.registry import Chain, find_chain

DEFAULT_TECHNIQUES = ("none", "class-weight", "random-under", "random-over", "smote")
SCHEMA = 1
_SHOWN = 6


@dataclass(frozen=True)
class Evaluation:
    """What `train-eval` reports; docs/train-eval-json.md explains each field.

    `rows`: how many were used; `counts`: how many scored rows each of the `labels` has.
    """

    schema: int
    file: str
    sha256: str
    rows: int
    target: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    positive: str
    protocol: str
    seed: int
    rank_by: str
    optimise: str
    contenders: tuple[Contender, ...]
    verdict: Verdict
    notes: tuple[str, ...]

    @property
    def winner(self) -> Contender:
        """The contender with the best figure."""
        return self.contenders[self.verdict.winner]

    @property
    def advised(self) -> Contender:
        """The contender to use."""
        return self.contenders[self.verdict.advised]


@dataclass(frozen=True)
class Question:
    """What is to be found out.

    `positive`: the label of the class that matters, None for the rarest; `tuned`: every technique also competes
    with a tuned threshold, not doing nothing alone; `rank_by`: the figure that decides; `words`: those that name
    the input on a command line.
    """

    models: Sequence[Model]
    techniques: Sequence[Chain]
    request: Request
    objective: Objective
    protocol: Protocol = field(default_factory=Protocol)
    rank_by: str = "pr_auc"
    positive: str | None = None
    tuned: bool = False
    seed: int = 0
    words: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """An evaluation, and what reports and outputs are made of besides.

    `predictions` of each contender, one a trial; `seconds` of work of each entry; `trained_on`, the
    records that a model to be used would be trained on.
    """

    question: Question
    evaluation: Evaluation
    table: Table
    trained_on: Int64
    predictions: tuple[list[Prediction], ...]
    seconds: Sequence[tuple[Entry, float]]


def compare(
    table: Table,
    rows: Int64,
    question: Question,
    *,
    jobs: int = 1,
    tick: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Train and score each model with each technique on the records `rows`, and with none of them.

    A technique that cannot be applied is left out with a note. `tick` is told of each fit. Raises DataError for a
    table that cannot be learned from, or if all the techniques named had to be left out.
    """
    require_classes(table, rows)
    protocol, seed = question.protocol, question.seed
    positive = positive_class(table, rows, question.positive)
    table = table.load()
    features = Features(table)
    labels = table.target.labels
    splitter = Splitter(table, rows, protocol, seed)
    if protocol.other is not None:
        trial, labels = _other_file(table, features, rows, protocol.other)
        trials = [trial]
    else:
        trials = [Trial(fold, table.target.codes[fold.test]) for fold in splitter.folds()]
    setting = Setting(table, features, question.request, len(labels), positive, seed)
    found = Judge(setting, trials, splitter, question.objective).judge(entries(question), jobs, tick)
    judged = [(entry, result) for entry, result in found if isinstance(result, Judged)]
    notes = list(_notes(table, rows, features, protocol))
    notes += [note for _, result in judged for note in result.notes]
    failed = [(entry, result) for entry, result in found if isinstance(result, DataError)]
    _check_failures(question, failed)
    notes += [f"{entry} left out: {error.message}" for entry, error in failed]
    sampling = _sampling(trials)
    contenders, predictions = contenders_of(judged, sampling, labels)
    notes += off_calibration(contenders, labels[positive])
    truth = np.concatenate([trial.truth for trial in trials])
    case = Case(
        contenders,
        predictions,
        sampling,
        question.rank_by,
        question.objective,
        labels[positive],
        question.words,
    )
    evaluation = Evaluation(
        schema=SCHEMA,
        file=table.file.source.name,
        sha256=table.file.source.sha256(),
        rows=len(rows),
        target=table.target.name,
        labels=labels,
        counts=tuple(int(count) for count in np.bincount(truth, minlength=len(labels))),
        positive=labels[positive],
        protocol=protocol.describe(table),
        seed=seed,
        rank_by=question.rank_by,
        optimise=question.objective.name,
        contenders=tuple(contenders),
        verdict=verdict_of(case),
        notes=tuple(dict.fromkeys(notes)),
    )
    seconds = [(entry, result.seconds) for entry, result in judged]
    trained_on = trials[0].fold.train if len(trials) == 1 else rows
    return Comparison(question, evaluation, table, trained_on, tuple(predictions), seconds)


def entries(question: Question) -> list[Entry]:
    """Return what competes: the dummy, then each model with nothing done and with each technique."""
    nothing = find_chain("none")
    chains = [nothing, *(chain for chain in question.techniques if not chain.does_nothing)]
    return [
        Entry(dummy(), nothing),
        *(
            Entry(model, chain, tuned=question.tuned or chain.does_nothing)
            for model in question.models
            for chain in chains
        ),
    ]


def positive_class(table: Table, rows: Int64, label: str | None) -> int:
    """Return the code of the class that matters: the one named, else the rarest of `rows`."""
    labels = table.target.labels
    counts = table.target.counts(rows)
    if label is None:
        return int(np.where(counts > 0, counts, counts.max() + 1).argmin())
    if label not in labels or not counts[labels.index(label)]:
        known = ", ".join(map(repr, labels[:_SHOWN]))
        raise UsageError(
            f"--positive {label!r}: {table.target.name!r} has no such class",
            did_you_mean(label, list(labels)) or f"its classes are {known}",
        )
    return labels.index(label)


def _check_failures(question: Question, failed: Sequence[tuple[Entry, DataError]]) -> None:
    nothing = [error for entry, error in failed if entry.chain.does_nothing]
    if len(nothing) == len(question.models):
        raise nothing[0]
    named = {chain.name for chain in question.techniques if not chain.does_nothing}
    lost = [error for entry, error in failed if not entry.chain.does_nothing]
    if named and len(lost) == len(named) * len(question.models):
        raise lost[0]


def _sampling(trials: Sequence[Trial]) -> Sampling:
    if len(trials) == 1:
        return OverSamples()
    return OverFolds(float(np.mean([len(trial.truth) / len(trial.fold.train) for trial in trials])))


def _notes(table: Table, rows: Int64, features: Features, protocol: Protocol) -> list[str]:
    notes = table.target.spelling_warnings()
    if features.left_out:
        notes.append(f"not learned from (text, id or constant): {_listed(features.left_out)}")
    giveaways = features.giveaways(table, rows)
    if giveaways:
        notes.append(f"tells the class of every row, --drop it if it is no honest feature: {_listed(giveaways)}")
    counts = table.target.counts(rows)
    if protocol.other is not None:
        notes += _notes_on_other_file(table, rows, protocol.other)
    elif protocol.test_size is None and protocol.time is None:
        small = [table.target.labels[at] for at in np.flatnonzero((counts > 0) & (counts < protocol.folds)).tolist()]
        if small:
            absent = f"fewer rows than the {protocol.folds} folds, so absent from some test parts"
            notes.append(f"{absent}: {_listed([repr(label) for label in small])}")
    return notes


def _notes_on_other_file(table: Table, rows: Int64, other: Table) -> list[str]:
    notes = []
    unknown = [repr(label) for label in other.target.labels if label not in table.target.labels]
    if unknown:
        notes.append(f"labels of the test file that no training row has: {_listed(unknown)}")
    digests = table.records.digests()
    trained = {digests[row] for row in rows.tolist()}
    copies = sum(digest in trained for digest in other.records.digests())
    if copies:
        notes.append(f"{copies:,} of {len(other):,} test rows are copies of training rows: the score is overstated")
    return notes


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _other_file(table: Table, features: Features, train: Int64, other: Table) -> tuple[Trial, tuple[str, ...]]:
    """Return the trial that tests on the labelled records of another file, and the labels of both files."""
    rows = np.flatnonzero(other.target.codes >= 0)
    labels = list(table.target.labels)
    labels += [label for label in other.target.labels if label not in table.target.labels]
    code_of = np.array([labels.index(label) for label in other.target.labels], np.int32)
    frame = features.of_other_table(other, rows, table.typed(train[:1]))
    truth: Codes = code_of[other.target.codes[rows]]
    return Trial(Fold(train, rows), truth, frame), tuple(labels)
