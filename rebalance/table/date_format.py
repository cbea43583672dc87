"""How a column writes its dates and times: what a text means, and what a synthetic time looks like.

A format is written as for `strftime`. Every time is a number of microseconds since 1970 (since midnight for a time of
day); with a time zone, it is the instant. A format is found from the cells in `date_detection`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Bool, Float64, Int64
from rebalance.table.arrow import integers, marks, mask, strings
from rebalance.table.missing import trimmed

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
"""Microseconds."""

_CENTURY_PIVOT = 69
"""Two digits below this are years of this century, as in POSIX."""

_MONDAY = 4 * DAY
"""The first Monday after 1970 began."""

MONTHS = {
    "en": "january february march april may june july august september october november december",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}
"""Names of the months, in lower case, by language."""

SHORT_MONTHS = {
    "en": "jan feb mar apr may jun jul aug sep oct nov dec",
    "de": "jan feb mär apr mai jun jul aug sep okt nov dez",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "it": "gen feb mar apr mag giu lug ago set ott nov dic",
    "pt": "jan fev mar abr mai jun jul ago set out nov dez",
    "nl": "jan feb mrt apr mei jun jul aug sep okt nov dec",
}

DAYS = {"en": "monday tuesday wednesday thursday friday saturday sunday"}
SHORT_DAYS = {"en": "mon tue wed thu fri sat sun"}

CASES: dict[str, Callable[[str], str]] = {"title": str.title, "upper": str.upper, "lower": str.lower}
"""How names are spelled."""

_COMPACT = "%Y%m"

_NUMERIC = {
    "Y": ("year", "[0-9]{4}"),
    "y": ("year", "[0-9]{2}"),
    "m": ("month", "[0-9]{2}"),
    "d": ("day", "[0-9]{2}"),
    "H": ("hour", "[0-9]{2}"),
    "I": ("hour", "[0-9]{2}"),
    "M": ("minute", "[0-9]{2}"),
    "S": ("second", "[0-9]{2}"),
    "f": ("fraction", "[0-9]+"),
    "V": ("week", "[0-9]{2}"),
    "G": ("year", "[0-9]{4}"),
    "q": ("quarter", "[1-4]"),
    "u": ("weekday", "[1-7]"),
    "j": ("yearday", "[0-9]{3}"),
}
"""Directives that are digits: the field each of them fills, and its digits; %-d has one digit if it can."""

_ZONE = r"Z|z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?"


@dataclass(frozen=True)
class DateFormat:
    """The format that the dates or times of a column have."""

    pattern: str
    """As for strftime, with %q for the quarter, and %-d where the day has one digit if it can."""

    step: int = 1
    """All times are multiples of so many microseconds (or of months, if `unit` is M)."""

    fraction: int = 0
    """Digits of the fraction of a second."""

    zone: str = ""
    """The time zone as most cells write it: `Z`, `+02:00`; empty if cells name none."""

    language: str = "en"
    """The language of the names of months."""

    case: str = "title"
    """How names are spelled: a key of CASES."""

    @property
    def directives(self) -> list[str]:
        """The directives of the pattern, without the percent sign."""
        return [piece[1:] for piece in self._pieces if piece.startswith("%") and piece != "%%"]

    @property
    def has_date(self) -> bool:
        """Whether cells name a day, not only a time of day."""
        return any(directive.lstrip("-") in "YyG" for directive in self.directives)

    @property
    def is_iso(self) -> bool:
        """Whether it is the usual form of ISO 8601: 2024-12-31, perhaps with a time."""
        return self.pattern.startswith("%Y-%m-%d") and "p" not in self.directives

    @property
    def is_monthly(self) -> bool:
        """Whether cells name a month or a quarter, but no day."""
        names = {directive.lstrip("-") for directive in self.directives}
        return bool(names & set("mbBq")) and not names & set("dj")

    @cached_property
    def _pieces(self) -> list[str]:
        return re.findall(r"%-?[A-Za-z%]|[^%]+", self.pattern)

    @cached_property
    def expression(self) -> str:
        """The regular expression of a cell in this format; each field is a named group."""
        return "^" + "".join(map(self._expression_of, self._pieces)) + "$"

    def _expression_of(self, piece: str) -> str:
        if not piece.startswith("%") or piece == "%%":
            return re.escape(piece.replace("%%", "%"))
        directive = piece[1:]
        name = directive.lstrip("-")
        if name in _NUMERIC:
            group, digits = _NUMERIC[name]
            if directive != name:
                digits = "[0-9]{1,2}"
            if name == "Y" and self.pattern.startswith(_COMPACT):
                digits = "(?:19|20)[0-9]{2}"  # eight digits of which the first are 12 are no date, and 9999 no year
            if name == "f":
                digits = f"[0-9]{{{self.fraction}}}" if self.fraction else "[0-9]{1,9}"
            return f"(?P<{group}>{digits})"
        if name == "p":
            return r"(?P<half>[AaPp]\.?[Mm]\.?)"
        if name == "z":
            return f"(?P<zone>{_ZONE})"
        names = "|".join(map(re.escape, self._names(name)))
        return f"(?P<{'monthname' if name in 'bB' else 'dayname'}>(?i:{names}))"

    def _names(self, directive: str) -> list[str]:
        table: Mapping[str, str] = {"b": SHORT_MONTHS, "B": MONTHS, "a": SHORT_DAYS, "A": DAYS}[directive]
        return table.get(self.language, table["en"]).split()

    def matches(self, cells: pa.ChunkedArray) -> Bool:
        """Return which cells look like this format; they may still name an impossible day."""
        return marks(pc.match_substring_regex(trimmed(cells), self.expression))

    def parse(self, cells: pa.ChunkedArray) -> Float64:
        """Return cells as microseconds; NaN for what is not in this format, or no day of the calendar."""
        times = np.full(len(cells), np.nan)
        is_match = self.matches(cells)
        if not is_match.any():
            return times
        texts = trimmed(cells.filter(mask(is_match)))
        parts = pc.extract_regex(texts.combine_chunks(), self.expression)
        fields = {parts.type.field(n).name: parts.field(n) for n in range(parts.type.num_fields)}
        times[is_match] = self._microseconds(fields, int(is_match.sum()))
        return times

    def _microseconds(self, fields: Mapping[str, pa.Array], length: int) -> Float64:
        def number(name: str, default: int = 0) -> Int64:
            if name not in fields:
                return np.full(length, default, np.int64)
            return integers(pc.cast(fields[name], pa.int32())).astype(np.int64)

        hour, minute, second = number("hour"), number("minute"), number("second")
        valid = (minute < 60) & (second < 60)  # noqa: PLR2004  a leap second is no time that NumPy has
        if "half" in fields:
            is_afternoon = marks(pc.match_substring_regex(fields["half"], "^[Pp]"))
            valid &= (hour >= 1) & (hour <= 12)  # noqa: PLR2004
            hour = hour % 12 + 12 * is_afternoon
        valid &= hour < 24  # noqa: PLR2004
        micros = hour * HOUR + minute * MINUTE + second * SECOND
        if "fraction" in fields:
            digits = pc.utf8_slice_codeunits(pc.utf8_rpad(fields["fraction"], 6, padding="0"), 0, 6)
            micros = micros + integers(pc.cast(digits, pa.int32()))
        if self.has_date:
            days, is_day = self._days(fields, number)
            valid &= is_day
            micros = micros + days * DAY
        if "zone" in fields:
            micros = micros - offsets_of(fields["zone"])
        return np.where(valid, micros.astype(np.float64), np.nan)

    def _days(self, fields: Mapping[str, pa.Array], number: "Callable[..., Int64]") -> tuple[Int64, Bool]:
        year = number("year")
        if "y" in self.directives:
            year = year + np.where(year < _CENTURY_PIVOT, 2000, 1900)
        if "week" in fields:
            week, weekday = number("week"), number("weekday", 1)
            monday = _first_monday(year)
            is_day = (week >= 1) & (monday + 7 * (week - 1) < _first_monday(year + 1))
            return monday + 7 * (week - 1) + weekday - 1, is_day
        january = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
        if "yearday" in fields:
            yearday = number("yearday")
            days = january.astype(np.int64) + yearday - 1
            return days, (yearday >= 1) & (days.astype("datetime64[D]").astype("datetime64[Y]") == january)
        if "quarter" in fields:
            month = 3 * number("quarter") - 2
        elif "monthname" in fields:
            names = self._names("B" if "B" in self.directives else "b")
            lower = pc.utf8_lower(fields["monthname"])
            month = integers(pc.index_in(lower, strings(names))).astype(np.int64) + 1
        else:
            month = number("month", 1)
        day = number("day", 1)
        first = (12 * (year - 1970) + month - 1).astype("datetime64[M]")
        days = first.astype("datetime64[D]").astype(np.int64) + day - 1
        same_month = days.astype("datetime64[D]").astype("datetime64[M]") == first
        return days, (month >= 1) & (month <= 12) & (day >= 1) & same_month  # noqa: PLR2004

    def snap(self, microseconds: Float64) -> Float64:
        """Return times rounded to what the column writes."""
        offset = offset_of(self.zone)
        local = microseconds + offset
        if self.is_monthly:
            months = 3 if "q" in self.directives else 1
            index = np.where(np.isnan(local), 0, np.nan_to_num(local) / DAY)
            month = index.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
            start = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            following = (month + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            position = month + (index - start) / (following - start)
            nearest = (np.rint(position / months) * months).astype(np.int64)
            days = nearest.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
            return np.where(np.isnan(local), np.nan, days.astype(np.float64) * DAY)
        origin = _MONDAY if self.step == 7 * DAY else 0
        snapped: Float64 = np.rint((local - origin) / self.step) * self.step + origin - offset
        return snapped

    def render(self, microseconds: Float64) -> list[str]:
        """Return times (microseconds since 1970, no NaN) in this format."""
        local = np.rint(microseconds).astype(np.int64) + offset_of(self.zone)
        days, rest = np.divmod(local, DAY)
        columns = [self._texts(piece, days, rest) for piece in self._pieces]
        return ["".join(parts) for parts in zip(*columns, strict=True)]

    def _texts(self, piece: str, days: Int64, rest: Int64) -> list[str]:
        length = len(days)
        if not piece.startswith("%") or piece == "%%":
            return [piece.replace("%%", "%")] * length
        name = piece[1:].lstrip("-")
        if name == "z":
            return [self.zone] * length
        if name == "f":
            digits = _padded(rest % SECOND, 6)
            return [text[: self.fraction].ljust(self.fraction, "0") for text in digits]
        if name == "p":
            halves = ("AM", "PM") if self.case != "lower" else ("am", "pm")
            return [halves[hour >= 12] for hour in (rest // HOUR).tolist()]  # noqa: PLR2004
        if name in "bBaA":
            spelled = [CASES[self.case](text) for text in self._names(name)]
            months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
            positions = months if name in "bB" else (days + 3) % 7
            return [spelled[position] for position in positions.tolist()]
        width = 1 if piece.startswith("%-") else {"Y": 4, "G": 4, "j": 3, "q": 1, "u": 1}.get(name, 2)
        return _padded(_field(name, days, rest), width)


def _padded(numbers: Int64, width: int) -> list[str]:
    return [f"{number:0{width}d}" for number in numbers.tolist()]


def _field(name: str, days: Int64, rest: Int64) -> Int64:
    """Return the number that a directive writes, given the days since 1970 and the microseconds of the day."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    hour = rest // HOUR
    fields: dict[str, Callable[[], Int64]] = {
        "Y": lambda: months // 12 + 1970,
        "y": lambda: (months // 12 + 1970) % 100,
        "m": lambda: months % 12 + 1,
        "d": lambda: days - dates.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + 1,
        "H": lambda: hour,
        "I": lambda: (hour + 11) % 12 + 1,
        "M": lambda: rest // MINUTE % 60,
        "S": lambda: rest // SECOND % 60,
        "q": lambda: months % 12 // 3 + 1,
        "u": lambda: (days + 3) % 7 + 1,
        "j": lambda: days - dates.astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 1,
        "G": lambda: _week_year(days),
        "V": lambda: (days - _first_monday(_week_year(days))) // 7 + 1,
    }
    return fields[name]()


def _week_year(days: Int64) -> Int64:
    """Return the year that the ISO 8601 week of each day belongs to: that of its Thursday."""
    thursday = days + 3 - (days + 3) % 7
    return thursday.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def _first_monday(year: Int64) -> Int64:
    """Return the day on which the first ISO 8601 week of each year begins: the one with January 4."""
    fourth = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64) + 3
    return fourth - (fourth + 3) % 7


def offset_of(zone: str) -> int:
    """Return the microseconds by which a time zone as written, such as +02:00, is ahead of UTC."""
    digits = re.fullmatch(r"([+-])([0-9]{2}):?([0-9]{2})?", zone)
    if not digits:
        return 0
    size = int(digits[2]) * HOUR + int(digits[3] or 0) * MINUTE
    return -size if digits[1] == "-" else size


def offsets_of(zones: pa.Array) -> Int64:
    """Return the same for many."""
    encoded = zones.dictionary_encode()
    offsets = np.array([offset_of(zone) for zone in encoded.dictionary.to_pylist()] or [0], np.int64)
    return offsets[integers(encoded.indices)]
