"""The contender to use, refitted on all rows, as a file."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Float64, Objects
from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import undoing, written_anew
from rebalance.evaluate.models import Model
from rebalance.evaluate.scoring import Variant
from rebalance.plan.materialise import typed_rows, typed_targets
from rebalance.plan.rewrite import Rewrite
from rebalance.resample import make_plan
from rebalance.table.quantity import of_rows
from rebalance.table.typed import TypedRows
from rebalance.techniques.chain import find_chain

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip file can name: the same model is the same bytes."""


def model_bytes(comparison: Comparison) -> bytes:
    """Return the contender advised, refitted on all rows, preprocessing included, in the format of skops.

    It is a scikit-learn pipeline, with a tuned threshold around it if that is advised and there are two classes. It
    takes a frame with the file's columns by name (numbers as floats, dates as microseconds since 1970, categories as
    the strings in the file), and answers with the file's labels, or with numbers in the target's own units. A prior
    correction is not part of it.
    """
    import skops.io

    return _repeatable(skops.io.dumps(_refitted(comparison)))


def not_saved(comparison: Comparison) -> list[str]:
    """Return what the contender advised does that its file does not: a pipeline has no place for it."""
    evaluation, advised = comparison.evaluation, comparison.evaluation.advised
    several = len(evaluation.labels) > 2  # noqa: PLR2004  a threshold parts two
    remarks = []
    rewriters = find_chain(advised.technique).rewriters
    if rewriters and "--columns" in comparison.question.options:
        columns = comparison.question.options["--columns"]
        remarks.append(f"write {columns} anew by {', '.join(rewriters)} (resample --manifest says how), but the target")
    if advised.threshold is not None and several:
        remarks.append(f"predict {evaluation.positive!r} from a probability of {advised.threshold:.3g} on")
    if advised.variant == Variant.CORRECTED:
        remarks.append("shift its probabilities back to the classes' shares")
    return remarks


def _refitted(comparison: Comparison) -> Any:
    advised, question, table = comparison.evaluation.advised, comparison.question, comparison.table
    model = next(model for model in question.models if model.name == advised.model)
    table = of_rows(table, comparison.rows)
    plan = make_plan(table, find_chain(advised.technique), comparison.rows, question.request, question.seed)
    features = Features(table)
    frame = named_frame(features, typed_rows(table, plan), plan.rewrites)
    if table.target.quantity is not None:
        own = [rewrite for rewrite in plan.rewrites if rewrite.column == table.target_index]
        pipeline = undoing(own, _built(model, features, question.seed))
        return _fitted(model, pipeline, frame, typed_targets(table, plan), plan.weight)
    labels = np.array(table.target.labels)[plan.labels(table.target.codes)]
    pipeline = _fitted(model, _built(model, features, question.seed), frame, labels, plan.weight)
    if advised.threshold is None or len(comparison.evaluation.labels) > 2:  # noqa: PLR2004  a threshold parts two
        return pipeline
    from sklearn.frozen import FrozenEstimator
    from sklearn.model_selection import FixedThresholdClassifier

    cut = FixedThresholdClassifier(
        FrozenEstimator(pipeline),
        threshold=advised.threshold,
        pos_label=comparison.evaluation.positive,
        response_method="predict_proba",
    )
    return cut.fit(frame, labels)


def _built(model: Model, features: Features, seed: int) -> Any:
    return model.build(len(features.measured), len(features.categories), seed)


def _fitted(model: Model, pipeline: Any, frame: "pd.DataFrame", truth: Objects | Float64, weight: Any) -> Any:
    empty = frame.columns[frame.isna().all()]
    weights = {} if weight is None else {"model__sample_weight": weight}
    with model.limits("cannot be trained on labels as they are"):
        pipeline.fit(frame.assign(**dict.fromkeys(empty, 0.0)), truth, **weights)
    return pipeline


def named_frame(features: Features, rows: TypedRows, rewrites: Sequence[Rewrite] = ()) -> "pd.DataFrame":
    """Return rows as a frame with the file's column names, the measured ones first, categories as strings."""
    frame = written_anew(features.frame(rows), rewrites)
    cells = {column.column.index: column for column in rows.columns}
    for column in features.categories:
        own = cells[column.index]
        assert own.codes is not None  # noqa: S101  a category has them
        frame[str(column.index)] = own.levels[own.codes]
    names = [column.title for column in (*features.measured, *features.categories)]
    return frame.set_axis(names if len(set(names)) == len(names) else list(frame.columns), axis=1)


def _repeatable(packed: bytes) -> bytes:
    """Return a skops file without the time of day and the memory addresses by which it names its parts."""
    numbers: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        number = numbers.setdefault(found["address"], str(len(numbers)))
        return found[0].replace(found["address"], number)

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        schema = before.read("schema.json").decode()
        schema = re.sub(r'"(?:__id__": |file": ")(?P<address>\d+)', renamed, schema)
        members = {re.sub(r"^(?P<address>\d+)", renamed, name): name for name in before.namelist()}
        for name in sorted(members):
            data = schema.encode() if name == "schema.json" else before.read(members[name])
            after.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
