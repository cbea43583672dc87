"""What the page of a comparison shows of a quantity."""

from typing import Any

from rebalance.evaluate import curves_quantity as curves
from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.kinds import FIGURES, OF_EACH_RANGE
from rebalance.plan.materialise import typed_targets
from rebalance.plan.rewrite import rewritten
from rebalance.quantity import profile_quantity
from rebalance.report import figures_quantity as figures
from rebalance.report.figures import Figure
from rebalance.report.html_evaluation import parts_of
from rebalance.report.terminal_evaluation import shown
from rebalance.resample import make_plan
from rebalance.table.quantity import of_rows
from rebalance.techniques.chain import find_chain

OF_A_QUANTITY = {"predicted": "Predicted and true", "ranges": "Ranges", "target": "Target"}


def of_a_quantity(comparison: Comparison) -> dict[str, Any]:
    """Return what only that page shows."""
    evaluation, quantity = comparison.evaluation, comparison.table.target.quantity
    assert quantity is not None  # noqa: S101  asked for by the caller
    parts = parts_of(comparison)
    place = evaluation.verdict.technique
    best = "none" if place is None else evaluation.contenders[place].technique
    compared = {
        title: curves.true_and_predicted(parts[title]) for title in dict.fromkeys(["none", best]) if title in parts
    }
    name = evaluation.target
    headings = OF_EACH_RANGE[:-1]
    return {
        "predicted": [
            figures.predicted_against_true(compared, name),
            figures.residuals(compared, name),
            figures.errors_by_relevance(
                {title: curves.errors_by_relevance(own, quantity) for title, own in parts.items()}
            ),
        ],
        "range_headings": [FIGURES[one].heading for one in headings],
        "range_figures": [
            (label, label in evaluation.rare, f"{count:,}", [shown(own[one], one) for one in headings])
            for (label, own), count in zip(evaluation.advised.classes.items(), evaluation.counts, strict=True)
        ],
        "distributions": _before_and_after(comparison, best),
        "found": profile_quantity(comparison.table),
    }


def _before_and_after(comparison: Comparison, technique: str) -> list[Figure]:
    question, rows = comparison.question, comparison.trained_on
    table = of_rows(comparison.table, rows)
    assert table.target.quantity is not None  # noqa: S101  asked for by the caller
    plan = make_plan(table, find_chain(technique), rows, question.request, question.seed)
    before = table.target.quantity.numbers[rows]
    after = rewritten(plan.rewrites, table.target_index, typed_targets(table, plan))
    anew = any(rewrite.column == table.target_index for rewrite in plan.rewrites)
    return figures.before_and_after(before, after, plan.weight, (comparison.evaluation.target, technique), anew=anew)
