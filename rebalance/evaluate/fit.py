"""One model with one technique, learned from records: the technique decides on these alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Codes, Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.models import Model
from rebalance.plan.materialise import typed_rows, typed_targets
from rebalance.plan.plan import Plan
from rebalance.plan.priors import weighed_counts
from rebalance.plan.rewrite import Rewrite, rewritten
from rebalance.resample import Request, make_plan
from rebalance.table.quantity import of_rows
from rebalance.table.table import Table
from rebalance.techniques.chain import Chain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Setting:
    """What all contenders share: the table, what a model sees of it, how many classes, which of them matters.

    `focused`: areas under curves are of that class alone, not means over the classes. Of a quantity the classes are
    ranges, and none is positive.
    """

    table: Table
    features: Features
    request: Request
    classes: int
    positive: int
    focused: bool
    seed: int


@dataclass(frozen=True)
class Fitted:
    """A model fitted on the rows a plan left.

    `before`, `after`: of each class the rows it was given, and the rows (or their weights) it was fitted on, which
    number `rows`. `filler` names the columns in which it saw no value. `rewrites`: what was done to numbers it learned
    from; what can be undone is done to those it meets, too, and undone in what it answers.
    """

    setting: Setting
    model: Model
    pipeline: Any
    filler: dict[str, float]
    before: Float64
    after: Float64
    rows: int
    rewrites: tuple[Rewrite, ...] = ()

    def scores(self, frame: "pd.DataFrame") -> Float64:
        """Return rows x classes: the predicted probabilities."""
        scores = np.zeros((len(frame), self.setting.classes))
        with self.model.limits("cannot predict"):
            scores[:, self.pipeline.classes_] = self.pipeline.predict_proba(frame.assign(**self.filler))
        return scores

    def numbers(self, frame: "pd.DataFrame") -> Float64:
        """Return the predicted numbers. Raises DataError for a model that predicts none."""
        frame = written_anew(frame, [rewrite for rewrite in self.rewrites if rewrite.undone]).assign(**self.filler)
        with self.model.limits("cannot predict"), np.errstate(all="ignore"):
            numbers = np.asarray(self.pipeline.predict(frame), np.float64)
        if not np.isfinite(numbers).all():
            raise DataError(f"{self.model.name} predicts no finite number for some row", "another --model or technique")
        return numbers

    def chance(self, rows: Int64) -> Float64:
        """Return, for each of the records, the probability of the positive class."""
        frame = self.setting.features.frame(self.setting.table.typed(rows))
        chance: Float64 = self.scores(frame)[:, self.setting.positive]
        return chance

    @property
    def shifted(self) -> bool:
        """Whether the classes had other shares, rows or weights, than among the rows given."""
        return not np.allclose(self.before / self.before.sum(), self.after / self.after.sum())


def fit(setting: Setting, model: Model, chain: Chain, rows: Int64) -> Fitted:
    """Apply the techniques to the records `rows`, and fit the model to what they leave.

    Raises DataError if a technique cannot be applied, or the model cannot be trained on what is left.
    """
    table = setting.table
    seen = of_rows(table, rows)
    plan = make_plan(seen, chain, rows, setting.request, setting.seed)
    frame = setting.features.frame(typed_rows(seen, plan))
    filler = dict.fromkeys(frame.columns[frame.isna().all()], 0.0)  # says nothing here, and boosting fails on it
    inner = model.build(len(setting.features.measured), len(setting.features.categories), setting.seed)
    pipeline = inner
    if table.target.quantity is None:
        truth: Codes | Float64 = plan.labels(table.target.codes)
        if len(np.unique(truth)) < 2 and not model.is_dummy:  # noqa: PLR2004  nothing to tell apart
            raise DataError("a training part has one class only", "use fewer folds, or a larger training part")
    else:
        own = [rewrite for rewrite in plan.rewrites if rewrite.column == table.target_index]
        truth, pipeline = typed_targets(seen, plan), undoing(own, inner)
        frame = written_anew(frame, plan.rewrites)
    weights = {} if plan.weight is None else {"model__sample_weight": plan.weight}
    if weights and not model.takes_weights(inner):
        raise DataError(f"{model.name} takes no weights", "another --model, or a technique that adds or removes rows")
    with model.limits(f"cannot be trained on the {len(truth):,} rows that are left"):
        pipeline.fit(frame.assign(**filler), truth, **weights)
    before = table.target.counts(rows).astype(np.float64)
    after = _class_sums(table, plan, truth)
    return Fitted(setting, model, pipeline, filler, before, after, len(plan), plan.rewrites)


def undoing(rewrites: Sequence[Rewrite], pipeline: Any) -> Any:
    """Return the pipeline that learns numbers as they are written anew, and answers in the target's own units.

    It is scikit-learn's TransformedTargetRegressor: the rewrites are fitted with the model, one after the other, and
    undone in its answers, but for what cannot be.
    """
    from sklearn.base import clone
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.pipeline import make_pipeline

    if not rewrites:
        return pipeline
    shapes = make_pipeline(*(clone(rewrite.transformer) for rewrite in rewrites))
    return TransformedTargetRegressor(pipeline, transformer=shapes, check_inverse=False)


def written_anew(frame: "pd.DataFrame", rewrites: Sequence[Rewrite]) -> "pd.DataFrame":
    """Return the frame with the numbers of its columns written anew."""
    names = {str(rewrite.column) for rewrite in rewrites if str(rewrite.column) in frame.columns}
    new = {name: rewritten(rewrites, int(name), frame[name].to_numpy(np.float64)) for name in names}
    return frame.assign(**new)


def _class_sums(table: Table, plan: Plan, truth: Codes | Float64) -> Float64:
    """Return the rows of each class (or range of the whole table) that a plan leaves, or the sums of their weights.

    `truth`: the class or the number of each.
    """
    quantity = table.target.quantity
    if quantity is None:
        return weighed_counts(plan, table.target.codes, len(table.target.labels))
    codes = quantity.codes(truth.astype(np.float64))
    return np.bincount(codes, plan.weight, minlength=len(quantity.ranges)).astype(np.float64)


def padded(counts: Float64, classes: int) -> Float64:
    """Return the counts with zeros for classes that only another file has."""
    return np.pad(counts, (0, classes - len(counts)))
