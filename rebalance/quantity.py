"""What is in a table whose target is a quantity: how it is spread, what lies far out, which values are rare."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.inspect import ColumnProfile, profile_columns
from rebalance.table.relevance import EXTREME_FENCE, BoxPlot, box_plot
from rebalance.table.table import Table

_BINS = 20
_SPIKE_SHARE, _SPIKE_TIMES, _MOST_SPIKES = 0.01, 10, 5
_STRONG_SKEW = 1.0


@dataclass(frozen=True)
class Outliers:
    """Values outside Tukey's fences, `below` and `above`; the `extreme` among them; `of` how many values."""

    low_fence: float
    high_fence: float
    below: int
    above: int
    extreme: int
    of: int

    @property
    def count(self) -> int:
        """How many there are."""
        return self.below + self.above


@dataclass(frozen=True)
class Spike:
    """A value that far more rows have than the others do."""

    value: float
    count: int


@dataclass(frozen=True)
class RareRange:
    """Values, from the lowest to the highest observed, that are at least as relevant as the threshold.

    `label`: what `resample --count` calls it.
    """

    label: str
    low: float
    high: float
    count: int


@dataclass(frozen=True)
class QuantityProfile:
    """What `inspect --task regression` reports.

    `quartiles` are Tukey's hinges. `skew` and `kurtosis` (0 for a normal distribution) are adjusted for the sample's
    size, as pandas has them. `bin_edges` has one entry more than `bin_counts`. `relevance`: the control points, at
    which the curve is flat if `relevance_flat`. `rare`: the rows whose relevance is at least `relevance_threshold`.
    `column_outliers`: by the column's name.
    """

    task: str
    file: str
    rows: int
    column_count: int
    delimiter: str
    encoding: str
    target: str
    unlabelled: int
    distinct: int
    minimum: float
    quartiles: tuple[float, float, float]
    maximum: float
    mean: float
    deviation: float
    skew: float
    kurtosis: float
    zeros: int
    spikes: tuple[Spike, ...]
    bin_edges: tuple[float, ...]
    bin_counts: tuple[int, ...]
    outliers: Outliers
    relevance: tuple[tuple[float, float], ...]
    relevance_flat: bool
    relevance_threshold: float
    rare: int
    rare_ranges: tuple[RareRange, ...]
    duplicates: int
    columns: tuple[ColumnProfile, ...]
    column_outliers: dict[str, Outliers]
    warnings: tuple[str, ...]


def profile_quantity(table: Table) -> QuantityProfile:
    """Read the table, whose target is a quantity, and say what is in it."""
    import pandas as pd

    quantity = table.target.quantity
    assert quantity is not None  # noqa: S101  the caller has made it one
    values = quantity.numbers
    present = values[~np.isnan(values)]
    box = box_plot(present)
    sizes = table.target.counts().tolist()
    rare_ranges = [
        RareRange(one.label, one.low, one.high, size)
        for one, size in zip(quantity.ranges, sizes, strict=True)
        if one.rare
    ]
    rare = sum(one.count for one in rare_ranges)
    series = pd.Series((present - box.median) / np.abs(present - box.median).max())  # large ones would overflow
    counts, edges = np.histogram(present, np.unique(np.linspace(box.minimum, box.maximum, _BINS + 1)))
    distinct, repeats = np.unique(present, return_counts=True)
    spikes = _spikes(distinct, repeats.astype(np.int64))
    skew = float(series.skew())  # type: ignore[arg-type]
    duplicates = len(table) - len(set(table.records.digests()))
    warnings = _warnings(len(values) - len(present), skew, spikes, box, len(present), rare)
    if duplicates:
        warnings.append(f"{duplicates:,} rows are exact copies of earlier ones")
    return QuantityProfile(
        task="regression",
        file=table.file.source.name,
        rows=len(table),
        column_count=len(table.file.names),
        delimiter=table.file.dialect.delimiter.decode("ascii"),
        encoding=table.file.dialect.encoding,
        target=table.target.name,
        unlabelled=len(values) - len(present),
        distinct=len(distinct),
        minimum=box.minimum,
        quartiles=(box.lower, box.median, box.upper),
        maximum=box.maximum,
        mean=float(present.mean()),
        deviation=float(present.std(ddof=1)),
        skew=skew,
        kurtosis=float(series.kurt()),  # type: ignore[arg-type]
        zeros=int((present == 0).sum()),
        spikes=spikes,
        bin_edges=tuple(edges.tolist()),
        bin_counts=tuple(counts.tolist()),
        outliers=_outliers(present, box),
        relevance=quantity.relevance.points,
        relevance_flat=quantity.relevance.flat,
        relevance_threshold=quantity.threshold,
        rare=rare,
        rare_ranges=tuple(rare_ranges),
        duplicates=duplicates,
        columns=profile_columns(table),
        column_outliers=_column_outliers(table),
        warnings=tuple(warnings),
    )


def next_commands(profile: QuantityProfile, words: Sequence[str]) -> list[str]:
    """Return commands worth running next; `words` name the input."""
    drop = ["--drop-unlabelled"] if profile.unlabelled else []
    train = shlex.join(["rebalance", "train-eval", *words, *drop])
    if not profile.rare:
        return [train]
    grow = ["rebalance", "resample", *words, *drop, "--technique", "smogn", "-o", "balanced.csv"]
    return [shlex.join(grow), train]


FIGURES = {
    "rows": "rows",
    "unlabelled": "rows without a target",
    "duplicates": "duplicate rows",
    "missing": "missing share",
    "skew": "skew",
    "zeros": "share of zeros",
    "outliers": "share of outliers",
    "rare": "share of rare rows",
}
"""What `figures` returns, as a user names them, and what else they are called."""


def figures(profile: QuantityProfile) -> dict[str, float]:
    """Return what a limit can be set on, by name."""
    labelled = profile.rows - profile.unlabelled
    most = max((column.missing for column in profile.columns if column.role != "target"), default=0)
    return {
        "rows": profile.rows,
        "unlabelled": profile.unlabelled,
        "duplicates": profile.duplicates,
        "missing": most / profile.rows,
        "skew": profile.skew,
        "zeros": profile.zeros / labelled,
        "outliers": profile.outliers.count / labelled,
        "rare": profile.rare / labelled,
    }


def _outliers(values: Float64, box: BoxPlot) -> Outliers:
    low, high = box.fences()
    far_low, far_high = box.fences(EXTREME_FENCE)
    extreme = int(((values < far_low) | (values > far_high)).sum())
    return Outliers(low, high, int((values < low).sum()), int((values > high).sum()), extreme, len(values))


def _spikes(distinct: Float64, counts: Int64) -> tuple[Spike, ...]:
    """Return the values with a hundredth of the rows or more, and ten times as many as a value has on average."""
    total = int(counts.sum())
    least = max(_SPIKE_SHARE * total, _SPIKE_TIMES * total / len(counts))
    places = sorted(np.flatnonzero(counts >= least).tolist(), key=lambda at: -int(counts[at]))
    return tuple(Spike(float(distinct[at]), int(counts[at])) for at in places[:_MOST_SPIKES])


def _column_outliers(table: Table) -> dict[str, Outliers]:
    from rebalance.table.roles import Role

    found = {}
    for cells in table.typed(np.arange(len(table))).columns:
        values = cells.values  # noqa: PD011  typed cells, no Series
        if cells.column.role is not Role.NUMBER or values is None or np.isnan(values).all():
            continue
        present = values[~np.isnan(values)]
        own = _outliers(present, box_plot(present))
        if own.count:
            found[cells.column.title] = own
    return found


def _warnings(unlabelled: int, skew: float, spikes: Sequence[Spike], box: BoxPlot, rows: int, rare: int) -> list[str]:
    found = []
    if unlabelled:
        found.append(f"{unlabelled:,} rows have no target")
    for spike in spikes:
        if spike.value == 0:
            found.append(f"{spike.count:,} rows ({spike.count / rows:.1%}) are zero")
            continue
        end = {box.minimum: ", the lowest", box.maximum: ", the highest"}.get(spike.value, "")
        cap = ": perhaps a cap, behind which other values hide" if end else ""
        found.append(f"{spike.count:,} rows ({spike.count / rows:.1%}) have the value {spike.value:.15g}{end}{cap}")
    if abs(skew) > _STRONG_SKEW and math.isfinite(skew):
        found.append(f"the target is strongly skewed ({skew:.1f}): squared errors are ruled by a few rows")
    if not rare:
        found.append("no value is rare by this relevance: --relevance VALUE:RELEVANCE,... sets another")
    return found
