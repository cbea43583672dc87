"""How much each value of a numeric target matters: its relevance, from 0 (common) to 1 (rare).

Ribeiro 2011, Utility-based Regression, chapter 3; Ribeiro and Moniz 2020, Machine Learning 109, section 3.
"""

import math
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Bool, Float64
from rebalance.errors import UsageError

FENCE, EXTREME_FENCE = 1.5, 3.0
"""Interquartile ranges from the quartiles to where outliers, and extreme ones, begin (Tukey 1977)."""

RARE = 0.8


@dataclass(frozen=True)
class BoxPlot:
    """Tukey's five numbers of some values, the most extreme ones inside the fences, and the nearest ones outside.

    An outlier is NaN where there is none.
    """

    minimum: float
    lower: float
    median: float
    upper: float
    maximum: float
    lower_adjacent: float
    upper_adjacent: float
    lower_outlier: float
    upper_outlier: float

    def fences(self, coefficient: float = FENCE) -> tuple[float, float]:
        """Return the values beyond which outliers lie."""
        reach = coefficient * (self.upper - self.lower)
        return self.lower - reach, self.upper + reach


def box_plot(values: Float64) -> BoxPlot:
    """Return the box plot of values, none missing; quartiles are Tukey's hinges."""
    ordered = np.sort(values)
    size = len(ordered)
    depth = math.floor((size + 3) / 2) / 2

    def at(position: float) -> float:
        return float(ordered[math.floor(position) - 1] + ordered[math.ceil(position) - 1]) / 2

    lower, median, upper = at(depth), at((size + 1) / 2), at(size + 1 - depth)
    reach = FENCE * (upper - lower)
    begin = int(np.searchsorted(ordered, lower - reach))
    end = int(np.searchsorted(ordered, upper + reach, "right"))
    return BoxPlot(
        minimum=float(ordered[0]),
        lower=lower,
        median=median,
        upper=upper,
        maximum=float(ordered[-1]),
        lower_adjacent=float(ordered[begin]),
        upper_adjacent=float(ordered[end - 1]),
        lower_outlier=float(ordered[begin - 1]) if begin else math.nan,
        upper_outlier=float(ordered[end]) if end < size else math.nan,
    )


@dataclass(frozen=True)
class Relevance:
    """Control points (value, relevance), ascending; between two the relevance is a cubic that is flat at the points.

    Where there are more than those of a box plot the cubic is monotone (Fritsch and Carlson 1980).
    """

    points: tuple[tuple[float, float], ...]
    flat: bool = True

    def of(self, values: Float64) -> Float64:
        """Return the relevance of values; beyond the outermost points it is theirs."""
        from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

        at, height = (np.array(side, np.float64) for side in zip(*self.points, strict=True))
        inside = np.clip(values, at[0], at[-1])
        if len(at) == 1:
            return np.full(len(values), height[0])
        curve = CubicHermiteSpline(at, height, np.zeros(len(at))) if self.flat else PchipInterpolator(at, height)
        found: Float64 = np.clip(curve(inside), 0, 1)
        return found

    def rare(self, values: Float64, threshold: float = RARE) -> Bool:
        """Return which values are at least as relevant as the threshold."""
        return self.of(values) >= threshold


def by_box_plot(box: BoxPlot) -> Relevance:
    """Return the relevance that grows from the median to the adjacent values; a tail without outliers has none.

    Where the adjacent value is the median itself, as where most values are zero, it grows to the nearest outlier.
    """
    points = {box.median: 0.0}
    for adjacent, outlier in ((box.lower_adjacent, box.lower_outlier), (box.upper_adjacent, box.upper_outlier)):
        if not math.isnan(outlier):
            points[outlier if adjacent == box.median else adjacent] = 1.0
    return Relevance(tuple(sorted(points.items())))


def parse_relevance(text: str) -> Relevance:
    """Read control points such as `0:0,10:0.5,100:1`. Raises UsageError for what is none."""
    points: list[tuple[float, float]] = []
    for part in text.split(","):
        value, _, height = part.partition(":")
        try:
            points.append((float(value), float(height)))
        except ValueError:
            points.append((math.nan, math.nan))
    values = [value for value, _ in points]
    if not all(math.isfinite(value) and 0 <= height <= 1 for value, height in points):
        raise UsageError(f"--relevance {text}: not value:relevance, ...", "for example --relevance 0:0,10:0.5,100:1")
    if values != sorted(set(values)):
        raise UsageError(f"--relevance {text}: the values must ascend", "for example --relevance 0:0,10:0.5,100:1")
    return Relevance(tuple(points), flat=False)


def stretches(values: Float64, rare: Bool) -> list[tuple[float, float, int]]:
    """Return the ranges of values that are rare: the lowest and highest of each, and how many there are."""
    order = np.argsort(values, kind="stable")
    ordered, marks = values[order], rare[order]
    edges = np.flatnonzero(np.diff(marks.astype(np.int8), prepend=0, append=0)).tolist()
    return [
        (float(ordered[begin]), float(ordered[end - 1]), end - begin)
        for begin, end in zip(edges[::2], edges[1::2], strict=True)
    ]
