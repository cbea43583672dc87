"""Figures as SVG that stands in a page: its colours are the page's, in light and dark, and its text is text."""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from rebalance.arrays import Float64
from rebalance.evaluate.contenders import Contender, shortened
from rebalance.evaluate.curves import Curve, Map, Sweep
from rebalance.evaluate.kinds import FIGURES, within_range, written

INK, FAINT = "#010101", "#020202"
SERIES = tuple(f"#0{number}0{number}f{number}" for number in range(1, 8))
_VARIABLES = {INK: "--ink", FAINT: "--faint"} | {color: f"--series-{number}" for number, color in enumerate(SERIES, 1)}
"""Colours that nothing else has, and the variables of the page that take their place."""

DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
_WIDTH, _HEIGHT = 4.4, 3.3
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "text.parse_math": False,
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@dataclass(frozen=True)
class Figure:
    """A figure: its SVG, which says to those who do not see it what it shows, and the caption under it."""

    svg: str
    caption: str


def intervals(name: str, contenders: Mapping[str, Contender]) -> Figure:
    """Draw a figure of each contender with its interval; `contenders` by what they are called."""
    kind = FIGURES[name]
    titles = list(contenders)

    def draw(axes: Any) -> None:
        for row, contender in enumerate(contenders.values()):
            estimate = contender.figures[name]
            low, high = within_range(estimate, name)
            color = SERIES[1] if contender.acts else SERIES[0]
            axes.plot([low, high], [row, row], color=color, linewidth=1.5)
            axes.plot(estimate.mean, row, "s" if contender.acts else "o", color=color, markersize=5)
        axes.set_yticks(range(len(titles)), [short_name(title) for title in titles])
        axes.set_ylim(len(titles) - 0.4, -0.6)
        axes.set_xlabel(kind.heading + (" (less is better)" if kind.better < 0 else ""))
        axes.grid(visible=False, axis="y")

    said = "; ".join(
        f"{title} {written(contender.figures[name].mean, name)}" for title, contender in contenders.items()
    )
    caption = f"{kind.heading}, {kind.meaning}: with its 95 % interval."
    height = max(1.4, 0.55 + 0.2 * len(titles))
    return figure_of(f"interval-{name}", kind.heading, caption, draw, height, said)


def curves(key: str, title: str, axes_names: tuple[str, str], found: Mapping[str, Curve], no_skill: float) -> Figure:
    """Draw curves with the band of their folds; `no_skill`: the level of guessing, NaN for the diagonal."""

    def draw(axes: Any) -> None:
        for (name, curve), color, dash in zip(found.items(), SERIES, DASHES, strict=False):
            axes.fill_between(curve.x, curve.low, curve.high, color=color, alpha=0.12, linewidth=0)
            axes.plot(curve.x, curve.y, color=color, linestyle=dash, linewidth=1.5, label=short_name(name))
        if np.isnan(no_skill):
            axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, label="no skill")
        else:
            axes.axhline(no_skill, color=FAINT, linewidth=1, label="no skill")
        _unit_square(axes, *axes_names)
        axes.legend(loc="best")

    folded = any((curve.low != curve.high).any() for curve in found.values())
    caption = f"{title}: {'; '.join(found)}." + (" Mean over the folds, in the band of them all." if folded else "")
    return figure_of(key, title, caption, draw)


def reliability_diagram(found: Mapping[str, tuple[Float64, Float64]]) -> Figure:
    """Draw the share of positives by the probability predicted."""

    def draw(axes: Any) -> None:
        axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, label="as predicted")
        for (name, (predicted, observed)), color, dash in zip(found.items(), SERIES, DASHES, strict=False):
            axes.plot(
                predicted,
                observed,
                "o",
                color=color,
                linestyle=dash,
                linewidth=1.2,
                markersize=4,
                label=short_name(name),
            )
        _unit_square(axes, "mean predicted probability", "share observed")
        axes.legend(loc="best")

    caption = (
        f"Reliability of {'; '.join(found)}. Below the diagonal the class is predicted more often than it is so."
        " Ten bins of equal width, all test rows together."
    )
    return figure_of("reliability", "Reliability diagram", caption, draw)


def threshold_sweep(name: str, found: Sweep, tuned: float | None) -> Figure:
    """Draw precision, recall and F1 by the threshold."""

    def draw(axes: Any) -> None:
        lines = {"precision": found.precision, "recall": found.recall, "F1": found.f1}
        for (label, values), color, dash in zip(lines.items(), SERIES, DASHES, strict=False):
            axes.plot(found.threshold, values, color=color, linestyle=dash, linewidth=1.5, label=label)
        axes.axvline(0.5, color=FAINT, linewidth=1)
        if tuned is not None:
            axes.axvline(tuned, color=INK, linewidth=1, linestyle=":", label=f"tuned, {tuned:.2f}")
        _unit_square(axes, "threshold", "")
        axes.legend(loc="best")

    at = f" The tuned threshold is {tuned:.2f}." if tuned is not None else ""
    caption = f"Precision, recall and F1 of {name} at each threshold, all test rows together.{at}"
    return figure_of("sweep", "Threshold sweep", caption, draw)


def feature_map(found: Map, positive: str) -> Figure:
    """Draw original and made rows in the plane."""

    def draw(axes: Any) -> None:
        axes.plot(*found.others.T, ".", color=FAINT, markersize=3, label="other classes")
        axes.plot(*found.positives.T, "o", color=SERIES[0], markersize=3.5, alpha=0.8, label=short_name(positive))
        if len(found.made):
            axes.plot(
                *found.made.T,
                "D",
                color="none",
                markeredgecolor=SERIES[1],
                markeredgewidth=0.8,
                markersize=4,
                zorder=1.5,
                label=f"made by {short_name(found.technique)}",
            )
        axes.set_xlabel(f"first direction, {found.shares[0]:.0%} of the variance")
        axes.set_ylabel(f"second direction, {found.shares[1]:.0%}")
        axes.set_xticklabels([])
        axes.set_yticklabels([])
        axes.legend(loc="best")

    made = f"; diamonds are rows that {found.technique} makes" if len(found.made) else "; no technique makes rows"
    caption = (
        "The rows in the two directions in which the feature space varies most (principal components, a sample):"
        f" dots are other classes, circles {positive}{made}."
    )
    return figure_of("map", "Map of the rows", caption, draw, 3.6)


def bars(key: str, title: str, counts: Mapping[str, float], caption: str) -> Figure:
    """Draw a bar for each label."""

    def draw(axes: Any) -> None:
        axes.barh(range(len(counts)), list(counts.values()), color=SERIES[0], height=0.7)
        axes.set_yticks(range(len(counts)), [short_name(label) for label in counts])
        axes.set_ylim(len(counts) - 0.4, -0.6)
        axes.set_xlabel("rows")
        axes.grid(visible=False, axis="y")

    return figure_of(key, title, caption, draw, max(1.3, 0.6 + 0.22 * len(counts)))


def _unit_square(axes: Any, x: str, y: str) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def short_name(text: str) -> str:
    """Return a name that fits a figure."""
    return shortened("".join(c if c.isprintable() else " " for c in text), 30)


def figure_of(
    key: str, title: str, caption: str, draw: Callable[[Any], None], height: float = _HEIGHT, said: str = ""
) -> Figure:
    """Return what `draw` does to an empty pair of axes; `said`: what those who do not see it are told besides."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # it would tell of a home it cannot write to
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context({**_STYLE, "svg.hashsalt": key}):
        canvas = Canvas(figsize=(_WIDTH, height), layout="constrained")
        draw(canvas.subplots())
        stream = io.StringIO()
        surface: Any = FigureCanvasSVG(canvas)
        surface.print_svg(stream, metadata={"Date": None, "Creator": None})
    return Figure(_inline(stream.getvalue(), key, title, f"{caption} {said}".strip()), caption)


def _inline(svg: str, key: str, title: str, words: str) -> str:
    """Return a whole SVG file as an element of a page: named, without a size, its ids the page's only ones."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', body)
    assert box  # noqa: S101  matplotlib writes one
    inside = body[body.index(">") + 1 :]
    inside = re.sub(r'\bid="', f'id="{key}-', inside)
    inside = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{key}-", inside)
    for color, variable in _VARIABLES.items():
        inside = inside.replace(color, f"var({variable})")
    name = f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(words)}</desc>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]}'
        f' role="img" aria-labelledby="{key}-title {key}-desc">{name}{inside}'
    )
