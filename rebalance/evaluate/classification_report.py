"""What a report says and draws of classes only."""

import math
from collections.abc import Mapping
from typing import Literal

from rebalance.arrays import Float64
from rebalance.document import BarFigure, Figure, Reference, Section, Series, TableData, Text
from rebalance.evaluate.calibration import CALIBRATED
from rebalance.evaluate.curves import (
    Curve,
    feature_map,
    pooled_calibration_curve,
    precision_recall_curve,
    roc_curve,
    threshold_curve,
)
from rebalance.evaluate.metrics import CLASS_METRICS, METRICS
from rebalance.evaluate.report_parts import (
    format_estimate,
    predictions_by_technique,
    table_title,
    training_totals_table,
)
from rebalance.evaluate.results import Contender, Evaluation, EvaluationResult, Evidence, Variant, Verdict
from rebalance.evaluate.threshold import Objective
from rebalance.evaluate.verdict import describe, tuned_same_model
from rebalance.techniques.chain import parse_chain

_MAX_CLASSES_WITH_DETAILS = 20
"""Of more classes, a short report shows none one by one."""

_MAX_BARS = 12
"""Classes in a bar chart, the largest first."""

_DEFAULT_THRESHOLD = 0.5
_UNLIMITED = (-math.inf, math.inf)


def tuning_sentence(objective: Objective, positive_label: str, evidence: Evidence, verdict: Verdict) -> str:
    """Return what techniques gain at the default threshold, and what tuning the threshold gains."""
    name, tuned = objective.metric, tuned_same_model(evidence, verdict)
    if name == verdict.rank_by or tuned is None or math.isnan(evidence.mean(verdict.none_index, name)):
        return ""
    none = evidence.contenders[verdict.none_index]
    display_name = objective.name if name == "tuning_score" else METRICS[name].display_name
    whose = f" of {positive_label!r}" if name in CLASS_METRICS else ""
    techniques = [
        index
        for index, contender in enumerate(evidence.contenders)
        if contender.is_resampled
        and contender.model == none.model
        and contender.variant != Variant.TUNED
        and not math.isnan(evidence.mean(index, name))
    ]
    threshold = evidence.contenders[tuned].threshold
    is_cost = display_name.startswith("cost=")
    sign, unit = (-1, " a row") if is_cost else (1, "")  # costs are kept negative so that more is better
    alone = f"tuning the threshold alone (to {threshold:.2f}) gives {sign * evidence.mean(tuned, name):.3f}"
    of_none = f"{sign * evidence.mean(verdict.none_index, name):.3f}{unit}"
    if not techniques:
        return f"{display_name}{whose} is {of_none} with no technique; {alone}."
    best = max(techniques, key=lambda index: evidence.mean(index, name))
    value = sign * evidence.mean(best, name)
    extreme = "lowest" if is_cost else "highest"
    start = f"The {extreme} {display_name}{whose} of any technique is {value:.3f} ({evidence.contenders[best].title})"
    return f"{start}, compared with {of_none} with no technique; {alone}."


def calibration_sentence(positive_label: str, evidence: Evidence, verdict: Verdict) -> str:
    """Return how good the probabilities of the best technique are, compared with those of no technique."""
    is_resampled = evidence.contenders[verdict.winner_index].is_resampled
    index = verdict.winner_index if is_resampled else verdict.technique_index
    if index is None:
        return ""
    contender = evidence.contenders[index]
    brier, reference = (evidence.mean(position, "brier") for position in (index, verdict.none_index))
    ratio = evidence.mean(index, "predicted_over_observed")
    none = describe(evidence, verdict.none_index, implied_model=contender.model)
    sentence = f"The Brier score is {brier:.3f} with {contender.title}, and {reference:.3f} with {none}"
    if brier > reference and not math.isnan(ratio) and not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
        sentence += f"; its mean probability of {positive_label!r} is {ratio:.2g} times the observed share"
        for position, other in enumerate(evidence.contenders):
            is_same = (other.model, other.technique) == (contender.model, contender.technique)
            if is_same and other.variant == Variant.CORRECTED and position != index:
                sentence += f" (Brier {evidence.mean(position, 'brier'):.3f} when prior-corrected)"
    return sentence + "."


def advised_items(evaluation: Evaluation) -> list[Text | TableData]:
    """Return the libraries' reports and the confusion matrix of the advised contender."""
    advised, labels = evaluation.advised, evaluation.labels
    if len(labels) > _MAX_CLASSES_WITH_DETAILS:
        return [Text(f"{len(labels)} classes: --report FILE shows each class and the confusion matrix")]
    items: list[Text | TableData] = [
        *_library_reports(advised),
    ]
    return [*items, *([_matrix("", labels, advised.confusion)] if advised.confusion else [])]


def _library_reports(contender: Contender) -> list[Text]:
    return [
        Text("classification_report (scikit-learn)"),
        Text(contender.report.rstrip(), is_preformatted=True),
        Text("classification_report_imbalanced (imbalanced-learn)"),
        Text(contender.imbalanced_report.rstrip(), is_preformatted=True),
    ]


def _matrix(caption: str, labels: tuple[str, ...], confusion: tuple[tuple[int, ...], ...]) -> TableData:
    rows = [[label, *(f"{count:,}" for count in row)] for label, row in zip(labels, confusion, strict=True)]
    shades = [[count / max(sum(row), 1) for count in row] for row in confusion]
    return TableData(caption, ["true \\ predicted", *labels], rows, shades=shades)


def sections(result: EvaluationResult, positive: int) -> list[Section]:
    """Return the sections of a full report that only classes have."""
    return [
        Section("curves", "Precision-recall and ROC curves", _curves(result, positive)),
        Section("calibration", "Calibration and thresholds", _calibration(result, positive)),
        _confusion_section(result.evaluation),
        Section("classes", "Classes", _classes(result)),
        Section("map", "Principal components of the rows", [_map(result, positive)]),
    ]


def _curves(result: EvaluationResult, positive: int) -> list[Figure]:
    evaluation = result.evaluation
    splits = predictions_by_technique(result)
    prior = evaluation.counts[positive] / sum(evaluation.counts)
    whose = f"{evaluation.labels[positive]}, {evaluation.winner.model}"
    precision_recall = {name: precision_recall_curve(results, positive) for name, results in splits.items()}
    roc = {name: roc_curve(results, positive) for name, results in splits.items()}
    no_skill = Reference(_UNLIMITED, (prior, prior), "no skill")
    diagonal = Reference((0, 1), (0, 1), "no skill")
    return [
        _curve_figure("pr", f"Precision-recall curves of {whose}", "Recall", "Precision", precision_recall, no_skill),
        _curve_figure(
            "roc", f"ROC curves of {whose}", "False positive rate", "True positive rate (recall)", roc, diagonal
        ),
    ]


def _curve_figure(
    key: str, title: str, x_label: str, y_label: str, curves: Mapping[str, Curve], reference: Reference
) -> Figure:
    has_folds = any((curve.low != curve.high).any() for curve in curves.values())
    caption = f"{title}: {'; '.join(curves)}." + (
        " Mean over the folds, and the range of all folds." if has_folds else ""
    )
    series = [Series(name, curve.x, curve.y, curve.low, curve.high) for name, curve in curves.items()]
    return Figure(key, title, caption, x_label, y_label, series, [reference], is_unit_square=True)


def _calibration(result: EvaluationResult, positive: int) -> list[Figure]:
    evaluation = result.evaluation
    verdict = evaluation.verdict
    best = None if verdict.technique_index is None else evaluation.contenders[verdict.technique_index].technique
    compared = {
        contender.title: splits
        for contender, splits in zip(evaluation.contenders, result.splits, strict=True)
        if contender.model == evaluation.winner.model
        and ((contender.technique == best and contender.variant != Variant.TUNED) or contender.is_none)
    }
    series = [
        Series(name, *pooled_calibration_curve(splits, positive), style="line and points")
        for name, splits in compared.items()
    ]
    caption = (
        f"Calibration of {'; '.join(compared)}: below the diagonal, probabilities are too high."
        " Ten bins of equal width, all test rows pooled."
    )
    perfect = Reference((0, 1), (0, 1), "perfectly calibrated")
    calibration = Figure(
        "calibration-curve",
        "Calibration curve",
        caption,
        "Mean predicted probability",
        "Fraction of positives",
        series,
        [perfect],
        is_unit_square=True,
    )
    return [calibration, _threshold_figure(result, positive)]


def _threshold_figure(result: EvaluationResult, positive: int) -> Figure:
    evaluation = result.evaluation
    verdict = evaluation.verdict
    curve = threshold_curve(result.splits[verdict.none_index], positive)
    name = f"{evaluation.contenders[verdict.none_index].model} with no technique"
    references = [Reference((_DEFAULT_THRESHOLD, _DEFAULT_THRESHOLD), _UNLIMITED)]
    note = ""
    if verdict.threshold is not None:
        references.append(
            Reference((verdict.threshold,) * 2, _UNLIMITED, f"tuned, {verdict.threshold:.2f}", style="strong")
        )
        note = f" The tuned threshold is {verdict.threshold:.2f}."
    return Figure(
        "threshold-curve",
        "Metrics by threshold",
        f"Precision, recall and F1 of {name} at each threshold, all test rows pooled.{note}",
        "Threshold",
        "",
        [
            Series("precision", curve.threshold, curve.precision),
            Series("recall", curve.threshold, curve.recall),
            Series("F1", curve.threshold, curve.f1),
        ],
        references,
        is_unit_square=True,
    )


def _confusion_section(evaluation: Evaluation) -> Section:
    matrices = [
        _matrix(table_title(evaluation, contender), evaluation.labels, contender.confusion)
        for contender in evaluation.contenders
        if contender.confusion and not contender.is_baseline
    ]
    too_many = [Text("There are too many classes for a confusion matrix; the metrics of each class are below.")]
    return Section("confusion", "Confusion matrices", matrices or too_many)


def _classes(result: EvaluationResult) -> list[Text | TableData | BarFigure]:
    evaluation = result.evaluation
    advised = evaluation.advised
    name = advised.description
    headings = [METRICS[metric].display_name if metric in METRICS else metric for metric in CLASS_METRICS]
    rows = [
        [
            label,
            *(
                format_estimate(metrics[metric], metric) if metric in METRICS else f"{count:,}"
                for metric in CLASS_METRICS
            ),
        ]
        for (label, metrics), count in zip(advised.classes.items(), evaluation.counts, strict=True)
    ]
    return [
        *_distributions(result),
        training_totals_table(result, "class"),
        TableData(f"{name}, each class against the rest.", ["class", *headings], rows),
        Text(f"{name}, all test rows pooled:"),
        *_library_reports(advised),
    ]


def _distributions(result: EvaluationResult) -> list[BarFigure]:
    evaluation = result.evaluation
    none = evaluation.contenders[evaluation.verdict.none_index]
    totals = [("before", "with no technique", none.training_totals)]
    if evaluation.verdict.technique_index is not None:
        best = evaluation.contenders[evaluation.verdict.technique_index]
        totals.append(("after", f"after {best.technique}", best.training_totals))
    return [
        BarFigure(
            f"classes-{key}",
            f"Classes {when}",
            f"Training rows of each class {when} (mean over the folds; for weights, their sum).",
            "Rows",
            sorted(of_class.items(), key=lambda pair: -pair[1])[:_MAX_BARS],
        )
        for key, when, of_class in totals
    ]


def _map(result: EvaluationResult, positive: int) -> Figure | Text:
    evaluation = result.evaluation
    best = evaluation.verdict.technique_index
    names = [] if best is None else [evaluation.contenders[best].technique]
    chains = [parse_chain(name) for name in names] + list(result.techniques)
    points = feature_map(result.table, result.trained_on, positive, chains, result.resample, evaluation.seed)
    if points is None:
        return Text("There are no principal components, because no column takes part in distances.")
    series = [
        _scatter("other classes", points.others, "faint points"),
        _scatter(evaluation.labels[positive], points.positives, "points"),
    ]
    note = "; no technique adds synthetic rows"
    if len(points.synthetic):
        series.append(_scatter(f"synthetic, {points.technique}", points.synthetic, "open points"))
        note = f"; diamonds are synthetic rows of {points.technique}"
    caption = (
        "A sample of the rows, projected onto the first two principal components of the feature space:"
        f" dots are other classes, circles {evaluation.labels[positive]}{note}."
    )
    return Figure(
        "map",
        "Principal components of the rows",
        caption,
        f"PC 1 ({points.shares[0]:.0%} of variance)",
        f"PC 2 ({points.shares[1]:.0%} of variance)",
        series,
        has_ticks=False,
    )


def _scatter(name: str, points: Float64, style: Literal["points", "faint points", "open points"]) -> Series:
    """Return points (points x 2) as a series."""
    return Series(name, points[:, 0], points[:, 1], style=style)
