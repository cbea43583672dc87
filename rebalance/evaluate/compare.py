"""The whole comparison: which contenders, on which folds, and what each of them is worth."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rebalance.arrays import Int64
from rebalance.demand import require_for_folds
from rebalance.errors import DataError, UsageError, did_you_mean
from rebalance.evaluate import words_of_a_quantity, words_of_classes
from rebalance.evaluate.contenders import Contender, Sampling, contenders_of
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import Setting
from rebalance.evaluate.folds import Fold
from rebalance.evaluate.intervals import OverFolds, OverSamples
from rebalance.evaluate.judge import Entry, Judge, Judged, Prediction, Trial
from rebalance.evaluate.models import Model, dummy
from rebalance.evaluate.protocol import Protocol, Splitter
from rebalance.evaluate.remarks import listed, remarks, untested
from rebalance.evaluate.threshold import Objective
from rebalance.evaluate.verdict import Case, Verdict, verdict_of
from rebalance.resample import Request, require_classes
from rebalance.table.table import Table
from rebalance.table.target import UNLABELLED
from rebalance.techniques.chain import Chain, find_chain

DEFAULT_TECHNIQUES = ("none", "class-weight", "random-under", "random-over", "smote")
DEFAULT_OF_A_QUANTITY = ("none", "density-weight", "yeo-johnson", "random-under", "random-over", "smogn")
SCHEMA = 1
_SHOWN = 6


@dataclass(frozen=True)
class Evaluation:
    """What `train-eval` reports; docs/train-eval-json.md explains each field.

    `rows`: how many were used; `counts`: how many scored rows each of the `labels` has. `areas_of_positive`: whether
    the areas under curves are the positive class's, not means over the classes. Of a quantity the labels are ranges,
    `rare` those that are rare, and `positive` and `optimise` are None.
    """

    schema: int
    task: str
    file: str
    sha256: str
    rows: int
    target: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    rare: tuple[str, ...]
    positive: str | None
    areas_of_positive: bool
    protocol: str
    seed: int
    rank_by: str
    optimise: str | None
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

    `objective`: what thresholds are tuned for, None of a quantity; `positive`: the label of the class that matters,
    None for the rarest; `tuned`: every technique also competes with a tuned threshold, not doing nothing alone;
    `rank_by`: the figure that decides; `words` and `options`: how the input and the techniques' settings are typed (see
    `verdict.Case`).
    """

    models: Sequence[Model]
    techniques: Sequence[Chain]
    request: Request
    objective: Objective | None
    protocol: Protocol = field(default_factory=Protocol)
    rank_by: str = "pr_auc"
    positive: str | None = None
    tuned: bool = False
    seed: int = 0
    words: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """An evaluation, and what reports and outputs are made of besides.

    `rows`: the records used; `trained_on`: those that no test part
    needs, all of them where there are folds. `predictions` of each contender, one a trial; `seconds` of work of each
    entry.
    """

    question: Question
    evaluation: Evaluation
    table: Table
    rows: Int64
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
    require_classes(table, rows, counted=False)
    protocol, seed, quantity = question.protocol, question.seed, table.target.quantity
    tie: list[str] = []
    positive = UNLABELLED
    if quantity is None:
        positive, tie = positive_class(table, rows, question.positive, protocol.other)
    require_for_folds(table, len(rows), min(jobs, len(entries(question)) * protocol.trials))
    table = table.load()
    features = Features(table)
    splitter = Splitter(table, rows, protocol, seed)
    if protocol.other is not None:
        trials = [_other_file(table, features, rows, protocol.other)]
    else:
        truths = table.target.codes if quantity is None else quantity.numbers
        trials = [Trial(fold, truths[fold.test], splitter.groups(fold.test)) for fold in splitter.folds()]
    labels = table.target.labels
    focused = quantity is None and (question.positive is not None or len(labels) == 2)  # noqa: PLR2004  two classes mirror each other
    setting = Setting(table, features, question.request, len(labels), positive, focused, seed)
    found = Judge(setting, trials, splitter, question.objective).judge(entries(question), jobs, tick)
    judged = [(entry, result) for entry, result in found if isinstance(result, Judged)]
    notes = [*tie, *remarks(table, rows, features, protocol, splitter)]
    notes += [note for _, result in judged for note in result.notes[:1]]
    failed = [(entry, result) for entry, result in found if isinstance(result, DataError)]
    _check_failures(question, failed)
    notes += [f"{entry} left out: {error.message}" for entry, error in failed]
    sampling = _sampling(trials)
    judged, lost = _with_none(judged)
    notes += [f"{model} left out: it cannot be trained with no technique" for model in lost]
    contenders, predictions = contenders_of(judged, sampling, labels, protocol.deal)
    truth = np.concatenate([trial.truth for trial in trials[: protocol.deal]])
    if quantity is None:
        scored, sentences = truth.astype(np.int32), words_of_classes.sentences
        notes += words_of_classes.off_calibration(contenders, labels[positive])
    else:
        scored, sentences = quantity.codes(truth.astype(np.float64)), words_of_a_quantity.sentences
    tested = np.bincount(scored, minlength=len(labels))
    notes += untested(labels, table.target.counts(rows), tested)
    case = Case(
        contenders,
        predictions,
        sampling,
        question.rank_by,
        question.objective,
        None if quantity else labels[positive],
        question.words,
        question.options,
    )
    evaluation = Evaluation(
        schema=SCHEMA,
        task="classification" if quantity is None else "regression",
        file=table.file.source.name,
        sha256=table.file.source.sha256(),
        rows=len(rows),
        target=table.target.name,
        labels=labels,
        counts=tuple(tested.tolist()),
        rare=() if quantity is None else tuple(one.label for one in quantity.ranges if one.rare),
        positive=None if quantity else labels[positive],
        areas_of_positive=focused,
        protocol=protocol.describe(table),
        seed=seed,
        rank_by=question.rank_by,
        optimise=question.objective.name if question.objective else None,
        contenders=tuple(contenders),
        verdict=verdict_of(case, sentences),
        notes=tuple(dict.fromkeys(notes)),
    )
    seconds = [(entry, result.seconds) for entry, result in judged]
    trained_on = trials[0].fold.train if len(trials) == 1 else rows
    return Comparison(question, evaluation, table, rows, trained_on, tuple(predictions), seconds)


def entries(question: Question) -> list[Entry]:
    """Return what competes: the dummy, then each model with no technique and with each technique."""
    nothing = find_chain("none")
    chains = [nothing, *(chain for chain in question.techniques if not chain.does_nothing)]
    of_classes = question.objective is not None
    return [
        Entry(dummy(of_a_quantity=question.objective is None), nothing),
        *(
            Entry(model, chain, tuned=of_classes and (question.tuned or chain.does_nothing))
            for model in question.models
            for chain in chains
        ),
    ]


def positive_class(table: Table, rows: Int64, label: str | None, other: Table | None = None) -> tuple[int, list[str]]:
    """Return the code of the class that matters, and what is to be said of the choice.

    It is the one named, else the rarest: of the file to test on if there is one, which nobody has balanced.
    """
    labels = table.target.labels
    counts = table.target.counts(rows)
    if label is None:
        judged = counts
        if other is not None:
            tested = dict(zip(other.target.labels, other.target.counts().tolist(), strict=True))
            judged = np.array([tested.get(name, 0) for name in labels])
        least = np.where(judged > 0, judged, judged.max() + 1)
        ties = [labels[at] for at in np.flatnonzero(least == least.min()).tolist()]
        chosen = f"as many rows are {listed(list(map(repr, ties)))}: {ties[0]!r} is taken for the class that matters"
        return int(least.argmin()), [f"{chosen} (--positive names another)"] if len(ties) > 1 else []
    if label not in labels or not counts[labels.index(label)]:
        known = ", ".join(map(repr, labels[:_SHOWN]))
        raise UsageError(
            f"--positive {label!r}: {table.target.name!r} has no such class",
            did_you_mean(label, list(labels)) or f"its classes are {known}",
        )
    return labels.index(label), []


def _check_failures(question: Question, failed: Sequence[tuple[Entry, DataError]]) -> None:
    nothing = [error for entry, error in failed if entry.chain.does_nothing]
    if len(nothing) == len(question.models):
        raise nothing[0]
    named = {chain.name for chain in question.techniques if not chain.does_nothing}
    lost = [error for entry, error in failed if not entry.chain.does_nothing]
    if named and len(lost) == len(named) * len(question.models):
        raise lost[0]


def _with_none(judged: Sequence[tuple[Entry, Judged]]) -> tuple[list[tuple[Entry, Judged]], list[str]]:
    """Return the entries whose model was also trained with no technique, and the names of the other models."""
    whole = {entry.model.name for entry, _ in judged if entry.chain.does_nothing}
    lost = dict.fromkeys(entry.model.name for entry, _ in judged if entry.model.name not in whole)
    return [(entry, result) for entry, result in judged if entry.model.name in whole], list(lost)


def _sampling(trials: Sequence[Trial]) -> Sampling:
    if len(trials) == 1:
        return OverSamples()
    return OverFolds(float(np.mean([len(trial.truth) / len(trial.fold.train) for trial in trials])))


def _other_file(table: Table, features: Features, train: Int64, other: Table) -> Trial:
    """Return the trial that tests on the labelled records of another file.

    Raises DataError for a label that no training row has: it could only be predicted wrongly.
    """
    rows = np.flatnonzero(other.target.codes >= 0)
    if other.target.quantity is not None:
        frame = features.of_other_table(other, rows, table.typed(train[:1]))
        return Trial(Fold(train, rows), other.target.quantity.numbers[rows], np.arange(len(rows)), frame)
    labels = table.target.labels
    known = {labels[code] for code in np.flatnonzero(table.target.counts(train)).tolist()}
    unknown = [repr(label) for label in other.target.labels if label not in known]
    if unknown:
        raise DataError(
            f"{other.file.source.name}: no training row has the label {listed(unknown)}",
            "correct it, or count it as another: --same-class A=B",
        )
    code_of = np.array([labels.index(label) for label in other.target.labels], np.int32)
    frame = features.of_other_table(other, rows, table.typed(train[:1]))
    return Trial(Fold(train, rows), code_of[other.target.codes[rows]], np.arange(len(rows)), frame)
