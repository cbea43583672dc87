"""Drawings as SVG inside a page: described, without ids in common, in the page's colors, their text as text."""

import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from rebalance.document import AnyFigure, BarFigure, Figure, HistogramFigure, IntervalFigure, Reference, Series
from rebalance.report.charts import draw

HOSTILE = "<b>$x^2$ & 'y'"
POINTS = np.linspace(0, 1, 11)
INFINITE = (float("-inf"), float("inf"))

FIGURES: dict[str, AnyFigure] = {
    "lines": Figure(
        "curve",
        "A curve",
        "What it shows.",
        HOSTILE,
        "height",
        [
            Series(HOSTILE, POINTS, POINTS**2, low=POINTS**2 - 0.1, high=POINTS**2 + 0.1),
            Series("others", POINTS, POINTS, style="points"),
            Series("more", POINTS, 1 - POINTS, style="open points"),
        ],
        [Reference((0, 1), (0, 1), "chance"), Reference(INFINITE, (0.5, 0.5)), Reference((0.5, 0.5), INFINITE)],
        is_unit_square=True,
    ),
    "bars": BarFigure("bars", "Bars", "Rows of each class.", "Rows", [(HOSTILE, 3.0), ("b", 1.0)]),
    "intervals": IntervalFigure(
        "intervals",
        "Intervals",
        "Estimates.",
        "F1",
        [(HOSTILE, 0.5, 0.4, 0.6, True), ("b", 0.3, 0.1, 0.5, False)],
        ["0.5 ± 0.1", "0.3 ± 0.2"],
    ),
    "histogram": HistogramFigure("histogram", "Histogram", "Rows.", HOSTILE, [0, 1, 2], [("", [3, 4])]),
}
every_figure = pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
SVG = "{http://www.w3.org/2000/svg}"


@every_figure
def test_a_drawing_is_named_and_described(figure: AnyFigure) -> None:
    chart = draw(figure)
    root = ET.fromstring(chart.svg)  # noqa: S314  written by ourselves
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == figure.title
    assert (description.text or "").startswith(figure.caption)
    assert root.get("role") == "img"
    assert (root.get("aria-labelledby") or "").split() == [title.get("id"), description.get("id")]
    assert chart.caption == figure.caption


@every_figure
def test_names_in_a_drawing_are_text_as_typed(figure: AnyFigure) -> None:
    root = ET.fromstring(draw(figure).svg)  # noqa: S314  written by ourselves
    texts = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    assert any(HOSTILE in text for text in texts)


@every_figure
def test_ids_and_references_within_a_drawing_begin_with_its_key(figure: AnyFigure) -> None:
    svg = draw(figure).svg
    ids = re.findall(r'\bid="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    assert all(name.startswith(f"{figure.key}-") for name in ids)
    assert set(re.findall(r'href="#([^"]*)"', svg)) | set(re.findall(r"url\(#([^)]*)\)", svg)) <= set(ids)


@every_figure
def test_a_drawing_has_the_colors_of_the_page_only(figure: AnyFigure) -> None:
    svg = draw(figure).svg
    assert "var(--" in svg
    assert not set(re.findall(r"#[0-9a-f]{6}\b", svg)) - {"#000000", "#ffffff"}


@every_figure
def test_a_figure_is_drawn_as_the_same_bytes_every_time(figure: AnyFigure) -> None:
    assert draw(figure).svg == draw(figure).svg


def test_what_a_drawing_shows_is_in_its_description() -> None:
    assert "from 0: 3; from 1: 4" in draw(FIGURES["histogram"]).svg
    assert "b 0.3 ± 0.2" in draw(FIGURES["intervals"]).svg


def test_a_long_name_is_shortened_in_the_middle() -> None:
    name = "begins-" + "x" * 60 + "-ends"
    svg = draw(BarFigure("bars", "Bars", "Rows.", "Rows", [(name, 1.0)])).svg
    assert name not in svg
    assert re.search(r"begins-x+…x+-ends", svg)
