"""How a column writes its numbers and dates: what a text means, and how a synthetic value must look."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Float64, Int64
from rebalance.table.arrow import fixed_width, floats, integers, marks, strings
from rebalance.table.target import MISSING_MARKERS

_SECOND, _MINUTE, _HOUR, _DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
_STEPS = (_DAY, _HOUR, _MINUTE, _SECOND)
"""Microseconds."""

_NOT_A_TIME, _NULL = strings(["NaT"])[0], pa.nulls(1, pa.string())[0]

_MAX_EXACT = float(2**53)
"""From here on, doubles do not hold every whole number."""

_MAX_DIGITS = 17
"""So many digits are read back as the same double."""

_MAX_DATE_LENGTH = len("2024-12-31T23:59:59.123456")

_MAX_VALUE = 1e150
"""Beyond this a variance is no finite number."""

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DATE = (
    r"^(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:(?P<separator>[T ])(?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2})?(?P<fraction>\.[0-9]{1,6})?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?$"
)


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The grid that the numbers of a column lie on, and how they are written."""

    decimals: int | None
    """The most digits after the decimal mark; None if some cell has an exponent or too many digits."""

    fixed: bool
    """Whether every cell shows that many."""

    whole: bool
    """Whether every value is a whole number, even if it is written `41.0`."""

    prefix: str = ""
    """White space in front of every cell."""

    point: str = "."
    """The decimal mark: a point or a comma."""

    digits: int = _MAX_DIGITS
    """Significant digits that are written where `decimals` is None."""

    def snap(self, values: Float64) -> Float64:
        """Return `values` on the grid: rounded half to even, so that sums are not biased."""
        if self.whole:
            return np.rint(values)
        if self.decimals is not None:
            return np.round(values, self.decimals)
        return np.array([float(f"{value:.{self.digits}g}") for value in values.tolist()])


@dataclass(frozen=True, slots=True)
class DateFormat:
    """The ISO 8601 format that all dates of a column have."""

    unit: str
    """NumPy's code of the smallest unit that is written."""

    separator: str
    """What stands between date and time."""

    fraction: int
    """Digits of fractions of a second."""

    zone: str
    """The time zone, as written."""

    step: int
    """All times are multiples of so many microseconds."""

    def pattern(self) -> str:
        """Return the regular expression of this format."""
        fraction = rf"\.[0-9]{{{self.fraction}}}" if self.fraction else ""
        time = {"D": "", "m": "[0-9]{2}:[0-9]{2}"}.get(self.unit, "[0-9]{2}:[0-9]{2}:[0-9]{2}" + fraction)
        return f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{self.separator}{time}{re.escape(self.zone)}$"

    def snap(self, microseconds: Float64) -> Float64:
        """Return times rounded to the column's step."""
        snapped: Float64 = np.rint(microseconds / self.step) * self.step
        return snapped

    def render(self, microseconds: Float64) -> list[str]:
        """Return times (microseconds since 1970, no NaN) in this format."""
        times = microseconds.astype(np.int64).astype("datetime64[us]").astype(f"datetime64[{self.unit}]")
        texts: list[str] = np.datetime_as_string(times).tolist()
        end = len(texts[0]) - (6 - self.fraction) if self.unit == "us" and texts else None
        return [text[:end].replace("T", self.separator) + self.zone for text in texts]


def trimmed(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return cells without white space around them."""
    return pc.utf8_trim_whitespace(cells)


def is_missing(cells: pa.ChunkedArray, markers: frozenset[str] = frozenset()) -> pa.ChunkedArray:
    """Return which cells are a usual marker of a missing value, or one of `markers` (in lower case)."""
    return pc.is_in(pc.utf8_lower(trimmed(cells)), value_set=strings(sorted(MISSING_MARKERS | markers)))


def present_cells(cells: pa.ChunkedArray, markers: frozenset[str]) -> pa.ChunkedArray:
    """Return the cells that are not missing."""
    return cells.filter(pc.invert(is_missing(cells, markers)))


def parse_numbers(cells: pa.ChunkedArray, point: str = ".") -> Float64:
    """Return the cells as floats; NaN for what is not a decimal number, or beyond 1e150. `point`: the decimal mark."""
    if point != ".":
        cells = pc.replace_substring(cells, point, ".")
    try:
        values = floats(pc.cast(cells, pa.float64()))
    except pa.ArrowInvalid:
        cells = trimmed(cells)
        is_number = pc.match_substring_regex(cells, _NUMBER)
        without_plus = pc.replace_substring_regex(cells, r"^\+", "")
        values = floats(pc.cast(pc.if_else(is_number, without_plus, _NULL), pa.float64()))
    return np.where(np.abs(values) < _MAX_VALUE, values, np.nan)


def parse_dates(cells: pa.ChunkedArray, date: "DateFormat | None" = None) -> Float64:
    """Return ISO 8601 cells as microseconds since 1970 (by the clock of their own time zone).

    NaN for what is not a date, or not in the format `date` if one is given.
    """
    texts = trimmed(cells)
    if date is not None:
        texts = pc.if_else(pc.match_substring_regex(texts, date.pattern()), texts, _NOT_A_TIME)
    without_zone = pc.replace_substring_regex(texts, r"(:[0-9]{2}(\.[0-9]+)?)(Z|[+-][0-9]{2}:?[0-9]{2})$", r"\1")
    is_date = pc.match_substring_regex(without_zone, _DATE)
    dates = fixed_width(pc.if_else(is_date, without_zone, _NOT_A_TIME), _MAX_DATE_LENGTH)
    try:
        times = dates.astype("datetime64[us]")
    except ValueError:  # the 30th of February
        times = np.array([_date_or_nat(text.decode()) for text in dates.tolist()], "datetime64[us]")
    values = times.astype(np.int64).astype(np.float64)
    return np.where(np.isnat(times), np.nan, values)


def are_codes(cells: pa.ChunkedArray, point: str = ".") -> bool:
    """Whether cells that can be parsed as numbers are to be read as text.

    That is the case with leading zeros, with whole numbers that are too long to be exact, and with commas that may
    separate thousands.
    """
    texts = trimmed(cells)
    if pc.any(pc.match_substring_regex(texts, r"^[+-]?0[0-9]")).as_py():
        return True
    if point == "," and pc.all(pc.match_substring_regex(texts, r"^[+-]?[1-9][0-9]{0,2}(,[0-9]{3})*$|^0$")).as_py():
        return True  # 15,312 may be fifteen thousand
    is_long = bool(np.abs(parse_numbers(texts, point)).max() >= _MAX_EXACT)
    return is_long and not pc.any(pc.match_substring_regex(texts, r"[.,eE]")).as_py()


def number_format(cells: pa.ChunkedArray, point: str = ".") -> NumberFormat:
    """Return the format of `cells`, all numbers."""
    texts = trimmed(cells)
    values = parse_numbers(texts, point)
    base = NumberFormat(None, fixed=False, whole=False, prefix=_common_prefix(cells), point=point)
    return grid_of(base, values, decimals_written(texts, point))


def decimals_written(cells: pa.ChunkedArray, point: str) -> Int64:
    """Return how many decimals each number is written with; for one with an exponent, minus its number of digits.

    They determine the grid of any subset of the cells.
    """
    texts = trimmed(cells)
    position = integers(pc.find_substring(texts, point))
    length = integers(pc.utf8_length(texts))
    decimals: Int64 = np.where(position >= 0, length - position - 1, 0).astype(np.int64)
    has_exponent = marks(pc.match_substring_regex(texts, "[eE]"))
    if has_exponent.any():
        mantissas = pc.replace_substring_regex(texts, r"^[^1-9]*|[eE].*$|[^0-9]", "")
        digits = np.clip(integers(pc.utf8_length(mantissas)), 1, _MAX_DIGITS)
        decimals = np.where(has_exponent, -digits, decimals)
    return decimals


def grid_of(number: NumberFormat, values: Float64, decimals: Int64) -> NumberFormat:
    """Return `number` with the grid of some values, given how many decimals each is written with; none is missing."""
    if not len(values):
        return number
    whole = bool((values == np.rint(values)).all())
    most, least = int(decimals.max()), int(decimals.min())
    if least < 0 or np.abs(values).max() * 10.0**most >= _MAX_EXACT:
        digits = -least if least < 0 else _MAX_DIGITS
        return replace(number, decimals=None, fixed=False, whole=whole, digits=digits)
    return replace(number, decimals=most, fixed=most == least, whole=whole)


def date_format(cells: pa.ChunkedArray) -> DateFormat | None:
    """Return the format of `cells`; None unless they are ISO 8601 dates of one format."""
    texts = trimmed(cells)
    if not pc.all(pc.match_substring_regex(texts, _DATE)).as_py():
        return None
    formats = {_format_of(text) for text in pc.unique(texts).to_pylist()}
    times = parse_dates(texts)
    if len(formats) != 1 or np.isnan(times).any():
        return None
    date = formats.pop()
    step = next((step for step in _STEPS if step > date.step and not (times % step).any()), date.step)
    return replace(date, step=step)


def _format_of(text: str) -> DateFormat:
    match = re.match(_DATE, text)
    assert match  # noqa: S101  date_format has matched it
    fraction = len(match["fraction"] or ".") - 1
    unit = "us" if fraction else "s" if match["second"] else "m" if match["minute"] else "D"
    step = {"D": _DAY, "m": _MINUTE, "s": _SECOND, "us": 10 ** (6 - fraction)}[unit]
    return DateFormat(unit, match["separator"] or "", fraction, match["zone"] or "", step)


def _common_prefix(cells: pa.ChunkedArray) -> str:
    """Return the white space that all cells begin with, if it is the same."""
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
