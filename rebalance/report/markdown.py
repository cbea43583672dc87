"""Results as Markdown."""

import math
import re
from collections.abc import Sequence

from rebalance.evaluate.compare import Evaluation
from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.kinds import FIGURES, OF_EACH_RANGE, written
from rebalance.report.terminal import visible
from rebalance.report.terminal_evaluation import about, row_title, shown, shown_figures
from rebalance.techniques.registry import Technique


def techniques_table(techniques: Sequence[Technique]) -> str:
    """Return the README's table of techniques."""
    lines = ["| technique | for | what it does | needs | worth a try when | from |", "| --- " * 6 + "|"]
    lines += [
        f"| `{t.name}` | {' or '.join(t.tasks)} | {t.summary} | {t.needs} | {t.when} | {t.paper} |" for t in techniques
    ]
    return "\n".join(lines) + "\n"


def evaluation_markdown(evaluation: Evaluation) -> str:
    """Return an evaluation as a Markdown document, for a pull request or a job summary."""
    verdict, advised = evaluation.verdict, evaluation.advised
    lines = [
        f"# Rebalancing {_cell(evaluation.file)}",
        "",
        f"**{_cell(verdict.text)}**",
        "",
        f"To apply: `{_code(verdict.apply)}`",
        "",
        f"{_cell(evaluation.protocol)}, seed {evaluation.seed}. {_cell(about(evaluation))}.",
        "",
    ]
    names = shown_figures(evaluation)
    headings = [FIGURES[name].heading for name in names]
    gain = f"{FIGURES[evaluation.rank_by].heading} against none"
    lines += _table(
        ["model", "technique", *headings, gain],
        [
            [
                "" if contender.is_dummy else contender.model,
                _bold(_cell(_title(contender)), contender is evaluation.winner),
                *(shown(contender.figures[name], name) for name in names),
                _against(contender, evaluation.rank_by),
            ]
            for contender in evaluation.contenders
        ],
        left=2,
    )
    lines += ["", *(f"- {_cell(note)}" for note in evaluation.notes)]
    lower = [FIGURES[name].heading for name in names if FIGURES[name].better < 0]
    better = f"{', '.join(lower)} {'are' if len(lower) > 1 else 'is'} better when lower. "
    lines += ["", better + " ".join(_meanings(names))]
    lines += ["", f"## {_cell(advised.model)} with {_cell(advised.title)}", ""]
    for report in (advised.report, advised.imbalanced_report):
        lines += _fenced(report.rstrip()) if report else []
    if evaluation.positive is None:
        rows = [
            [
                _bold(_cell(label), label in evaluation.rare),
                f"{count:,}",
                *(shown(advised.classes[label][name], name) for name in OF_EACH_RANGE[:-1]),
            ]
            for label, count in zip(evaluation.labels, evaluation.counts, strict=True)
        ]
        headings = [FIGURES[name].heading for name in OF_EACH_RANGE[:-1]]
        lines += _table([f"{_cell(evaluation.target)} (rare in bold)", "rows", *headings], rows, left=1)
    if advised.confusion:
        counts = [
            [_cell(label), *map(str, row)] for label, row in zip(evaluation.labels, advised.confusion, strict=True)
        ]
        lines += _table(["true \\ predicted", *map(_cell, evaluation.labels)], counts, left=1)
    return "\n".join(lines)


def _title(contender: Contender) -> str:
    return row_title(contender) if contender.is_dummy else contender.title


def _against(contender: Contender, name: str) -> str:
    gap = contender.against_none.get(name)
    if gap is None or math.isnan(gap.p):
        return ""
    return f"{written(gap.mean, name, signed=True)}, p = {gap.p_adjusted:.2g}"


def _meanings(names: Sequence[str]) -> list[str]:
    return [f"{FIGURES[name].heading}: {FIGURES[name].meaning}." for name in names]


def _bold(text: str, is_bold: bool) -> str:
    return f"**{text.strip()}**" if is_bold else text


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> list[str]:
    rule = "| " + " | ".join(["---"] * left) + " |" + " ---: |" * (len(headings) - left)
    return ["| " + " | ".join(headings) + " |", rule, *("| " + " | ".join(row) + " |" for row in rows)]


def _fenced(text: str) -> list[str]:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return [f"{fence}text", *text.split("\n"), fence, ""]


def _code(text: str) -> str:
    return visible(text).replace("`", "'")


def _cell(text: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in text)
    for mark in "\\`*_[]<>|#":
        shown = shown.replace(mark, "\\" + mark)
    return shown
