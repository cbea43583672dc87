"""What a verdict on classes says besides: what a threshold gains, and what became of the probabilities."""

import math
from collections.abc import Sequence

from rebalance.evaluate.contenders import Contender
from rebalance.evaluate.kinds import FIGURES, OF_EACH_CLASS
from rebalance.evaluate.scoring import Variant
from rebalance.evaluate.verdict import Case, Verdict, called, own_tuned

CALIBRATED = (0.8, 1.25)
"""Where the mean predicted probability over the share observed is no cause for a warning."""


def sentences(case: Case, verdict: Verdict) -> list[str]:
    """Return what is to be said after the figure that decides."""
    return [_at_a_threshold(case, verdict), _calibration(case, verdict)]


def off_calibration(contenders: Sequence[Contender], positive: str) -> list[str]:
    """Return a warning of the contenders whose probabilities are too high or too low on average."""
    several = len({contender.model for contender in contenders if not contender.is_dummy}) > 1
    off = [
        f"{contender.model + ', ' if several else ''}{contender.title} {ratio:.2g}"
        for contender in contenders
        if contender.variant != Variant.TUNED
        and not contender.is_dummy
        and not math.isnan(ratio := contender.figures["predicted_over_observed"].mean)
        and not CALIBRATED[0] <= ratio <= CALIBRATED[1]
    ]
    if not off:
        return []
    return [f"mean probability of {positive!r} over its share is outside 0.8 to 1.25: {'; '.join(off)}"]


def _at_a_threshold(case: Case, verdict: Verdict) -> str:
    """Say what a technique gains at the usual threshold, beside what tuning it gains."""
    assert case.objective  # noqa: S101  classes have one
    name, tuned = case.objective.figure, own_tuned(case, verdict)
    if name == verdict.rank_by or tuned is None or math.isnan(case.mean(verdict.none, name)):
        return ""
    none = case.contenders[verdict.none]
    heading = case.objective.name if name == "objective" else FIGURES[name].heading
    whose = f" of {case.positive!r}" if name in OF_EACH_CLASS else ""
    usual = [
        at
        for at, c in enumerate(case.contenders)
        if c.acts and c.model == none.model and c.variant == Variant.AS_IS and not math.isnan(case.mean(at, name))
    ]
    threshold = case.contenders[tuned].threshold
    is_cost = heading.startswith("cost=")
    sign, unit = (-1, " a row") if is_cost else (1, "")  # a cost is kept negative so that more is better
    alone = f"tuning the threshold alone (to {threshold:.2f}) gives {sign * case.mean(tuned, name):.3f}"
    start = f"{heading}{whose} is {sign * case.mean(verdict.none, name):.3f}{unit} with no technique"
    if not usual:
        return f"{start}; {alone}."
    best = max(usual, key=lambda at: case.mean(at, name))
    return f"{start} and {sign * case.mean(best, name):.3f} with {case.contenders[best].technique}; {alone}."


def _calibration(case: Case, verdict: Verdict) -> str:
    """Say what the probabilities of the best technique are worth beside those without."""
    place = verdict.winner if case.contenders[verdict.winner].acts else verdict.technique
    if place is None:
        return ""
    contender = case.contenders[place]
    own, base = (case.mean(at, "brier") for at in (place, verdict.none))
    ratio = case.mean(place, "predicted_over_observed")
    beside = called(case, verdict.none, beside=contender.model)
    text = f"Brier is {own:.3f} with {contender.title}, {base:.3f} with {beside}"
    if own > base and not math.isnan(ratio) and not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
        text += f"; its mean probability of {case.positive!r} is {ratio:.2g} times the share"
        for at, rival in enumerate(case.contenders):
            alike = (rival.model, rival.technique) == (contender.model, contender.technique)
            if alike and rival.variant == Variant.CORRECTED and at != place:
                text += f" (Brier {case.mean(at, 'brier'):.3f} once prior-corrected)"
    return text + "."
