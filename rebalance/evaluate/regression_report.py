"""What a report says and draws of a numeric target only."""

import math
from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Float64
from rebalance.document import Figure, HistogramFigure, Reference, Section, Series, TableData, Text
from rebalance.evaluate.curves import Curve, mean_curve
from rebalance.evaluate.intervals import SIGNIFICANCE
from rebalance.evaluate.metrics import METRICS, RANGE_METRICS, format_value
from rebalance.evaluate.report_parts import format_estimate, predictions_by_technique, training_totals_table
from rebalance.evaluate.results import Evaluation, EvaluationResult, Evidence, SplitResult, Verdict
from rebalance.evaluate.verdict import describe, difference_to
from rebalance.plan.plan import apply_transforms
from rebalance.plan.rows import typed_targets
from rebalance.resample.planner import make_plan
from rebalance.table.numeric_target import NumericTarget
from rebalance.table.table import sample
from rebalance.techniques.chain import parse_chain
from rebalance.techniques.registry import NO_TECHNIQUE

_ERROR_METRICS = ("rmse", "rare_rmse")
"""What a verdict says of errors overall and of errors on rare values."""

_GRID_POINTS = 101
_MAX_DRAWN_ROWS = 500
_BINS = 30
_MAX_RANGES_WITH_DETAILS = 20
_UNLIMITED = (-math.inf, math.inf)


def error_sentence(evidence: Evidence, verdict: Verdict) -> str:
    """Return the errors overall and on rare values, of the best technique, of no technique and of the median."""
    baseline = next(index for index, contender in enumerate(evidence.contenders) if contender.is_baseline)
    is_resampled = evidence.contenders[verdict.winner_index].is_resampled
    index = verdict.winner_index if is_resampled else verdict.technique_index
    parts = [
        _error_part(evidence, verdict, index, baseline, name)
        for name in _ERROR_METRICS
        if not math.isnan(evidence.mean(baseline, name))
    ]
    return "; ".join(parts) + "." if parts else ""


def _error_part(evidence: Evidence, verdict: Verdict, index: int | None, baseline: int, name: str) -> str:
    none = verdict.none_index
    display_name, of_median = METRICS[name].display_name, format_value(evidence.mean(baseline, name), name)
    of_none = format_value(evidence.mean(none, name), name)
    if index is None:
        return f"{display_name} is {of_none}, and {of_median} for always predicting the median"
    difference = difference_to(evidence, index, none, name)
    value = format_value(evidence.mean(index, name), name)
    comparison = "equal to"
    if difference is not None and value != of_none:
        is_significant = difference.p_adjusted < SIGNIFICANCE
        direction = "higher" if difference.mean > 0 else "lower"
        comparison = f"{'significantly' if is_significant else 'not significantly'} {direction} than"
    model = evidence.contenders[none].model
    technique, reference = describe(evidence, index, implied_model=model), describe(evidence, none, implied_model=model)
    return (
        f"{display_name} is {value} with {technique}, {comparison} {of_none} with {reference},"
        f" and {of_median} for always predicting the median"
    )


def advised_items(evaluation: Evaluation) -> list[Text | TableData]:
    """Return the errors of the advised contender in each range."""
    table = _range_table(evaluation, "")
    return [TableData("", table.headings, table.rows[:_MAX_RANGES_WITH_DETAILS], table.emphasized)]


def _range_table(evaluation: Evaluation, caption: str) -> TableData:
    names = RANGE_METRICS[:-1]
    ranges = list(zip(evaluation.labels, evaluation.counts, strict=True))
    rows = [
        [
            label,
            f"{count:,}",
            "rare" if label in evaluation.rare else "",
            *(format_estimate(evaluation.advised.classes[label][name], name) for name in names),
        ]
        for label, count in ranges
    ]
    headings = [evaluation.target, "rows", "", *(METRICS[name].display_name for name in names)]
    rare = frozenset(row for row, (label, _) in enumerate(ranges) if label in evaluation.rare)
    return TableData(caption, headings, rows, rare)


def sections(result: EvaluationResult, target: NumericTarget) -> list[Section]:
    """Return the sections of a full report that only a numeric target has."""
    evaluation = result.evaluation
    splits = predictions_by_technique(result)
    best_index = evaluation.verdict.technique_index
    best = NO_TECHNIQUE if best_index is None else evaluation.contenders[best_index].technique
    points = {name: _points(splits[name]) for name in dict.fromkeys([NO_TECHNIQUE, best]) if name in splits}
    advised = evaluation.advised.description
    return [
        Section(
            "predicted",
            "Predicted and true values",
            [
                _predicted_figure(points, evaluation.target),
                _residual_figure(points, evaluation.target),
                _sera_figure(target, splits),
            ],
        ),
        Section(
            "ranges",
            "Ranges",
            [
                _range_table(evaluation, f"{advised}, errors by range of the true value."),
                training_totals_table(result, "range"),
            ],
        ),
        Section("target", "Target before and after", _before_and_after(result, best)),
    ]


_Points = tuple[Float64, Float64]
"""True values, and the predictions for them."""


def _points(splits: Sequence[SplitResult]) -> _Points:
    """Return a sample of the test rows, evenly spaced over the true values."""
    truth = np.concatenate([split.truth for split in splits]).astype(np.float64)
    predicted = np.concatenate([split.predictions.predicted for split in splits]).astype(np.float64)
    rows = sample(np.argsort(truth, kind="stable"), _MAX_DRAWN_ROWS)
    return truth[rows], predicted[rows]


def _predicted_figure(points: dict[str, _Points], target: str) -> Figure:
    ends = (
        float(min(true.min() for true, _ in points.values())),
        float(max(true.max() for true, _ in points.values())),
    )
    return Figure(
        "predicted",
        "Predicted and true values",
        f"Predicted by true {target} (a sample of the test rows): {'; '.join(points)}.",
        f"True {target}",
        "Predicted",
        [Series(name, true, predicted, style="open points") for name, (true, predicted) in points.items()],
        [Reference(ends, ends, "predicted = true")],
    )


def _residual_figure(points: dict[str, _Points], target: str) -> Figure:
    return Figure(
        "residuals",
        "Residuals",
        f"Errors by true {target} (a sample of the test rows): {'; '.join(points)}. Below the line predictions are too"
        " low.",
        f"True {target}",
        "Predicted minus true",
        [Series(name, true, predicted - true, style="open points") for name, (true, predicted) in points.items()],
        [Reference(_UNLIMITED, (0.0, 0.0))],
    )


def _sera_figure(target: NumericTarget, splits: dict[str, list[SplitResult]]) -> Figure:
    curves = {name: errors_by_relevance(results, target) for name, results in splits.items()}
    return Figure(
        "sera",
        "SERA curve",
        f"Squared errors of the rows of at least a relevance, summed: {'; '.join(curves)}."
        " The area under a curve is SERA (mean over the folds).",
        "Minimum relevance",
        "Sum of squared errors",
        [Series(name, curve.x, curve.y) for name, curve in curves.items()],
        starts_at_zero=True,
    )


def errors_by_relevance(splits: Sequence[SplitResult], target: NumericTarget) -> Curve:
    """Return the sum of the squared errors of the rows of at least a relevance, by relevance from 0 to 1.

    Ribeiro and Moniz 2020, Machine Learning 109, section 4.
    """
    grid = np.linspace(0, 1, _GRID_POINTS)
    folds = []
    for split in splits:
        truth = split.truth.astype(np.float64)
        relevance, squares = target.relevance.of(truth), (split.predictions.predicted - truth) ** 2
        order = np.argsort(relevance, kind="stable")
        sums = np.concatenate([np.cumsum(squares[order][::-1])[::-1], [0.0]])
        folds.append(sums[np.searchsorted(relevance[order], grid)])
    return mean_curve(grid, folds)


def _before_and_after(result: EvaluationResult, technique: str) -> list[HistogramFigure]:
    """Return the distribution of the target before and after a technique: in one figure, unless it is transformed."""
    rows, name = result.trained_on, result.evaluation.target
    table = result.table.restricted_to(rows)
    plan = make_plan(table, parse_chain(technique), rows, result.resample, result.evaluation.seed)
    before = NumericTarget.of(table).floats[rows]
    after = apply_transforms(plan.transforms, table.target_index, typed_targets(table, plan))
    title, after_name = "Target before and after", f"after {technique}"
    if not any(transform.column == table.target_index for transform in plan.transforms):
        edges = np.histogram_bin_edges(before, _BINS)
        counts = [
            ("before", np.histogram(before, edges)[0].tolist()),
            (after_name, np.histogram(after, edges, weights=plan.weight)[0].tolist()),
        ]
        caption = f"Rows by {name}, before and after {technique}."
        return [HistogramFigure("target", title, caption, name, edges.tolist(), counts)]
    figures = []
    for key, label, values, weight in (("before", "before", before, None), ("after", after_name, after, plan.weight)):
        bins, edges = np.histogram(values, _BINS, weights=weight)
        figures.append(
            HistogramFigure(
                f"target-{key}",
                title,
                f"Rows by {name} {label}.",
                f"{name} {label}",
                edges.tolist(),
                [("", bins.tolist())],
            )
        )
    return figures
