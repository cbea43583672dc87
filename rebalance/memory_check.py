"""How much memory a piece of work needs: checked before it begins, so that the system need not kill the process."""

from rebalance.errors import DataError
from rebalance.system.memory import free_addresses, free_bytes
from rebalance.table.table import Table
from rebalance.techniques.registry import Reads, Technique

_LIBRARY_BYTES = 100 << 20
"""What NumPy, pyarrow, scikit-learn and faiss take by themselves."""

_LIBRARY_ADDRESSES = 3 << 30
"""Address space that they reserve, most of which is never used."""

_BYTES_PER_ROW, _BYTES_PER_RECIPE = 8, 24
"""A row, and a synthetic row, in a plan."""

_BYTES_PER_CELL = 4 + 4 * 8
"""A typed cell: its offset in the column's text; the number, its coordinate, the centered coordinate, and a result."""

_BYTES_PER_FITTED_CELL = 3 * 8
"""A cell in a fold: what is fitted on, and the model's copies."""

_GIGABYTE, _MEGABYTE = 1e9, 1e6

_MORE_MEMORY = "free some memory, or use a part of the file"


def check_memory_for_technique(table: Table, technique: Technique, growing: int, added: int) -> None:
    """Raise DataError if a technique cannot have the memory it needs.

    `growing`: rows of the classes that grow; `added`: rows to be added.
    """
    if table.loaded is not None:  # the cells are in memory already
        return
    rows = (len(table) + added) * _BYTES_PER_ROW
    if technique.reads is Reads.TARGET:
        _check(technique.name, rows, _MORE_MEMORY)
        return
    if technique.reads is Reads.COLUMN:
        check_address_space(technique.name, "raise it in a new shell: ulimit -v unlimited")
        _check(technique.name, rows + _cell_bytes(table, len(table), 1), _MORE_MEMORY)
        return
    random = "random-over" if technique.oversamples else "random-under"
    check_address_space(technique.name, f"--technique {random} needs none of them")
    rows_read = growing if technique.reads is Reads.GROWING_CLASSES else len(table)
    cells = _cell_bytes(table, rows_read, _column_count(table))
    remedy = f"--technique {random} needs about {_format(rows)}; fewer columns take less memory (--drop)"
    _check(technique.name, _LIBRARY_BYTES + cells + rows + added * _BYTES_PER_RECIPE, remedy)


def jobs_that_fit(table: Table, rows: int, max_jobs: int) -> int:
    """Return how many processes can train models on so many rows at once, at least 1."""
    free = free_bytes()
    for jobs in range(max_jobs, 1, -1):
        if free is None or memory_for_folds(table, rows, jobs) <= free:
            return jobs
    return 1


def check_memory_for_folds(table: Table, rows: int, jobs: int) -> None:
    """Raise DataError if models cannot be trained on so many rows by so many processes."""
    alone = f"--jobs 1 would need about {_format(memory_for_folds(table, rows, 1))}"
    remedy = alone if jobs > 1 else "train on a sample of the rows, or --drop columns"
    _check(f"train-eval with {jobs} job{'s'[: jobs != 1]}", memory_for_folds(table, rows, jobs), remedy)


def memory_for_folds(table: Table, rows: int, jobs: int) -> int:
    """Return about how many bytes it takes to train on so many rows by so many processes."""
    fitted = rows * _column_count(table) * _BYTES_PER_FITTED_CELL
    libraries = _LIBRARY_BYTES * (1 if jobs == 1 else jobs + 1)
    return libraries + _cell_bytes(table, len(table), _column_count(table)) + jobs * fitted


def check_address_space(what: str, remedy: str) -> None:
    """Raise DataError if a limit on address space keeps scikit-learn and its like from loading: they would crash."""
    free = free_addresses()
    if free is not None and free < _LIBRARY_ADDRESSES:
        raise DataError(
            f"{what} loads libraries that reserve {_format(_LIBRARY_ADDRESSES)} of address space,"
            f" and ulimit -v leaves {_format(free)}",
            remedy,
        )


def _column_count(table: Table) -> int:
    return len(table.names) - len(table.column_options.dropped)


def _cell_bytes(table: Table, rows: int, columns: int) -> int:
    record_bytes = len(table.file.data) // len(table)
    return rows * (record_bytes * columns // len(table.names) + columns * _BYTES_PER_CELL)


def _check(what: str, needed: int, remedy: str) -> None:
    free = free_bytes()
    if free is not None and needed > free:
        raise DataError(f"{what} needs about {_format(needed)} of memory, and {_format(free)} are free", remedy)


def _format(size: int) -> str:
    return f"{size / _GIGABYTE:.1f} GB" if size >= _GIGABYTE else f"{size / _MEGABYTE:.0f} MB"
