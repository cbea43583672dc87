"""In which writing a column's numbers are: the plain one, or what people and spreadsheets make of it."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Bool, Float64, Int64
from rebalance.table.arrow import mask, strings
from rebalance.table.missing import trimmed
from rebalance.table.missing_markers import MISSING_AMONG_NUMBERS
from rebalance.table.number_format import (
    LEADING_MINUS,
    MAX_EXACT,
    MINUS,
    UNSIGNED,
    ExponentStyle,
    NumberFormat,
    SignStyle,
    any_of,
    are_codes,
    common_indent,
    grid_of,
    with_grid,
)

MAX_INVALID_SHARE, _MAX_MARKED_SHARE, _MAX_MARKERS, _MIN_CELLS_FOR_ONE = 0.01, 0.05, 3, 15
"""Of a column of numbers one cell in a hundred may be anything; one in twenty, if few different texts make them up, as
markers of missing values do; and one cell of fifteen or more."""

_GLANCE, _MIN_SHARE_AT_A_GLANCE = 200, 0.5
"""A column fewer of whose first cells look like numbers is no column of numbers."""

_MIN_AMBIGUOUS_GROUPS = 20
"""Of so many cells with a separator, some would have another number of digits behind it if it were a decimal mark."""

_BODY = r"[0-9](?:[0-9.,'\u2019 \u00a0\u202f\u2009]*(?:[0-9]|[.,](?![-\u2212\u2013\u2014])))?|[.,][0-9]+"
_CELL = re.compile(
    rf"""
    (?P<open>\(?)(?P<sign>[-+\u2212]?)
    (?P<prefix>[^\W\d_]{{0,3}}[^\w\s.,'()+\-\u2212\u2019"]?[.]?[^\S\n]?|[^\W\d_]{{1,3}}[.][^\S\n]?)
    (?P<inner>[-+\u2212]?)
    (?P<body>{_BODY})
    (?P<exponent>[eE][+-]?[0-9]+)?
    (?P<trailing>(?:(?<=[0-9])[-\u2212])?)
    (?P<suffix>[.,:][-\u2212\u2013\u2014]{{1,2}}|[^\S\n]?(?:[^\s\d()+\-\u2212.,'"][^\s\d()+\u2212.,'"]{{0,7}}|))
    (?P<close>\)?)
    """,
    re.VERBOSE,
)

_BEFORE_NO_CENTS = (".", ",", ":")
"""What stands before the dash of 49,- and 49:-, where there are no cents; the dash is no sign."""

_MIN_CODE = 3
"""Letters of a currency that can stand directly before digits."""

_CURRENCY_NAMES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW KWD MXN MYR NGN NOK"
    " NZD PEN PHP PKR PLN RON RUB RSD SAR SEK SGD THB TRY TWD UAH USD VND ZAR RS FR KR R SFR TL RM RP"
)
_CURRENCIES = frozenset(_CURRENCY_NAMES.split())
"""Currencies that are written with letters in front of a number; letters of any other kind make it a code."""


class Mark(Enum):
    """What shows which of point and comma is the decimal mark."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True, slots=True)
class NumberWriting:
    """The writing of a column of numbers."""

    number: NumberFormat

    values: Float64
    """The cells as numbers; NaN for those that are none."""

    other: NumberFormat | None = None
    """The other way to read the same cells, where they do not show whether a mark separates decimals or thousands."""

    evidence: Mark | None = None
    """The decimal mark, if some cell shows it beyond doubt."""

    example: str = ""
    """A cell that can be read both ways."""


@dataclass(frozen=True, slots=True)
class Marks:
    """Which characters separate decimals and thousands."""

    point: str = "."
    group: str = ""
    is_indian: bool = False
    min_grouped: float = 1000

    shows_point: bool = False
    """Whether some cell shows the decimal mark."""

    example: str = ""
    """A cell that shows neither, if no other cell does."""


LOCALES = {
    "en": Marks(".", ","),
    "de": Marks(",", "."),
    "fr": Marks(",", " "),
    "ch": Marks(".", "'"),
    "in": Marks(".", ",", is_indian=True),
}
"""The marks that a user can name, as in --role COL=number:de."""


def detect_numbers(
    present: pa.ChunkedArray, *, comma: bool = False, locale: str = "", is_given: bool = False
) -> NumberWriting | None:
    """Return the writing of a column's cells, none of which is missing; None unless nearly all are numbers.

    Numbers that are codes, such as those with leading zeros, are none. `comma`: a comma is more likely to separate
    decimals than thousands, because the delimiter is another character. `locale`: the marks that the user has named.
    `is_given`: the user has said that these are numbers, so that any share of them may be.
    """
    if locale:
        writing = _detect_decorated(present, comma=comma, known=LOCALES[locale], is_given=True)
    elif is_given:
        plain = [_completed(NumberWriting(number, number.parse(present)), present) for number in _PLAIN]
        candidates = [*plain, _detect_decorated(present, comma=comma, is_given=True)]
        found = [candidate for candidate in candidates if candidate]
        writing = max(found, key=lambda one: np.count_nonzero(~np.isnan(one.values))) if found else None
    else:
        writing = _detect_plain(present) or _detect_decorated(present, comma=comma)
    if writing is None or np.isnan(writing.values).all():
        return None
    if not is_given and are_codes(present, writing.number, writing.values):
        return None
    return writing


_PLAIN = tuple(NumberFormat(point=mark.value) for mark in Mark)


def _completed(writing: NumberWriting, present: pa.ChunkedArray) -> NumberWriting:
    """Return a writing with the grid and the indent of the cells that are numbers in it."""
    is_valid = ~np.isnan(writing.values)
    numeric = present.filter(mask(is_valid))
    if not len(numeric):
        return writing
    other = writing.other and with_grid(writing.other, numeric)
    return replace(writing, number=with_grid(writing.number, numeric), other=other)


def _detect_plain(present: pa.ChunkedArray) -> NumberWriting | None:
    """Return the plain writing with the decimal mark that some cell shows, or without any; None if it does not fit."""
    for mark_ in Mark:
        number = NumberFormat(point=mark_.value)
        values, written = number.parse_as_written(present)
        if not has_few_invalid(present, ~np.isnan(values)):
            continue
        if pc.any(pc.match_substring_regex(present, r"^\s*\+")).as_py():
            return None
        decimals, size = written >> 1, np.abs(values)
        has_decimals = decimals > 0
        may_be_groups = has_decimals & (decimals == _GROUP_SIZE) & (size >= 1) & (size < _THOUSAND)
        if may_be_groups.any() and (may_be_groups == has_decimals).all():
            continue  # each mark stands before three digits, after at most three
        if (written & 1).any():
            number = replace(number, exponent=_exponent_style(pc.unique(trimmed(present)).to_pylist()))
        is_valid = ~np.isnan(values)
        number = replace(number, indent=common_indent(present.filter(mask(is_valid))))
        number = grid_of(number, values[is_valid], written[is_valid])
        return NumberWriting(number, values, evidence=mark_ if has_decimals.any() else None)
    return None


def plain_writing(values: Float64, written: Int64) -> NumberWriting | None:
    """Return the plain writing of numbers without exponents; None if they may be dates, codes, or grouped by points.

    `written`: how each is written (see `grid_of`); none is missing.
    """
    decimals, size = written >> 1, np.abs(values)
    has_decimals = decimals > 0
    if not has_decimals.any():
        if may_be_compact_dates(size).mean() >= MIN_COMPACT_SHARE or size.max() >= MAX_EXACT:
            return None
    elif ((decimals == _GROUP_SIZE) & (size >= 1) & (size < _THOUSAND)).sum() == has_decimals.sum():
        return None
    number = grid_of(NumberFormat(), values, written)
    return NumberWriting(number, values, evidence=Mark.POINT if has_decimals.any() else None)


MIN_COMPACT_SHARE = 0.5
"""The share of whole numbers that must be days for the others to be missing dates."""


def may_be_compact_dates(size: Float64) -> Bool:
    """Return which whole numbers have a year in front: 202401, 20240131, 20240131101503."""
    is_any = np.zeros(len(size), np.bool_)
    for scale in (1e2, 1e4, 1e10):
        is_any |= (size >= 1900 * scale) & (size < 2100 * scale)
    return is_any


_GROUP_SIZE, _THOUSAND = 3, 1000
"""Thousands are separated before three digits, and after at most three."""


def has_few_invalid(present: pa.ChunkedArray, is_valid: Bool) -> bool:
    """Whether so few cells are invalid that the column is what the others are."""
    valid = mask(is_valid)
    count, total = int(pc.sum(valid).as_py() or 0), len(present)
    invalid = total - count
    if not count or invalid <= MAX_INVALID_SHARE * total:
        return bool(count)
    if count < _MIN_SHARE_AT_A_GLANCE * total:
        return False
    texts = trimmed(present.filter(pc.invert(valid)))
    invalid -= pc.sum(pc.is_in(pc.utf8_lower(texts), value_set=strings(sorted(MISSING_AMONG_NUMBERS)))).as_py()
    if not invalid or (invalid == 1 and total >= _MIN_CELLS_FOR_ONE):
        return True
    return invalid <= _MAX_MARKED_SHARE * total and len(pc.unique(texts)) <= _MAX_MARKERS


def _detect_decorated(
    present: pa.ChunkedArray, *, comma: bool, known: Marks | None = None, is_given: bool = False
) -> NumberWriting | None:
    """Return a writing with another decimal mark, groups, signs, prefixes, suffixes or exponents.

    `known`: the marks, if the user has named them. `is_given`: the user has said that these are numbers.
    """
    texts = pc.unique(trimmed(present)).to_pylist()
    glance = texts[:: max(1, len(texts) // _GLANCE)]
    if not is_given and sum(map(_looks_numeric, glance)) < _MIN_SHARE_AT_A_GLANCE * len(glance):
        return None
    cells = [match for match in map(_CELL.fullmatch, texts) if match and _has_known_prefix(match)]
    if not cells or (not is_given and len(cells) < _MIN_SHARE_AT_A_GLANCE * len(texts)):
        return None
    prefix, suffix = Counter((match["prefix"], match["suffix"]) for match in cells).most_common(1)[0][0]
    cells = [match for match in cells if (match["prefix"], match["suffix"]) in ((prefix, suffix), ("", ""))]
    if suffix[:1] in _BEFORE_NO_CENTS and not all(match["suffix"] for match in cells):
        return None  # of 196,- and 577,49 only the first has no cents
    bodies = [match["body"] for match in cells]
    if suffix[:1] in (".", ",") and not any(suffix[0] in body for body in bodies):
        bodies = [f"{body}{suffix[0]}00" for body in bodies]  # the comma of 1.234,- is a decimal mark
    marks = _marks_of(bodies, comma=comma, known=known)
    number = NumberFormat(
        prefix=prefix,
        suffix=suffix,
        negative=_sign_style(cells, MINUS) or LEADING_MINUS,
        positive=_plus_style(cells),
        exponent=_exponent_style(texts) if any(match["exponent"] for match in cells) else None,
        point=marks.point,
        group=marks.group,
        is_indian=marks.is_indian,
        min_grouped=marks.min_grouped,
    )
    values = number.parse(present)
    if not is_given and not has_few_invalid(present, ~np.isnan(values)):
        return None
    evidence = Mark(marks.point) if marks.shows_point else None
    other = None
    if marks.example:
        point, group = "," if marks.point == "." else ".", "" if marks.group else marks.point
        other = replace(number, point=point, group=group)
    return _completed(NumberWriting(number, values, other, evidence, marks.example), present)


def _looks_numeric(text: str) -> bool:
    match = _CELL.fullmatch(text)
    return match is not None and _has_known_prefix(match)


def _has_known_prefix(match: "re.Match[str]") -> bool:
    prefix = match["prefix"].strip().rstrip(".")
    symbols = [character for character in prefix if unicodedata.category(character) == "Sc"]
    is_apart = len(prefix) >= _MIN_CODE or match["prefix"] != prefix  # R12 is a code, R 12 and Rs.12 are amounts
    return not prefix or bool(symbols) or (is_apart and prefix.upper() in _CURRENCIES)


def _marks_of(bodies: Sequence[str], *, comma: bool, known: Marks | None) -> Marks:
    """Return the marks that the digits of some numbers show, or those that are `known`."""
    points: Counter[str] = Counter()
    groups: Counter[str] = Counter()
    ambiguous: Counter[str] = Counter()
    for body in bodies:
        separators = re.findall(r"[^0-9]", body)
        if not separators:
            continue
        last, before = separators[-1], set(separators[:-1])
        if before and last in ".," and last not in before and len(before) == 1:
            points[last] += 1
            groups[before.pop()] += 1
        elif before or last not in ".,":
            groups[last] += 1
        else:
            (ambiguous if _AMBIGUOUS.fullmatch(body) else points)[last] += 1
    if known:
        group = next((group for group in (*groups, *ambiguous) if stands_for(group, known.group)), "")
        return _with_groups(replace(known, group=group, shows_point=True), bodies)
    point, group, unclear = _most(points), _most(groups), _most(ambiguous)
    if group == point:
        group = ""
    if unclear and not point and not group:
        return _ambiguous_marks(bodies, unclear, len(bodies), ambiguous[unclear], comma=comma)
    if unclear and unclear not in (point, group):
        point, group = point or unclear, group or unclear
        group = "" if group == point else group
    if not point:
        point = "," if group == "." else "."
    return _with_groups(Marks(point, group, shows_point=bool(points)), bodies)


_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
"""1.234 is a thousand or one and a bit."""


def stands_for(character: str, group: str) -> bool:
    """Whether a character separates groups as `group` does: all kinds of spaces and apostrophes are the same."""
    return bool(re.fullmatch(any_of(group), character))


def _ambiguous_marks(bodies: Sequence[str], separator: str, count: int, unclear: int, *, comma: bool) -> Marks:
    """Return the more likely marks where a separator always stands before three digits, after at most three.

    It separates thousands where numbers below a thousand have none, and there are so many with one that some would have
    another number of decimals; and a comma does where it is the delimiter, too.
    """
    example = next(body for body in bodies if separator in body)
    is_short = all(len(body) <= 3 for body in bodies if separator not in body)  # noqa: PLR2004  below a thousand
    is_mixed = unclear < count and is_short and unclear >= _MIN_AMBIGUOUS_GROUPS
    is_group = is_mixed or (separator == "," and not comma)
    point = {".": ",", ",": "."}[separator] if is_group else separator
    return _with_groups(Marks(point, separator if is_group else "", example=example), bodies)


def _with_groups(marks: Marks, bodies: Sequence[str]) -> Marks:
    """Return marks with the form of groups that some numbers show."""
    if not marks.group:
        return marks
    group = re.escape(marks.group)
    indian = re.compile(rf"[0-9]{{1,2}}({group}[0-9]{{2}})+{group}[0-9]{{3}}([.,][0-9]*)?")
    longest = max((len(body.partition(marks.point)[0]) for body in bodies if marks.group not in body), default=0)
    is_indian = marks.is_indian or any(indian.fullmatch(body) for body in bodies)
    return replace(marks, is_indian=is_indian, min_grouped=max(1000.0, 10.0**longest))


def _most(counts: "Counter[str]") -> str:
    return counts.most_common(1)[0][0] if counts else ""


def _plus_style(cells: Sequence["re.Match[str]"]) -> SignStyle:
    """Return how numbers that are not negative are signed: with a plus where most of them have one."""
    signs = [match["sign"] + match["inner"] + match["trailing"] for match in cells if not match["open"]]
    style = _sign_style(cells, "+") if signs.count("+") > signs.count("") else None
    return style or UNSIGNED


def _sign_style(cells: Iterable["re.Match[str]"], signs: str) -> SignStyle | None:
    """Return how numbers with one of the `signs` are most often written; None if there are none."""
    styles: Counter[SignStyle] = Counter()
    for match in cells:
        if match["open"] and match["close"] and "-" in signs:
            styles[SignStyle("(", "", "", ")")] += 1
        elif match["sign"] and match["sign"] in signs:
            styles[SignStyle(match["sign"])] += 1
        elif match["inner"] and match["inner"] in signs:
            styles[SignStyle("", match["inner"])] += 1
        elif match["trailing"] and match["trailing"] in signs:
            styles[SignStyle("", "", match["trailing"])] += 1
    return styles.most_common(1)[0][0] if styles else None


def _exponent_style(texts: Iterable[str]) -> ExponentStyle:
    """Return the style of the exponents in some cells, at least one of which has one."""
    cells = [re.search(r"(?:[.,]([0-9]*))?([eE])([+-]?)([0-9]+)$", text) for text in texts]
    exponents = [cell for cell in cells if cell]
    decimals = [len(cell[1] or "") for cell in exponents]
    signs = Counter(cell[3] for cell in exponents if cell[3] != "-")
    letters = Counter(cell[2] for cell in exponents)
    return ExponentStyle(
        letter=letters.most_common(1)[0][0] if letters else "e",
        plus=signs.most_common(1)[0][0] if signs else "+",
        digits=min((len(cell[4]) for cell in exponents), default=2),
        always=len(exponents) == len(cells),
        mantissa_decimals=max(decimals, default=0),
        fixed=len(set(decimals)) == 1,
    )
