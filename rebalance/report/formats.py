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
    if suffix not in def _markdown(comparison: "Comparison", _command: Sequence[str]) -> str:
    from rebalance.report.markdown import evaluation_markdown

    return evaluation_markdown(comparison)


def _json(comparison: "Comparison", _command: Sequence[str]) -> str:
    from rebalance.report.as_json import to_json

    return to_json(comparison.evaluation)


FORMATS: dict[str, Callable[["Comparison", Sequence[str]], str]] = {
    ".html": _html,
    ".md": _markdown,
    ".json": _json,
    ".csv": _folds_csv,
    ".txt": _text,
}
"""The formats by suffix; `--help` lists them, so their modules are imported only when used."""
