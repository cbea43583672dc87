"""The parts of a report as data: text, tables, figures and sections. The report package renders them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from rebalance.arrays import Float64


@dataclass(frozen=True)
class Text:
    """A paragraph, or lines to be shown in a fixed-width font."""

    text: str

    is_preformatted: bool = False

    headline: str = ""
    """What the paragraph begins with, emphasized."""


@dataclass(frozen=True)
class Listing:
    """A list of sentences."""

    items: Sequence[str]


@dataclass(frozen=True)
class TableData:
    """A table: the first column names the rows, the others hold numbers."""

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    emphasized: frozenset[int] = frozenset()
    """Positions of the rows that stand out."""

    shades: Sequence[Sequence[float]] = ()
    """How strongly each cell after the first column is shaded, from 0 to 1; none: not at all."""

    text_columns: frozenset[int] = frozenset()
    """Positions of columns that hold words instead of numbers."""


@dataclass(frozen=True)
class Series:
    """A line, or a set of points."""

    name: str
    x: Float64
    y: Float64

    low: Float64 | None = None
    """The lower edge of a band around the line."""

    high: Float64 | None = None
    """The upper edge of the band."""

    style: Literal["line", "line and points", "points", "faint points", "open points"] = "line"


@dataclass(frozen=True)
class Reference:
    """A line that other things are compared with."""

    x: tuple[float, float]
    y: tuple[float, float]
    """Both ends; infinite ones reach the edge of the drawing."""

    name: str = ""
    """Its name in the legend; none: it is left out there."""

    style: Literal["faint", "strong", "dashed"] = "faint"


@dataclass(frozen=True)
class Figure:
    """A drawing of lines and points."""

    key: str
    """A word that names it within a page."""

    title: str
    caption: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    references: Sequence[Reference] = ()

    is_unit_square: bool = False
    """Whether both axes go from 0 to 1."""

    starts_at_zero: bool = False
    """Whether the vertical axis starts at 0."""

    has_ticks: bool = True
    """Whether the axes have numbers."""


@dataclass(frozen=True)
class BarFigure:
    """Horizontal bars."""

    key: str
    title: str
    caption: str
    x_label: str
    bars: Sequence[tuple[str, float]]


@dataclass(frozen=True)
class IntervalFigure:
    """Estimates with their intervals, one below the other."""

    key: str
    title: str
    caption: str
    x_label: str

    rows: Sequence[tuple[str, float, float, float, bool]]
    """The name, the estimate, both ends of its interval, and whether it stands out."""

    values: Sequence[str]
    """The estimates as text, for those who do not see the drawing."""


@dataclass(frozen=True)
class HistogramFigure:
    """Histograms over the same bins, the first filled, the others as outlines."""

    key: str
    title: str
    caption: str
    x_label: str
    edges: Sequence[float]
    counts: Sequence[tuple[str, Sequence[float]]]
    """The name and the bin counts of each histogram; a single one needs no name."""


AnyFigure = Figure | BarFigure | IntervalFigure | HistogramFigure
Item = Text | Listing | TableData | AnyFigure


@dataclass(frozen=True)
class Section:
    """A part of a report."""

    key: str
    """A word that names it within a page."""

    title: str
    items: Sequence[Item] = field(default_factory=tuple)
