"""Reports as one self-contained HTML file each."""

import shlex
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebalance import __version__
from rebalance.inspect import Profile
from rebalance.quantity import QuantityProfile
from rebalance.report.terminal import percent, visible
from rebalance.report.versions import versions
from rebalance.table.relevance import Relevance

if TYPE_CHECKING:
    import jinja2

_MOST_COLUMNS = 200
_MOST_BARS = 20


def page(name: str, **shown: Any) -> str:
    """Return a template filled in; every text in it is escaped, and what would move a cursor written out."""
    return _templates().get_template(name).render(**shown, version=__version__, most_columns=_MOST_COLUMNS)


def typed(command: Sequence[str]) -> str:
    """Return the line that was typed."""
    return shlex.join(["rebalance", *command])


@cache
def _templates() -> "jinja2.Environment":
    import jinja2

    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible_lines(value) if type(value) is str else value,
    )
    templates.filters["share"] = lambda count, total: percent(count / total) if count else "-"
    return templates


def visible_lines(text: str) -> str:
    """Return `text` with control characters, but for line ends, written out as escapes."""
    return "\n".join(visible(line) for line in text.split("\n"))


def profile_html(profile: Profile, digest: str, commands: Sequence[str], command: Sequence[str]) -> str:
    """Return what `inspect` found as a page; `digest` is the input's SHA-256, `commands` what to run next."""
    from rebalance.report.figures import bars

    shown = profile.classes[:_MOST_BARS]
    sections = [("classes", "Classes"), ("data", "Columns"), ("repeat", "How to repeat it")]
    return page(
        "profile.html",
        found=profile,
        total=sum(share.count for share in profile.classes),
        drawn=bars(
            "classes-now", "Rows of each class", {s.label: s.count for s in shown}, "Rows of each class, largest first."
        ),
        sections=[section for section in sections if profile.columns is not None or section[0] != "data"],
        commands=list(commands),
        command=typed(command),
        versions=versions(),
        digest=digest,
    )


def quantity_html(profile: QuantityProfile, digest: str, commands: Sequence[str], command: Sequence[str]) -> str:
    """Return the same for a target that is a quantity."""
    from rebalance.report.figures_quantity import histogram, relevance_curve

    lower, median, upper = profile.quartiles
    numbers = {
        "lowest": profile.minimum,
        "lower quartile": lower,
        "median": median,
        "upper quartile": upper,
        "highest": profile.maximum,
        "mean": profile.mean,
        "standard deviation": profile.deviation,
        "skew": profile.skew,
        "kurtosis": profile.kurtosis,
        "different values": profile.distinct,
        "zeros": profile.zeros,
    }
    return page(
        "quantity.html",
        found=profile,
        drawn=[
            histogram(profile.bin_edges, profile.bin_counts, profile.target),
            relevance_curve(Relevance(profile.relevance, flat=profile.relevance_flat), profile),
        ],
        numbers=[(name, f"{value:,.12g}") for name, value in numbers.items()],
        outliers=[(profile.target, profile.outliers), *profile.column_outliers.items()],
        sections=[("target", "Target"), ("data", "Columns"), ("repeat", "How to repeat it")],
        commands=list(commands),
        command=typed(command),
        versions=versions(),
        digest=digest,
    )
