"""Which module evaluates which task."""

from rebalance.evaluate.classification import Classification
from rebalance.evaluate.regression import Regression
from rebalance.evaluate.task import EvaluationTask
from rebalance.table.task import Task

EVALUATION_TASKS: dict[Task, type[EvaluationTask]] = {
    Task.CLASSIFICATION: Classification,
    Task.REGRESSION: Regression,
}
