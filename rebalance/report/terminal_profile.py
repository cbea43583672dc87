"""What `inspect` has found, as text for people."""

import itertools
import math
from collections.abc import Sequence
from functools import singledispatch

from rich.console import Console
from rich.text import Text

from rebalance.inspection.classes import ClassProfile
from rebalance.inspection.columns import ColumnProfile, Profile
from rebalance.inspection.numeric import NumericTargetProfile, Outliers
from rebalance.report.terminal import MAX_CLASSES, MAX_LABEL_WIDTH, make_grid, print_warning
from rebalance.table.relevance import EXTREME_FENCE
from rebalance.text import count_of, escape_control, format_percent, shorten

_MAX_COLUMNS, _MAX_RANGES, _MAX_OUTLIER_COLUMNS = 40, 10, 20
"""Columns, rare ranges, and columns with outliers that are shown one by one."""

_WIDE, _NAME_WIDTH, _WIDE_NAME_WIDTH = 100, 24, 48
"""From this width on, names of columns get more room."""

_BAR_WIDTH = 30
_DELIMITER_NAMES = {"\t": "tab", " ": "space"}


def print_profile(out: Console, profile: Profile, commands: Sequence[str]) -> None:
    """Write a profile, and which commands to run next."""
    _print_heading(out, profile)
    _print_target(profile, out)
    if profile.columns is not None:
        _print_columns(out, profile.columns, profile.rows)
    if isinstance(profile, NumericTargetProfile):
        _print_outliers(out, profile)
    for warning in profile.warnings:
        print_warning(out, warning)
    if commands:
        out.print(Text("next:", "bold"))
        for command in commands:
            out.print(Text("  " + command), soft_wrap=True)


def _print_heading(out: Console, profile: Profile) -> None:
    delimiter = _DELIMITER_NAMES.get(profile.delimiter, repr(profile.delimiter))
    title = Text.assemble(
        (escape_control(profile.file), "bold"),
        f"  {profile.rows:,} rows x {profile.column_count:,} columns, delimiter {delimiter}, {profile.encoding}",
    )
    out.print(title, soft_wrap=True)
    out.print()


@singledispatch
def _print_target(profile: Profile, _out: Console) -> None:
    raise TypeError(type(profile))


@_print_target.register
def _(profile: ClassProfile, out: Console) -> None:
    table = make_grid()
    table.add_column(escape_control(profile.target), overflow="fold", max_width=MAX_LABEL_WIDTH)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("share", justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True)
    shown, hidden = profile.classes[:MAX_CLASSES], profile.classes[MAX_CLASSES:]
    largest = max((share.count for share in profile.classes), default=1)
    for share in shown:
        bar = Text(_bar(out, share.count / largest), "cyan" if share.count == largest else "magenta")
        table.add_row(Text(escape_control(share.label)), f"{share.count:,}", format_percent(share.share), bar)
    out.print(table)
    if hidden:
        out.print(f"  and {len(hidden):,} more classes, {sum(s.count for s in hidden):,} rows (--json has all)")
    ratio = "not defined" if profile.imbalance_ratio is None else f"{profile.imbalance_ratio:,.1f} to 1"
    out.print(Text.assemble("imbalance ratio (largest to smallest class): ", (ratio, "bold")))
    out.print()


def _bar(out: Console, share: float) -> str:
    """Return a bar for a share of the full width; the smallest is still visible."""
    cells = share * _BAR_WIDTH
    if out.options.ascii_only:
        return "#" * max(1, round(cells))
    eighths = max(1, round(cells * 8))
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _print_columns(out: Console, columns: Sequence[ColumnProfile], rows: int) -> None:
    table = make_grid()
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("column", overflow="fold", max_width=_WIDE_NAME_WIDTH if out.width >= _WIDE else _NAME_WIDTH)
    table.add_column("role", no_wrap=True)
    table.add_column("missing", justify="right", no_wrap=True)
    table.add_column("distinct", justify="right", no_wrap=True)
    table.add_column("", ratio=1)
    for column in columns[:_MAX_COLUMNS]:
        missing = format_percent(column.missing / rows) if column.missing else "-"
        distinct = f"{column.distinct:,}" + ("+" if column.distinct_is_minimum else "")
        notes = Text("; ".join(escape_control(note) for note in column.notes), "dim")
        name = Text(escape_control(column.name))
        table.add_row(str(column.position), name, column.role, missing, distinct, notes)
    out.print(table)
    if len(columns) > _MAX_COLUMNS:
        out.print(f"  and {len(columns) - _MAX_COLUMNS:,} more columns (--json has all)")
    out.print()


@_print_target.register
def _(profile: NumericTargetProfile, out: Console) -> None:
    _print_histogram(out, profile)
    lower, median, upper = profile.quartiles
    labeled = profile.rows - profile.unlabeled
    out.print(
        f"minimum {profile.minimum:.15g}, quartiles {lower:.15g}, {median:.15g}, {upper:.15g},"
        f" maximum {profile.maximum:.15g}; mean {profile.mean:.6g},"
        f" standard deviation {profile.standard_deviation:.6g}"
    )
    out.print(
        f"skew {_defined(profile.skew)}, kurtosis {_defined(profile.kurtosis)},"
        f" {profile.distinct:,} distinct values, zeros {format_percent(profile.zeros / labeled)}"
    )
    out.print(f"outliers: {_format_outliers(profile.outliers)}")
    points = ", ".join(f"{height:g} at {value:.15g}" for value, height in profile.relevance)
    out.print(f"relevance (from 0, common, to 1, rare): {points}")
    rare = f"{count_of(profile.rare, 'row')} ({format_percent(profile.rare / labeled)})"
    out.print(Text.assemble(f"rare values (relevance of at least {profile.relevance_threshold:g}): ", (rare, "bold")))
    for part in profile.rare_ranges[:_MAX_RANGES]:
        out.print(f"  {count_of(part.count, 'row')} in {part.label}")
    out.print()


def _print_histogram(out: Console, profile: NumericTargetProfile) -> None:
    table = make_grid()
    table.add_column(shorten(escape_control(profile.target)), justify="right", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True)
    most = max(profile.bin_counts)
    edges = _shortest_distinct(profile.bin_edges)
    for (low, high), count in zip(itertools.pairwise(edges), profile.bin_counts, strict=True):
        table.add_row(f"{low} to {high}", f"{count:,}", Text(_bar(out, count / most) if count else "", "cyan"))
    out.print(table)
    out.print()


def _shortest_distinct(values: Sequence[float]) -> list[str]:
    """Return values with as few digits as they need to be told apart."""
    for digits in (4, 6, 9, 12):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == len(texts) and not any("e" in text for text in texts):
            return texts
    return [f"{value:.15g}" for value in values]


def _print_outliers(out: Console, profile: NumericTargetProfile) -> None:
    if not profile.column_outliers:
        return
    table = make_grid()
    table.add_column("column", overflow="fold", max_width=MAX_LABEL_WIDTH)
    table.add_column("outliers", ratio=1)
    for name, outliers in list(profile.column_outliers.items())[:_MAX_OUTLIER_COLUMNS]:
        table.add_row(Text(escape_control(name)), _format_outliers(outliers))
    out.print(table)
    out.print()


def _defined(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.2f}"


def _format_outliers(outliers: Outliers) -> str:
    return (
        f"{outliers.count:,} ({format_percent(outliers.count / outliers.total)}): {outliers.below:,} below"
        f" {outliers.low_fence:.12g}, {outliers.above:,} above {outliers.high_fence:.12g};"
        f" {outliers.extreme:,} of them beyond {EXTREME_FENCE:g} IQR"
    )
