"""What is made of a fitted model's answers: what differs between classes and a quantity, and nothing else does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from rebalance.arrays import Codes, Float64

if TYPE_CHECKING:
    import pandas as pd

    from rebalance.evaluate.fit import Fitted


class Variant(StrEnum):
    """What is done to a fitted model's answers."""

    AS_IS = "as is"
    TUNED = "tuned threshold"
    CORRECTED = "prior-corrected"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of some rows.

    `predicted`: the class of each, or its number. Of classes, `scores` (rows x classes) are the probabilities, and
    `threshold` is None for the likeliest class.
    """

    predicted: Codes | Float64
    scores: Float64 | None = None
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """The figures of one test part, and those of each class or range (by code), NaN where not defined."""

    figures: dict[str, float]
    classes: dict[int, dict[str, float]]


@dataclass(frozen=True)
class Samples:
    """Each figure's value in every bootstrap sample, and that of each class or range; NaN where not defined there."""

    figures: dict[str, Float64]
    classes: dict[int, dict[str, Float64]]


class Scoring(Protocol):
    """From a fitted model to figures."""

    def answers(
        self, fitted: "Fitted", frame: "pd.DataFrame", threshold: float | None, *, acts: bool
    ) -> dict[Variant, Answer]:
        """Return what the model says of the rows of `frame`, in each way to take it; `acts`: a technique did."""

    def scored(self, truth: Codes | Float64, answer: Answer) -> Scored:
        """Return the figures of a test part."""

    def samples(self, truth: Codes | Float64, answer: Answer, weights: Iterator[Float64]) -> Samples:
        """Return the figures of samples of a test part, given how often each row was drawn (samples x rows)."""
