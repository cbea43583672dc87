"""What a user should know of the data before believing a comparison."""

import shlex
from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.cells import read_cells
from rebalance.defaults import DEFAULT_FOLDS
from rebalance.evaluate.features import Features, invalid_cells
from rebalance.evaluate.split_protocol import SplitProtocol, Splitter
from rebalance.evaluate.task import EvaluationTask
from rebalance.resample.writer import ExtraColumns
from rebalance.table.arrow import marks
from rebalance.table.columns import Role
from rebalance.table.missing import is_missing
from rebalance.table.table import Table
from rebalance.text import MAX_LISTED, count_of, join_some

_MIN_COPIES_SHARE = 0.1
"""Fewer copies than this share of the rows are not worth a warning."""

_FEW_FOLDS = 2
"""Student's t distribution with one degree of freedom needs 12.7 standard errors."""


def data_warnings(
    table: Table, rows: Int64, features: Features, task: EvaluationTask, protocol: SplitProtocol, splitter: Splitter
) -> list[str]:
    """Return warnings about the columns, copies of rows, small classes, and a second file to test on."""
    warnings = [
        *table.records.reading_notes(),
        *table.target.spelling_warnings(),
        *table.column_notes(),
        *_column_warnings(table, rows, features, task),
        *(_synthetic_row_warnings(table, rows) if protocol.other is None else []),
    ]
    copies = 0 if table.groups is not None else len(rows) - len(np.unique(splitter.groups(rows)))
    if copies > _MIN_COPIES_SHARE * len(rows) and protocol.other is None and protocol.time is None:
        warnings.append(
            f"{count_of(copies, 'row')} are copies of other rows in all columns except ids: copies are kept in one fold"
            " (--allow-duplicates-across-folds)"
        )
    if protocol.folds_per_repeat > 1 and protocol.n_splits <= _FEW_FOLDS:
        warnings.append(
            f"from {protocol.n_splits} folds hardly any difference can be significant (--cv {DEFAULT_FOLDS}, --repeats)"
        )
    if protocol.other is not None:
        warnings += _other_file_warnings(table, rows, protocol.other)
    elif protocol.test_size is None and protocol.time is None:
        warnings += _small_class_warnings(table, rows, protocol, splitter)
    return warnings


def _column_warnings(table: Table, rows: Int64, features: Features, task: EvaluationTask) -> list[str]:
    columns = {
        "columns used as numbers; use --id if they only identify something": features.named_like_ids,
        "columns used as features; use --role NAME=weight if they are weights": [
            name for name in features.names if name == ExtraColumns.weight
        ],
        "columns not used as features (text, id or constant)": features.left_out,
    }
    warnings = [f"{warning}: {join_some(names)}" for warning, names in columns.items() if names]
    for reason, names in task.leaks(features, table, rows).items():
        for name in names[:MAX_LISTED]:
            why = reason.replace("{name}", repr(name))
            drop = f"--drop {shlex.quote(name)}"
            warnings.append(f"may leak the target: {why}. Use {drop} if it would not be known at prediction time")
        if len(names) > MAX_LISTED:
            warnings.append(f"{len(names) - MAX_LISTED:,} more columns may leak the target in the same way")
    return warnings


def _synthetic_row_warnings(table: Table, rows: Int64) -> list[str]:
    """Return a warning of rows without an id where others have one: those that resample adds have none."""
    warnings = []
    for column in table.columns:
        if column.role is Role.ID:
            cells = read_cells(table.records, rows, [column.index])[0]
            blank = int(marks(is_missing(cells, column.missing)).sum())
            if 0 < blank < len(rows):
                warnings.append(
                    f"{count_of(blank, 'row')} without {column.display_name!r} may be synthetic rows: tested on such"
                    " rows, a technique looks better than it is (--test FILE)"
                )
    return warnings


def _small_class_warnings(table: Table, rows: Int64, protocol: SplitProtocol, splitter: Splitter) -> list[str]:
    pairs = np.unique(np.column_stack([splitter.groups(rows), table.target.codes[rows]]), axis=0)
    counts = np.bincount(pairs[:, 1], minlength=len(table.target.labels))  # a group counts once for each of its classes
    small = [
        repr(table.target.labels[code]) for code in np.flatnonzero((counts > 0) & (counts < protocol.folds)).tolist()
    ]
    if not small:
        return []
    noun = table.target.label_noun
    folds = f"there are more folds ({protocol.folds}) than rows of {noun} {join_some(small)}"
    return [f"{folds} (copies and groups count once), so some folds lack the {noun}"]


def _other_file_warnings(table: Table, rows: Int64, other: Table) -> list[str]:
    warnings = []
    digests = table.records.digests()
    trained = {digests[row] for row in rows.tolist()}
    copies = sum(digest in trained for digest in other.records.digests())
    invalid = invalid_cells(other, table.columns)
    if invalid:
        warnings.append(f"cells of the test file that are not numbers or dates count as missing: {join_some(invalid)}")
    if copies:
        warnings.append(
            f"{copies:,} of {len(other):,} test rows are copies of training rows: the metrics are too optimistic"
        )
    return warnings


def untested_classes(labels: Sequence[str], counts: Int64, tested: Int64) -> list[str]:
    """Return a warning of the classes (or ranges) that have rows, but no test rows."""
    absent = [repr(label) for label, has, scored in zip(labels, counts, tested, strict=True) if has and not scored]
    if not absent:
        return []
    plural = len(absent) > 1
    noun, verb, whose = ("classes", "have", "their") if plural else ("class", "has", "its")
    return [f"{noun} {join_some(absent)} {verb} no test rows, so {whose} metrics are unknown"]
