"""Drawings as SVG inside a page: their colors are the page's, in light and dark, and their text is text."""

import io
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from html import escape
from typing import Any

from rebalance.document import AnyFigure, BarFigure, Figure, HistogramFigure, IntervalFigure, Series
from rebalance.text import shorten

_INK, _FAINT = "#010101", "#020202"
_COLORS = tuple(f"#0{number}0{number}f{number}" for number in range(1, 8))
_VARIABLES = {_INK: "--ink", _FAINT: "--faint"} | {
    color: f"--series-{number}" for number, color in enumerate(_COLORS, 1)
}
"""Colors that nothing else has, and the page's variables that take their place."""

_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
"""Lines can be told apart without color."""

_MARKERS = "oxD^v"
_MAX_NAME_LENGTH = 30
"""Characters of a name in a legend or at an axis."""

_WIDTH, _HEIGHT = 4.4, 3.3
_MAP_HEIGHT = 3.6
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "text.parse_math": False,
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _FAINT,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
}


@dataclass(frozen=True)
class Chart:
    """A figure as it stands in a page."""

    svg: str
    """Its SVG, with a description for those who do not see it."""

    caption: str


@singledispatch
def draw(figure: AnyFigure) -> Chart:
    """Return the drawing of a figure."""
    raise TypeError(type(figure))


@draw.register
def _(figure: Figure) -> Chart:
    def plot(axes: Any) -> None:
        for reference in figure.references:
            _plot_reference(axes, reference.x, reference.y, reference.name, reference.style)
        for number, series in enumerate(figure.series):
            _plot_series(axes, series, number)
        if figure.is_unit_square:
            axes.set_xlim(-0.02, 1.02)
            axes.set_ylim(-0.02, 1.04)
        if figure.starts_at_zero:
            axes.set_ylim(bottom=0)
        if not figure.has_ticks:
            axes.set_xticklabels([])
            axes.set_yticklabels([])
        axes.set_xlabel(_short_name(figure.x_label))
        axes.set_ylabel(_short_name(figure.y_label))
        axes.legend(loc="best")

    height = _HEIGHT if figure.has_ticks else _MAP_HEIGHT
    return _make_chart(figure.key, figure.title, figure.caption, plot, height)


def _plot_reference(axes: Any, x: Sequence[float], y: Sequence[float], name: str, style: str) -> None:
    color, dash = {"faint": (_FAINT, "-"), "strong": (_INK, ":"), "dashed": (_COLORS[1], "--")}[style]
    options = {"color": color, "linestyle": dash, "linewidth": 1, "label": name or None}
    if math.isinf(x[0]):
        axes.axhline(y[0], **options)
    elif math.isinf(y[0]):
        axes.axvline(x[0], **options)
    else:
        axes.plot(x, y, **options)


def _plot_series(axes: Any, series: Series, number: int) -> None:
    color, dash = _COLORS[number % len(_COLORS)], _DASHES[number % len(_DASHES)]
    label, marker = _short_name(series.name), _MARKERS[number % len(_MARKERS)]
    if series.low is not None and series.high is not None:
        axes.fill_between(series.x, series.low, series.high, color=color, alpha=0.12, linewidth=0)
    styles: dict[str, dict[str, Any]] = {
        "line": {"color": color, "linestyle": dash, "linewidth": 1.5},
        "line and points": {"color": color, "linestyle": dash, "linewidth": 1.2, "marker": "o", "markersize": 4},
        "points": {"color": color, "linestyle": "", "marker": "o", "markersize": 3.5, "alpha": 0.8},
        "faint points": {"color": _FAINT, "linestyle": "", "marker": ".", "markersize": 3},
        "open points": {
            "color": color,
            "linestyle": "",
            "marker": marker,
            "markersize": 3.5,
            "fillstyle": "none",
            "zorder": 1.5,
        },
    }
    axes.plot(series.x, series.y, label=label, **styles[series.style])


@draw.register
def _(figure: BarFigure) -> Chart:
    def plot(axes: Any) -> None:
        axes.barh(range(len(figure.bars)), [value for _, value in figure.bars], color=_COLORS[0], height=0.7)
        axes.set_xlabel(figure.x_label)
        _name_rows(axes, [name for name, _ in figure.bars])

    height = max(1.3, 0.6 + 0.22 * len(figure.bars))
    return _make_chart(figure.key, figure.title, figure.caption, plot, height)


@draw.register
def _(figure: IntervalFigure) -> Chart:
    def plot(axes: Any) -> None:
        for row, (_, value, low, high, is_emphasized) in enumerate(figure.rows):
            color = _COLORS[1] if is_emphasized else _COLORS[0]
            axes.plot([low, high], [row, row], color=color, linewidth=1.5)
            axes.plot(value, row, "s" if is_emphasized else "o", color=color, markersize=5)
        axes.set_xlabel(figure.x_label)
        _name_rows(axes, [row[0] for row in figure.rows])

    values = "; ".join(f"{row[0]} {value}" for row, value in zip(figure.rows, figure.values, strict=True))
    height = max(1.4, 0.55 + 0.2 * len(figure.rows))
    return _make_chart(figure.key, figure.title, figure.caption, plot, height, values)


def _name_rows(axes: Any, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [_short_name(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")


@draw.register
def _(figure: HistogramFigure) -> Chart:
    def plot(axes: Any) -> None:
        for number, (name, counts) in enumerate(figure.counts):
            is_single, is_first = len(figure.counts) == 1, number == 0
            alpha = 0.6 if is_first and not is_single else 1
            label = _short_name(name) or None
            axes.stairs(counts, figure.edges, fill=is_first, color=_COLORS[number], alpha=alpha, label=label)
        axes.set_xlabel(_short_name(figure.x_label))
        axes.set_ylabel("Rows")
        if len(figure.counts) > 1:
            axes.legend(loc="best")

    counts = figure.counts[0][1]
    values = "; ".join(f"from {edge:.4g}: {count:,}" for edge, count in zip(figure.edges, counts, strict=False))
    return _make_chart(figure.key, figure.title, figure.caption, plot, description=values)


def _short_name(text: str) -> str:
    """Return a name that fits a drawing."""
    return shorten("".join(c if c.isprintable() else " " for c in text), _MAX_NAME_LENGTH)


def _make_chart(
    key: str,
    title: str,
    caption: str,
    plot: Callable[[Any], None],
    height: float = _HEIGHT,
    description: str = "",
) -> Chart:
    """Return what `plot` draws on an empty pair of axes; `description`: further text for those who do not see it."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # it complains of a home folder it cannot write to
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context({**_STYLE, "svg.hashsalt": key}):
        canvas = Canvas(figsize=(_WIDTH, height), layout="constrained")
        plot(canvas.subplots())
        stream = io.StringIO()
        surface: Any = FigureCanvasSVG(canvas)
        surface.print_svg(stream, metadata={"Date": None, "Creator": None})
    return Chart(_inline(stream.getvalue(), key, title, f"{caption} {description}".strip()), caption)


def _inline(svg: str, key: str, title: str, description: str) -> str:
    """Return an SVG file as an element of a page: named, without a size, its ids unique in the page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    box = re.search(r'viewBox="[^"]*"', body)
    assert box  # noqa: S101  matplotlib writes one
    inside = body[body.index(">") + 1 :]
    inside = re.sub(r'\bid="', f'id="{key}-', inside)
    inside = re.sub(r'((?:xlink:)?href="#|url\(#)', rf"\g<1>{key}-", inside)
    for color, variable in _VARIABLES.items():
        inside = inside.replace(color, f"var({variable})")
    name = f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box[0]}'
        f' role="img" aria-labelledby="{key}-title {key}-desc">{name}{inside}'
    )
