"""Train and score every model with every technique, the technique applied inside the training part only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rebalance.arrays import Codes
from rebalance.errors import DataError
from rebalance.evaluate.features import Features
from rebalance.evaluate.folds import Fold
from rebalance.evaluate.metrics import FIGURES, fold_figures
from rebalance.evaluate.models import build_model
from rebalance.plan.materialise import typed_rows
from rebalance.resample import Request, make_plan
from rebalance.table.table import Table
from rebalance.techniques.registry import Chain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Figure:
    """One figure over the folds: mean and standard deviation (n - 1), NaN where not defined."""

    mean: float
    sd: float


@dataclass(frozen=True)
class Contender:
    """One model with one technique."""

    model: str
    technique: str
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Trial:
    """One fold, and what the fitted model is shown of its test part."""

    fold: Fold
    test_frame: "pd.DataFrame"
    test_codes: Codes


@dataclass(frozen=True)
class _Outcome:
    truth: Codes
    predicted: Codes
    figures: dict[str, float]


class Judge:
    """Compares contenders on the same trials; the table's cells are loaded once."""

    def __init__(self, table: Table, trials: Sequence[Trial], features: Features, classes: int, seed: int) -> None:
        self._table, self._trials, self._features = table, trials, features
        self._classes, self._seed = classes, seed
        counts = table.target.counts(np.unique(np.concatenate([trial.fold.train for trial in trials])))
        self.minority = int(np.where(counts > 0, counts, counts.max() + 1).argmin())

    def contend(
        self, model: str, chain: Chain, request: Request, tick: Callable[[str], None]
    ) -> tuple[Contender, Codes, Codes]:
        """Return how a model does with a chain of techniques, and the true and predicted classes of all test rows.

        Raises DataError if the technique cannot be applied to some training part.
        """
        outcomes = []
        for trial in self._trials:
            outcomes.append(self._score(model, chain, request, trial))
            tick(f"{model}, {chain.name}")
        figures = {name: _figure([outcome.figures[name] for outcome in outcomes]) for name in FIGURES}
        contender = Contender(model, chain.name, figures)
        truth = np.concatenate([outcome.truth for outcome in outcomes])
        return contender, truth, np.concatenate([outcome.predicted for outcome in outcomes])

    def _score(self, model: str, chain: Chain, request: Request, trial: Trial) -> _Outcome:
        plan = make_plan(self._table, chain, trial.fold.train, request, self._seed)
        frame = self._features.frame(typed_rows(self._table, plan))
        blank = dict.fromkeys(frame.columns[frame.isna().all()], 0.0)  # says nothing here, and boosting fails on it
        frame, test_frame = frame.assign(**blank), trial.test_frame.assign(**blank)
        codes = plan.labels(self._table.target.codes)
        if len(np.unique(codes)) < 2:  # noqa: PLR2004  nothing to tell apart
            raise DataError("a training part has one class only", "use fewer folds, or a larger training part")
        fitted = build_model(model, len(self._features.measured), len(self._features.categories), self._seed)
        try:
            fitted.fit(frame, codes, model__sample_weight=plan.weight)
        except ValueError as error:  # too few rows, or a column with nothing in it: the model's own limits
            raise DataError(
                f"{model} cannot be trained on the {len(codes):,} rows that are left: {error}",
                "another --model, or a technique that keeps more rows",
            ) from None
        fitted.set_params(**{name: 1 for name in fitted.get_params() if name == "model__n_jobs"})
        scores = np.zeros((len(trial.test_codes), self._classes))
        scores[:, fitted.classes_] = fitted.predict_proba(test_frame)
        predicted = fitted.classes_[scores[:, fitted.classes_].argmax(axis=1)].astype(np.int32)
        figures = fold_figures(trial.test_codes, predicted, scores, self.minority)
        return _Outcome(trial.test_codes, predicted, figures)


def _figure(values: list[float]) -> Figure:
    defined = np.array([value for value in values if not np.isnan(value)])
    mean = float(defined.mean()) if len(defined) else float("nan")
    sd = float(defined.std(ddof=1)) if len(defined) > 1 else float("nan")
    return Figure(mean, sd)
