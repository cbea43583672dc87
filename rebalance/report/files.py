"""An evaluation as a file: JSON, Markdown or plain text, by the file's suffix."""

import io
from pathlib import Path

from rich.console import Console

from rebalance.errors import UsageError
from rebalance.evaluate.compare import Evaluation
from rebalance.evaluate.metrics import FIGURES
from rebalance.report.as_json import to_json
from rebalance.report.terminal_evaluation import HEADINGS, print_evaluation, shown

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
    print_evaluation(Console(file=stream, width=_TEXT_WIDTH, no_color=True, highlight=False), evaluation)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def _markdown(evaluation: Evaluation) -> str:
    winner = evaluation.winner
    lines = [
        f"# Rebalancing {_cell(evaluation.file)}",
        "",
        (
            f"Target `{_cell(evaluation.target)}`, rarest class `{_cell(evaluation.minority)}`;"
            f" {evaluation.protocol}, seed {evaluation.seed}. Highest PR-AUC: **{winner.model}** with"
            f" **{winner.technique}**; a lead smaller than its ± is noise."
        ),
        "",
        "| model | technique | " + " | ".join(HEADINGS.values()) + " |",
        "| --- | --- |" + " ---: |" * len(HEADINGS),
    ]
    for contender in evaluation.contenders:
        cells = [shown(contender.figures[name]) for name in HEADINGS]
        lines.append(f"| {contender.model} | {contender.technique} | " + " | ".join(cells) + " |")
    lines += ["", *(f"- {_cell(note)}" for note in evaluation.notes)]
    lines += ["", "Figures are mean ± standard deviation over the test parts: "]
    lines += [f"{heading} is {FIGURES[name]};" for name, heading in HEADINGS.items()]
    lines += [
        "",
        f"## {winner.model} with {winner.technique}",
        "",
        "```text",
        evaluation.report.rstrip(),
        "```",
        "",
    ]
    lines += ["| true \\ predicted | " + " | ".join(map(_cell, evaluation.labels)) + " |"]
    lines += ["| --- |" + " ---: |" * len(evaluation.labels)]
    for label, row in zip(evaluation.labels, evaluation.confusion, strict=True):
        lines.append(f"| {_cell(label)} | " + " | ".join(str(cell) for cell in row) + " |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    for mark in "\\`*_[]<>|#":
        shown = shown.replace(mark, "\\" + mark)
    return shown


_FORMATS = {".json": to_json, ".md": _markdown, ".txt": _text}
