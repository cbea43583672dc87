"""A profile of a table as an HTML page."""

from collections.abc import Sequence
from functools import singledispatch

from rebalance.defaults import FENCE
from rebalance.document import BarFigure, HistogramFigure, Item, Listing, Section, TableData
from rebalance.document import Text as Paragraph
from rebalance.inspection.classes import ClassProfile
from rebalance.inspection.columns import Profile
from rebalance.inspection.numeric import NumericTargetProfile
from rebalance.report.html.page import columns_section, render_page, reproduction_section
from rebalance.table.relevance import EXTREME_FENCE
from rebalance.text import format_percent

_MAX_BARS, _MAX_RANGES = 20, 50
"""Classes that are drawn, and rare ranges that are listed."""


def profile_html(profile: Profile, digest: str, commands: Sequence[str], command: Sequence[str]) -> str:
    """Return a profile as a page; `digest`: the input's SHA-256, `commands`: what to run next, `command`: as typed."""
    return render_page(
        f"{profile.file}: target and columns",
        profile.file,
        _lead(profile),
        [
            Section("target", "Target", [*target_items(profile), *_ending(profile, commands)]),
            *([columns_section(profile, *_column_items(profile))] if profile.columns is not None else []),
            reproduction_section(command, digest),
        ],
    )


def _ending(profile: Profile, commands: Sequence[str]) -> list[Item]:
    warnings: list[Item] = [Listing(profile.warnings)] if profile.warnings else []
    if not commands:
        return warnings
    return [*warnings, Paragraph("Next:"), Paragraph("\n".join(commands), is_preformatted=True)]


@singledispatch
def _lead(profile: Profile) -> str:
    raise TypeError(type(profile))


@singledispatch
def target_items(profile: Profile) -> list[Item]:
    """Return what a page shows of the target."""
    raise TypeError(type(profile))


@singledispatch
def _column_items(profile: Profile) -> list[Item]:  # noqa: ARG001  most profiles have nothing to add
    return []


@_lead.register
def _(profile: ClassProfile) -> str:
    ratio = "" if profile.imbalance_ratio is None else f", imbalance ratio {profile.imbalance_ratio:,.1f} to 1"
    return f"The target is {profile.target}{ratio}."


@target_items.register
def _(profile: ClassProfile) -> list[Item]:
    bars = [(share.label, float(share.count)) for share in profile.classes[:_MAX_BARS]]
    rows = [[share.label, f"{share.count:,}", format_percent(share.share)] for share in profile.classes]
    return [
        BarFigure("classes-now", "Rows of each class", "Rows of each class, the largest first.", "Rows", bars),
        TableData("Rows of each class, and its share of the labeled rows.", ["class", "rows", "share"], rows),
    ]


@_lead.register
def _(profile: NumericTargetProfile) -> str:
    return f"The target is {profile.target}, which is numeric."


@target_items.register
def _(profile: NumericTargetProfile) -> list[Item]:
    lower, median, upper = profile.quartiles
    numbers = {
        "minimum": profile.minimum,
        "lower quartile": lower,
        "median": median,
        "upper quartile": upper,
        "maximum": profile.maximum,
        "mean": profile.mean,
        "standard deviation": profile.standard_deviation,
        "skew": profile.skew,
        "kurtosis": profile.kurtosis,
        "distinct values": profile.distinct,
        "zeros": profile.zeros,
    }
    ranges = [[f"{part.low:.15g}", f"{part.high:.15g}", f"{part.count:,}"] for part in profile.rare_ranges]
    return [
        HistogramFigure(
            "histogram",
            "Histogram of the target",
            f"Rows by {profile.target}.",
            profile.target,
            profile.bin_edges,
            [("", profile.bin_counts)],
        ),
        profile.relevance_figure(),
        TableData(
            "Statistics of the target.",
            ["statistic", "value"],
            [[name, f"{value:,.12g}"] for name, value in numbers.items()],
        ),
        TableData(
            f"Rare values (relevance of at least {profile.relevance_threshold:g}): {profile.rare:,} rows.",
            ["from", "to", "rows"],
            ranges[:_MAX_RANGES],
        ),
    ]


@_column_items.register
def _(profile: NumericTargetProfile) -> list[Item]:
    outliers = [(profile.target, profile.outliers), *profile.column_outliers.items()]
    rows = [
        [
            name,
            f"{column.below:,}",
            f"{column.low_fence:.12g}",
            f"{column.high_fence:.12g}",
            f"{column.above:,}",
            f"{column.extreme:,}",
        ]
        for name, column in outliers
    ]
    caption = f"Values beyond Tukey's fences, {FENCE:g} interquartile ranges (IQR) from the quartiles."
    return [
        TableData(
            caption, ["column", "below", "lower fence", "upper fence", "above", f"beyond {EXTREME_FENCE:g} IQR"], rows
        )
    ]
