"""The dialect of a CSV: delimiter, newline and encoding."""

import re
from collections import Counter
from dataclasses import dataclass

from rebalance.csvio.file_bytes import Buffer
from rebalance.csvio.grammar import record_widths
from rebalance.csvio.quoting import STANDARD, Quoting

DELIMITERS = (b",", b";", b"\t", b"|")
"""The delimiters that are tried, the preferred one first."""

_SAMPLE_RECORDS = 1000
"""Records that a delimiter is judged by: reading more would not change the answer."""

_SAMPLE_BYTES = 1 << 20
"""Bytes that a delimiter is judged by: a file with very long records is not read far."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the bytes of a file divide into records and fields, and how new records must be written."""

    delimiter: bytes
    """The byte between two fields of a record."""

    newline: bytes
    r"""The first newline of the file: `\n`, `\r\n` or `\r`."""

    encoding: str
    """The canonical name of a Python codec."""

    quoting: Quoting = STANDARD
    """Which characters make others ordinary."""


def detect_delimiter(data: Buffer, start: int, quoting: Quoting = STANDARD) -> tuple[bytes, bytes | None]:
    """Return the delimiter of the records from `start`, and another delimiter that fits equally well (or None).

    A delimiter fits if all records of a sample have the same number of fields, at least two; a comma that only occurs
    in decimal numbers does not fit. The first in `DELIMITERS` that fits is returned; the alternative must give at least
    as many fields. If no delimiter fits, the one that gives most records the same width is returned, so that an error
    can name the irregular records. A file without any delimiter has one column; its delimiter is the comma.
    """
    best, best_share = DELIMITERS[0], 0.0
    regular: dict[bytes, int] = {}
    for delimiter in DELIMITERS:
        widths = record_widths(data, start, delimiter, _SAMPLE_RECORDS, _SAMPLE_BYTES, quoting)
        width, agreeing = Counter(widths).most_common(1)[0] if widths else (0, 0)
        if width > 1 and agreeing == len(widths) and not (delimiter == b"," and _has_decimal_commas(data, start)):
            regular[delimiter] = width
        elif width > 1 and agreeing / len(widths) > best_share:
            best, best_share = delimiter, agreeing / len(widths)
    if not regular:
        return best, None
    first, *alternatives = regular
    return first, next((delimiter for delimiter in alternatives if regular[delimiter] >= regular[first]), None)


def _has_decimal_commas(data: Buffer, start: int) -> bool:
    """Return whether every comma of the first line stands between digits and `;` or tab occurs too, as in `1,5;2,5`."""
    line = data[start : start + _SAMPLE_BYTES].splitlines()[0]
    has_alternative = any(delimiter in line for delimiter in DELIMITERS[1:3])
    return has_alternative and line.count(b",") == len(re.findall(rb"(?<=[0-9]),(?=[0-9])", line))
