"""Figures of a target that is a quantity, and of what is predicted of it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rebalance.arrays import Float64
from rebalance.evaluate.curves import Curve
from rebalance.quantity import QuantityProfile
from rebalance.report.figures import DASHES, FAINT, SERIES, Figure, figure_of, short_name
from rebalance.table.relevance import Relevance

_BINS = 30
_MARKS = "ox"

Points = tuple[Float64, Float64]
"""True values, and what was predicted of them."""


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    name: str,
    key: str = "histogram",
    title: str = "Histogram of the target",
) -> Figure:
    """Draw how many rows have which values."""

    def draw(axes: Any) -> None:
        axes.stairs(counts, edges, fill=True, color=SERIES[0])
        axes.set_xlabel(short_name(name))
        axes.set_ylabel("rows")

    said = "; ".join(f"from {edge:.4g}: {count:,}" for edge, count in zip(edges, counts, strict=False))
    return figure_of(key, title, f"How many rows have which {name}.", draw, said=said)


def relevance_curve(relevance: Relevance, profile: QuantityProfile) -> Figure:
    """Draw how much each value of the target matters."""

    def draw(axes: Any) -> None:
        values = np.linspace(profile.minimum, profile.maximum, 400)
        axes.plot(values, relevance.of(values), color=SERIES[0], linewidth=1.5)
        axes.axhline(profile.relevance_threshold, color=SERIES[1], linewidth=1, linestyle="--", label="rare from here")
        axes.set_ylim(-0.02, 1.04)
        axes.set_xlabel(short_name(profile.target))
        axes.set_ylabel("relevance")
        axes.legend(loc="best")

    points = "; ".join(f"{height:g} at {value:g}" for value, height in relevance.points)
    caption = f"The relevance of each {profile.target}: {points}. {profile.rare:,} rows are rare."
    return figure_of("relevance", "Relevance", caption, draw)


def predicted_against_true(found: Mapping[str, Points], name: str) -> Figure:
    """Draw what was predicted by what is true."""

    def draw(axes: Any) -> None:
        ends = [min(true.min() for true, _ in found.values()), max(true.max() for true, _ in found.values())]
        axes.plot(ends, ends, color=FAINT, linewidth=1, label="as it is")
        _points(axes, found)
        axes.set_xlabel(f"true {short_name(name)}")
        axes.set_ylabel("predicted")
        axes.legend(loc="best")

    caption = f"Predicted by true {name} (a sample of the test rows): {'; '.join(found)}."
    return figure_of("predicted", "Predicted against true", caption, draw)


def residuals(found: Mapping[str, Points], name: str) -> Figure:
    """Draw the errors by what is true."""

    def draw(axes: Any) -> None:
        axes.axhline(0, color=FAINT, linewidth=1)
        _points(axes, {title: (true, predicted - true) for title, (true, predicted) in found.items()})
        axes.set_xlabel(f"true {short_name(name)}")
        axes.set_ylabel("predicted minus true")
        axes.legend(loc="best")

    caption = f"Errors by true {name} (a sample of the test rows): {'; '.join(found)}. Below the line too low."
    return figure_of("residuals", "Residuals", caption, draw)


def _points(axes: Any, found: Mapping[str, Points]) -> None:
    for (title, (x, y)), color, mark in zip(found.items(), SERIES, _MARKS, strict=False):
        axes.plot(x, y, mark, color=color, markersize=3.5, alpha=0.7, fillstyle="none", label=short_name(title))


def errors_by_relevance(found: Mapping[str, Curve]) -> Figure:
    """Draw the squared errors of the rows that are at least so relevant."""

    def draw(axes: Any) -> None:
        for (title, curve), color, dash in zip(found.items(), SERIES, DASHES, strict=False):
            axes.plot(curve.x, curve.y, color=color, linestyle=dash, linewidth=1.5, label=short_name(title))
        axes.set_xlabel("relevance at least")
        axes.set_ylabel("sum of squared errors")
        axes.set_ylim(bottom=0)
        axes.legend(loc="best")

    caption = (
        f"Squared errors of the rows that are at least so relevant: {'; '.join(found)}."
        " The area under a curve is SERA; a mean where there are folds."
    )
    return figure_of("sera", "SERA curve", caption, draw)


def before_and_after(
    before: Float64, after: Float64, weight: Float64 | None, names: tuple[str, str], *, anew: bool
) -> list[Figure]:
    """Draw how the target is spread before and after a technique: in one figure, unless it is written `anew`.

    `weight`: of each row after it, None for 1; `names`: of the target and the technique.
    """
    name, technique = names
    edges = np.histogram_bin_edges(before, _BINS)
    drawn: dict[str, tuple[Float64, Float64 | None]] = {
        "before": (before, None),
        f"after {technique}": (after, weight),
    }

    def both(axes: Any) -> None:
        for (title, (values, weights)), color, filled in zip(drawn.items(), SERIES, (True, False), strict=False):
            counts = np.histogram(values, edges, weights=weights)[0]
            axes.stairs(counts, edges, fill=filled, color=color, alpha=0.6 if filled else 1, label=short_name(title))
        axes.set_xlabel(short_name(name))
        axes.set_ylabel("rows")
        axes.legend(loc="best")

    if not anew:
        caption = f"Rows by {name}, before and after {technique}."
        return [figure_of("target", "Target before and after", caption, both)]
    figures = []
    for key, (title, (values, weights)) in zip(("before", "after"), drawn.items(), strict=True):
        counts, own_edges = np.histogram(values, _BINS, weights=weights)
        figures.append(
            histogram(
                own_edges.tolist(), counts.tolist(), f"{name} {title}", f"target-{key}", "Target before and after"
            )
        )
    return figures
