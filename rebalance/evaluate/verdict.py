"""What the figures say, as one paragraph to quote and as data: whether to rebalance, and what it costs."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rebalance.evaluate.contenders import Contender, Sampling, difference
from rebalance.evaluate.intervals import Difference, Estimate
from rebalance.evaluate.judge import Prediction, Variant
from rebalance.evaluate.metrics import FIGURES, within_range
from rebalance.evaluate.threshold import Objective

SIGNIFICANT = 0.05
CALIBRATED = (0.8, 1.25)
"""Where the mean predicted probability over the share observed is no cause for a warning."""


class Advice(StrEnum):
    """What to do."""

    NOTHING = "do not resample"
    TUNE = "tune the threshold"
    WEIGH = "weigh the classes"
    RESAMPLE = "resample"


@dataclass(frozen=True)
class Verdict:
    """What the figures say.

    `winner`: the position of the contender with the best mean of the figure `rank_by`, `none` that of the same
    model with nothing done, `tuned` of that with a tuned threshold (None if there is none), `advised` that of the
    one to use, `technique` that of the best of those that do something (None if none does). `gain`: how the winner
    differs from `none`, and `over_tuned` from `tuned`, in that figure. `beats_none` and `beats_tuned`: better, with
    p (adjusted for the techniques compared) below 0.05. `apply`: what to type, `text`: the paragraph.
    """

    advice: Advice
    winner: int
    none: int
    tuned: int | None
    advised: int
    technique: int | None
    rank_by: str
    gain: Difference | None
    over_tuned: Difference | None
    beats_none: bool
    beats_tuned: bool
    beats_dummy: bool
    threshold: float | None
    text: str
    apply: str


@dataclass(frozen=True)
class Case:
    """What a verdict is about: the contenders with their predictions, what decides, and the words of the input."""

    contenders: Sequence[Contender]
    predictions: Sequence[list[Prediction]]
    sampling: Sampling
    rank_by: str
    objective: Objective
    positive: str
    words: Sequence[str] = ()


def verdict_of(case: Case) -> Verdict:
    """Return what the contenders' figures say."""
    contenders, name = case.contenders, case.rank_by
    real = [at for at, contender in enumerate(contenders) if not contender.is_dummy]
    winner = _best(case, real)
    own = [at for at in real if contenders[at].model == contenders[winner].model]
    none = next((at for at in own if contenders[at].is_none), winner)
    tuned = next((at for at in own if _is_tuned_none(contenders[at])), None)
    gain = contenders[winner].against_none.get(name)
    over_tuned = None
    if tuned is not None and tuned != winner:
        over_tuned = difference(case.predictions[winner], case.predictions[tuned], case.sampling, name)
    beats_none = gain is not None and _is_better(gain, name)
    beats_tuned = tuned is None or (over_tuned is not None and _is_better(over_tuned, name))
    advice = _advice(contenders[winner], beats_none=beats_none, beats_tuned=beats_tuned)
    dummy = next(contender for contender in contenders if contender.is_dummy)
    edge = _signed(contenders[winner].figures[name].mean - dummy.figures[name].mean, name)
    verdict = Verdict(
        advice=advice,
        winner=winner,
        none=none,
        tuned=tuned,
        advised=_advised(case, advice, winner, none, tuned),
        technique=_best(case, acting) if (acting := [at for at in real if contenders[at].acts]) else None,
        rank_by=name,
        gain=gain,
        over_tuned=over_tuned,
        beats_none=beats_none,
        beats_tuned=beats_tuned,
        beats_dummy=edge > 0,
        threshold=None if tuned is None else contenders[tuned].threshold,
        text="",
        apply="",
    )
    sentences = [_headline(verdict, contenders[winner]), _evidence(case, verdict), _at_a_threshold(case, verdict, own)]
    sentences += [_calibration(case, verdict, own), _rows(case, verdict)]
    text = " ".join(sentence for sentence in sentences if sentence)
    return replace(verdict, text=text, apply=_apply(case, contenders[verdict.advised]))


def off_calibration(contenders: Sequence[Contender], positive: str) -> list[str]:
    """Return a warning of the contenders whose probabilities are too high or too low on average."""
    off = [
        f"{contender.title} {ratio:.2g}"
        for contender in contenders
        if contender.variant == Variant.AS_IS
        and not math.isnan(ratio := contender.figures["predicted_over_observed"].mean)
        and not CALIBRATED[0] <= ratio <= CALIBRATED[1]
    ]
    if not off:
        return []
    return [f"mean probability of {positive!r} over its share is outside 0.8 to 1.25: {', '.join(off)}"]


def _best(case: Case, places: Sequence[int]) -> int:
    """Return the first of the contenders with the best mean."""

    def key(at: int) -> float:
        mean = case.contenders[at].figures[case.rank_by].mean
        return -math.inf if math.isnan(mean) else _signed(mean, case.rank_by)

    return max(places, key=key)


def _signed(value: float, name: str) -> float:
    return value * FIGURES[name].better


def _is_better(gap: Difference, name: str) -> bool:
    return _signed(gap.mean, name) > 0 and gap.p_adjusted < SIGNIFICANT


def _is_tuned_none(contender: Contender) -> bool:
    return not contender.acts and contender.variant == Variant.TUNED


def _advice(winner: Contender, *, beats_none: bool, beats_tuned: bool) -> Advice:
    if not winner.acts:
        return Advice.TUNE if winner.variant == Variant.TUNED and beats_none else Advice.NOTHING
    if not beats_none:
        return Advice.NOTHING
    if not beats_tuned:
        return Advice.TUNE
    return Advice.WEIGH if winner.only_weighs else Advice.RESAMPLE


def _advised(case: Case, advice: Advice, winner: int, none: int, tuned: int | None) -> int:
    """Return the position of the contender to use: a tuned threshold costs nothing, where it helps."""
    if advice in (Advice.RESAMPLE, Advice.WEIGH):
        return winner
    name = case.objective.figure
    if tuned is not None and case.contenders[tuned].figures[name].mean > case.contenders[none].figures[name].mean:
        return tuned
    return none


def _headline(verdict: Verdict, winner: Contender) -> str:
    if verdict.advice is Advice.RESAMPLE:
        return f"Resample with {winner.technique}."
    if verdict.advice is Advice.WEIGH:
        return f"Weigh the classes with {winner.technique}."
    if verdict.advice is Advice.TUNE:
        return "Do not resample: tune the threshold."
    return "Do not resample."


def _evidence(case: Case, verdict: Verdict) -> str:
    name = verdict.rank_by
    heading, winner = FIGURES[name].heading, case.contenders[verdict.winner]
    best = f"{winner.model} with {_named(winner)}"
    score = _with_interval(winner.figures[name], name)
    if not verdict.beats_dummy:
        return f"By {heading} nothing does better than knowing the classes' shares alone; the best is {best}, {score}."
    if verdict.gain is None:
        rivals = [at for at, c in enumerate(case.contenders) if c.against_none and c.acts]
        if not rivals:
            return f"{heading} is {score} with {best}; no technique was compared."
        rival = case.contenders[_best(case, rivals)]
        gap = _gap(rival.against_none[name])
        return f"By {heading} nothing beats {best}: {score}. The best technique, {rival.title}, differs by {gap}."
    base = case.contenders[verdict.none].figures[name].mean
    sure = "more than chance explains" if verdict.beats_none else _unsure(verdict.gain)
    text = f"By {heading} {best} is ahead, {score} against {base:.3f} with nothing done: {_gap(verdict.gain)}, {sure}."
    if verdict.beats_none and not verdict.beats_tuned and verdict.over_tuned is not None:
        text += f" Over nothing done with a tuned threshold it gains {_gap(verdict.over_tuned)}, which is not sure."
    return text


def _unsure(gap: Difference) -> str:
    if gap.p < SIGNIFICANT:
        return "which is not sure, with as many techniques compared (--repeats would tell more)"
    return "no more than chance explains"


def _at_a_threshold(case: Case, verdict: Verdict, own: Sequence[int]) -> str:
    """Say what a technique gains at the usual threshold, beside what tuning it gains."""
    name = case.objective.figure
    if name == verdict.rank_by or verdict.tuned is None:
        return ""
    heading = FIGURES[name].heading
    usual = [at for at in own if case.contenders[at].variant == Variant.AS_IS and at != verdict.none]
    base, tuned = (case.contenders[at].figures[name].mean for at in (verdict.none, verdict.tuned))
    threshold = case.contenders[verdict.tuned].threshold
    alone = f"tuning the threshold alone (to {threshold:.2f}) gives {tuned:.3f}"
    start = f"{heading} of {case.positive!r} is {base:.3f} with nothing done"
    usual = [at for at in usual if not math.isnan(case.contenders[at].figures[name].mean)]
    if not usual:
        return f"{start}; {alone}."
    best = max(usual, key=lambda at: case.contenders[at].figures[name].mean)
    top = case.contenders[best]
    return f"{start} and {top.figures[name].mean:.3f} with {top.technique}; {alone}."


def _calibration(case: Case, verdict: Verdict, own: Sequence[int]) -> str:
    """Say what the winner's probabilities are worth, or those of the best technique if nothing won."""
    place = verdict.winner
    if not case.contenders[place].acts:
        techniques = [at for at in own if case.contenders[at].variant == Variant.AS_IS and at != verdict.none]
        if not techniques:
            return ""
        place = _best(case, techniques)
    contender, none = case.contenders[place], case.contenders[verdict.none]
    brier, base = contender.figures["brier"].mean, none.figures["brier"].mean
    ratio = contender.figures["predicted_over_observed"].mean
    text = f"Brier is {brier:.3f} with {contender.title}, {base:.3f} with nothing done"
    if not math.isnan(ratio) and not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
        text += f": it predicts {case.positive!r} {ratio:.2g} times as often as it is so"
        corrected = [
            at
            for at in own
            if case.contenders[at].variant == Variant.CORRECTED
            and case.contenders[at].technique == contender.technique
            and at != place
        ]
        if corrected:
            text += f" (Brier {case.contenders[corrected[0]].figures['brier'].mean:.3f} once prior-corrected)"
    return text + "."


def _rows(case: Case, verdict: Verdict) -> str:
    winner, none = case.contenders[verdict.winner], case.contenders[verdict.none]
    times = winner.rows_trained_on / none.rows_trained_on
    if math.isclose(times, 1, rel_tol=0.01):
        return ""
    return f"It trains on {times:.2g} times the rows."


def _apply(case: Case, advised: Contender) -> str:
    if advised.acts:
        words = ["rebalance", "resample", *case.words, "--technique", advised.technique, "-o", "balanced.csv"]
        return shlex.join(words)
    if advised.threshold is None:
        return "train on the rows as they are"
    chance = f"{advised.threshold:.3g}"
    return f"train on the rows as they are, and predict {case.positive!r} from a probability of {chance} on"


def _named(contender: Contender) -> str:
    return "nothing done" if contender.is_none else contender.title


def _with_interval(estimate: Estimate, name: str) -> str:
    if math.isnan(estimate.low):
        return f"{estimate.mean:.3f}"
    low, high = within_range(estimate, name)
    return f"{estimate.mean:.3f} (95 % interval {low:.3f} to {high:.3f})"


def _gap(gap: Difference) -> str:
    if math.isnan(gap.low):
        return f"{gap.mean:+.3f}"
    p = "p < 0.001" if gap.p_adjusted < 0.001 else f"p = {gap.p_adjusted:.2g}"  # noqa: PLR2004
    return f"{gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f}, {p})"
