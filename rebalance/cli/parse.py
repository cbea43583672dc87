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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rebalance.errors import UsageError, did_you_mean
from rebalance.text import join_with, meant_number

if TYPE_CHECKING:
    from rebalance.evaluate.threshold import Objective
    from rebalance.gates import Gate
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


def parse_encoding(name: str) -> str:
    """Return Python's canonical name of an encoding in which records can be found byte by byte.

    Raises UsageError for UTF-16, UTF-32 and stateful encodings: their commas and newlines are not single bytes.
    """
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
        hint = did_you_mean(name.replace("-", "_"), known) or "for example --encoding latin-1, cp1252 or utf-8"
        raise UsageError(f"--encoding {name}: unknown encoding", hint)
    if not supported:
        raise UsageError(
            f"--encoding {name}: its commas are not single bytes",
            f"convert the file first: iconv -f {name} -t UTF-8 FILE | rebalance ... -",
        )
    return codec.name


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
            label = re.split("[:=,\\s]", text)[0] or "LABEL"
            raise UsageError(f"--count {text}: not LABEL=N", f"for example --count {shlex.quote(f'{label}=5000')}")
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
    ratio = number("--ratio", example=0.5)(typed)
    if not 0 < ratio <= 1:
        raise UsageError(
            f"--ratio {ratio:g}: the ratio of the smaller class to the larger must be above 0 and at most 1",
            "for example --ratio 0.5; for exact counts use --count LABEL=N",
        )
    return ratio


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
        name = re.split("[:=,\\s]", text)[0] or "NAME"
        raise UsageError(f"--param {text}: not NAME=VALUE", f"write --param {shlex.quote(f'{name}=VALUE')}")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):  # a word needs no quotes
        return name, value


def parse_fail_if(texts: Sequence[str], names: Mapping[str, str]) -> "list[Gate]":
    """Return the gates of conditions such as `ratio>10`, on the values in `names` (name to display name)."""
    return [_parse_gate(text, "--fail-if", r"<=|>=|<|>", names) for text in texts]


def parse_fail_under(texts: Sequence[str], names: Mapping[str, str]) -> "list[Gate]":
    """Return the gates of minima such as `f1=0.7`."""
    gates = [_parse_gate(text, "--fail-under", "=", names) for text in texts]
    return [replace(gate, sign="<") for gate in gates]


def find_name(text: str, option: str, names: Mapping[str, str]) -> str:
    """Return the key of `names` that `text` means; the values are display names, which count as well.

    `pr-auc`, `PR_AUC` and `PR AUC` are the same. Raises UsageError if there is none.
    """
    name = _lookup(text, names)
    if name is not None:
        return name
    known = [name.replace("_", "-") for name in names]
    word = _folded(text).replace("_", "-")
    meant = f"did you mean {_METRIC_WORDS[word]!r}?" if _METRIC_WORDS.get(word) in known else did_you_mean(word, known)
    raise UsageError(f"{option} {text}: there is no such metric", meant or "one of " + ", ".join(known))


_METRIC_WORDS = {
    "average-precision": "pr-auc",
    "ap": "pr-auc",
    "aucpr": "pr-auc",
    "auprc": "pr-auc",
    "auc": "roc-auc",
    "auroc": "roc-auc",
    "roc": "roc-auc",
    "roc-auc-score": "roc-auc",
    "accuracy": "balanced-accuracy",
    "acc": "balanced-accuracy",
    "bacc": "balanced-accuracy",
    "f1-score": "f1",
    "f-score": "f1",
    "f1-macro": "macro-f1",
    "f1-weighted": "weighted-f1",
    "sensitivity": "recall",
    "tpr": "recall",
    "tnr": "specificity",
    "ppv": "precision",
    "gmean": "g-mean",
    "geometric-mean-score": "g-mean",
    "matthews-corrcoef": "mcc",
    "brier-score": "brier",
    "brier-score-loss": "brier",
    "logloss": "log-loss",
    "cross-entropy": "log-loss",
    "ece": "expected-calibration-error",
    "mse": "rmse",
    "mean-squared-error": "rmse",
    "mean-absolute-error": "mae",
    "r2-score": "r2",
    "rsquared": "r2",
    "ratio": "imbalance-ratio",
}
"""What the field calls a metric, with hyphens, and its name here."""


def _lookup(text: str, names: Mapping[str, str]) -> str | None:
    wanted = _folded(text)
    return next((name for name, display in names.items() if wanted in (_folded(name), _folded(display))), None)


def _folded(text: str) -> str:
    return re.sub(r"[-\s_]+", "_", text.strip()).casefold()


def _parse_gate(text: str, option: str, signs: str, names: Mapping[str, str]) -> "Gate":
    from rebalance.gates import Gate, typed_name

    match = re.fullmatch(rf"\s*([^<>=]+?)\s*({signs})\s*(\S+)\s*", text)
    first = re.split(r"[<>=:]|\s+[0-9.]", text)[0]
    name = (_lookup(first, names) or next(iter(names))).replace("_", "-")
    example = f"for example {option} '{name}{'=' if signs == '=' else '>'}0.5'"
    if not match:
        raise UsageError(f"{option} {text}: not {'METRIC=X' if signs == '=' else 'METRIC>X'}", example)
    limit = _float(match[3])
    if not math.isfinite(limit):
        raise UsageError(f"{option} {text}: {match[3]} is not a number", example)
    found = find_name(match[1], option, names)
    return Gate(found, match[2], limit, f"{option} {shlex.quote(f'{typed_name(found)}{match[2]}{match[3]}')}")


def choice(option: str, choices: Sequence[str]) -> Callable[[Any], str]:
    """Return a parser of one of some words."""

    def parse(typed: Any) -> str:
        if typed not in choices:
            hint = did_you_mean(str(typed), list(choices)) or "one of " + ", ".join(choices)
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
