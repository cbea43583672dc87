"""What a user should know of the data before believing a comparison."""

from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Int64
from rebalance.csvio.cells import read_cells
from rebalance.evaluate.features import Features, odd_cells
from rebalance.evaluate.protocol import Protocol, Splitter
from rebalance.table.arrow import marks
from rebalance.table.formats import is_missing
from rebalance.table.roles import Role
from rebalance.table.table import Table

_SHOWN = 6
_MANY = 0.1


def remarks(table: Table, rows: Int64, features: Features, protocol: Protocol, splitter: Splitter) -> list[str]:
    """Return what is odd about the columns, the copies, small classes, and a second file to test on."""
    notes = [*table.target.spelling_warnings(), *_on_columns(table, rows, features), *_on_made_rows(table, rows)]
    copies = 0 if table.groups is not None else len(rows) - len(np.unique(splitter.groups(rows)))
    if copies > _MANY * len(rows) and protocol.other is None and protocol.time is None:
        kept = "kept with them in one fold (--allow-duplicates-across-folds)"
        notes.append(f"{copies:,} rows are copies of others in all but the columns that name rows: {kept}")
    groups = splitter.groups(rows)
    pairs = np.unique(np.column_stack([groups, table.target.codes[rows]]), axis=0)
    counts = np.bincount(pairs[:, 1], minlength=len(table.target.labels))  # a group counts once for each of its classes
    if protocol.other is not None:
        notes += _notes_on_other_file(table, rows, protocol.other)
    elif protocol.test_size is None and protocol.time is None:
        small = [table.target.labels[at] for at in np.flatnonzero((counts > 0) & (counts < protocol.folds)).tolist()]
        if small:
            absent = f"fewer rows than the {protocol.folds} folds (copies and groups count once), so absent from some"
            notes.append(f"{absent}: {listed([repr(label) for label in small])}")
    return notes


def _on_columns(table: Table, rows: Int64, features: Features) -> list[str]:
    found = {
        "learned from as a number, --id it if it only names something": features.named_like_ids,
        "learned from, --drop it if it is a weight that resample has added": [
            name for name in features.names if name == "sample_weight"
        ],
        "not learned from (text, id or constant)": features.left_out,
    }
    if table.target.quantity is None:
        found["tells the class of every row, --drop it if it is no honest feature"] = features.giveaways(table, rows)
    else:
        numbers = table.target.quantity.numbers[rows]
        found["follows the target row by row, --drop it if it is no honest feature"] = features.follow(
            table, rows, numbers
        )
    return [f"{what}: {listed(names)}" for what, names in found.items() if names]


def _on_made_rows(table: Table, rows: Int64) -> list[str]:
    """Return a warning of rows that no id names where others have one: so are those that resample makes."""
    found = []
    for column in table.columns:
        if column.role is Role.ID:
            cells = read_cells(table.records, rows, [column.index])[0]
            blank = int(marks(is_missing(cells, column.missing)).sum())
            if 0 < blank < len(rows):
                made = f"{blank:,} rows have no {column.title!r}, as rows that resample makes have none"
                found.append(f"{made}: scored on such rows, a technique looks better than it is (--test FILE)")
    return found


def _notes_on_other_file(table: Table, rows: Int64, other: Table) -> list[str]:
    notes = []
    digests = table.records.digests()
    trained = {digests[row] for row in rows.tolist()}
    copies = sum(digest in trained for digest in other.records.digests())
    odd = odd_cells(other, table.columns)
    if odd:
        notes.append(f"no numbers or dates in the test file, taken as missing: {listed(odd)}")
    if copies:
        notes.append(f"{copies:,} of {len(other):,} test rows are copies of training rows: the score is overstated")
    return notes


def untested(labels: Sequence[str], given: Int64, tested: Int64) -> list[str]:
    """Return a warning of the classes or ranges that have rows, of which none is tested on."""
    absent = [repr(label) for label, has, scored in zip(labels, given, tested, strict=True) if has and not scored]
    return [f"no test row is of {listed(absent)}: nothing is known of how well such rows are told"] if absent else []


def listed(names: Sequence[str]) -> str:
    """Return the first of some names."""
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
