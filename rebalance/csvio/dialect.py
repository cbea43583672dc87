"""What kind of CSV a file is: delimiter, newline, encoding."""

import codecs
import itertools
import re
from collections import Counter
from dataclasses import dataclass

from rebalance.csvio.filebytes import Buffer
from rebalance.csvio.grammar import record_widths
from rebalance.errors import UsageError

DELIMITERS = (b",", b";", b"\t", b"|")
_NAMED = {"comma": b",", "semicolon": b";", "tab": b"\t", "\\t": b"\t", "pipe": b"|", "space": b" "}
_SAMPLE_RECORDS = 1000
_SAMPLE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the bytes of a file become records, and how new records must look among them.

    `newline` is the first one found in the file; `encoding` is a canonical Python codec name.
    """

    delimiter: bytes
    newline: bytes
    encoding: str


def parse_delimiter(text: str) -> bytes:
    """Return the delimiter named by `-d`: one ASCII character, or a name such as `tab`.

    Raises UsageError for anything that cannot separate fields.
    """
    named = _NAMED.get(text.lower())
    if named:
        return named
    if len(text) != 1 or not text.isascii() or text in '"\r\n\0' or text.isalnum():
        raise UsageError(
            f"a delimiter is one character, not {text!r}",
            "for example -d ',' or -d ';' or -d tab or -d pipe",
        )
    return text.encode("ascii")


def parse_encoding(name: str) -> str:
    """Return Python's canonical name for `name`, if records in it can be found byte by byte.

    UTF-16, UTF-32 and the stateful encodings are refused: their commas and newlines are not bytes.
    """
    try:
        codec = codecs.lookup("utf-8" if codecs.lookup(name).name == "utf-8-sig" else name)  # the mark is found anyway
        ascii_is_itself = all(
            bytes([byte]).decode(codec.name) == chr(byte) for byte in itertools.chain([9, 10, 13], range(32, 127))
        )
        independent = "ab,".encode(codec.name) == b"ab,"
    except (LookupError, UnicodeError):
        known = False
    else:
        known = ascii_is_itself and independent and not codec.name.startswith(("utf_7", "utf-7", "hz", "iso2022"))
    if not known:
        raise UsageError(
            f"the encoding {name!r} is not known, or its commas are not single bytes",
            f"convert first: iconv -f {name} -t UTF-8 FILE | rebalance ... -",
        )
    return codec.name


def _separates_decimals(data: Buffer, begin: int) -> bool:
    """Whether the first line's commas all stand between digits while another delimiter occurs: `1,5;2,5`."""
    line = data[begin : begin + _SAMPLE_BYTES].splitlines()[0]
    others = any(delimiter in line for delimiter in DELIMITERS[1:3])
    return others and line.count(b",") == len(re.findall(rb"(?<=[0-9]),(?=[0-9])", line))


def detect_delimiter(data: Buffer, begin: int) -> tuple[bytes, bytes | None]:
    """Return the first delimiter under which all of the first records have the same number of fields, above one.

    Failing that, the one with which most records agree, so that the error names the odd ones; a file in which
    no candidate occurs has one column, and the comma. The second delimiter is one that would do as well: as regular,
    with as many fields.
    """
    best, most = DELIMITERS[0], 0.0
    regular: dict[bytes, int] = {}
    for delimiter in DELIMITERS:
        widths = record_widths(data, begin, delimiter, _SAMPLE_RECORDS, _SAMPLE_BYTES)
        width, agreeing = Counter(widths).most_common(1)[0] if widths else (0, 0)
        if width > 1 and agreeing == len(widths) and not (delimiter == b"," and _separates_decimals(data, begin)):
            regular[delimiter] = width
        elif width > 1 and agreeing / len(widths) > most:
            best, most = delimiter, agreeing / len(widths)
    if not regular:
        return best, None
    found, *others = regular
    return found, next((other for other in others if regular[other] >= regular[found]), None)
