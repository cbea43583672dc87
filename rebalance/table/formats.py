"""How a column writes its numbers and dates: what its text means, and how a made value must look."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Float64, Int64
from rebalance.table.arrow import fixed_width, floats, integers, marks, strings
from rebalance.table.target import MISSING_MARKERS

_SECOND, _MINUTE, _HOUR, _DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
_NO_DATE, _NULL = strings(["NaT"])[0], pa.nulls(1, pa.string())[0]
_STEPS = (_DAY, _HOUR, _MINUTE, _SECOND)
_LARGEST_EXACT = float(2**53)
_MOST_DIGITS = 17
"""What a double needs to be read back the same."""

_LONGEST_DATE = len("2024-12-31T23:59:59.123456")
_LARGEST = 1e150
"""Beyond this a spread is no longer a finite number."""
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DATE = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?P<separator>[T ])(?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The grid a column of numbers lies on.

    `decimals`: the most digits after the point, None if some cell has an exponent or too many digits (then
    `digits` significant ones are written). `fixed`: every cell shows that many. `whole`: every value is a
    whole number, even if written `41.0`. `prefix`: white space before every cell. `point`: `.` or `,`.
    """

    decimals: int | None
    fixed: bool
    whole: bool
    prefix: str = ""
    point: str = "."
    digits: int = _MOST_DIGITS

    def snap(self, values: Float64) -> Float64:
        """Return `values` on the grid: rounded half to even, so that a sum of many is not biased."""
        if self.whole:
            return np.rint(values)
        if self.decimals is not None:
            return np.round(values, self.decimals)
        return np.array([float(f"{value:.{self.digits}g}") for value in values.tolist()])


@dataclass(frozen=True, slots=True)
class DateFormat:
    """The one ISO 8601 form that all dates of a column have.

    `unit` is numpy's for what the last digit counts; `fraction` the digits after the second's point. Times
    are whole multiples of `step` microseconds.
    """

    unit: str
    separator: str
    fraction: int
    zone: str
    step: int

    def pattern(self) -> str:
        """Return the regular expression of this form."""
        fraction = rf"\.[0-9]{{{self.fraction}}}" if self.fraction else ""
        time = {"D": "", "m": "[0-9]{2}:[0-9]{2}"}.get(self.unit, "[0-9]{2}:[0-9]{2}:[0-9]{2}" + fraction)
        return f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{self.separator}{time}{re.escape(self.zone)}$"

    def snap(self, microseconds: Float64) -> Float64:
        """Return times rounded to the column's step."""
        snapped: Float64 = np.rint(microseconds / self.step) * self.step
        return snapped

    def render(self, microseconds: Float64) -> list[str]:
        """Write times (microseconds since 1970, no NaN) in this form."""
        times = microseconds.astype(np.int64).astype("datetime64[us]").astype(f"datetime64[{self.unit}]")
        texts: list[str] = np.datetime_as_string(times).tolist()
        cut = len(texts[0]) - (6 - self.fraction) if self.unit == "us" and texts else None
        return [text[:cut].replace("T", self.separator) + self.zone for text in texts]


def trimmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return cells without white space around them."""
    return pc.utf8_trim_whitespace(cells)


def is_missing(cells: pa.ChunkedArray, named: frozenset[str] = frozenset()) -> pa.ChunkedArray:
    """Return which cells are a marker for a missing value, a usual one or one of those `named` (in lower case)."""
    return pc.is_in(pc.utf8_lower(trimmed(cells)), value_set=strings(sorted(MISSING_MARKERS | named)))


def present_cells(cells: pa.ChunkedArray, named: frozenset[str]) -> pa.ChunkedArray:
    """Return the cells that are not missing."""
    return cells.filter(pc.invert(is_missing(cells, named)))


def parse_numbers(cells: pa.ChunkedArray, point: str = ".") -> Float64:
    """Return the cells as floats; NaN for what is no decimal number, or beyond 1e150."""
    if point != ".":
        cells = pc.replace_substring(cells, point, ".")
    try:
        values = floats(pc.cast(cells, pa.float64()))
    except pa.ArrowInvalid:
        cells = trimmed(cells)
        matching = pc.match_substring_regex(cells, _NUMBER)
        unsigned = pc.replace_substring_regex(cells, r"^\+", "")
        values = floats(pc.cast(pc.if_else(matching, unsigned, _NULL), pa.float64()))
    return np.where(np.abs(values) < _LARGEST, values, np.nan)


def parse_dates(cells: pa.ChunkedArray, form: "DateFormat | None" = None) -> Float64:
    """Return ISO 8601 cells as microseconds since 1970 (of their own zone's clock).

    NaN for what is no date, or not in the column's `form` if one is given.
    """
    texts = trimmed(cells)
    if form is not None:
        texts = pc.if_else(pc.match_substring_regex(texts, form.pattern()), texts, _NO_DATE)
    stamped = pc.replace_substring_regex(texts, r"(:[0-9]{2}(\.[0-9]+)?)(Z|[+-][0-9]{2}:?[0-9]{2})$", r"\1")
    matching = pc.match_substring_regex(stamped, _DATE)
    dates = fixed_width(pc.if_else(matching, stamped, _NO_DATE), _LONGEST_DATE)
    try:
        times = dates.astype("datetime64[us]")
    except ValueError:  # the 30th of February
        times = np.array([_date_or_nat(text.decode()) for text in dates.tolist()], "datetime64[us]")
    values = times.astype(np.int64).astype(np.float64)
    return np.where(np.isnat(times), np.nan, values)


def are_codes(cells: pa.ChunkedArray, point: str = ".") -> bool:
    """Whether cells that parse as numbers are to be taken as text.

    That is with leading zeros, whole and too long to be exact, or with commas that may set thousands apart.
    """
    texts = trimmed(cells)
    if pc.any(pc.match_substring_regex(texts, r"^[+-]?0[0-9]")).as_py():
        return True
    if point == "," and pc.all(pc.match_substring_regex(texts, r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})*$|^0$")).as_py():
        return True  # 15,312 may be fifteen thousand: it is carried, not computed with
    long = bool(np.abs(parse_numbers(texts, point)).max() >= _LARGEST_EXACT)
    return long and not pc.any(pc.match_substring_regex(texts, r"[.,eE]")).as_py()


def number_format(cells: pa.ChunkedArray, point: str = ".") -> NumberFormat:
    """Return the grid of `cells`, all numbers."""
    texts = trimmed(cells)
    values = parse_numbers(texts, point)
    written = NumberFormat(None, fixed=False, whole=False, prefix=_common_prefix(cells), point=point)
    return grid_of(written, values, decimals_written(texts, point))


def decimals_written(cells: pa.ChunkedArray, point: str) -> Int64:
    """Return how many digits each number is written with after its point; for one with an exponent, minus all digits.

    They tell the grid of any subset of the cells.
    """
    texts = trimmed(cells)
    at = integers(pc.find_substring(texts, point))
    decimals: Int64 = np.where(at >= 0, integers(pc.utf8_length(texts)) - at - 1, 0).astype(np.int64)
    exponent = marks(pc.match_substring_regex(texts, "[eE]"))
    if exponent.any():
        mantissas = pc.replace_substring_regex(texts, r"^[^1-9]*|[eE].*$|[^0-9]", "")
        digits = np.clip(integers(pc.utf8_length(mantissas)), 1, _MOST_DIGITS)
        decimals = np.where(exponent, -digits, decimals)
    return decimals


def grid_of(written: NumberFormat, values: Float64, decimals: Int64) -> NumberFormat:
    """Return the grid that numbers lie on, written as the column writes them; `decimals` as above, none missing."""
    if not len(values):
        return written
    whole = bool((values == np.rint(values)).all())
    most, least = int(decimals.max()), int(decimals.min())
    if least < 0 or np.abs(values).max() * 10.0**most >= _LARGEST_EXACT:
        digits = -least if least < 0 else _MOST_DIGITS
        return replace(written, decimals=None, fixed=False, whole=whole, digits=digits)
    return replace(written, decimals=most, fixed=most == least, whole=whole)


def date_format(cells: pa.ChunkedArray) -> DateFormat | None:
    """Return the one form of `cells`, None if they are no ISO 8601 dates or differ in form."""
    texts = trimmed(cells)
    if not pc.all(pc.match_substring_regex(texts, _DATE)).as_py():
        return None
    forms = {_form(text) for text in pc.unique(texts).to_pylist()}
    times = parse_dates(texts)
    if len(forms) != 1 or np.isnan(times).any():
        return None
    form = forms.pop()
    step = next((step for step in _STEPS if step > form.step and not (times % step).any()), form.step)
    return replace(form, step=step)


def _form(text: str) -> DateFormat:
    match = re.match(_DATE, text)
    assert match  # noqa: S101  date_format has matched it
    fraction = len(match["fraction"] or ".") - 1
    unit = "us" if fraction else "s" if match["second"] else "m" if match["minute"] else "D"
    step = {"D": _DAY, "m": _MINUTE, "s": _SECOND, "us": 10 ** (6 - fraction)}[unit]
    return DateFormat(unit, match["separator"] or "", fraction, match["zone"] or "", step)


def _common_prefix(cells: pa.ChunkedArray) -> str:
    spaces = integers(pc.find_substring_regex(cells, r"\S"))
    width = int(spaces.min())
    if width < 1 or spaces.max() != width:
        return ""
    prefixes = pc.unique(pc.utf8_slice_codeunits(cells, 0, width)).to_pylist()
    return str(prefixes[0]) if len(prefixes) == 1 else ""


def _date_or_nat(text: str) -> np.datetime64:
    try:
        return np.datetime64(text, "us")
    except ValueError:
        return np.datetime64("NaT", "us")
