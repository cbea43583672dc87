"""The whole comparison: which contenders, on which folds, and which of them did best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Codes, Int64
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.folds import Fold, split_off, stratified_folds, together
from rebalance.evaluate.judge import Contender, Judge, Trial
from rebalance.resample import Request, require_classes
from rebalance.table.table import Table
from rebalance.techniques.registry import Chain

DEFAULT_TECHNIQUES = ("none", "class-weight", "random-under", "random-over", "smote")
RANKED_BY = "pr_auc"
_SHOWN = 6


@dataclass(frozen=True)
class Evaluation:
    """What `train-eval` reports.

    `best` is the position among `contenders` of the one with the highest mean PR-AUC; `report` is
    scikit-learn's classification report of its test-part predictions and `confusion` their matrix (true x
    predicted class, in the order of `labels`).
    """

    file: str
    target: str
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    minority: str
    protocol: str
    seed: int
    contenders: tuple[Contender, ...]
    best: int
    report: str
    confusion: tuple[tuple[int, ...], ...]
    notes: tuple[str, ...]

    @property
    def winner(self) -> Contender:
        """The best contender."""
        return self.contenders[self.best]


@dataclass(frozen=True)
class Protocol:
    """How rows are set aside: `other`, a second file to test on; else a `test_size` share; else `folds` folds."""

    folds: int = 5
    test_size: float | None = None
    other: Table | None = None

    def describe(self) -> str:
        """Return the protocol in words."""
        if self.other is not None:
            return f"trained on all rows, scored on {self.other.file.source.name}"
        if self.test_size is not None:
            return f"scored on {self.test_size:.0%} of each class, held out"
        return f"{self.folds}-fold stratified cross-validation"


@dataclass(frozen=True)
class Comparison:
    """An evaluation, and what can be written of the winner: the table and rows its model was trained on."""

    evaluation: Evaluation
    table: Table
    trained_on: Int64


def compare(
    table: Table,
    rows: Int64,
    models: Sequence[str],
    techniques: Sequence[Chain],
    request: Request,
    protocol: Protocol,
    seed: int,
    *,
    tick: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Train and score each model with each technique on the records `rows`.

    A technique that cannot be applied is left out with a note, unless it is the only one. `tick` is told of each
    fit. Raises DataError for a table that cannot be learned from.
    """
    require_classes(table, rows)
    table = table.load()
    features = Features(table)
    labels = table.target.labels
    if protocol.other is not None:
        trial, labels = _other_file(table, features, rows, protocol.other)
        trials = [trial]
    else:
        if protocol.test_size is not None:
            folds = [split_off(table, rows, protocol.test_size, seed, "--test-size")]
        else:
            folds = stratified_folds(rows, table.target.codes[rows], together(table)[rows], protocol.folds, seed)
        trials = [Trial(fold, features.frame(table.typed(fold.test)), table.target.codes[fold.test]) for fold in folds]
    judge = Judge(table, trials, features, len(labels), seed)
    notes = list(_notes(table, rows, features, protocol))
    contenders: list[Contender] = []
    predictions: list[tuple[Codes, Codes]] = []
    for model in models:
        for technique in techniques:
            try:
                contender, *prediction = judge.contend(model, technique, request, tick)
            except DataError as error:
                if len(techniques) == 1:
                    raise
                notes.append(f"{model} with {technique.name} left out: {error.message}")
                continue
            contenders.append(contender)
            predictions.append((prediction[0], prediction[1]))
    if not contenders:
        raise DataError("no contender could be trained: " + notes[-1])
    best = best_of(contenders)
    truth, predicted = predictions[best]
    evaluation = Evaluation(
        file=table.file.source.name,
        target=table.target.name,
        labels=labels,
        counts=tuple(int(count) for count in np.bincount(truth, minlength=len(labels))),
        minority=labels[judge.minority],
        protocol=protocol.describe(),
        seed=seed,
        contenders=tuple(contenders),
        best=best,
        report=classification_text(truth, predicted, labels),
        confusion=confusion(truth, predicted, len(labels)),
        notes=tuple(notes),
    )
    single = len(trials) == 1
    return Comparison(evaluation, table, trials[0].fold.train if single else rows)


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
    elif protocol.test_size is None:
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
    return Trial(Fold(train, rows), frame, code_of[other.target.codes[rows]]), tuple(labels)


def best_of(contenders: Sequence[Contender]) -> int:
    """Return the position of the contender with the highest mean PR-AUC, the first of several."""
    ranks = [contender.figures[RANKED_BY].mean for contender in contenders]
    return int(np.nanargmax(ranks)) if not np.isnan(ranks).all() else 0


def confusion(truth: Codes, predicted: Codes, classes: int) -> tuple[tuple[int, ...], ...]:
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
