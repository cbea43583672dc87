"""An evaluation as an HTML page: the verdict first, then what it rests on."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rebalance.evaluate import curves
from rebalance.evaluate.compare import Comparison, Evaluation
from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.intervals import Estimate
from rebalance.evaluate.judge import Prediction
from rebalance.evaluate.kinds import FIGURES, OF_EACH_CLASS, within_range, written
from rebalance.evaluate.scoring import Variant
from rebalance.report import figures
from rebalance.report.pages import page, typed
from rebalance.report.terminal_evaluation import about, row_title, shown, shown_figures
from rebalance.report.versions import versions
from rebalance.techniques.chain import find_chain

_MOST_CURVES = 6
_MOST_BARS = 12
_FRONT = {"verdict": "Verdict", "comparison": "Comparison"}
_BACK = {"data": "Data", "figures": "All figures", "repeat": "How to repeat it"}
OF_CLASSES = {
    "curves": "Curves",
    "calibration": "Reliability and thresholds",
    "confusion": "Confusion matrices",
    "classes": "Classes",
    "map": "Map",
}


def evaluation_html(comparison: Comparison, command: Sequence[str]) -> str:
    """Return the comparison as a page; `command` are the words that were typed."""
    evaluation = comparison.evaluation
    names = tuple(dict.fromkeys([evaluation.rank_by, *shown_figures(evaluation)]))
    headline, _, argument = evaluation.verdict.text.partition(". ")
    if evaluation.positive is None:
        from rebalance.report.html_quantity import OF_A_QUANTITY, of_a_quantity

        template, own_sections, own = "evaluation_quantity.html", OF_A_QUANTITY, of_a_quantity(comparison)
    else:
        template, own_sections, own = "evaluation_classes.html", OF_CLASSES, _of_classes(comparison)
    return page(
        template,
        evaluation=evaluation,
        sections=[*_FRONT.items(), *own_sections.items(), *_BACK.items()],
        about=about(evaluation),
        headline=headline + ".",
        argument=argument,
        intervals=_intervals(evaluation),
        headings=[FIGURES[name].heading for name in names],
        ranked=FIGURES[evaluation.rank_by].heading,
        tables={
            model: [_row(evaluation, one, names) for one in evaluation.contenders if one.is_dummy or one.model == model]
            for model in _models(evaluation)
        },
        after=[_title(evaluation, one) for one in _acting(evaluation)],
        class_rows=_class_rows(comparison),
        advised=f"{evaluation.advised.model} with {evaluation.advised.title}",
        folded=len(comparison.predictions[0]) > 1,
        everything={
            "titles": [_title(evaluation, one) for one in evaluation.contenders],
            "rows": [
                (
                    FIGURES[name].heading,
                    [_spelled(one.figures[name], name) for one in evaluation.contenders],
                    FIGURES[name].meaning,
                )
                for name in evaluation.advised.figures
            ],
        },
        command=typed(command),
        versions=versions(),
        **own,
    )


def _of_classes(comparison: Comparison) -> dict[str, Any]:
    """Return what only the page of classes shows."""
    from rebalance.inspect import profile

    evaluation = comparison.evaluation
    advised = evaluation.advised
    return {
        "curves": _curves(comparison),
        "calibration": _calibration(comparison),
        "matrices": [_matrix(evaluation, one) for one in evaluation.contenders if one.confusion and not one.is_dummy],
        "distributions": _distributions(comparison),
        "class_headings": [FIGURES[name].heading if name in FIGURES else name for name in OF_EACH_CLASS],
        "class_figures": [
            (label, [shown(own[name], name) if name != "support" else f"{count:,}" for name in OF_EACH_CLASS])
            for (label, own), count in zip(advised.classes.items(), evaluation.counts, strict=True)
        ],
        "report": advised.report.rstrip(),
        "imbalanced_report": advised.imbalanced_report.rstrip(),
        "map": _map(comparison),
        "found": profile(comparison.table),
    }


def _models(evaluation: Evaluation) -> list[str]:
    return list(dict.fromkeys(one.model for one in evaluation.contenders if not one.is_dummy))


def _title(evaluation: Evaluation, contender: Contender) -> str:
    """Return what a contender is called where models stand side by side."""
    if contender.is_dummy:
        return row_title(contender).strip("()")
    return contender.title if len(_models(evaluation)) == 1 else f"{contender.model}, {contender.title}"


def _acting(evaluation: Evaluation) -> list[Contender]:
    """Return the contenders of the advised model in which a technique acts."""
    own = [one for one in evaluation.contenders if one.model == evaluation.winner.model]
    return [one for one in own if one.acts and one.variant == Variant.AS_IS]


def _intervals(evaluation: Evaluation) -> list[figures.Figure]:
    own = {_title(evaluation, one): one for one in evaluation.contenders if not one.is_dummy}
    usual = ["sera", "rare_rmse", "rmse"] if evaluation.positive is None else ["pr_auc", "brier", "f1"]
    names = dict.fromkeys([evaluation.rank_by, *usual])
    return [figures.intervals(name, own) for name in names]


def _row(evaluation: Evaluation, contender: Contender, names: Sequence[str]) -> dict[str, Any]:
    name = evaluation.rank_by
    gap = contender.against_none.get(name)
    against = (
        ["", ""]
        if gap is None or math.isnan(gap.p)
        else [written(gap.mean, name, signed=True), f"{gap.p_adjusted:.2g}"]
    )
    first, *others = (shown(contender.figures[one], one) for one in names)
    cells = [first, *against, *others, f"{contender.rows_trained_on:,.0f}"]
    kind = "variant" if contender.variant != Variant.AS_IS else ""
    best = "best" if contender is evaluation.winner else ""
    return {"title": row_title(contender).strip(), "cells": cells, "kind": f"{kind} {best}".strip()}


def parts_of(comparison: Comparison) -> dict[str, list[Prediction]]:
    """Return the predictions of the winner's model with no technique and with each technique, by title."""
    evaluation = comparison.evaluation
    own = {
        one.technique: parts
        for one, parts in zip(evaluation.contenders, comparison.predictions, strict=True)
        if one.model == evaluation.winner.model and one.variant == Variant.AS_IS
    }
    return dict(list(own.items())[:_MOST_CURVES])


def _curves(comparison: Comparison) -> list[figures.Figure]:
    evaluation, positive = comparison.evaluation, _positive(comparison)
    parts = parts_of(comparison)
    share = evaluation.counts[positive] / sum(evaluation.counts)
    called = f"{evaluation.positive}, {evaluation.winner.model}"
    precision = {name: curves.precision_recall(own, positive) for name, own in parts.items()}
    found = {name: curves.roc(own, positive) for name, own in parts.items()}
    return [
        figures.curves("pr", f"Precision-recall curves of {called}", ("recall", "precision"), precision, share),
        figures.curves(
            "roc", f"ROC curves of {called}", ("others taken for it", "share of it found"), found, float("nan")
        ),
    ]


def _positive(comparison: Comparison) -> int:
    assert comparison.evaluation.positive is not None  # noqa: S101  of classes
    return comparison.evaluation.labels.index(comparison.evaluation.positive)


def _calibration(comparison: Comparison) -> list[figures.Figure]:
    evaluation, positive = comparison.evaluation, _positive(comparison)
    verdict = evaluation.verdict
    best = (
        {one.technique for one in [evaluation.contenders[verdict.technique]]}
        if verdict.technique is not None
        else set()
    )
    chosen = {
        one.title: parts
        for one, parts in zip(evaluation.contenders, comparison.predictions, strict=True)
        if one.model == evaluation.winner.model
        and ((one.technique in best and one.variant != Variant.TUNED) or one.is_none)
    }
    reliable = {name: curves.reliability_curve(parts, positive) for name, parts in chosen.items()}
    swept = curves.sweep(comparison.predictions[verdict.none], positive)
    name = f"{evaluation.contenders[verdict.none].model} with no technique"
    return [figures.reliability_diagram(reliable), figures.threshold_sweep(name, swept, verdict.threshold)]


def _matrix(evaluation: Evaluation, contender: Contender) -> dict[str, Any]:
    rows = []
    for label, counts in zip(evaluation.labels, contender.confusion, strict=True):
        total = max(sum(counts), 1)
        rows.append((label, [(count, f"{0.45 * count / total:.2f}") for count in counts]))
    return {"title": _title(evaluation, contender), "rows": rows}


def _class_rows(comparison: Comparison) -> list[tuple[str, list[str]]]:
    evaluation = comparison.evaluation
    columns = [evaluation.contenders[evaluation.verdict.none], *_acting(evaluation)]
    return [(label, [f"{one.class_sums[label]:,.0f}" for one in columns]) for label in evaluation.labels]


def _distributions(comparison: Comparison) -> list[figures.Figure]:
    evaluation = comparison.evaluation
    drawn = [("before", "with no technique", evaluation.contenders[evaluation.verdict.none].class_sums)]
    if evaluation.verdict.technique is not None:
        best = evaluation.contenders[evaluation.verdict.technique]
        drawn.append(("after", f"after {best.technique}", best.class_sums))
    return [
        figures.bars(
            f"classes-{key}",
            f"Classes {when}",
            _largest(sums),
            f"Rows of each class in a training part {when} (a mean where there are folds; for weights, their sum).",
        )
        for key, when, sums in drawn
    ]


def _largest(sums: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])
    return dict(ordered[:_MOST_BARS])


def _map(comparison: Comparison) -> figures.Figure | None:
    evaluation, question = comparison.evaluation, comparison.question
    best = evaluation.verdict.technique
    names = [*([evaluation.contenders[best].technique] if best is not None else [])]
    chains = [find_chain(name) for name in names] + list(question.techniques)
    found = curves.feature_map(
        comparison.table, comparison.trained_on, _positive(comparison), chains, question.request, question.seed
    )
    return None if found is None else figures.feature_map(found, str(evaluation.positive))


def _spelled(estimate: Estimate, name: str) -> str:
    if math.isnan(estimate.mean):
        return "-"
    if math.isnan(estimate.low):
        return f"{estimate.mean:.4g}"
    low, high = (written(end, name) for end in within_range(estimate, name))
    return f"{written(estimate.mean, name)} ({low} to {high})"
