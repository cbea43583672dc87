"""How much each value of a numeric target matters: its relevance, from 0 (common) to 1 (rare).

Ribeiro 2011, Utility-based Regression, chapter 3; Ribeiro and Moniz 2020, Machine Learning 109, section 3.
"""

import math
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Float64
from rebalance.defaults import FENCE, RARE_THRESHOLD

EXTREME_FENCE = 3.0
"""The distance of the fences of extreme outliers from the quartiles, in interquartile ranges (Tukey 1977)."""


@dataclass(frozen=True)
class BoxPlot:
    """What a box plot draws of some values."""

    minimum: float
    lower: float
    """The lower quartile, as Tukey's hinge."""

    median: float
    upper: float
    """The upper quartile, as Tukey's hinge."""

    maximum: float
    lower_adjacent: float
    """The smallest value inside the fences."""

    upper_adjacent: float
    """The largest value inside the fences."""

    lower_outlier: float
    """The largest value below the fences; NaN if there is none."""

    upper_outlier: float
    """The smallest value above the fences; NaN if there is none."""

    def fences(self, coefficient: float = FENCE) -> tuple[float, float]:
        """Return the values beyond which outliers lie, `coefficient` interquartile ranges from the quartiles."""
        reach = coefficient * (self.upper - self.lower)
        return self.lower - reach, self.upper + reach


def box_plot(values: Float64) -> BoxPlot:
    """Return the box plot of values, none of them NaN."""
    ordered = np.sort(values)
    size = len(ordered)
    depth = math.floor((size + 3) / 2) / 2

    def value_at(position: float) -> float:
        return float(ordered[math.floor(position) - 1] + ordered[math.ceil(position) - 1]) / 2

    lower, median, upper = value_at(depth), value_at((size + 1) / 2), value_at(size + 1 - depth)
    reach = FENCE * (upper - lower)
    start = int(np.searchsorted(ordered, lower - reach))
    end = int(np.searchsorted(ordered, upper + reach, "right"))
    return BoxPlot(
        minimum=float(ordered[0]),
        lower=lower,
        median=median,
        upper=upper,
        maximum=float(ordered[-1]),
        lower_adjacent=float(ordered[start]),
        upper_adjacent=float(ordered[end - 1]),
        lower_outlier=float(ordered[start - 1]) if start else math.nan,
        upper_outlier=float(ordered[end]) if end < size else math.nan,
    )


@dataclass(frozen=True)
class Relevance:
    """Relevance by value: a piecewise cubic through control points."""

    points: tuple[tuple[float, float], ...]
    """The control points (value, relevance), ascending. Beyond the outermost points the relevance is constant."""

    flat: bool = True
    """Whether the slope at every control point is 0, as for a box plot's; else the cubic is monotone between them
    (Fritsch and Carlson 1980)."""

    def of(self, values: Float64) -> Float64:
        """Return the relevance of each value."""
        from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

        x, y = (np.array(side, np.float64) for side in zip(*self.points, strict=True))
        inside = np.clip(values, x[0], x[-1])
        if len(x) == 1:
            return np.full(len(values), y[0])
        curve = CubicHermiteSpline(x, y, np.zeros(len(x))) if self.flat else PchipInterpolator(x, y)
        relevance: Float64 = np.clip(curve(inside), 0, 1)
        return relevance

    def is_rare(self, values: Float64, threshold: float = RARE_THRESHOLD) -> Bool:
        """Return which values are at least as relevant as the threshold."""
        return self.of(values) >= threshold


def relevance_from_box_plot(box: BoxPlot) -> Relevance:
    """Return a relevance that grows from 0 at the median to 1 at the adjacent value of each tail that has outliers.

    Where the adjacent value is the median itself (most values are zero, say), it grows to the nearest outlier.
    """
    points = {box.median: 0.0}
    for adjacent, outlier in ((box.lower_adjacent, box.lower_outlier), (box.upper_adjacent, box.upper_outlier)):
        if not math.isnan(outlier):
            points[outlier if adjacent == box.median else adjacent] = 1.0
    return Relevance(tuple(sorted(points.items())))


def value_ranges(values: Float64, marked: Bool) -> list[tuple[float, float, int]]:
    """Return the maximal ranges of marked values, ascending: (lowest, highest, how many values)."""
    order = np.argsort(values, kind="stable")
    ordered, marks = values[order], marked[order]
    edges = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0)).tolist()
    return [
        (float(ordered[start]), float(ordered[end - 1]), end - start)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    ]
