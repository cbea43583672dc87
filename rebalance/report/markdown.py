"""Results as Markdown."""

from collections.abc import Sequence

from rebalance.evaluate.compare import Evaluation
from rebalance.evaluate.metrics import FIGURES
from rebalance.report.terminal_evaluation import HEADINGS, shown
from rebalance.techniques.registry import Technique


def techniques_table(techniques: Sequence[Technique]) -> str:
    """Return the README's table of techniques."""
    lines = ["| technique | what it does | needs | worth a try when | from |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| `{t.name}` | {t.summary} | {t.needs} | {t.when} | {t.paper} |" for t in techniques]
    return "\n".join(lines) + "\n"


def evaluation_markdown(evaluation: Evaluation) -> str:
    """Return an evaluation as a Markdown document, for a pull request or a job summary."""
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
