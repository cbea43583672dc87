"""Parts of reports that all tasks share: names of contenders, estimates as text, common tables and figures."""

import math
from typing import TYPE_CHECKING

from rebalance.document import IntervalFigure, TableData
from rebalance.evaluate.intervals import Estimate
from rebalance.evaluate.metrics import METRICS, clip_interval, format_rough, format_value
from rebalance.evaluate.results import Contender, Evaluation, EvaluationResult, SplitResult, Variant

if TYPE_CHECKING:
    from rebalance.evaluate.compare import Comparison

_MAX_CURVES = 6
"""Curves in one drawing: more cannot be told apart."""


def format_estimate(estimate: Estimate, name: str, *, wide: bool = True) -> str:
    """Return an estimate as its mean ± half of its interval; narrow: without a zero before the point."""
    if math.isnan(estimate.mean):
        return "-"
    mean = format_value(estimate.mean, name)
    if math.isnan(estimate.low):
        return mean if wide else _without_zero(mean)
    half = (estimate.high - estimate.low) / 2
    if wide:
        return f"{mean} ± {format_value(half, name)}"
    return f"{_without_zero(mean)}±{_without_zero(format_rough(half, name))}"


def _without_zero(number: str) -> str:
    return number.replace("0.", ".", 1) if number.lstrip("-").startswith("0.") else number


def format_interval(estimate: Estimate, name: str) -> str:
    """Return an estimate with the ends of its interval."""
    if math.isnan(estimate.mean):
        return "-"
    if math.isnan(estimate.low):
        return f"{estimate.mean:.4g}"
    low, high = (format_value(end, name) for end in clip_interval(estimate, name))
    return f"{format_value(estimate.mean, name)} ({low} to {high})"


def shown_metrics(comparison: "Comparison", limit: int | None = None) -> tuple[str, ...]:
    """Return at most `limit` metrics of a table: the one that decides and the user's own first."""
    task = comparison.request.task
    names = task.shown_metrics[:limit]
    first = dict.fromkeys(name for name in (comparison.evaluation.rank_by, *task.first_metrics) if name not in names)
    return (*first, *names[: len(names) - len(first)])


def row_label(comparison: "Comparison", contender: Contender) -> str:
    """Return what a contender is called in a table, where a variant stands below its technique."""
    if contender.is_baseline:
        return comparison.request.task.baseline_title
    return contender.technique if contender.variant == Variant.UNCHANGED else f"  {contender.variant}"


def models(evaluation: Evaluation) -> list[str]:
    """Return the names of the models, without the baseline."""
    return list(dict.fromkeys(contender.model for contender in evaluation.contenders if not contender.is_baseline))


def table_title(evaluation: Evaluation, contender: Contender) -> str:
    """Return what a contender is called next to those of other models."""
    if contender.is_baseline:
        return "baseline"
    return contender.title if len(models(evaluation)) == 1 else f"{contender.model}, {contender.title}"


def predictions_by_technique(result: EvaluationResult) -> dict[str, list[SplitResult]]:
    """Return the results of the winner's model with no technique and with each technique."""
    evaluation = result.evaluation
    by_technique = {
        contender.technique: splits
        for contender, splits in zip(evaluation.contenders, result.splits, strict=True)
        if contender.model == evaluation.winner.model and contender.variant == Variant.UNCHANGED
    }
    return dict(list(by_technique.items())[:_MAX_CURVES])


def resampled_contenders(evaluation: Evaluation) -> list[Contender]:
    """Return the contenders of the winner's model with a technique, in their unchanged variant."""
    return [
        contender
        for contender in evaluation.contenders
        if contender.model == evaluation.winner.model
        and contender.is_resampled
        and contender.variant == Variant.UNCHANGED
    ]


def training_totals_table(result: EvaluationResult, noun: str) -> TableData:
    """Return the rows of each class (or range) in a training split, before and after each technique."""
    evaluation = result.evaluation
    resampled = resampled_contenders(evaluation)
    columns = [evaluation.contenders[evaluation.verdict.none_index], *resampled]
    caption = (
        f"Training rows of each {noun} before and after each technique (mean over the folds; for weights, their sum)."
    )
    return TableData(
        caption,
        [noun, "before", *(table_title(evaluation, contender) for contender in resampled)],
        [
            [label, *(f"{contender.training_totals[label]:,.0f}" for contender in columns)]
            for label in evaluation.labels
        ],
    )


def interval_figure(result: EvaluationResult, name: str) -> IntervalFigure:
    """Return a metric of every contender with its interval."""
    evaluation, metric = result.evaluation, METRICS[name]
    contenders = [contender for contender in evaluation.contenders if not contender.is_baseline]
    rows = [
        (
            table_title(evaluation, contender),
            contender.metrics[name].mean,
            *clip_interval(contender.metrics[name], name),
            contender.is_resampled,
        )
        for contender in contenders
    ]
    direction = " (lower is better)" if metric.sign < 0 else ""
    return IntervalFigure(
        f"interval-{name}",
        metric.display_name,
        f"{metric.display_name} with 95 % confidence intervals ({metric.explanation}).",
        metric.display_name + direction,
        rows,
        [format_value(contender.metrics[name].mean, name) for contender in contenders],
    )
