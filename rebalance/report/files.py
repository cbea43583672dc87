"""An evaluation as a file: JSON, Markdown or plain text, by the file's suffix."""

import io
from pathlib import Path

from rebalance.errors import UsageError
from rebalance.evaluate.compare import Evaluation
from rebalance.report.as_json import to_json
from rebalance.report.markdown import evaluation_markdown
from rebalance.report.terminal import plain_console
from rebalance.report.terminal_evaluation import print_evaluation

_TEXT_WIDTH = 120


def report_format(path: str) -> str:
    """Return the suffix that says what to write. Raises UsageError for one that is no format."""
    suffix = Path(path).suffix.lower()
    if suffix not in _FORMATS:
        raise UsageError(f"--report {path}: the format is told by the suffix", "one of " + ", ".join(sorted(_FORMATS)))
    return suffix


def evaluation_bytes(evaluation: Evaluation, suffix: str) -> bytes:
    """Return the report as the bytes of a file of that kind."""
    return (_FORMATS[suffix](evaluation).rstrip("\n") + "\n").encode()


def _text(evaluation: Evaluation) -> str:
    stream = io.StringIO()
    print_evaluation(plain_console(stream, _TEXT_WIDTH), evaluation)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


_FORMATS = {".json": to_json, ".md": evaluation_markdown, ".txt": _text}
