"""A model that has been trained, and what it predicts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rebalance.arrays import Float64, Int64
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.models import Model
from rebalance.plan.plan import ColumnTransform, apply_transforms
from rebalance.table.table import Table

if TYPE_CHECKING:
    import pandas as pd


_MAX_PROBABILITY = 1 + 1e-6
"""Rounding may lead a little above 1."""


@dataclass(frozen=True)
class Fitted:
    """A model that has been trained on the rows a plan leaves."""

    model: Model
    features: Features

    table: Table
    """The table that the model was trained on a part of."""

    label_count: int
    """How many classes (or ranges) there are."""

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
        probabilities = np.zeros((len(frame), self.label_count))
        with self.model.errors_as_data_errors("cannot predict"):
            predicted = self.pipeline.predict_proba(frame.assign(**self.empty_columns))
            probabilities[:, self.pipeline.classes_] = predicted
        if not ((probabilities >= 0) & (probabilities <= _MAX_PROBABILITY)).all():
            raise DataError(
                f"{self.model.name} predicts probabilities that are not between 0 and 1",
                "use another --model or --param",
            )
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
        return self.probabilities(self.features.frame(self.table.read_typed(rows)))

    @property
    def changes_priors(self) -> bool:
        """Whether the classes' priors among the training rows differ from those the technique was given."""
        return not np.allclose(self.before / self.before.sum(), self.after / self.after.sum())


def transform_frame(frame: "pd.DataFrame", transforms: Sequence[ColumnTransform]) -> "pd.DataFrame":
    """Return the frame with the transforms applied to its columns, which are named by their positions."""
    names = {str(transform.column) for transform in transforms if str(transform.column) in frame.columns}
    transformed = {name: apply_transforms(transforms, int(name), frame[name].to_numpy(np.float64)) for name in names}
    return frame.assign(**transformed)
