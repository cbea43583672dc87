"""What is drawn of predicted numbers."""

from collections.abc import Sequence

import numpy as np

from rebalance.arrays import Float64
from rebalance.evaluate.curves import Curve, over_folds
from rebalance.evaluate.judge import Prediction
from rebalance.table.quantity import Quantity
from rebalance.table.table import sample

_STEPS = 101
_MOST_SHOWN = 500


def errors_by_relevance(parts: Sequence[Prediction], quantity: Quantity) -> Curve:
    """Return the squared errors of the rows that are at least so relevant, added up, by relevance from 0 to 1.

    Ribeiro and Moniz 2020, Machine Learning 109, section 4.
    """
    grid = np.linspace(0, 1, _STEPS)
    folds = []
    for part in parts:
        truth = part.truth.astype(np.float64)
        relevance, squares = quantity.matters(truth), (part.answer.predicted - truth) ** 2
        order = np.argsort(relevance, kind="stable")
        left = np.concatenate([np.cumsum(squares[order][::-1])[::-1], [0.0]])
        folds.append(left[np.searchsorted(relevance[order], grid)])
    return over_folds(grid, folds)


def true_and_predicted(parts: Sequence[Prediction]) -> tuple[Float64, Float64]:
    """Return true values and those predicted, of a sample of the rows that is spread evenly over the true values."""
    truth = np.concatenate([part.truth for part in parts]).astype(np.float64)
    predicted = np.concatenate([part.answer.predicted for part in parts]).astype(np.float64)
    shown = sample(np.argsort(truth, kind="stable"), _MOST_SHOWN)
    return truth[shown], predicted[shown]
