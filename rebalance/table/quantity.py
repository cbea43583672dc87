"""A target that is a quantity: its cells as numbers."""

import numpy as np

from rebalance.arrays import Float64
from rebalance.csvio.grammar import line_number
from rebalance.errors import DataError
from rebalance.table.table import Table

_FEW_VALUES = 20
_INFINITE = ("inf", "infinity")


def looks_like_quantity(table: Table) -> bool:
    """Whether the target is better taken for a quantity than for a class: many different numbers."""
    target = table.target
    if target.looks_continuous():
        return True
    values = _label_values(table)
    return values is not None and len(values) > _FEW_VALUES and bool((values != np.rint(values)).any())


def looks_like_numbers(table: Table) -> bool:
    """Whether all labels are finite numbers."""
    return _label_values(table) is not None


def _label_values(table: Table) -> Float64 | None:
    comma = table.file.dialect.delimiter != b","
    try:
        labels = [label.replace(",", ".") if comma else label for label in table.target.labels]
        values = np.array([float(label) for label in labels])
    except ValueError:
        return None
    plain = not any("_" in label for label in labels)  # Python reads 1_5 as a number, nobody else does
    return values if plain and np.isfinite(values).all() else None


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def numbers(table: Table) -> Float64:
    """Return the target of each record as a number, NaN where it is missing.

    Raises DataError for a target that is no number somewhere, infinite, missing everywhere, or one value.
    """
    from rebalance.csvio.cells import read_cells
    from rebalance.table.formats import is_missing, parse_numbers, trimmed

    name = table.target.name
    cells = read_cells(table.records, np.arange(len(table)), [table.target_index])[0]
    points = (".", ",") if table.file.dialect.delimiter != b"," else (".",)
    values = min((parse_numbers(cells, point) for point in points), key=lambda found: int(np.isnan(found).sum()))
    missing = is_missing(cells, table.choices.missing).to_numpy()
    values = np.where(missing, np.nan, values)
    odd = np.flatnonzero(np.isnan(values) & ~missing)
    if len(odd):
        line = line_number(table.file.data, int(table.records.starts[odd[0]]))
        text = str(trimmed(cells)[int(odd[0])]).lstrip("+-").casefold()
        what = "infinite" if text in _INFINITE else "too large" if _is_number(text) else "not a number"
        more = f" (as in {len(odd):,} records)" if len(odd) > 1 else ""
        raise DataError(
            f"line {line}: the target {name!r} is {what}{more}",
            "correct it, name what stands for a missing value with --missing, or use --task classification",
        )
    present = values[~missing]
    if not len(present):
        raise DataError(f"the target {name!r} is missing in every record", "name another column with --target")
    if (present == present[0]).all():
        raise DataError(f"the target {name!r} has one value only: there is nothing to learn", "name another column")
    return values
