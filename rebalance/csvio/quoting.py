"""Which characters quote a field, make the next character an ordinary one, or begin a comment."""

import re
from functools import cache
from typing import NamedTuple

from rebalance.errors import DataError

NO_QUOTE = b"\0"
"""A byte that no text holds stands for the quote of a file in which nothing is quoted."""


class Quoting(NamedTuple):
    """The characters of a file that make others ordinary."""

    quote: bytes = b'"'
    """What stands around a quoted field; NO_QUOTE if quotes are ordinary characters."""

    escape: bytes = b""
    """What makes the next character ordinary, as the backslash of MySQL and Spark does; empty for none."""

    comment: bytes = b""
    """What begins a line that is no record; empty for none."""

    @property
    def has_quotes(self) -> bool:
        """Whether fields can be quoted."""
        return self.quote != NO_QUOTE


STANDARD = Quoting()
"""Double quotes, written twice inside a quoted field (RFC 4180)."""

NULL = b"\\N"
"""What MySQL writes for a missing value, where a backslash escapes."""


@cache
def quoted_pattern(quoting: Quoting) -> bytes:
    """Return the regular expression of a quoted field."""
    quote, escape = re.escape(quoting.quote), re.escape(quoting.escape)
    if not escape:
        return quote + b"[^" + quote + b"]*+(?:" + quote * 2 + b"[^" + quote + b"]*+)*+" + quote
    return quote + b"(?:[^" + quote + escape + b"]|" + escape + b"(?s:.)|" + quote * 2 + b")*+" + quote


def unquote(raw: bytes, quoting: Quoting = STANDARD) -> bytes:
    """Return the content of a field: without enclosing quotes, with doubled quotes single and escapes resolved."""
    quote, escape, _ = quoting
    if escape:
        if raw == NULL:
            return b""
        inner = raw[1:-1].replace(quote * 2, quote) if raw.startswith(quote) else raw
        return re.sub(re.escape(escape) + b"(.)", rb"\1", inner, flags=re.DOTALL)
    return raw[1:-1].replace(quote * 2, quote) if raw.startswith(quote) else raw


def quote(cell: bytes, delimiter: bytes, quoting: Quoting = STANDARD, *, always: bool = False) -> bytes:
    """Return a field with this content, in quotes (or escaped) if it holds a special character, or `always`.

    Raises DataError if it needs quotes, and the file has none.
    """
    mark, escape, comment = quoting
    special = [delimiter, b"\n", b"\r", mark, *([escape] if escape else [])]
    is_comment = bool(comment) and cell.startswith(comment)
    if not always and not is_comment and not any(character in cell for character in special):
        return cell
    if escape:
        for character in (escape, *(special[:-2] if not quoting.has_quotes else []), mark):
            cell = cell.replace(character, escape + character)
        return mark + cell + mark if quoting.has_quotes else cell
    if not quoting.has_quotes:
        raise DataError(
            f"a new cell, {cell.decode(errors='replace')!r}, holds a delimiter or a newline, and nothing is quoted in"
            " this file",
            "convert the file to one with quotes, or --drop that column",
        )
    return mark + cell.replace(mark, mark * 2) + mark
