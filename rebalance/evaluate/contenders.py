"""From the results of splits to what is reported of each contender: estimates, differences from none, matrices."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rebalance.evaluate.crossval import Candidate, CandidateResult
from rebalance.evaluate.intervals import Difference, IntervalMethod, holm
from rebalance.evaluate.results import Contender, Scores, SplitResult, Variant
from rebalance.evaluate.task import EvaluationTask


def make_contenders(
    results: Sequence[tuple[Candidate, CandidateResult]],
    method: IntervalMethod,
    task: EvaluationTask,
    folds_per_repeat: int,
) -> tuple[list[Contender], list[list[SplitResult]]]:
    """Return the contenders and the results of each, in the order of the candidates and their variants.

    `folds_per_repeat`: how many of the splits test each row once; matrices and reports are made from these.
    """
    contenders, splits = [], []
    for candidate, result in results:
        for variant, parts in result.splits.items():
            contenders.append(_make_contender(candidate, variant, parts, method, task, folds_per_repeat))
            splits.append(parts)
    for model in dict.fromkeys(contender.model for contender in contenders):
        _compare_with_none(model, contenders, splits, method)
    return contenders, splits


def _make_contender(
    candidate: Candidate,
    variant: Variant,
    parts: list[SplitResult],
    method: IntervalMethod,
    task: EvaluationTask,
    folds_per_repeat: int,
) -> Contender:
    thresholds = [part.predictions.threshold for part in parts if part.predictions.threshold is not None]
    once = parts[:folds_per_repeat]
    confusion, report, imbalanced_report = task.texts(
        np.concatenate([part.truth for part in once]),
        np.concatenate([part.predictions.predicted for part in once]),
    )
    totals = np.mean([part.training_totals for part in parts], axis=0).tolist()
    return Contender(
        model=candidate.model.name,
        technique=candidate.chain.name,
        only_weights=candidate.chain.only_weights,
        only_transforms=candidate.chain.only_transforms,
        variant=str(variant),
        threshold=float(np.mean(thresholds)) if thresholds else None,
        training_rows=float(np.mean([part.training_rows for part in parts])),
        training_totals=dict(zip(task.labels, totals, strict=True)),
        metrics={name: method.estimate(*_values(parts, name)) for name in parts[0].scores.metrics},
        classes={
            label: {name: method.estimate(*_values(parts, name, code)) for name in task.label_metrics}
            for code, label in enumerate(task.labels)
        },
        vs_none={},
        folds=tuple(part.scores.metrics for part in parts),
        confusion=confusion,
        report=report,
        imbalanced_report=imbalanced_report,
    )


def _values(parts: list[SplitResult], name: str, code: int | None = None) -> tuple[float, Sequence[float]]:
    """Return a metric (of a class, if a code is given) of the first split, and its values.

    The values are one for each fold; or, for a single test split, one for each bootstrap sample.
    """

    def value(scores: Scores) -> float:
        return scores.metrics[name] if code is None else scores.by_label.get(code, {}).get(name, math.nan)

    bootstrap = parts[0].bootstrap
    if bootstrap is None:
        return value(parts[0].scores), [value(part.scores) for part in parts]
    of_label = bootstrap.by_label.get(code, {}) if code is not None else bootstrap.metrics
    return value(parts[0].scores), of_label.get(name, np.empty(0)).tolist()


def _compare_with_none(
    model: str, contenders: list[Contender], splits: list[list[SplitResult]], method: IntervalMethod
) -> None:
    of_model = [index for index, contender in enumerate(contenders) if contender.model == model]
    none = next((index for index in of_model if contenders[index].is_none), None)
    if none is None:
        return
    for variant in Variant:
        family = [index for index in of_model if index != none and contenders[index].variant == variant]
        for name in contenders[none].metrics:
            differences = {index: difference(splits[index], splits[none], method, name) for index in family}
            for index, adjusted in holm(differences).items():
                contender = contenders[index]
                contenders[index] = replace(contender, vs_none={**contender.vs_none, name: adjusted})


def difference(parts: list[SplitResult], reference: list[SplitResult], method: IntervalMethod, name: str) -> Difference:
    """Return by how much a metric is higher in some results than in those of a reference."""
    (point, values), (reference_point, reference_values) = (_values(results, name) for results in (parts, reference))
    return method.difference((point, reference_point), values, reference_values)
