"""What is in a table with a numeric target: its distribution, outliers, and which values are rare."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.document import Figure, Reference, Series
from rebalance.inspection.columns import Profile, common_fields
from rebalance.table.relevance import EXTREME_FENCE, BoxPlot, Relevance, box_plot
from rebalance.table.table import Table
from rebalance.text import count_of

_BINS = 20
"""Bins of the histogram."""

_MIN_SPIKE_SHARE, _MIN_SPIKE_RATIO, _MAX_SPIKES = 0.01, 10, 5
"""A spike has a hundredth of the rows, and ten times as many as a value has on average."""

_STRONG_SKEW = 1.0
"""A common rule of thumb: beyond this a distribution is highly skewed (Bulmer 1979, Principles of Statistics)."""

_CURVE_POINTS = 400
"""Points of a drawn curve."""


@dataclass(frozen=True)
class Outliers:
    """Values outside of Tukey's fences."""

    low_fence: float
    high_fence: float
    below: int
    above: int

    extreme: int
    """Those beyond three interquartile ranges."""

    total: int
    """The number of all values."""

    @property
    def count(self) -> int:
        """The number of outliers."""
        return self.below + self.above


@dataclass(frozen=True)
class Spike:
    """A value that far more rows have than other values."""

    value: float
    count: int


@dataclass(frozen=True)
class RareRange:
    """A range of rare values."""

    label: str
    """Its name for `resample --count`."""

    low: float
    high: float
    """The lowest and the highest value observed in it."""

    count: int


@dataclass(frozen=True, kw_only=True)
class NumericTargetProfile(Profile):
    """What `inspect` reports of a table with a numeric target."""

    distinct: int
    """How many distinct values there are."""

    minimum: float

    quartiles: tuple[float, float, float]
    """As Tukey's hinges."""

    maximum: float
    mean: float
    standard_deviation: float
    skew: float
    kurtosis: float
    """Both adjusted for the sample's size, as in pandas; the kurtosis of a normal distribution is 0."""

    zeros: int
    spikes: tuple[Spike, ...]

    bin_edges: tuple[float, ...]
    """Of the histogram: one more than there are counts."""

    bin_counts: tuple[int, ...]
    outliers: Outliers

    relevance: tuple[tuple[float, float], ...]
    """The control points (value, relevance)."""

    relevance_flat: bool
    """Whether the relevance has a slope of 0 at them."""

    relevance_threshold: float
    """The relevance from which values are rare."""

    rare: int
    """The rows whose value is rare."""

    rare_ranges: tuple[RareRange, ...]

    column_outliers: dict[str, Outliers]
    """Outliers of the other number columns, by name."""

    gate_names: ClassVar[Mapping[str, str]] = {
        "rows": "rows",
        "unlabeled": "rows without a target",
        "duplicates": "duplicate rows",
        "missing": "missing share",
        "skew": "skew",
        "zeros": "share of zeros",
        "outliers": "share of outliers",
        "rare": "share of rare rows",
    }

    def gate_values(self) -> dict[str, float]:
        """Return the values that a gate can test, by name."""
        labeled = self.rows - self.unlabeled
        return {
            "rows": self.rows,
            "unlabeled": self.unlabeled,
            "duplicates": self.duplicates or 0,
            "missing": self.max_missing_share or 0,
            "skew": self.skew,
            "zeros": self.zeros / labeled,
            "outliers": self.outliers.count / labeled,
            "rare": self.rare / labeled,
        }

    def relevance_figure(self) -> Figure:
        """Return a figure of the relevance of each value."""
        relevance = Relevance(self.relevance, flat=self.relevance_flat)
        values = np.linspace(self.minimum, self.maximum, _CURVE_POINTS)
        points = "; ".join(f"{height:g} at {value:g}" for value, height in relevance.points)
        threshold = self.relevance_threshold
        return Figure(
            "relevance",
            "Relevance",
            f"The relevance of each {self.target}: {points}. {self.rare:,} rows are rare.",
            self.target,
            "Relevance",
            [Series("relevance", values, relevance.of(values))],
            [Reference((-math.inf, math.inf), (threshold, threshold), "rare from here", style="dashed")],
        )

    def next_commands(self, argv: Sequence[str]) -> list[str]:
        """Return commands worth running next, ready to paste; `argv`: the words that name the input."""
        argv = [*argv, *(["--drop-unlabeled"] if self.unlabeled else [])]
        train = shlex.join(["rebalance", "train-eval", *argv])
        if not self.rare:
            return [train]
        resample = ["rebalance", "resample", *argv, "--technique", "smogn", "-o", "balanced.csv"]
        return [shlex.join(resample), train]


def profile_numeric_target(table: Table) -> NumericTargetProfile:
    """Return the profile of a table with a numeric target."""
    import pandas as pd

    from rebalance.table.numeric_target import NumericTarget  # pyarrow, which profiles of classes do not need

    target = NumericTarget.of(table)
    present = target.floats[~np.isnan(target.floats)]
    box = box_plot(present)
    sizes = target.counts().tolist()
    rare_ranges = tuple(
        RareRange(part.label, part.low, part.high, size)
        for part, size in zip(target.ranges, sizes, strict=True)
        if part.rare
    )
    rare = sum(part.count for part in rare_ranges)
    scaled = pd.Series((present - box.median) / np.abs(present - box.median).max())  # moments of large numbers overflow
    counts, edges = np.histogram(present, np.unique(np.linspace(box.minimum, box.maximum, _BINS + 1)))
    distinct, repeats = np.unique(present, return_counts=True)
    spikes = _find_spikes(distinct, repeats.astype(np.int64))
    skew = float(scaled.skew())  # type: ignore[arg-type]
    fields = common_fields(table)
    warnings = _warnings(fields["unlabeled"], skew, spikes, box, len(present), rare)
    if fields["duplicates"]:
        warnings.append(f"{count_of(fields['duplicates'], 'row')} are exact copies of earlier ones")
    return NumericTargetProfile(
        **fields,
        distinct=len(distinct),
        minimum=box.minimum,
        quartiles=(box.lower, box.median, box.upper),
        maximum=box.maximum,
        mean=float(present.mean()),
        standard_deviation=float(present.std(ddof=1)),
        skew=skew,
        kurtosis=float(scaled.kurt()),  # type: ignore[arg-type]
        zeros=int((present == 0).sum()),
        spikes=spikes,
        bin_edges=tuple(edges.tolist()),
        bin_counts=tuple(counts.tolist()),
        outliers=_count_outliers(present, box),
        relevance=target.relevance.points,
        relevance_flat=target.relevance.flat,
        relevance_threshold=target.threshold,
        rare=rare,
        rare_ranges=rare_ranges,
        column_outliers=_column_outliers(table),
        warnings=(*table.records.reading_notes(), *warnings),
    )


def _count_outliers(values: Float64, box: BoxPlot) -> Outliers:
    low, high = box.fences()
    far_low, far_high = box.fences(EXTREME_FENCE)
    extreme = int(((values < far_low) | (values > far_high)).sum())
    return Outliers(low, high, int((values < low).sum()), int((values > high).sum()), extreme, len(values))


def _find_spikes(distinct: Float64, counts: Int64) -> tuple[Spike, ...]:
    total = int(counts.sum())
    minimum = max(_MIN_SPIKE_SHARE * total, _MIN_SPIKE_RATIO * total / len(counts))
    positions = sorted(np.flatnonzero(counts >= minimum).tolist(), key=lambda position: -int(counts[position]))
    return tuple(Spike(float(distinct[position]), int(counts[position])) for position in positions[:_MAX_SPIKES])


def _column_outliers(table: Table) -> dict[str, Outliers]:
    outliers = {}
    for cells in table.read_typed(np.arange(len(table))).columns:
        values = cells.values  # noqa: PD011  typed cells, not a Series
        if cells.column.number is None or values is None or np.isnan(values).all():
            continue
        present = values[~np.isnan(values)]
        of_column = _count_outliers(present, box_plot(present))
        if of_column.count:
            outliers[cells.column.display_name] = of_column
    return outliers


def _warnings(unlabeled: int, skew: float, spikes: Sequence[Spike], box: BoxPlot, rows: int, rare: int) -> list[str]:
    warnings = []
    if unlabeled:
        warnings.append(f"{count_of(unlabeled, 'row')} have no target")
    for spike in spikes:
        if spike.value == 0:
            warnings.append(f"{spike.count:,} rows ({spike.count / rows:.1%}) are zero")
            continue
        end = {box.minimum: ", the minimum", box.maximum: ", the maximum"}.get(spike.value, "")
        cap = ": a cap may hide other values" if end else ""
        warnings.append(f"{spike.count:,} rows ({spike.count / rows:.1%}) have the value {spike.value:.15g}{end}{cap}")
    if abs(skew) > _STRONG_SKEW and math.isfinite(skew):
        warnings.append(f"the target is strongly skewed ({skew:.1f}): a few rows dominate squared errors")
    if not rare:
        warnings.append("no value is rare by this relevance function: --relevance VALUE:RELEVANCE,... sets another")
    return warnings
