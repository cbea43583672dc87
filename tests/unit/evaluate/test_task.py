"""Both tasks have the same shape, and compute all of their metrics, also for bootstrap samples."""

import dataclasses
import inspect
import math
from typing import Any, ClassVar, get_origin

import numpy as np
import pytest
from conftest import CsvFile
from tables import open_table

from rebalance.arrays import Codes, Float64
from rebalance.cli.parse import parse_objective
from rebalance.evaluate.classification import Classification, predicted_classes
from rebalance.evaluate.regression import Regression
from rebalance.evaluate.results import Predictions
from rebalance.evaluate.task import BOOTSTRAP_SAMPLES, EvaluationTask, bootstrap_weights
from rebalance.evaluate.tasks import EVALUATION_TASKS
from rebalance.table.numeric_target import NumericTarget
from rebalance.table.task import Task

ONLY_IN_CLASSIFICATION = {"positive_label"}
"""A numeric target has no positive class."""

NOT_BOOTSTRAPPED = {"calibration_slope"}
"""It would take a fit for each bootstrap sample, so it is NaN."""

both_tasks = pytest.mark.parametrize("task_class", [Classification, Regression])

# --- shape


def field_names(task_class: type[Any]) -> set[str]:
    """The names of the fields of an instance."""
    return {field.name for field in dataclasses.fields(task_class)}


def member_names(task_class: type[Any]) -> set[str]:
    """The names of the public methods, properties and class variables."""
    fields = field_names(task_class) if dataclasses.is_dataclass(task_class) else set()
    return {name for name in dir(task_class) if not name.startswith("_")} - fields


def parameters_of(method: Any) -> list[tuple[str, Any]]:
    """The names and kinds of a method's parameters, without the underscore of an unused one."""
    return [(name.lstrip("_"), parameter.kind) for name, parameter in inspect.signature(method).parameters.items()]


def test_every_task_is_evaluated_by_a_class_of_its_own() -> None:
    assert {Task.CLASSIFICATION: Classification, Task.REGRESSION: Regression} == EVALUATION_TASKS
    assert set(EVALUATION_TASKS) == set(Task)
    assert all(task_class.task is task for task, task_class in EVALUATION_TASKS.items())


@both_tasks
def test_a_task_implements_every_abstract_method(task_class: type[Any]) -> None:
    assert EvaluationTask.__abstractmethods__
    assert EvaluationTask.__abstractmethods__ <= set(vars(task_class))


@both_tasks
def test_a_task_sets_every_class_variable(task_class: type[Any]) -> None:
    annotations = inspect.get_annotations(EvaluationTask)
    class_variables = {name for name, annotation in annotations.items() if get_origin(annotation) is ClassVar}
    assert class_variables
    assert class_variables <= set(vars(task_class))


def test_both_tasks_have_the_same_public_methods_and_class_variables() -> None:
    of_classes, of_numbers = member_names(Classification), member_names(Regression)
    assert of_classes - (of_numbers | field_names(Regression)) == ONLY_IN_CLASSIFICATION
    assert of_numbers - (of_classes | field_names(Classification)) == set()


@both_tasks
def test_a_method_of_a_task_has_the_parameters_that_the_base_class_declares(task_class: type[Any]) -> None:
    methods = [name for name in member_names(EvaluationTask) if callable(getattr(EvaluationTask, name))]
    assert methods
    for name in methods:
        assert parameters_of(getattr(task_class, name)) == parameters_of(getattr(EvaluationTask, name)), name


# --- metrics


@dataclasses.dataclass(frozen=True)
class Part:
    """A task, the rows of a test split, and what a model predicts for them."""

    task: EvaluationTask
    truth: Codes | Float64
    predictions: Predictions


def class_part(classes: int, objective: str) -> Part:
    random = np.random.default_rng(classes)
    truth = random.integers(0, classes, 200).astype(np.int32)
    probabilities = random.dirichlet(np.ones(classes), 200)
    labels = tuple("abcdef"[:classes])
    task = Classification(labels, truth, 1, classes == 2, parse_objective(objective))
    return Part(task, truth, Predictions(predicted_classes(probabilities, None, 1), probabilities))


def numeric_part(csv_file: CsvFile) -> Part:
    with open_table(csv_file("numeric-target")) as table:
        target = NumericTarget.of(table)
    error = np.random.default_rng(0).normal(1, 4, len(target.floats))
    return Part(Regression(target), target.floats, Predictions(target.floats + error))


@pytest.fixture(params=["two-classes", "two-classes-by-cost", "several-classes", "numeric-target"])
def part(request: pytest.FixtureRequest, csv_file: CsvFile) -> Part:
    parts = {
        "two-classes": lambda: class_part(2, "f1"),
        "two-classes-by-cost": lambda: class_part(2, "cost=1:5"),
        "several-classes": lambda: class_part(4, "g-mean"),
        "numeric-target": lambda: numeric_part(csv_file),
    }
    return parts[request.param]()


def test_score_and_bootstrap_compute_every_metric_of_the_task(part: Part) -> None:
    scores = part.task.score(part.truth, part.predictions)
    samples = part.task.bootstrap(part.truth, part.predictions, iter([np.ones((2, len(part.truth)))]))
    assert set(scores.metrics) == set(samples.metrics) == set(part.task.metrics)
    assert set(scores.by_label) == set(samples.by_label) == set(range(len(part.task.labels)))
    for code in scores.by_label:
        assert set(scores.by_label[code]) == set(samples.by_label[code]) == set(part.task.label_metrics)


def test_a_bootstrap_sample_of_each_row_once_has_the_metrics_of_the_test_part(part: Part) -> None:
    scores = part.task.score(part.truth, part.predictions)
    samples = part.task.bootstrap(part.truth, part.predictions, iter([np.ones((1, len(part.truth)))]))
    for name, value in scores.metrics.items():
        assert math.isfinite(value), name
        if name not in NOT_BOOTSTRAPPED:
            assert samples.metrics[name].tolist() == pytest.approx([value]), name
    for code, metrics in scores.by_label.items():
        assert {name: values.item() for name, values in samples.by_label[code].items()} == pytest.approx(metrics)


def test_the_names_of_metrics_that_a_task_shows_draws_and_ranks_by_are_among_its_metrics(part: Part) -> None:
    task = part.task
    names = {*task.shown_metrics, *task.drawn_metrics, *task.first_metrics}
    assert names | ({task.tuning_metric} - {None}) <= set(task.metrics)


# --- bootstrap samples


def test_bootstrap_samples_draw_the_rows_of_a_group_together() -> None:
    groups = np.array([5, 5, 5, 7, 9, 9])
    weights = np.vstack(list(bootstrap_weights(groups, 0)))
    assert len(weights) == BOOTSTRAP_SAMPLES
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 3, 4]].sum(axis=1) == 3).all()
