"""An evaluation as a file: HTML, Markdown, JSON, CSV or plain text, by the file's suffix."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.evaluate.compare import Comparison

_TEXT_WIDTH = 140
"""Columns of a plain text report: all metrics of a table fit."""


def report_format(path: str) -> str:
    """Return the suffix that determines the format. Raises UsageError for an unknown one."""
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(FORMATS)
        raise UsageError(f"--report {path}: the suffix of the name determines the format", f"use one of {known}")
    return suffix


def evaluation_bytes(comparison: "Comparison", suffix: str, command: Sequence[str]) -> bytes:
    """Return the report as the bytes of a file; `command`: the words that were typed."""
    text = FORMATS[suffix](comparison, command)
    return (text.rstrip("\n") + "\n").encode(errors="backslashreplace")  # a file name may be in no encoding


def _html(comparison: "Comparison", command: Sequence[str]) -> str:
    from rebalance.report.html.evaluation import evaluation_html

    return evaluation_html(comparison, command)


def _markdown(comparison: "Comparison", _command: Sequence[str]) -> str:
    from rebalance.report.markdown import evaluation_markdown

    return evaluation_markdown(comparison)


def _json(comparison: "Comparison", _command: Sequence[str]) -> str:
    from rebalance.report.as_json import to_json

    return to_json(comparison.evaluation)


def _folds_csv(comparison: "Comparison", _command: Sequence[str]) -> str:
    """Return the metrics of every fold as CSV, a row for each contender and fold; undefined ones are blank."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    names = list(comparison.request.task.metrics)
    writer.writerow(["model", "technique", "variant", "fold", *names])
    for contender in comparison.evaluation.contenders:
        for number, metrics in enumerate(contender.folds, 1):
            cells = ["" if math.isnan(metrics[name]) else repr(metrics[name]) for name in names]
            writer.writerow([contender.model, contender.technique, contender.variant, number, *cells])
    return stream.getvalue()


def _text(comparison: "Comparison", _command: Sequence[str]) -> str:
    from rebalance.report.terminal import plain_console
    from rebalance.report.terminal_evaluation import print_evaluation

    stream = io.StringIO()
    print_evaluation(plain_console(stream, _TEXT_WIDTH), comparison)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


FORMATS: dict[str, Callable[["Comparison", Sequence[str]], str]] = {
    ".html": _html,
    ".md": _markdown,
    ".json": _json,
    ".csv": _folds_csv,
    ".txt": _text,
}
"""The formats by suffix. Help lists them, so what they need is imported only when they are used."""

DETAILED_FORMATS = {".html"}
"""The formats that show the details of a comparison."""
