"""How a column writes its numbers: what a text means, which values it can write, and what they look like.

A writing is found from the cells in `number_detection`; `render` writes synthetic numbers in it.
"""

import re
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Bool, Float64, Int64
from rebalance.table.arrow import floats, integers, strings
from rebalance.table.missing import trimmed

MAX_EXACT = float(2**53)
"""From here on, doubles do not hold every whole number."""

MAX_DIGITS = 17
"""So many digits are read back as the same double."""

_MIN_NOISE_DIGITS, _MAX_STRAY_SHARE = 15, 0.05
"""0.1 + 0.2 is written with 17 digits: so many digits in few cells are rounding errors and no grid of the column."""

_MAX_VALUE = 1e150
"""Beyond this a variance is no finite number."""

_MAX_POWER = 22
"""Ten to this power is the largest that a double holds exactly."""

_NULL, _ZERO = pa.nulls(1, pa.string())[0], strings(["0"])[0]

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"

_SPACES, _APOSTROPHES = " \u00a0\u202f\u2009", "'\u2019"
"""Characters between groups of digits that stand for each other."""

MINUS = "-\u2212"
"""What may be a minus sign."""


@dataclass(frozen=True, slots=True)
class SignStyle:
    """What stands around a number of one sign: in front of its prefix and its digits, after its digits and suffix."""

    before_prefix: str = ""
    before_digits: str = ""
    after_digits: str = ""
    after_suffix: str = ""


UNSIGNED, LEADING_MINUS = SignStyle(), SignStyle("-")


@dataclass(frozen=True, slots=True)
class ExponentStyle:
    """How exponents are written: `8.57e+05` has the letter e, a plus, and two digits."""

    letter: str = "e"
    plus: str = "+"
    """What stands before an exponent that is not negative."""

    digits: int = 2
    """The fewest digits of an exponent."""

    always: bool = False
    """Whether every cell has an exponent."""

    mantissa_decimals: int = 0
    """The most decimals of a mantissa."""

    fixed: bool = False
    """Whether every mantissa shows that many."""


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """The grid that the numbers of a column lie on, and how they are written."""

    decimals: int | None = None
    """The most digits after the decimal mark; None if numbers are written with so many significant `digits`."""

    min_decimals: int = 0
    """The fewest digits after the decimal mark: zeros at the end are written up to here."""

    whole: bool = False
    """Whether every value is a whole number, even if it is written `41.0`."""

    indent: str = ""
    """White space in front of every cell."""

    point: str = "."
    """The decimal mark: a point or a comma."""

    digits: int = MAX_DIGITS
    """Significant digits that are written where `decimals` is None."""

    group: str = ""
    """What stands between groups of digits, as in 1,234."""

    is_indian: bool = False
    """Whether groups above the thousands have two digits, as in 1,23,456."""

    min_grouped: float = 1000
    """Numbers from here on are grouped."""

    prefix: str = ""
    """What stands before the digits, such as a currency, with a space if there is one."""

    suffix: str = ""
    """What stands after the digits, such as a unit, with a space if there is one."""

    negative: SignStyle = LEADING_MINUS
    positive: SignStyle = UNSIGNED
    exponent: ExponentStyle | None = None

    @property
    def is_plain(self) -> bool:
        """Whether digits, a sign in front, the decimal mark and perhaps an exponent are all there is."""
        return (
            not self.group
            and not self.prefix
            and not self.suffix
            and (self.negative, self.positive) == (LEADING_MINUS, UNSIGNED)
        )

    @property
    def is_common(self) -> bool:
        """Whether every program reads it: plain, with a decimal point."""
        return self.is_plain and self.point == "."

    def snap(self, values: Float64) -> Float64:
        """Return `values` on the grid: rounded half to even, so that sums are not biased."""
        if self.decimals is not None:
            return np.rint(values) if self.whole else np.round(values, self.decimals)
        if self.whole and not (self.exponent and self.exponent.always):
            return np.rint(values)
        return round_to_digits(values, self.digits)

    def parse(self, cells: pa.ChunkedArray) -> Float64:
        """Return the cells as floats; NaN for what is no number in this writing, or beyond 1e150."""
        return _as_floats(self.texts(cells))

    def parse_as_written(self, cells: pa.ChunkedArray) -> tuple[Float64, Int64]:
        """Return the same, and how each number is written (see `grid_of`; 0 for what is no number)."""
        texts = self.texts(cells)
        values = _as_floats(texts)
        if texts.null_count:
            texts = pc.if_else(pc.is_valid(texts), texts, _ZERO)
        return values, np.where(np.isnan(values), 0, _written(texts))

    def texts(self, cells: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return cells as plain numbers with a decimal point and a minus in front; null for what is no number."""
        if self.is_plain:
            if self.point == ".":
                return cells
            has_point = pc.match_substring(cells, ".")
            return pc.replace_substring(pc.if_else(has_point, _NULL, cells), self.point, ".")
        cells = trimmed(cells)
        pattern = self._pattern()
        is_number = pc.match_substring_regex(cells, pattern)
        cells = pc.if_else(is_number, cells, _NULL)
        minus_behind = "" if set(MINUS) & set(self.suffix) else rf"|[{MINUS}]\s*[^0-9]*$"
        is_negative = pc.match_substring_regex(cells, rf"^[^0-9]*[{MINUS}(]{minus_behind}")
        digits = pc.replace_substring_regex(cells, pattern, r"\1")
        if self.group:
            digits = pc.replace_substring_regex(digits, any_of(self.group), "")
        if self.point != ".":
            digits = pc.replace_substring(digits, self.point, ".")
        minus = pc.if_else(is_negative, strings(["-"])[0], strings([""])[0])
        return pc.binary_join_element_wise(minus, digits, "")

    def _pattern(self) -> str:
        whole = "[0-9]+"
        if self.group:
            group = any_of(self.group)
            groups = (
                f"[0-9]{{1,2}}(?:{group}[0-9]{{2}})*{group}[0-9]{{3}}"
                if self.is_indian
                else (f"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+")
            )
            whole = f"(?:{groups}|[0-9]+)"
        point = re.escape(self.point)
        decimals = "[0-9]+" if self.suffix.startswith(self.point) else "[0-9]*"
        digits = rf"(?:{whole}(?:{point}{decimals})?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
        sign, space = f"[-+{MINUS[1]}]?", rf"[\s{_SPACES}]*"
        prefix, suffix = (f"(?:{re.escape(text.strip())})?" for text in (self.prefix, self.suffix))
        return rf"^\(?{sign}{space}{prefix}{space}{sign}({digits}){space}{sign}{space}{suffix}{space}[)-]?$"


def any_of(group: str) -> str:
    """Return a regular expression of a group separator and those that stand for it."""
    for alike in (_SPACES, _APOSTROPHES):
        if group in alike:
            return f"[{alike}]"
    return re.escape(group)


def _as_floats(texts: pa.ChunkedArray) -> Float64:
    try:
        values = floats(pc.cast(texts, pa.float64()))
    except pa.ArrowInvalid:
        texts = trimmed(texts)
        is_number = pc.match_substring_regex(texts, _NUMBER)
        without_plus = pc.replace_substring_regex(texts, r"^\+", "")
        values = floats(pc.cast(pc.if_else(is_number, without_plus, _NULL), pa.float64()))
    return np.where(np.abs(values) < _MAX_VALUE, values, np.nan)


def _written(texts: pa.ChunkedArray) -> Int64:
    """Return, for each plain number, twice its decimals, plus 1 if it has an exponent.

    Decimals are those of the number written without an exponent: 5e-05 has 5, and 8.57e+05 has -3.
    """
    texts = trimmed(texts)
    position = integers(pc.find_substring(texts, "."))
    end = integers(pc.utf8_length(texts))
    at_exponent = integers(pc.find_substring_regex(texts, "[eE]"))
    has_exponent = at_exponent >= 0
    if has_exponent.any():
        powers = pc.replace_substring_regex(texts, "^[^eE]*[eE][+]?", "")
        powers = pc.if_else(pc.match_substring_regex(powers, "^-?[0-9]{1,4}$"), powers, _ZERO)
        end = np.where(has_exponent, at_exponent, end)
        power = np.where(has_exponent, integers(pc.cast(powers, pa.int32())), 0)
    else:
        power = np.zeros(len(end), np.int32)
    decimals = np.where(position >= 0, end - position - 1, 0).astype(np.int64) - power
    return 2 * decimals + has_exponent


def grid_of(number: NumberFormat, values: Float64, written: Int64) -> NumberFormat:
    """Return `number` with the grid of some values; none is missing.

    `written`: how each of them is written, as `parse_as_written` returns it: this determines the grid of any
    subset of the cells. A few cells with the digits of rounding errors, or with an exponent, do not.
    """
    if not len(values):
        return number
    decimals, has_exponent = written >> 1, (written & 1).astype(np.bool_)
    whole = bool((values == np.rint(values)).all())
    significant = _significant_digits(values, decimals)
    counted = _without_few(significant < _MIN_NOISE_DIGITS)
    most_digits = min(int(significant[counted].max()), MAX_DIGITS)
    if number.exponent and number.exponent.always:
        return replace(number, decimals=None, min_decimals=0, whole=whole, digits=max(most_digits, 1))
    plain = counted & ~has_exponent
    if plain.any():
        first, last = int(decimals[plain].min()), int(decimals[plain].max())
        if first == last and has_exponent.mean() <= _MAX_STRAY_SHARE:
            counted = plain
    most = max(int(decimals[counted].max()), 0)
    least = int(decimals[plain if plain.any() else counted].min())
    if most > _MAX_POWER or np.abs(values).max() * 10.0**most >= MAX_EXACT:
        return replace(number, decimals=None, min_decimals=0, whole=whole, digits=max(most_digits, 1))
    return replace(number, decimals=most, min_decimals=min(max(least, 0), most), whole=whole)


def _significant_digits(values: Float64, decimals: Int64) -> Int64:
    size = np.abs(values)
    power = np.floor(np.log10(np.where(size > 0, size, 1)))
    digits: Int64 = np.where(decimals > 0, decimals + power + 1, 1).astype(np.int64)
    return np.where(decimals < 0, decimals + power + 1, digits).astype(np.int64)


def _without_few(counted: Bool) -> Bool:
    """Return the mask, unless it leaves out more than a few: then all."""
    is_few = 1 - counted.mean() <= _MAX_STRAY_SHARE and counted.any()
    return counted if is_few else np.ones(len(counted), np.bool_)


def round_to_digits(values: Float64, digits: int) -> Float64:
    """Return values rounded to significant digits, exactly as their texts would be read back."""
    if digits >= MAX_DIGITS:
        return values
    size = np.abs(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        power = digits - 1 - np.floor(np.log10(np.where(size > 0, size, 1)))
    rounded = values.copy()
    is_exact = (power >= 0) & (power <= _MAX_POWER) & (digits < _MIN_NOISE_DIGITS)
    scale = 10.0 ** np.where(is_exact, power, 0)
    rounded[is_exact] = (np.rint(values * scale) / scale)[is_exact]
    rest = np.flatnonzero(~is_exact & ~np.isnan(values))
    rounded[rest] = [float(f"{value:.{digits - 1}e}") for value in values[rest].tolist()]
    return rounded


def are_codes(cells: pa.ChunkedArray, number: NumberFormat, values: Float64) -> bool:
    """Whether cells that can be parsed as numbers, with these `values`, are to be read as text.

    That is the case with leading zeros, and with whole numbers that are too long to be exact.
    """
    texts = number.texts(cells)
    if pc.any(pc.match_substring_regex(texts, r"^\s*[+-]?0[0-9]")).as_py():
        return True
    is_long = bool(np.nanmax(np.abs(values), initial=0) >= MAX_EXACT)
    return is_long and not pc.any(pc.match_substring_regex(texts, r"[.eE]")).as_py()


def common_indent(cells: pa.ChunkedArray) -> str:
    """Return the white space that all cells begin with, if it is the same."""
    spaces = integers(pc.find_substring_regex(cells, r"\S"))
    width = int(spaces.min())
    if width < 1 or spaces.max() != width:
        return ""
    indents = pc.unique(pc.utf8_slice_codeunits(cells, 0, width)).to_pylist()
    return str(indents[0]) if len(indents) == 1 else ""


def with_grid(number: NumberFormat, cells: pa.ChunkedArray) -> NumberFormat:
    """Return `number` with the grid and the indent of `cells`, all of which are numbers in its writing."""
    values, written = number.parse_as_written(cells)
    return grid_of(replace(number, indent=common_indent(cells)), values, written)
