"""What is in a table whose target is a quantity, as text for people."""

import math
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from rebalance.evaluate.contenders import shortened
from rebalance.quantity import Outliers, QuantityProfile
from rebalance.report.terminal import bar, grid, percent, print_columns, print_ending, print_heading, visible

_SHOWN_RANGES, _SHOWN_OUTLIERS = 10, 20


def print_quantity(out: Console, profile: QuantityProfile, commands: Sequence[str]) -> None:
    """Write what `inspect --task regression` found."""
    print_heading(out, profile)
    _print_histogram(out, profile)
    _print_numbers(out, profile)
    _print_relevance(out, profile)
    print_columns(out, profile.columns, profile.rows)
    _print_outliers(out, profile)
    print_ending(out, profile.warnings, commands)


def _print_histogram(out: Console, profile: QuantityProfile) -> None:
    table = grid()
    table.add_column(shortened(visible(profile.target)), justify="right", no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", ratio=1, no_wrap=True)
    most = max(profile.bin_counts)
    begins = _told_apart(profile.bin_edges[:-1])
    for begin, count in zip(begins, profile.bin_counts, strict=True):
        drawn = Text(bar(out, count / most) if count else "", "cyan")
        table.add_row(f"from {begin}", f"{count:,}", drawn)
    out.print(table)
    out.print()


def _told_apart(values: Sequence[float]) -> list[str]:
    """Return values with as few digits as tell them apart."""
    for digits in (4, 6, 9, 12):
        texts = [f"{value:.{digits}g}" for value in values]
        if len(set(texts)) == len(texts) and not any("e" in text for text in texts):
            return texts
    return [f"{value:.15g}" for value in values]


def _print_numbers(out: Console, profile: QuantityProfile) -> None:
    lower, median, upper = profile.quartiles
    labelled = profile.rows - profile.unlabelled
    out.print(
        f"lowest {profile.minimum:.15g}, quartiles {lower:.15g}, {median:.15g}, {upper:.15g},"
        f" highest {profile.maximum:.15g};"
        f" mean {profile.mean:.6g}, standard deviation {profile.deviation:.6g}"
    )
    out.print(
        f"skew {_defined(profile.skew)}, kurtosis {_defined(profile.kurtosis)},"
        f" {profile.distinct:,} different values,"
        f" zeros {percent(profile.zeros / labelled)}"
    )
    out.print(f"outliers: {_outliers(profile.outliers)}")


def _print_relevance(out: Console, profile: QuantityProfile) -> None:
    points = ", ".join(f"{height:g} at {value:.15g}" for value, height in profile.relevance)
    labelled = profile.rows - profile.unlabelled
    start = f"relevance: {points}; rare, {profile.relevance_threshold:g} and more: "
    out.print(Text.assemble(start, (f"{profile.rare:,} rows ({percent(profile.rare / labelled)})", "bold")))
    for stretch in profile.rare_ranges[:_SHOWN_RANGES]:
        out.print(f"  {stretch.count:,} rows in {stretch.label}")
    out.print()


def _print_outliers(out: Console, profile: QuantityProfile) -> None:
    if not profile.column_outliers:
        return
    table = grid()
    table.add_column("column", overflow="fold", max_width=30)
    table.add_column("outliers", ratio=1)
    for name, own in list(profile.column_outliers.items())[:_SHOWN_OUTLIERS]:
        table.add_row(Text(visible(name)), _outliers(own))
    out.print(table)
    out.print()


def _defined(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{value:.2f}"


def _outliers(own: Outliers) -> str:
    return (
        f"{own.count:,} ({percent(own.count / own.of)}): {own.below:,} below {own.low_fence:.12g},"
        f" {own.above:,} above {own.high_fence:.12g}; {own.extreme:,} of them extreme"
    )
