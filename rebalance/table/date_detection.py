"""In which format a column's dates or times are."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rebalance.arrays import Float64
from rebalance.table.arrow import marks, mask
from rebalance.table.date_format import (
    DAY,
    DAYS,
    HOUR,
    MINUTE,
    MONTHS,
    SECOND,
    SHORT_DAYS,
    SHORT_MONTHS,
    DateFormat,
    offset_of,
)
from rebalance.table.missing import trimmed
from rebalance.table.number_detection import MIN_COMPACT_SHARE, has_few_invalid

_MAX_GLANCED = 2000
"""Cells whose form is read one by one."""

_MIN_SHARE_AT_A_GLANCE = 0.5
"""A column fewer of whose first cells look like dates is no column of dates."""

_MIN_COMPACT = {8: 3, 6: 8, 14: 2}
"""So many different whole numbers of so many digits, nearly all of which are days of the calendar, are dates."""

_COMPACT = re.compile(r"\s*(19|20)[0-9]{4}([0-9]{2}|[0-9]{8})?\s*")
_GLANCED_COMPACT = 9
"""Cells, spread over the column, none of which is a date where there are none."""

_FILLER = "^(0+|9999[0-9]{2,10})$"
"""What databases write where there is no date, or no last one."""

_MAX_FRACTION = 9

_DATES = (
    r"(?P<Y>\d{4})(?P<x1>[-/. ])(?P<m>\d{1,2})(?P<x2>[-/. ])(?P<d>\d{1,2})",
    r"(?P<Y>\d{4})(?P<x1>[-/. ]?)(?P<b>[^\W\d_]{3,9})(?P<x2>[-/. ]?)(?P<d>\d{1,2})",
    r"(?P<Y>\d{4})(?P<x1>[- ]?)Q(?P<q>[1-4])",
    r"Q(?P<q>[1-4])(?P<x1>[-/ ]?)(?P<Y>\d{4})",
    r"(?P<G>\d{4})(?P<x1>-?)W(?P<V>\d{2})(?:(?P<x2>-?)(?P<u>[1-7]))?",
    r"(?P<Y>\d{4})(?P<x1>[-/.])(?P<m>\d{1,2})",
    r"(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    r"(?P<first>\d{1,2})(?P<x1>[-/. ])(?P<second>\d{1,2})(?P<x2>[-/. ])(?P<Y>\d{4})",
    r"(?P<first>\d{1,2})(?P<x1>[-/. ])(?P<second>\d{1,2})(?P<x2>[-/. ])(?P<y>\d{2})",
    r"(?P<d>\d{1,2})(?P<x1>\.?[-/. ]?)(?P<b>[^\W\d_]{3,9})(?P<x2>[-/.,]? ?)(?P<Y>\d{4})",
    r"(?P<d>\d{1,2})(?P<x1>\.?[-/. ]?)(?P<b>[^\W\d_]{3,9})(?P<x2>[-/.,]? ?)(?P<y>\d{2})",
    r"(?P<b>[^\W\d_]{3,9})(?P<x1>[-/. ]{1,2})(?P<d>\d{1,2})(?P<x2>,? ?)(?P<Y>\d{4})",
    r"(?P<b>[^\W\d_]{3,9})(?P<x1>[-/. ]{1,2})(?P<Y>\d{4})",
    r"(?P<b>[^\W\d_]{3,9})(?P<x1>[-/. ]{1,2})(?P<y>\d{2})",
    r"(?P<m>\d{1,2})(?P<x1>[-/.])(?P<Y>\d{4})",
)
_TIME = (
    r"(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:(?P<xf>[.,])(?P<f>\d{1,9}))?)?"
    r"(?:(?P<xp>\ ?)(?P<p>[AaPp]\.?[Mm]\.?))?"
)
_COMPACT_TIME = r"(?P<H>\d{2})(?P<M>\d{2})(?P<S>\d{2})?"
_ZONE = r"(?:(?P<xz>\ ?)(?P<z>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
_WEEKDAY = r"(?:(?P<a>[A-Za-z]{3,9})(?P<xa>,?\ ))?"
_BETWEEN = r"(?P<xt>T|,?\ |\ -\ )"

_FORMS = tuple(
    re.compile(form)
    for form in (
        *(f"{_WEEKDAY}{date}(?:{_BETWEEN}{_TIME}{_ZONE})?" for date in _DATES),
        rf"(?P<Y>\d{{4}})(?P<m>\d{{2}})(?P<d>\d{{2}})(?P<xt>T?){_COMPACT_TIME}{_ZONE}",
        _TIME,
    )
)

_STEPS = (DAY, HOUR, MINUTE, SECOND)


class DayOrder(Enum):
    """Which of two numbers is the day."""

    DAY_FIRST = "day"
    MONTH_FIRST = "month"


@dataclass(frozen=True, slots=True)
class DateWriting:
    """The format of a column of dates."""

    date: DateFormat

    other: DateFormat | None = None
    """The same with day and month exchanged, where every cell is a date in both."""

    order: DayOrder | None = None
    """Whether the day comes before the month, for numbers of one or two digits."""

    example: str = ""
    """A cell that can be read both ways."""


def detect_dates(present: pa.ChunkedArray) -> DateWriting | None:
    """Return the format of a column's cells, none of which is missing; None unless nearly all are dates of one format.

    Whole numbers are not dates here (see `detect_compact_dates`).
    """
    texts = pc.unique(trimmed(present)).to_pylist()
    glanced = texts[:: max(1, len(texts) // _MAX_GLANCED)]
    forms = _most_common_form(glanced)
    if forms is None:
        return None
    form, cells = forms
    if form.pattern.startswith(_DATES[6]) and "xt" not in form.groupindex:
        return None
    return _with_order(_format_of(form, cells), cells, present)


def detect_compact_dates(present: pa.ChunkedArray, *, few: bool = False) -> DateWriting | None:
    """Return the format of whole numbers such as 20240131, 202401 or 20240131101503; None unless nearly all are.

    `few`: however few they are.
    """
    glanced = np.linspace(0, len(present) - 1, _GLANCED_COMPACT, dtype=int).tolist()
    if not any(_COMPACT.fullmatch(present[row].as_py()) for row in glanced):
        return None
    texts = trimmed(present)
    for pattern, digits in (("%Y%m%d", 8), ("%Y%m", 6), ("%Y%m%d%H%M%S", 14)):
        shape = rf"^(19|20)[0-9]{{2}}(0[1-9]|1[0-2])[0-9]{{{digits - 6}}}$"
        is_shaped = pc.match_substring_regex(texts, shape)
        date = DateFormat(pattern)
        times = date.parse(pc.if_else(is_shaped, texts, pa.scalar(None, texts.type)))
        is_date = ~np.isnan(times)
        is_known = ~marks(pc.match_substring_regex(texts, _FILLER))
        is_usual = is_date.mean() >= MIN_COMPACT_SHARE
        if not is_usual or not has_few_invalid(present.filter(mask(is_known)), is_date[is_known]):
            continue
        if not few and len(pc.unique(texts)) < _MIN_COMPACT[digits]:
            return None
        return DateWriting(_with_step(date, times[is_date]))
    return None


def with_pattern(pattern: str, present: pa.ChunkedArray) -> DateFormat | None:
    """Return the date format that a user names, such as %d/%m/%Y, with what the cells show; None if no cell fits."""
    best = None
    for unpadded in (False, True):
        spelled = re.sub(r"%([dmHI])", r"%-\1", pattern) if unpadded else pattern
        for language in MONTHS:
            date = DateFormat(spelled, language=language)
            count = int((~np.isnan(date.parse(present))).sum())
            if count and (best is None or count > best[0]):
                best = count, date
            if not re.search("%-?[bB]", pattern):
                break
    return _completed(best[1], present) if best else None


def _most_common_form(texts: Sequence[str]) -> "tuple[re.Pattern[str], list[re.Match[str]]] | None":
    cells: dict[re.Pattern[str], list[re.Match[str]]] = {}
    for number, text in enumerate(texts):
        if number == _MAX_LOOKED_AT and not cells:
            return None
        for form in _FORMS:
            match = form.fullmatch(text)
            if match and _has_known_names(match):
                cells.setdefault(form, []).append(match)
                break
    if not cells:
        return None
    form = max(cells, key=lambda form: len(cells[form]))
    return (form, cells[form]) if len(cells[form]) >= _MIN_SHARE_AT_A_GLANCE * len(texts) else None


_MAX_LOOKED_AT = 20
"""Where none of so many cells is a date, there is no column of dates."""


def _has_known_names(match: "re.Match[str]") -> bool:
    groups = match.groupdict()
    month, day = groups.get("b"), groups.get("a")
    return (month is None or bool(_language_of([month]))) and (
        day is None or _name_table([day], SHORT_DAYS, DAYS) != ""
    )


def _language_of(names: Sequence[str]) -> str:
    """Return the first language that has all of the month names; nothing if none has."""
    lower = {name.casefold() for name in names}
    for language in MONTHS:
        if any(lower <= set(table[language].split()) for table in (SHORT_MONTHS, MONTHS)):
            return language
    return ""


def _name_table(names: Sequence[str], *tables: dict[str, str]) -> str:
    """Return the directive of the table that has all names: a or b for the first, A or B for the second, or nothing."""
    lower = {name.casefold() for name in names}
    for table, directive in zip(tables, ("short", "full"), strict=True):
        if any(lower <= set(entry.split()) for entry in table.values()):
            return directive
    return ""


def _format_of(form: "re.Pattern[str]", cells: "Sequence[re.Match[str]]") -> DateFormat:
    """Return the format that cells of one form show; `first` and `second` stand for day and month in some order."""
    common = Counter(_literals(match) for match in cells).most_common(1)[0][0]
    cells = [match for match in cells if _literals(match) == common]
    sample = cells[0]
    names = sorted((name for name in form.groupindex if sample[name] is not None), key=sample.start)
    pattern, position = "", 0
    for name in names:
        pattern += sample.string[position : sample.start(name)].replace("%", "%%")
        pattern += _directive(name, [match[name] for match in cells], cells)
        position = sample.end(name)
    pattern += sample.string[position:].replace("%", "%%")
    months = [match["b"] for match in cells] if "b" in names else []
    zones = Counter(match["z"] for match in cells) if "z" in names else Counter()
    words = months or [match[name] for name in ("a", "p") if name in names for match in cells]
    return DateFormat(
        pattern,
        fraction=max((len(match["f"]) for match in cells), default=0) if "f" in names else 0,
        zone=zones.most_common(1)[0][0] if zones else "",
        language=_language_of(months) or "en",
        case=_case_of(words),
    )


def _literals(match: "re.Match[str]") -> tuple[str | None, ...]:
    """Return what stands between the fields of a cell, and which fields it has."""
    return tuple(
        text if name.startswith("x") else None if text is None else "" for name, text in match.groupdict().items()
    )


def _directive(name: str, texts: Sequence[str], cells: "Sequence[re.Match[str]]") -> str:
    if name.startswith("x"):
        return texts[0].replace("%", "%%")
    if name in ("first", "second", "d", "m", "H"):
        is_short = any(len(text) == 1 for text in texts)
        letter = "I" if name == "H" and cells[0].groupdict().get("p") else name
        return f"%-{letter}" if is_short else f"%{letter}"
    if name == "b":
        return "%b" if _name_table(texts, SHORT_MONTHS, MONTHS) == "short" else "%B"
    if name == "a":
        return "%a" if _name_table(texts, SHORT_DAYS, DAYS) == "short" else "%A"
    return f"%{name}"


def _case_of(words: Sequence[str]) -> str:
    if words and all(word.isupper() for word in words):
        return "upper"
    return "lower" if words and all(word.islower() for word in words) else "title"


def _with_order(date: DateFormat, cells: "Sequence[re.Match[str]]", present: pa.ChunkedArray) -> DateWriting | None:
    if "first" not in date.pattern:
        completed = _completed(date, present)
        return DateWriting(completed) if completed and _fits(completed, present) else None
    by_order = {}
    for order, (first, second) in {DayOrder.DAY_FIRST: ("d", "m"), DayOrder.MONTH_FIRST: ("m", "d")}.items():
        pattern = date.pattern.replace("first", first).replace("second", second)
        by_order[order] = replace(date, pattern=pattern)
    counts = {order: int((~np.isnan(found.parse(present))).sum()) for order, found in by_order.items()}
    order = max(counts, key=lambda order: counts[order])
    is_ambiguous = len(set(counts.values())) == 1
    if is_ambiguous and "/" in date.pattern:
        order = DayOrder.MONTH_FIRST
    completed = _completed(by_order[order], present)
    if completed is None or not _fits(completed, present):
        return None
    if not is_ambiguous:
        return DateWriting(completed, order=order)
    other = next(found for known, found in by_order.items() if known is not order)
    return DateWriting(completed, _completed(other, present), order, cells[0].string)


def _fits(date: DateFormat, present: pa.ChunkedArray) -> bool:
    return has_few_invalid(present, ~np.isnan(date.parse(present)))


def _completed(date: DateFormat, present: pa.ChunkedArray) -> DateFormat | None:
    """Return a date format with the step of its times; None if there are none."""
    times = date.parse(present)
    times = times[~np.isnan(times)]
    if not len(times):
        return None
    if "%z" in date.pattern and not date.zone:
        zones = pc.value_counts(pc.extract_regex(trimmed(present).combine_chunks(), date.expression).field("zone"))
        most = max(zones.to_pylist(), key=lambda zone: (zone["values"] is not None, zone["counts"]))
        date = replace(date, zone=most["values"] or "")
    if "%f" in date.pattern and not date.fraction:
        date = replace(date, fraction=6)
    return _with_step(date, times)


def _with_step(date: DateFormat, times: Float64) -> DateFormat:
    local = times + offset_of(date.zone)
    if any(directive in ("V", "GV") for directive in date.directives) and "u" not in date.directives:
        return replace(date, step=7 * DAY)
    smallest = _smallest_step(date)
    steps = (step for step in _STEPS if step > smallest and not (local % step).any())
    return replace(date, step=next(steps, smallest))


def _smallest_step(date: DateFormat) -> int:
    """Return the microseconds between two times that a format can write."""
    names = {directive.lstrip("-") for directive in date.directives}
    if "f" in names:
        return int(10 ** max(6 - date.fraction, 0))
    return SECOND if "S" in names else MINUTE if "M" in names else HOUR if names & {"H", "I"} else DAY
