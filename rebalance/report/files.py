"""An evaluation as a file: HTML, Markdown, JSON, CSV or plain text, by the file's suffix."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from rebalance.errors import UsageError
from rebalance.evaluate.compare import Comparison
from rebalance.report.as_csv import folds_csv
from rebalance.report.as_json import to_json
from rebalance.report.markdown import evaluation_markdown
from rebalance.report.terminal import plain_console
from rebalance.report.terminal_evaluation import print_evaluation

_TEXT_WIDTH = 140


def report_format(path: str) -> str:
    """Return the suffix that says what to write. Raises UsageError for one that is no format."""
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        known = ", ".join(sorted(_FORMATS))
        raise UsageError(f"--report {path}: the format is told by the suffix", f"one of {known}")
    return suffix


def evaluation_bytes(comparison: Comparison, suffix: str, command: Sequence[str]) -> bytes:
    """Return the report as the bytes of a file of that kind; `command`: the words that were typed."""
    text = _FORMATS[suffix](comparison, command)
    return (text.rstrip("\n") + "\n").encode(errors="backslashreplace")  # a file may be named in no encoding


def _text(comparison: Comparison, _command: Sequence[str]) -> str:
    stream = io.StringIO()
    print_evaluation(plain_console(stream, _TEXT_WIDTH), comparison.evaluation)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def _html(comparison: Comparison, command: Sequence[str]) -> str:
    from rebalance.report.html_evaluation import evaluation_html  # matplotlib and Jinja2 only for those who ask

    return evaluation_html(comparison, command)


_FORMATS: dict[str, Callable[[Comparison, Sequence[str]], str]] = {
    ".json": lambda comparison, _: to_json(comparison.evaluation),
    ".md": lambda comparison, _: evaluation_markdown(comparison.evaluation),
    ".csv": lambda comparison, _: folds_csv(comparison.evaluation),
    ".txt": _text,
    ".html": _html,
}
