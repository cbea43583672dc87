"""Find the columns that an option names."""

import re
import shlex
from collections.abc import Sequence

from rebalance.errors import UsageError, did_you_mean
from rebalance.text import join_some, normalized

_MAX_NAMES_IN_HINT = 12


def find_column(selector: str, names: Sequence[str], option: str) -> int:
    """Return the position of the column that `selector` names: a name, or a 1-based index.

    Raises UsageError, naming `option`, for an unknown or ambiguous column.
    """
    positions = find_columns([selector], names, option)
    if len(positions) != 1:
        raise UsageError(
            f"{option} takes one column, not {selector!r}", f"for example {option} {shlex.quote(names[positions[0]])}"
        )
    return positions[0]


def find_columns(selectors: Sequence[str], names: Sequence[str], option: str) -> list[int]:
    """Return the positions of the columns that `selectors` name, in the file's order.

    Each selector is a name, or a comma-separated list of names, 1-based indices and ranges such as `3-5`. A name takes
    precedence over an index. Raises UsageError, naming `option`, for an unknown or ambiguous column.
    """
    positions: set[int] = set()
    by_look = {normalized(name).strip(): name for name in names}
    for selector in (by_look.get(normalized(text).strip(), text) if text not in names else text for text in selectors):
        if selector in names:
            positions.add(_position_of(selector, names, option))
            continue
        for part in selector.split(","):
            positions.update(_positions_of_part(part if part in names else part.strip(), names, option))
    return sorted(positions)


def _positions_of_part(part: str, names: Sequence[str], option: str) -> range | list[int]:
    if part in names:
        return [_position_of(part, names, option)]
    numbers = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part)
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
    hint = did_you_mean(part, list(names)) or "the columns are " + _listing(names)
    raise UsageError(f"{option}: there is no column {part!r}", hint)


def _position_of(name: str, names: Sequence[str], option: str) -> int:
    indices = [str(position + 1) for position, other in enumerate(names) if other == name]
    if len(indices) > 1:
        raise UsageError(
            f"{option} {name}: {len(indices)} columns have that name", f"use the index: {' or '.join(indices)}"
        )
    return int(indices[0]) - 1


def _listing(names: Sequence[str]) -> str:
    if len(names) == 1:
        likely = next((mark for mark in ":^~/ " if mark in names[0].strip()), None)
        option = f"with -d {shlex.quote(likely)}" if likely else "with -d, or leave -d out"
        return f"only {names[0]!r}; if that is several columns, name their delimiter {option}"
    return join_some([repr(name) for name in names], _MAX_NAMES_IN_HINT)
