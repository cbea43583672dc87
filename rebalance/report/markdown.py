"""Results as Markdown."""

import math
import re
from collections.abc import Sequence

from rebalance.document import TableData, Text
from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.metrics import METRICS, format_value
from rebalance.evaluate.report_parts import format_estimate, row_label, shown_metrics
from rebalance.evaluate.results import Contender
from rebalance.techniques.registry import Technique
from rebalance.text import escape_control


def techniques_table(techniques: Sequence[Technique]) -> str:
    """Return the table of techniques for the documentation."""
    lines = ["| technique | tasks | what it does | settings | needs | when | from |", "| --- " * 7 + "|"]
    for technique in techniques:
        settings = ", ".join(f"`{setting.name}={setting.format()}`" for setting in technique.settings)
        cells = [
            f"`{technique.name}`",
            ", ".join(technique.tasks),
            technique.summary,
            settings,
            technique.needs,
            technique.when,
            technique.paper,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def evaluation_markdown(comparison: Comparison) -> str:
    """Return an evaluation as a Markdown document, for a pull request or a job summary."""
    evaluation, task = comparison.evaluation, comparison.request.task
    verdict = evaluation.verdict
    names = shown_metrics(comparison)
    lines = [
        f"# Rebalancing {_escape(evaluation.file)}",
        "",
        f"**{_escape(verdict.text)}**",
        "",
        f"To apply: `{_code(verdict.apply)}`",
        "",
        f"{_escape(evaluation.protocol)}, seed {evaluation.seed}. {_escape(task.caption(evaluation))}.",
        "",
        *_comparison_table(comparison, names),
        "",
        *(f"- {_escape(note)}" for note in evaluation.notes),
        "",
        _explanations(names),
        "",
        f"## {_escape(task.advised_title(evaluation))}",
        "",
    ]
    for item in task.advised_items(evaluation):
        lines += _item(item)
    return "\n".join(lines)


def _comparison_table(comparison: Comparison, names: Sequence[str]) -> list[str]:
    evaluation = comparison.evaluation
    difference = f"{METRICS[evaluation.rank_by].display_name} vs. none"
    headings = ["model", "technique", *(METRICS[name].display_name for name in names), difference]
    rows = []
    for contender in evaluation.contenders:
        title = row_label(comparison, contender) if contender.is_baseline else contender.title
        rows.append(
            [
                "" if contender.is_baseline else contender.model,
                _bold(_escape(title), contender is evaluation.winner),
                *(format_estimate(contender.metrics[name], name) for name in names),
                _difference_to_none(contender, evaluation.rank_by),
            ]
        )
    return _table(headings, rows, left=2)


def _difference_to_none(contender: Contender, name: str) -> str:
    difference = contender.vs_none.get(name)
    if difference is None or math.isnan(difference.p):
        return ""
    return f"{format_value(difference.mean, name, signed=True)}, p = {difference.p_adjusted:.2g}"


def _explanations(names: Sequence[str]) -> str:
    lower = [METRICS[name].display_name for name in names if METRICS[name].sign < 0]
    verb = "are" if len(lower) > 1 else "is"
    better = f"{', '.join(lower)} {verb} better when lower. " if lower else ""
    return better + " ".join(f"{METRICS[name].display_name}: {METRICS[name].explanation}." for name in names)


def _item(item: Text | TableData) -> list[str]:
    if isinstance(item, Text):
        return _fenced(item.text) if item.is_preformatted else [_escape(item.text), ""]
    rows = [
        [_bold(_escape(row[0]), number in item.emphasized), *map(_escape, row[1:])]
        for number, row in enumerate(item.rows)
    ]
    return [*_table([_escape_heading(heading) for heading in item.headings], rows, left=1), ""]


def _escape_heading(heading: str) -> str:
    return heading if heading == "true \\ predicted" else _escape(heading)


def _bold(text: str, is_bold: bool) -> str:
    return f"**{text.strip()}**" if is_bold else text


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> list[str]:
    rule = "| " + " | ".join(["---"] * left) + " |" + " ---: |" * (len(headings) - left)
    return ["| " + " | ".join(headings) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)]


def _fenced(text: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", *text.split("\n"), fence, ""]


def _code(text: str) -> str:
    return escape_control(text).replace("`", "'")


def _escape(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    for character in "\\`*_[]<>|#":
        shown = shown.replace(character, "\\" + character)
    return shown
