"""The contender to use, refitted on all rows, as a file."""

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Objects
from rebalance.evaluate.compare import Comparison, Evaluation
from rebalance.evaluate.features import Features
from rebalance.evaluate.models import Model
from rebalance.evaluate.scoring import Variant
from rebalance.plan.materialise import typed_rows
from rebalance.resample import make_plan
from rebalance.table.typed import TypedRows
from rebalance.techniques.registry import find_chain

if TYPE_CHECKING:
    import pandas as pd

_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first moment a zip file can name: the same model is the same bytes."""


def model_bytes(comparison: Comparison) -> bytes:
    """Return the contender advised, refitted on all rows, preprocessing included, in the format of skops.

    It is a scikit-learn pipeline, with a tuned threshold around it if that is advised and there are two classes. It
    takes a frame with the file's columns by name (numbers as floats, dates as microseconds since 1970, categories as
    the strings in the file), and answers with the file's labels. A prior correction is not part of it.
    """
    import skops.io

    return _repeatable(skops.io.dumps(_refitted(comparison)))


def not_saved(evaluation: Evaluation) -> list[str]:
    """Return what the contender advised does that its file does not: a pipeline has no place for it."""
    advised = evaluation.advised
    several = len(evaluation.labels) > 2  # noqa: PLR2004  a threshold parts two
    remarks = []
    if advised.threshold is not None and several:
        remarks.append(f"predict {evaluation.positive!r} from a probability of {advised.threshold:.3g} on")
    if advised.variant == Variant.CORRECTED:
        remarks.append("shift its probabilities back to the classes' shares")
    return remarks


def _refitted(comparison: Comparison) -> Any:
    advised, question, table = comparison.evaluation.advised, comparison.question, comparison.table
    model = next(model for model in question.models if model.name == advised.model)
    plan = make_plan(table, find_chain(advised.technique), comparison.rows, question.request, question.seed)
    features = Features(table)
    frame = named_frame(features, typed_rows(table, plan))
    labels = np.array(table.target.labels)[plan.labels(table.target.codes)]
    pipeline = _fitted(model, features, frame, labels, plan.weight, question.seed)
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


def _fitted(model: Model, features: Features, frame: "pd.DataFrame", labels: Objects, weight: Any, seed: int) -> Any:
    empty = frame.columns[frame.isna().all()]
    pipeline = model.build(len(features.measured), len(features.categories), seed)
    weights = {} if weight is None else {"model__sample_weight": weight}
    with model.limits("cannot be trained on labels as they are"):
        pipeline.fit(frame.assign(**dict.fromkeys(empty, 0.0)), labels, **weights)
    return pipeline


def named_frame(features: Features, rows: TypedRows) -> "pd.DataFrame":
    """Return rows as a frame with the file's column names, the measured ones first, categories as strings."""
    frame = features.frame(rows)
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
