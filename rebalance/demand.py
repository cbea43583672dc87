"""How much memory a piece of work will take, said before it is begun rather than by the system's killer."""

from rebalance.errors import DataError
from rebalance.memory import free_addresses, free_bytes
from rebalance.table.table import Table
from rebalance.techniques.registry import Reads, Technique

_LIBRARIES = 100 << 20
"""What NumPy, pyarrow, scikit-learn and faiss take by themselves."""

_ADDRESSES = 3 << 30
"""What they reserve, most of which is never used."""

_BYTES_PER_RECORD, _BYTES_PER_ROW = 12, 24
"""A record's offset, code and number; a row's recipe in the plan."""

_BYTES_PER_CELL = 4 + 4 * 8
"""Of a typed cell: its place in the column's text; as a number, as a coordinate, centred, and what comes of it."""

_BYTES_PER_FITTED_CELL = 3 * 8
"""Of a cell in a fold: what is fitted on, and the model's copies."""


def require_for_step(table: Table, step: Technique, grown: int, added: int) -> None:
    """Raise DataError if a technique cannot have the memory it needs.

    `grown`: the rows of the classes that grow; `added`: how many rows are to be made.
    """
    if table.loaded is not None:  # what it reads is in memory already
        return
    read = {Reads.TARGET: 0, Reads.GROWN: grown, Reads.ALL: len(table)}[step.reads]
    need = _read(table, read) + (len(table) + added) * _BYTES_PER_ROW
    if step.reads is Reads.TARGET:
        _require(step.name, need, "give it more, or a part of the file")
        return
    random = "random-over" if step.grows else "random-under"
    instead = len(table) * _BYTES_PER_RECORD + (len(table) + added) * _BYTES_PER_ROW
    require_libraries(step.name, f"--technique {random} needs none of them")
    _require(step.name, need, f"--technique {random} needs about {_said(instead)}; fewer columns take less (--drop)")


def require_for_folds(table: Table, rows: int, jobs: int) -> None:
    """Raise DataError if models cannot be trained on so many rows, so many at a time."""

    def need(jobs: int) -> int:
        cells = rows * len(table.names)
        return _read(table, len(table)) + jobs * (_LIBRARIES + cells * _BYTES_PER_FITTED_CELL)

    one = f"--jobs 1 would need about {_said(need(1))}" if jobs > 1 else "train on a sample of the rows"
    _require(f"train-eval with {jobs} job{'s'[: jobs != 1]}", need(jobs), one)


def require_libraries(what: str, remedy: str) -> None:
    """Raise DataError if a limit on addresses does not let scikit-learn and its like be loaded: they would crash."""
    free = free_addresses()
    if free is not None and free < _ADDRESSES:
        raise DataError(
            f"{what} loads libraries that reserve {_said(_ADDRESSES)} of addresses, and ulimit -v leaves {_said(free)}",
            remedy,
        )


def _read(table: Table, rows: int) -> int:
    record = len(table.file.data) // len(table)
    libraries = _LIBRARIES if rows else 0
    return libraries + len(table) * _BYTES_PER_RECORD + rows * (record + len(table.names) * _BYTES_PER_CELL)


def _require(what: str, need: int, remedy: str) -> None:
    free = free_bytes()
    if free is not None and need > free:
        raise DataError(f"{what} needs about {_said(need)} of memory, {_said(free)} are free", remedy)


def _said(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004  a gigabyte
