"""One model with one technique, trained on some records: the technique sees these records only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.models import Model
from rebalance.evaluate.task import EvaluationTask
from rebalance.plan.plan import ColumnTransform, apply_transforms
from rebalance.plan.rows import typed_rows
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


@dataclass(frozen=True)
class Fitted:
    """A model that has been trained on the rows a plan leaves."""

    context: FitContext
    model: Model

    pipeline: Any
    """The fitted scikit-learn pipeline."""

    empty_columns: dict[str, float]
    """The columns without a value in the training rows, and what stands in for their cells."""

    before: Float64
    """The rows of each class that the technique was given."""

    after: Float64
    """The rows of each class (or the sums of their weights) that the model was trained on."""

    rows: int
    """How many rows the model was trained on."""

    transforms: tuple[ColumnTransform, ...] = ()
    """The transforms of the numbers it was trained on; invertible ones are applied to the rows it predicts, too."""

    def probabilities(self, frame: "pd.DataFrame") -> Float64:
        """Return the predicted class probabilities (rows x classes)."""
        probabilities = np.zeros((len(frame), len(self.context.task.labels)))
        with self.model.errors_as_data_errors("cannot predict"):
            predicted = self.pipeline.predict_proba(frame.assign(**self.empty_columns))
            probabilities[:, self.pipeline.classes_] = predicted
        return probabilities

    def numbers(self, frame: "pd.DataFrame") -> Float64:
        """Return the predicted numbers. Raises DataError if some are not finite."""
        invertible = [transform for transform in self.transforms if transform.invertible]
        frame = transform_frame(frame, invertible).assign(**self.empty_columns)
        with self.model.errors_as_data_errors("cannot predict"), np.errstate(all="ignore"):
            numbers = np.asarray(self.pipeline.predict(frame), np.float64)
        if not np.isfinite(numbers).all():
            raise DataError(
                f"{self.model.name} predicts a number that is not finite", "use another --model or technique"
            )
        return numbers

    def probabilities_of(self, rows: Int64) -> Float64:
        """Return the predicted class probabilities of records of the table (rows x classes)."""
        return self.probabilities(self.context.features.frame(self.context.table.read_typed(rows)))

    @property
    def changes_priors(self) -> bool:
        """Whether the classes' priors among the training rows differ from those the technique was given."""
        return not np.allclose(self.before / self.before.sum(), self.after / self.after.sum())


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
    pipeline = train(model, context, frame, truth, plan.weight, on_target, what)
    return Fitted(
        context,
        model,
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


def transform_frame(frame: "pd.DataFrame", transforms: Sequence[ColumnTransform]) -> "pd.DataFrame":
    """Return the frame with the transforms applied to its columns, which are named by their positions."""
    names = {str(transform.column) for transform in transforms if str(transform.column) in frame.columns}
    transformed = {name: apply_transforms(transforms, int(name), frame[name].to_numpy(np.float64)) for name in names}
    return frame.assign(**transformed)
