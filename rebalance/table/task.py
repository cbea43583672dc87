"""What can be predicted: a class or a number."""

from enum import StrEnum


class Task(StrEnum):
    """The two kinds of target."""

    CLASSIFICATION = "classification"
    REGRESSION = "regression"
