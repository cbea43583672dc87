"""Classes: probabilities, thresholds, and the figures of a rare class."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from rebalance.arrays import Codes, Float64
from rebalance.evaluate.bootstrap import samples
from rebalance.evaluate.fit import Fitted, Setting, padded
from rebalance.evaluate.metrics import decide, rank
from rebalance.evaluate.scoring import Answer, Samples, Scored, Variant
from rebalance.evaluate.threshold import Objective
from rebalance.plan.priors import prior_corrected

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ClassScoring:
    """Scores classes; `objective`: what thresholds are tuned for."""

    setting: Setting
    objective: Objective

    def answers(
        self, fitted: Fitted, frame: "pd.DataFrame", threshold: float | None, *, acts: bool
    ) -> dict[Variant, Answer]:
        """Return the likeliest classes, those by a tuned threshold, and those with the classes' shares restored."""
        scores = fitted.scores(frame)
        found = {Variant.AS_IS: self._answer(scores, None)}
        if threshold is not None:
            found[Variant.TUNED] = self._answer(scores, threshold)
        if acts:
            before, after = (padded(counts, self.setting.classes) for counts in (fitted.before, fitted.after))
            found[Variant.CORRECTED] = self._answer(prior_corrected(scores, before, after), None)
        return found

    def _answer(self, scores: Float64, threshold: float | None) -> Answer:
        return Answer(predicted_classes(scores, threshold, self.setting.positive), scores, threshold)

    def scored(self, truth: Codes | Float64, answer: Answer) -> Scored:
        """Return the figures of a test part, the objective's among them."""
        codes, predicted = cast("Codes", truth), cast("Codes", answer.predicted)
        assert answer.scores is not None  # noqa: S101  classes have them
        positive, objective = self.setting.positive, self.objective
        ranking = rank(codes, answer.scores, positive, focused=self.setting.focused)
        scored = decide(codes, predicted, ranking, positive)
        value = objective.value(codes == positive, predicted == positive)
        scored.figures["objective"] = scored.figures[objective.figure] if value is None else value
        return scored

    def samples(self, truth: Codes | Float64, answer: Answer, weights: Iterator[Float64]) -> Samples:
        """Return the figures of samples of a test part."""
        codes, predicted = cast("Codes", truth), cast("Codes", answer.predicted)
        assert answer.scores is not None  # noqa: S101  classes have them
        return samples(codes, answer.scores, predicted, self.setting, self.objective, weights)


def predicted_classes(scores: Float64, threshold: float | None, positive: int) -> Codes:
    """Return the likeliest class of each row (of `scores`, rows x classes).

    With a threshold it is the positive class from there on, below it the likeliest of the others.
    """
    if threshold is None:
        likeliest: Codes = scores.argmax(axis=1).astype(np.int32)
        return likeliest
    others = scores.copy()
    others[:, positive] = -1
    predicted: Codes = np.where(scores[:, positive] >= threshold, positive, others.argmax(axis=1)).astype(np.int32)
    return predicted
