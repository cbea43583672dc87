"""Find the columns that an option names."""

import re

from rebalance.errors import UsageError, did_you_mean


def column(selector: str, names: tuple[str, ...], option: str) -> int:
    """Return the position of the one column that `selector` names: a name, or a 1-based index.

    Raises UsageError, naming `option`, for an unknown or ambiguous column.
    """
    found = columns([selector], names, option)
    if len(found) != 1:
        raise UsageError(f"{option} takes one column, not {selector!r}")
    return found[0]


def columns(selectors: list[str], names: tuple[str, ...], option: str) -> list[int]:
    """Return the positions named by `selectors`, in the file's order.

    Each selector is a name, or a comma-separated list of names, 1-based indices and ranges such as `3-5`;
    a name beats an index.
    """
    found: set[int] = set()
    for selector in selectors:
        if selector in names:
            found.add(_named(selector, names, option))
            continue
        for part in selector.split(","):
            found.update(_part(part if part in names else part.strip(), names, option))
    return sorted(found)


def _part(part: str, names: tuple[str, ...], option: str) -> range | list[int]:
    if part in names:
        return [_named(part, names, option)]
    numbers = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", part)
    if numbers:
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        if last < first:
            raise UsageError(f"{option} {part}: the range runs backwards", f"{option} {last}-{first}")
        if not 1 <= first <= last <= len(names):
            raise UsageError(
                f"{option} {part}: the columns are numbered 1 to {len(names)}",
                "name the column instead, or count again",
            )
        return range(first - 1, last)
    hint = did_you_mean(part, list(names)) or "the columns are " + _listed(names)
    raise UsageError(f"{option}: there is no column {part!r}", hint)


def _named(name: str, names: tuple[str, ...], option: str) -> int:
    places = [str(at + 1) for at, other in enumerate(names) if other == name]
    if len(places) > 1:
        raise UsageError(
            f"{option} {name}: {len(places)} columns have that name", f"use the index: {' or '.join(places)}"
        )
    return int(places[0]) - 1


def _listed(names: tuple[str, ...], most: int = 12) -> str:
    if len(names) == 1:
        return f"only {names[0]!r}: if that is several, -d says what separates them, or is better left out"
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
