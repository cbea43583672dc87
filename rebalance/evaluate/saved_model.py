"""The advised contender, trained again on all rows, as a file."""

import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from rebalance.evaluate.compare import Comparison
from rebalance.evaluate.features import Features
from rebalance.evaluate.fit import FitContext, train
from rebalance.evaluate.fitted import transform_frame
from rebalance.plan.rows import row_weights, typed_rows
from rebalance.resample.planner import make_plan
from rebalance.table.typed import TypedRows
from rebalance.techniques.chain import Chain, parse_chain
from rebalance.techniques.registry import Family
from rebalance.techniques.settings import COLUMNS

if TYPE_CHECKING:
    import pandas as pd

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip file can hold, so that the same model is the same bytes."""


def model_bytes(comparison: Comparison) -> bytes:
    """Return the advised contender, trained on all rows, with its preprocessing, in the format of skops.

    It is a scikit-learn pipeline, with a tuned threshold if that is advised and there are two classes. Its input is a
    frame with the file's columns by name (numbers as floats, dates as microseconds since 1970, categories as the
    strings in the file); it predicts the file's labels, or numbers in the target's units. A correction of the priors is
    not part of it.
    """
    import skops.io

    return _without_addresses(skops.io.dumps(_train_on_all_rows(comparison)))


def unsaved_steps(comparison: Comparison) -> list[str]:
    """Return what the advised contender does that its file does not: a pipeline has no place for it."""
    advised = comparison.evaluation.advised
    columns = _transformed_columns(parse_chain(advised.technique))
    steps = []
    if columns:
        steps.append(f"transform the columns {columns} as resample --manifest says (the target is transformed by it)")
    return [*steps, *comparison.request.task.unsaved(advised)]


def _transformed_columns(chain: Chain) -> str:
    named = [
        step.params[COLUMNS]
        for step in chain.steps
        if step.technique.family is Family.TRANSFORM and step.params[COLUMNS]
    ]
    return ", ".join(dict.fromkeys(name for names in named for name in names))


def _train_on_all_rows(comparison: Comparison) -> Any:
    advised, request = comparison.evaluation.advised, comparison.request
    model = next(model for model in request.models if model.name == advised.model)
    table = comparison.table.restricted_to(comparison.rows)
    plan = make_plan(table, parse_chain(advised.technique), comparison.rows, request.resample, request.seed)
    features = Features(table)
    frame = named_frame(features, typed_rows(table, plan), plan.transforms)
    labels = request.task.labels_for_saved_model(table, plan)
    context = FitContext(table, features, request.resample, request.task, request.seed)
    on_target = [transform for transform in plan.transforms if transform.column == table.target_index]
    what = "cannot be trained on labels as spelled in the file"
    pipeline = train(model, context, frame, labels, row_weights(table, plan), on_target, what)
    return request.task.with_threshold(pipeline, advised.threshold, frame, labels)


def named_frame(features: Features, rows: TypedRows, transforms: Any = ()) -> "pd.DataFrame":
    """Return rows as a frame with the file's column names, numbers and dates first, categories as strings."""
    frame = transform_frame(features.frame(rows), transforms)
    cells = {column.column.index: column for column in rows.columns}
    for column in features.categories:
        typed = cells[column.index]
        assert typed.codes is not None  # noqa: S101  a category has them
        frame[str(column.index)] = typed.levels[typed.codes]
    names = features.names
    return frame.set_axis(names if len(set(names)) == len(names) else list(frame.columns), axis=1)


def _without_addresses(packed: bytes) -> bytes:
    """Return a skops file without times, and without the memory addresses by which it names its parts."""
    numbers: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        number = numbers.setdefault(match["address"], str(len(numbers)))
        return match[0].replace(match["address"], number)

    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as before, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as after:
        schema = before.read("schema.json").decode()
        schema = re.sub(r'"(?:__id__": |file": ")(?P<address>\d+)', renumber, schema)
        members = {re.sub(r"^(?P<address>\d+)", renumber, name): name for name in before.namelist()}
        for name in sorted(members):
            data = schema.encode() if name == "schema.json" else before.read(members[name])
            after.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), data, zipfile.ZIP_DEFLATED)
    return output.getvalue()
