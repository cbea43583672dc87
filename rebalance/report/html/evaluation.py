"""An evaluation as an HTML page: the verdict first, then the evidence."""

import math
from collections.abc import Sequence

from rebalance.document import Item, Listing, Section, TableData, Text
from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.metrics import METRICS, format_value
from rebalance.evaluate.report_parts import (
    format_estimate,
    format_interval,
    interval_figure,
    models,
    row_label,
    shown_metrics,
    table_title,
)
from rebalance.evaluate.results import Contender
from rebalance.report.html.page import columns_section, render_page, reproduction_section


def evaluation_html(comparison: Comparison, command: Sequence[str]) -> str:
    """Return the comparison as a page; `command`: the words that were typed."""
    evaluation, task, details = comparison.evaluation, comparison.request.task, comparison.details
    assert details  # noqa: S101  whoever asks for a page has computed them
    return render_page(
        f"Rebalancing {evaluation.file}: {evaluation.verdict.advice}",
        f"Rebalancing {evaluation.file}",
        f"{evaluation.protocol}, seed {evaluation.seed}. {task.caption(evaluation)}.",
        [
            _verdict_section(comparison),
            _comparison_section(comparison),
            *details.sections,
            columns_section(details.profile),
            _metrics_section(comparison),
            reproduction_section(command, evaluation.sha256),
        ],
    )


def _verdict_section(comparison: Comparison) -> Section:
    evaluation = comparison.evaluation
    verdict = evaluation.verdict
    items: list[Item] = [
        Text(verdict.text.removeprefix(verdict.headline).lstrip(), headline=verdict.headline),
        Text("To apply:"),
        Text(verdict.apply, is_preformatted=True),
    ]
    return Section("verdict", "Verdict", [*items, *([Listing(evaluation.notes)] if evaluation.notes else [])])


def _comparison_section(comparison: Comparison) -> Section:
    evaluation, task = comparison.evaluation, comparison.request.task
    names = dict.fromkeys([evaluation.rank_by, *task.drawn_metrics])
    figures = [interval_figure(comparison, name) for name in names]
    return Section(
        "comparison", "Comparison", [*figures, *(_model_table(comparison, model) for model in models(evaluation))]
    )


def _model_table(comparison: Comparison, model: str) -> TableData:
    evaluation = comparison.evaluation
    first, *others = dict.fromkeys([evaluation.rank_by, *shown_metrics(comparison)])
    contenders = [c for c in evaluation.contenders if c.is_baseline or c.model == model]
    mean = "mean over the test folds" if len(comparison.splits[0]) > 1 else "on the test rows"
    display_name = METRICS[evaluation.rank_by].display_name
    caption = (
        f"{model}: {mean} ± half-width of the 95 % confidence interval; the difference of {display_name} from no"
        " technique, and its p-value, adjusted for the number of techniques (Holm)."
    )
    headings = ["technique", METRICS[first].display_name, "difference from none", "adjusted p"]
    headings += [*(METRICS[name].display_name for name in others), "training rows"]
    rows = [
        [
            row_label(comparison, contender),
            format_estimate(contender.metrics[first], first),
            *_difference_cells(contender, evaluation.rank_by),
            *(format_estimate(contender.metrics[name], name) for name in others),
            f"{contender.training_rows:,.0f}",
        ]
        for contender in contenders
    ]
    best = frozenset(row for row, contender in enumerate(contenders) if contender is evaluation.winner)
    return TableData(caption, headings, rows, best)


def _difference_cells(contender: Contender, name: str) -> list[str]:
    difference = contender.vs_none.get(name)
    if difference is None or math.isnan(difference.p):
        return ["", ""]
    return [format_value(difference.mean, name, signed=True), f"{difference.p_adjusted:.2g}"]


def _metrics_section(comparison: Comparison) -> Section:
    evaluation = comparison.evaluation
    titles = [table_title(evaluation, contender) for contender in evaluation.contenders]
    rows = [
        [
            METRICS[name].display_name,
            *(format_interval(contender.metrics[name], name) for contender in evaluation.contenders),
            METRICS[name].explanation,
        ]
        for name in evaluation.advised.metrics
    ]
    mean = ", mean over the folds," if len(comparison.splits[0]) > 1 else ""
    table = TableData(
        f"Every metric{mean} with its 95 % confidence interval.",
        ["metric", *titles, "explanation"],
        rows,
        text_columns=frozenset({len(titles) + 1}),
    )
    return Section("metrics", "All metrics", [table])
