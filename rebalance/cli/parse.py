"""Option text to values. Only what needs a registry or a table is parsed where that is known (docs/architecture.md).

Every error names the option, the text, and what to type instead.
"""

import ast
import codecs
import encodings.aliases
import itertools
import math
import re
import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rebalance.csvio.quoting import NO_QUOTE, Quoting
from rebalance.errors import UsageError, did_you_mean
from rebalance.text import join_with, meant_number

if TYPE_CHECKING:
    from rebalance.evaluate.threshold import Objective
    from rebalance.table.relevance import Relevance

Number = int | float

_DELIMITER_NAMES = {"comma": b",", "semicolon": b";", "tab": b"\t", "\\t": b"\t", "pipe": b"|", "space": b" "}
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

_MAX_COUNT_DIGITS = 10
"""A class of more than 10,000,000,000 rows is a slip of the finger."""


def integer(option: str, minimum: int, maximum: int | None = None, *, example: int) -> Callable[[Any], int]:
    """Return a parser of whole numbers from `minimum` to `maximum`; `example` is a valid one."""

    def parse(typed: Any) -> int:
        try:
            number = int(str(typed))
        except ValueError:
            number = minimum - 1
        if number < minimum or (maximum is not None and number > maximum):
            raise _number_error(option, str(typed), "a whole number", (minimum, maximum), example)
        return number

    return parse


def number(
    option: str, minimum: float | None = None, maximum: float | None = None, *, example: float
) -> Callable[[Any], float]:
    """Return a parser of finite numbers from `minimum` to `maximum`; `example` is a valid one."""

    def parse(typed: Any) -> float:
        value = _float(str(typed))
        too_small = minimum is not None and value < minimum
        if not math.isfinite(value) or too_small or (maximum is not None and value > maximum):
            raise _number_error(option, str(typed), "a number", (minimum, maximum), example)
        return value

    return parse


def parse_delimiter(text: str) -> bytes:
    """Return the delimiter that `-d` names: one ASCII character, or a name such as `tab`.

    Raises UsageError for anything that cannot separate fields.
    """
    named = _DELIMITER_NAMES.get(text.lower())
    if named:
        return named
    if len(text) != 1 or not text.isascii() or text in '"\r\n\0' or text.isalnum():
        raise UsageError(
            f"--delimiter {text!r}: a delimiter is one character", "for example -d ',' or -d ';' or -d tab or -d pipe"
        )
    return text.encode("ascii")


def parse_quoting(quoting: str, quote: str, escape: str, comment: str) -> Quoting:
    """Return the characters that make others ordinary, given the options; each is one ASCII character.

    Raises UsageError for any other text, and for one character with two meanings.
    """
    given = {"--quote-char": quote, "--escape-char": escape, "--comment": comment}
    examples = {"--quote-char": '"\'"', "--escape-char": "'\\'", "--comment": "'#'"}
    for option, text in given.items():
        if text and (len(text) != 1 or not text.isascii() or text.isalnum() or text.isspace()):
            raise UsageError(f"{option} {text}: not one character", f"for example {option} {examples[option]}")
    used = [text for text in given.values() if text]
    if len(set(used)) < len(used):
        raise UsageError("--quote-char, --escape-char and --comment name the same character", "name different ones")
    return Quoting(NO_QUOTE if quoting == "none" else quote.encode(), escape.encode(), comment.encode())


_WIDE_ENCODINGS = ("utf-16", "utf-32")
"""Encodings whose delimiters and newlines are several bytes."""

_TRAIL_BYTE_ENCODINGS = (
    *("shift_jis", "cp932", "shift_jis_2004", "shift_jisx0213", "big5", "big5hkscs", "cp950", "gbk", "gb18030"),
    "johab",
)
"""Encodings in which the second byte of a character can be that of a delimiter such as | or of a backslash."""


def parse_encoding(name: str) -> str:
    """Return Python's canonical name of an encoding in which records can be found byte by byte.

    UTF-16 and UTF-32 are read, too (see `is_transcoded`). Raises UsageError for stateful encodings: their commas and
    newlines are not single bytes.
    """
    if _is_codec(name) and codecs.lookup(name).name.startswith(_WIDE_ENCODINGS):
        wide = codecs.lookup(name).name
        return wide if wide.endswith(("le", "be")) else f"{wide}-le"
    try:
        # the byte-order mark of utf-8-sig is found in any case
        codec = codecs.lookup("utf-8" if codecs.lookup(name).name == "utf-8-sig" else name)
        ascii_is_itself = all(
            bytes([byte]).decode(codec.name) == chr(byte) for byte in itertools.chain([9, 10, 13], range(32, 127))
        )
        stateless = "ab,".encode(codec.name) == b"ab,"
    except (LookupError, UnicodeError):
        supported = False
    else:
        supported = ascii_is_itself and stateless and not codec.name.startswith(("utf_7", "utf-7", "hz", "iso2022"))
    if not supported and not _is_codec(name):
        known = sorted(set(encodings.aliases.aliases.values()))
        hint = did_you_mean(name.replace("-", "_"), known) or "for example --encoding cp1252, latin-1 or utf-8"
        raise UsageError(f"--encoding {name}: unknown encoding", hint)
    if not supported:
        raise UsageError(
            f"--encoding {name}: its commas are not single bytes",
            f"convert the file first: iconv -f {name} -t UTF-8 FILE | rebalance ... -",
        )
    return codec.name


def is_transcoded(encoding: str) -> bool:
    """Whether a file in this encoding is read by way of UTF-8, because not every delimiter is a byte of its own."""
    return encoding.startswith(_WIDE_ENCODINGS) or encoding in _TRAIL_BYTE_ENCODINGS


def _is_codec(name: str) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, UnicodeError):
        return False
    return True


def parse_bytes(text: str) -> int:
    """Return the number of bytes in `500M` or `16G`. Raises UsageError for anything else."""
    match = re.fullmatch(r"([0-9]+)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not match or not int(match[1]):
        raise UsageError(
            f"--max-bytes {text}: not a number of bytes above 0", "a whole number with K, M, G or T: --max-bytes 500M"
        )
    return int(match[1]) * _UNITS[match[2].upper()]


def parse_missing(texts: Sequence[str]) -> frozenset[str]:
    """Return the markers of missing values that `--missing` names, trimmed and in lower case."""
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"--missing {text}: not text in this terminal's encoding", "type it in UTF-8") from None
    return frozenset(text.strip().casefold() for text in texts)


def parse_counts(texts: Sequence[str]) -> dict[str, int]:
    """Return the wanted rows by label of `LABEL=N` options. Raises UsageError for anything else."""
    wanted: dict[str, int] = {}
    for text in texts:
        label, equals, digits = text.rpartition("=")
        if not equals:
            parts = re.fullmatch(r"(.*?)\s*[:=]?\s*([0-9]+)?", text)
            label, rows = (parts[1].strip(" :"), parts[2] or "5000") if parts else ("LABEL", "5000")
            raise UsageError(f"--count {text}: not LABEL=N", f"--count {shlex.quote(f'{label}={rows}')}")
        if "=" in label and "," in label:
            several = " ".join(f"--count {shlex.quote(part.strip())}" for part in text.split(","))
            raise UsageError(f"--count {text}: one class each", several)
        label, digits = (label.rstrip(), digits.strip()) if digits.strip().isdigit() else (label, digits)
        if not digits.isascii() or not digits.isdigit():
            raise UsageError(
                f"--count {text}: {digits!r} is not a whole number",
                f"for example --count {shlex.quote(f'{label}=5000')}",
            )
        if len(digits) > _MAX_COUNT_DIGITS:
            raise UsageError(f"--count {text}: too many rows", f"use at most {_MAX_COUNT_DIGITS} digits")
        if label in wanted:
            raise UsageError(f"--count names the class {label!r} twice", "name each class once")
        wanted[label] = int(digits)
    return wanted


def parse_ratio(typed: Any) -> float:
    """Return the wanted ratio of the smaller classes to the larger. Raises UsageError unless it is in (0, 1]."""
    word = str(typed).strip().casefold()
    if word in _RATIO_WORDS:
        raise UsageError(f"--ratio {typed}: not a number", "leave --ratio out: 1 makes all classes equal")
    if parts := re.fullmatch(r"([0-9]+)\s*[:/]\s*([0-9]+)", word):
        small, large = sorted(map(int, parts.groups()))
        raise UsageError(f"--ratio {typed}: not a number", f"--ratio {small / max(large, 1):.4g}")
    if counts := re.match(r"\W*([^:=]+?)\W*[:=]\s*([0-9]+)", str(typed)):
        raise UsageError(f"--ratio {typed}: not a number", f"--count {shlex.quote(f'{counts[1]}={counts[2]}')}")
    ratio = number("--ratio", example=0.5)(typed)
    if not 0 < ratio <= 1:
        raise UsageError(
            f"--ratio {ratio:g}: the ratio of the smaller class to the larger must be above 0 and at most 1",
            "for example --ratio 0.5; for exact counts use --count LABEL=N",
        )
    return ratio


_RATIO_WORDS = ("auto", "all", "minority", "majority", "not majority", "not minority", "none", "balanced")
"""What imbalanced-learn's sampling_strategy may be."""


def parse_relevance(text: str) -> "Relevance":
    """Return the relevance through control points such as `0:0,10:0.5,100:1`. Raises UsageError for anything else."""
    from rebalance.table.relevance import Relevance

    points: list[tuple[float, float]] = []
    for part in text.split(","):
        value, _, height = part.partition(":")
        points.append((_float(value), _float(height)))
    values = [value for value, _ in points]
    example = "for example --relevance 0:0,10:0.5,100:1"
    if not all(math.isfinite(value) and 0 <= height <= 1 for value, height in points):
        raise UsageError(f"--relevance {text}: not VALUE:RELEVANCE,... with each relevance from 0 to 1", example)
    if values != sorted(set(values)):
        raise UsageError(f"--relevance {text}: the values must ascend", example)
    return Relevance(tuple(points), flat=False)


def parse_objective(text: str) -> "Objective":
    """Return the objective that `--optimize` names. Raises UsageError for anything else."""
    from rebalance.evaluate.threshold import METRIC_OBJECTIVES, cost_objective, metric_objective, recall_objective

    if text in METRIC_OBJECTIVES:
        return metric_objective(text)
    if match := re.fullmatch(r"recall@precision=([0-9.]+)", text):
        precision = _number_of_objective(text, match[1])
        if 0 < precision <= 1:
            return recall_objective(text, precision)
    if match := re.fullmatch(r"cost=([0-9.]+):([0-9.]+)", text):
        false_positive, false_negative = _number_of_objective(text, match[1]), _number_of_objective(text, match[2])
        if false_positive + false_negative > 0:
            return cost_objective(text, false_positive, false_negative)
    names = [*METRIC_OBJECTIVES, "recall@precision=0.9", "cost=1:20"]
    raise UsageError(
        f"--optimize {text}: no such objective",
        did_you_mean(text, names) or f"one of {', '.join(names)} (cost of a false positive to a false negative)",
    )


def _number_of_objective(text: str, digits: str) -> float:
    value = _float(digits)
    if math.isnan(value):
        raise UsageError(f"--optimize {text}: {digits} is not a number", "for example --optimize cost=1:20")
    return value


def parse_model_parameter(text: str) -> tuple[str, Any]:
    """Return the name and the value of `NAME=VALUE`: a Python literal, or else the text itself."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        name, _, rest = text.replace(" ", ":", 1).partition(":")
        example = shlex.quote(f"{name or 'NAME'}={rest.strip() or 'VALUE'}")
        raise UsageError(f"--param {text}: not NAME=VALUE", f"write --param {example}")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):  # a word needs no quotes
        return name, value


def choice(option: str, choices: Sequence[str]) -> Callable[[Any], str]:
    """Return a parser of one of some words."""

    def parse(typed: Any) -> str:
        if typed not in choices:
            hint = did_you_mean(str(typed), [str(known) for known in choices]) or "one of " + ", ".join(choices)
            raise UsageError(f"{option} {typed}: {typed} is not {join_with('or', choices)}", hint)
        return str(typed)

    return parse


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _number_error(
    option: str, typed: str, what: str, bounds: tuple[Number | None, Number | None], example: Number
) -> UsageError:
    minimum, maximum = bounds
    if minimum is None:
        within = ""
    else:
        within = f" of at least {minimum:g}" if maximum is None else f" from {minimum:g} to {maximum:.10g}"
    meant = meant_number(typed)
    low, high = (0, 1) if minimum is None else (minimum, maximum)  # an option without bounds is a share here
    if isinstance(example, float) and low <= meant and (high is None or meant <= high):
        return UsageError(f"{option} {typed}: not {what}{within}", f"{option} {meant!r}")
    return UsageError(f"{option} {typed}: not {what}{within}", f"for example {option} {example:g}")
