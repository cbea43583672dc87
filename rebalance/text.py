"""Short texts for people: names that fit, lists that end, control characters made visible."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

MAX_LISTED = 6
"""Names listed in one sentence: more would hide what the sentence says."""

_MAX_LABEL_LENGTH = 24
"""Characters of a label in a table: wider columns would not leave room for the numbers."""

_SMALL_SHARE, _TINY_SHARE = 0.001, 0.0001
"""Shares below a tenth, and below a hundredth, of a percent."""


def normalized(text: str) -> str:
    """Return text without invisible characters, and with each accent in the shortest encoding.

    Names and labels that look the same are then equal: é may be one character or two, and a zero-width space none.
    """
    visible = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n\r")
    return unicodedata.normalize("NFC", visible)


def escape_control(text: str) -> str:
    r"""Return `text` with every character that is not printable as an escape such as `\x1b`.

    Names and labels come from files of others: shown as they are, some would move the cursor or change colors.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def join_some(names: Sequence[str], limit: int = MAX_LISTED) -> str:
    """Return the first `limit` names, separated by commas, and how many more there are."""
    shown = ", ".join(names[:limit])
    more = len(names) - limit
    return f"{shown} and {more:,} more" if more > 0 else shown


def shorten(label: str, limit: int = _MAX_LABEL_LENGTH) -> str:
    """Return a label of at most `limit` characters, its middle replaced by an ellipsis if it is longer."""
    return label if len(label) <= limit else f"{label[: limit // 2 - 1]}…{label[-limit // 2 :]}"


def count_of(number: int, noun: str, plural: str = "") -> str:
    """Return a count with its noun: `1 row`, `2,000 rows`; `plural` is needed where it is not the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def join_with(conjunction: str, names: Iterable[str]) -> str:
    """Return all names as a list that ends: "a, b or c"."""
    *first, last = names
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def format_percent(share: float) -> str:
    """Return a share as a percentage, with as many digits as a small one needs."""
    if 0 < share < _SMALL_SHARE:
        return f"{share:.2%}" if share >= _TINY_SHARE else "<0.01%"
    return f"{share:.1%}"


def meant_number(typed: str) -> float:
    """Return the number that `10%` or `0,5` means; NaN for any other text, `1,000` among them."""
    match = re.fullmatch(r"\s*([0-9]*)([.,]([0-9]+))?\s*(%?)\s*", typed)
    if not match or not (match[1] or match[3]):
        return math.nan
    if match[2] and match[2][0] == "," and len(match[3]) == 3:  # noqa: PLR2004  thousands
        return math.nan
    return float(f"{match[1] or 0}.{match[3] or 0}{'e-2' if match[4] else ''}")
