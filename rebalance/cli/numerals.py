"""Numbers on the command line, refused in words that name the option, what was typed and what would do."""

import math
import re
from collections.abc import Callable
from typing import Any

from rebalance.errors import UsageError

Number = int | float


def whole(option: str, least: int, most: int | None = None, *, example: int) -> Callable[[Any], int]:
    """Return what reads a whole number from `least` to `most`; `example`: one that would do."""

    def read(typed: Any) -> int:
        try:
            number = int(str(typed))
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise _refused(option, str(typed), "a whole number", (least, most), example)
        return number

    return read


def decimal(
    option: str, least: float | None = None, most: float | None = None, *, example: float
) -> Callable[[Any], float]:
    """Return what reads a number from `least` to `most`, which is finite; `example`: one that would do."""

    def read(typed: Any) -> float:
        number = _float(str(typed))
        if not math.isfinite(number) or (least is not None and number < least) or (most is not None and number > most):
            raise _refused(option, str(typed), "a number", (least, most), example)
        return number

    return read


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _refused(
    option: str, typed: str, what: str, bounds: tuple[Number | None, Number | None], example: Number
) -> UsageError:
    least, most = bounds
    within = "" if least is None else f" from {least:g} on" if most is None else f" from {least:g} to {most:.10g}"
    meant = _meant(typed)
    low, high = (0, 1) if least is None else (least, most)  # what has no bounds here is a share
    if isinstance(example, float) and low <= meant and (high is None or meant <= high):
        return UsageError(f"{option} {typed}: not {what}{within}", f"{option} {meant!r}")
    return UsageError(f"{option} {typed}: not {what}{within}", f"for example {option} {example:g}")


def _meant(typed: str) -> float:
    """Return the number that 10% or 0,5 says; NaN for any other text."""
    said = re.fullmatch(r"\s*([0-9]*)([.,]([0-9]+))?\s*(%?)\s*", typed)
    if not said or not (said[1] or said[3]) or (said[2] and said[2][0] == "," and len(said[3]) == 3):  # noqa: PLR2004  1,000
        return math.nan
    return float(f"{said[1] or 0}.{said[3] or 0}{'e-2' if said[4] else ''}")
