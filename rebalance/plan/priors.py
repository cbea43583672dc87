"""The classes' priors before and after a plan, and how to undo the change in predicted probabilities."""

from collections.abc import Mapping

import numpy as np

from rebalance.arrays import Codes, Float64
from rebalance.plan.plan import Plan


def weighted_counts(plan: Plan, codes: Codes, classes: int) -> Float64:
    """Return the rows of each class that a plan leaves, or the sums of their weights if it has weights.

    `codes`: the class of every record, negative for none.
    """
    labels = plan.labels(codes)
    labeled = labels >= 0
    weights = None if plan.weight is None else plan.weight[labeled]
    totals: Float64 = np.bincount(labels[labeled], weights, minlength=classes).astype(np.float64)
    return totals


def prior_ratios(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float | None]:
    """Return each class's prior before over its prior after; None for a class without a row left."""
    total_before, total_after = sum(before.values()), sum(after.values())
    return {
        label: (count / total_before) / (after[label] / total_after) if after[label] else None
        for label, count in before.items()
    }


def prior_corrected(probabilities: Float64, before: Float64, after: Float64) -> Float64:
    """Return predicted probabilities (rows x classes) as they would be had the classes kept their priors.

    Each class's column is multiplied by its prior before over its prior after, and rows are scaled to sum to 1
    (Saerens, Latinne and Decaestecker 2002, equation 4; for two classes Dal Pozzolo et al. 2015, equation 4).
    """
    ratios = np.divide(before / before.sum(), after / after.sum(), out=np.ones(len(before)), where=after > 0)
    shifted = probabilities * ratios
    sums = shifted.sum(axis=1, keepdims=True)
    corrected: Float64 = np.divide(shifted, sums, out=probabilities.copy(), where=sums > 0)
    return corrected
