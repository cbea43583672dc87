"""How much memory a piece of work will take, said before it is begun rather than by the system's killer."""

from rebalance.errors import DataError
from rebalance.memory import free_addresses, free_bytes
from rebalance.table.table import Table
from rebalance.techniques.registry import Reads, Technique

_LIBRARIES = 100 << 20
"""What NumPy, pyarrow, scikit-learn and faiss take by themselves."""

_ADDRESSES = 3 << 30
"""What they reserve, most of which is never used."""

_BYTES_PER_ROW, _BYTES_PER_RECIPE = 8, 24
"""Of a row in the plan, and of a made one."""

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
    rows = (len(table) + added) * _BYTES_PER_ROW
    if step.reads is Reads.TARGET:
        _require(step.name, rows, "give it more, or a part of the file")
        return
    if step.reads is Reads.MEASURED:
        require_libraries(step.name, "raise it in a new shell: ulimit -v unlimited")
        _require(step.name, rows + _cells(table, len(table), 1), "give it more, or a part of the file")
        return
    random = "random-over" if step.grows else "random-under"
    require_libraries(step.name, f"--technique {random} needs none of them")
    read = _cells(table, grown if step.reads is Reads.GROWN else len(table), _columns(table))
    remedy = f"--technique {random} needs about {_said(rows)}; fewer columns take less (--drop)"
    _require(step.name, _LIBRARIES + read + rows + added * _BYTES_PER_RECIPE, remedy)


def jobs_that_fit(table: Table, rows: int, most: int) -> int:
    """Return how many processes can train models on so many rows at once, at least 1."""
    free = free_bytes()
    return next((jobs for jobs in range(most, 1, -1) if free is None or memory_for_folds(table, rows, jobs) <= free), 1)


def require_for_folds(table: Table, rows: int, jobs: int) -> None:
    """Raise DataError if models cannot be trained on so many rows, by so many processes."""
    fewer = f"--jobs 1 would need about {_said(memory_for_folds(table, rows, 1))}"
    remedy = fewer if jobs > 1 else "train on a sample of the rows, or --drop columns"
    _require(f"train-eval with {jobs} job{'s'[: jobs != 1]}", memory_for_folds(table, rows, jobs), remedy)


def memory_for_folds(table: Table, rows: int, jobs: int) -> int:
    """Return about how many bytes training on so many rows takes, by so many processes."""
    fitted = rows * _columns(table) * _BYTES_PER_FITTED_CELL
    libraries = _LIBRARIES * (1 if jobs == 1 else jobs + 1)
    return libraries + _cells(table, len(table), _columns(table)) + jobs * fitted


def require_libraries(what: str, remedy: str) -> None:
    """Raise DataError if a limit on addresses does not let scikit-learn and its like be loaded: they would crash."""
    free = free_addresses()
    if free is not None and free < _ADDRESSES:
        raise DataError(
            f"{what} loads libraries that reserve {_said(_ADDRESSES)} of addresses, and ulimit -v leaves {_said(free)}",
            remedy,
        )


def _columns(table: Table) -> int:
    return len(table.names) - len(table.choices.dropped)


def _cells(table: Table, rows: int, columns: int) -> int:
    record = len(table.file.data) // len(table)
    return rows * (record * columns // len(table.names) + columns * _BYTES_PER_CELL)


def _require(what: str, need: int, remedy: str) -> None:
    free = free_bytes()
    if free is not None and need > free:
        raise DataError(f"{what} needs about {_said(need)} of memory, {_said(free)} are free", remedy)


def _said(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004  a gigabyte
