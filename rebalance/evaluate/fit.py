"""One model with one technique, trained on some records: the technique sees these records only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.fitted import Fitted, transform_frame
from rebalance.evaluate.models import Model
from rebalance.evaluate.task import EvaluationTask
from rebalance.plan.plan import ColumnTransform
from rebalance.plan.rows import row_weights, typed_rows
from rebalance.resample.planner import ResampleRequest, make_plan
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FitContext:
    """What all contenders share."""

    table: Table
    features: Features
    request: ResampleRequest
    task: EvaluationTask
    seed: int


def fit(context: FitContext, model: Model, chain: Chain, rows: Int64) -> Fitted:
    """Apply the techniques to the records `rows`, and train the model on the rows they leave.

    Raises DataError if a technique cannot be applied, or the model cannot be trained.
    """
    table, task = context.table.restricted_to(rows), context.task
    plan = make_plan(table, chain, rows, context.request, context.seed)
    frame = transform_frame(context.features.frame(typed_rows(table, plan)), plan.transforms)
    truth = task.training_truth(table, plan)
    if not model.is_baseline:
        task.check_learnable(truth)
    on_target = [transform for transform in plan.transforms if transform.column == table.target_index]
    what = f"cannot be trained on the {len(truth):,} rows that are left"
    pipeline = train(model, context, frame, truth, row_weights(table, plan), on_target, what)
    return Fitted(
        model,
        context.features,
        context.table,
        len(task.labels),
        pipeline,
        empty_columns(frame),
        context.table.target.counts(rows).astype(np.float64),
        task.training_totals(plan, truth),
        len(plan),
        plan.transforms,
    )


def train(
    model: Model,
    context: FitContext,
    frame: "pd.DataFrame",
    truth: Any,
    weight: Float64 | None,
    target_transforms: Sequence[ColumnTransform],
    what: str,
) -> Any:
    """Return the model's pipeline trained on the rows of `frame`; `what`: what could fail, for errors.

    Raises DataError if the model cannot be trained on them, or accepts no weights and there are some.
    """
    features = context.features
    inner = model.build(len(features.measured), len(features.categories), context.seed)
    weights = {} if weight is None else {"model__sample_weight": weight}
    if weights and not model.takes_weights(inner):
        raise DataError(
            f"{model.name} accepts no weights", "use another --model, or a technique that adds or removes rows"
        )
    pipeline = context.task.wrap(inner, target_transforms)
    with model.errors_as_data_errors(what):
        pipeline.fit(frame.assign(**empty_columns(frame)), truth, **weights)
    return pipeline


def empty_columns(frame: "pd.DataFrame") -> dict[str, float]:
    """Return the columns without a value, which boosting fails on, with a number to fill them."""
    return dict.fromkeys(frame.columns[frame.isna().all()], 0.0)
