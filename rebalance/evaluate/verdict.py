"""What the figures say, as one paragraph to quote and as data: whether to rebalance, and what it costs."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rebalance.evaluate.contenders import Contender, Sampling, difference
from rebalance.evaluate.intervals import Difference, Estimate, holm
from rebalance.evaluate.judge import Prediction, Variant
from rebalance.evaluate.metrics import CLASS_FIGURES, FIGURES, within_range
from rebalance.evaluate.threshold import Objective
from rebalance.techniques.registry import find_chain

SIGNIFICANT = 0.05
_ROUNDING = 1e-9
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

    Positions of contenders: `winner`, with the best mean of the figure `rank_by`; `none`, the best with no technique;
    `tuned`, the best of these with a tuned threshold (None if there is none); `advised`, the one to use; `technique`,
    the best in which a technique acts (None if none does). `gain`: how the winner differs from `none` in that figure,
    `over_tuned`: from `tuned`. `beats_none`, `beats_tuned`: better, with p (adjusted for the techniques compared) below
    0.05; `beats_dummy`: with p itself below it. `threshold`: of `tuned`. `apply`: what to type, `text`: the paragraph.
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
    """What a verdict is about: the contenders with their predictions, what decides, and how it is typed.

    `words` name the input and what else every technique heeds; `options` are those that only some heed.
    """

    contenders: Sequence[Contender]
    predictions: Sequence[list[Prediction]]
    sampling: Sampling
    rank_by: str
    objective: Objective
    positive: str
    words: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def mean(self, place: int, name: str) -> float:
        """Return the mean of a figure."""
        return self.contenders[place].figures[name].mean

    def better(self, one: int | None, other: int, name: str) -> bool:
        """Whether a figure's mean is better, by more than rounding."""
        return one is not None and _signed(self.mean(one, name) - self.mean(other, name), name) > _ROUNDING


def verdict_of(case: Case) -> Verdict:
    """Return what the contenders' figures say."""
    contenders, name = case.contenders, case.rank_by
    dummy = next(at for at, contender in enumerate(contenders) if contender.is_dummy)
    real = [at for at, contender in enumerate(contenders) if not contender.is_dummy]
    winner = _best(case, real)
    none = _best(case, [at for at in real if contenders[at].is_none])
    tuneds = [at for at in real if _is_tuned_none(contenders[at])]
    tuned = _best(case, tuneds) if tuneds else None
    acting = [at for at in real if contenders[at].acts]
    gain = _against(case, winner, none)
    over_tuned = None if tuned is None else _against(case, winner, tuned)
    verdict = Verdict(
        advice=Advice.NOTHING,
        winner=winner,
        none=none,
        tuned=tuned,
        advised=none,
        technique=_best(case, acting) if acting else None,
        rank_by=name,
        gain=gain,
        over_tuned=over_tuned,
        beats_none=_is_better(gain, name),
        beats_tuned=tuned is None or _is_better(over_tuned, name),
        beats_dummy=_is_likely_better(_against(case, winner, dummy), name),
        threshold=None if tuned is None else contenders[tuned].threshold,
        text="",
        apply="",
    )
    verdict = replace(verdict, advice=_advice(case, verdict))
    verdict = replace(verdict, advised=_advised(case, verdict))
    sentences = [_headline(case, verdict), _evidence(case, verdict)]
    if not math.isnan(case.mean(winner, name)):
        sentences += [_at_a_threshold(case, verdict), _calibration(case, verdict), _rows(case, verdict)]
    return replace(verdict, text=" ".join(filter(None, sentences)), apply=_apply(case, verdict))


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


def _best(case: Case, places: Sequence[int]) -> int:
    """Return the first of the contenders with the best mean, rounding aside."""
    best = places[0]
    for at in places[1:]:
        if case.better(at, best, case.rank_by) or math.isnan(case.mean(best, case.rank_by)):
            best = at
    return best


def _against(case: Case, place: int, reference: int) -> Difference | None:
    """Return how a contender differs from another by the figure that decides, p adjusted for those like it."""
    if place == reference:
        return None
    own = case.contenders[place]
    family = [
        at
        for at, rival in enumerate(case.contenders)
        if (rival.model, rival.variant, rival.acts) == (own.model, own.variant, own.acts) and at != reference
    ]
    gaps = {
        at: difference(case.predictions[at], case.predictions[reference], case.sampling, case.rank_by) for at in family
    }
    return holm(gaps)[place]


def _signed(value: float, name: str) -> float:
    return value * FIGURES[name].better


def _is_better(gap: Difference | None, name: str) -> bool:
    return gap is not None and _signed(gap.mean, name) > 0 and gap.p_adjusted < SIGNIFICANT


def _is_likely_better(gap: Difference | None, name: str) -> bool:
    """Whether it is better by its own p: that anything was learned at all is one question, not one a technique."""
    if gap is None or _signed(gap.mean, name) <= 0:
        return False
    return math.isnan(gap.p) or gap.p < SIGNIFICANT  # p is not defined where a model is as good in every fold


def _is_tuned_none(contender: Contender) -> bool:
    return not contender.acts and contender.variant == Variant.TUNED


def _advice(case: Case, verdict: Verdict) -> Advice:
    winner = case.contenders[verdict.winner]
    if not verdict.beats_dummy or not verdict.beats_none:
        return Advice.NOTHING
    if not winner.acts:
        return Advice.TUNE
    if not verdict.beats_tuned and case.better(verdict.tuned, verdict.none, verdict.rank_by):
        return Advice.TUNE
    return Advice.WEIGH if winner.only_weighs else Advice.RESAMPLE


def _advised(case: Case, verdict: Verdict) -> int:
    """Return the position of the contender to use: a tuned threshold costs nothing, where it helps."""
    if verdict.advice in (Advice.RESAMPLE, Advice.WEIGH):
        return verdict.winner
    if verdict.advice is Advice.TUNE and verdict.tuned is not None:
        return verdict.tuned
    own = _own_tuned(case, verdict)
    if own is not None and verdict.beats_dummy and case.better(own, verdict.none, case.objective.figure):
        return own
    return verdict.none


def _own_tuned(case: Case, verdict: Verdict) -> int | None:
    """Return the position of the model of `none` with a tuned threshold."""
    model = case.contenders[verdict.none].model
    return next((at for at, c in enumerate(case.contenders) if _is_tuned_none(c) and c.model == model), None)


def _headline(case: Case, verdict: Verdict) -> str:
    winner = case.contenders[verdict.winner]
    also = {Variant.TUNED: ", and tune the threshold", Variant.CORRECTED: ", and correct the probabilities for it"}
    more = also.get(Variant(winner.variant), "")
    return {
        Advice.RESAMPLE: f"Resample with {winner.technique}{more}.",
        Advice.WEIGH: f"Weigh the classes with {winner.technique}{more}.",
        Advice.TUNE: "Do not resample: tune the threshold.",
        Advice.NOTHING: "Do not resample.",
    }[verdict.advice]


def _evidence(case: Case, verdict: Verdict) -> str:
    name = verdict.rank_by
    heading, winner = FIGURES[name].heading, case.contenders[verdict.winner]
    best, score = _called(case, verdict.winner), _with_interval(winner.figures[name], name)
    if math.isnan(winner.figures[name].mean):
        return f"{heading} is not defined: no test part has what it takes, rows of both sides for one."
    if not verdict.beats_dummy:
        shares = next(c for c in case.contenders if c.is_dummy).figures[name].mean
        return (
            f"By {heading} nothing surely does better than knowing the classes' shares alone ({shares:.3f});"
            f" {best} is best, {score}."
        )
    if verdict.gain is None:
        return _unbeaten(case, verdict, best, score)
    sure = "more than chance explains" if verdict.beats_none else _unsure(verdict.gain)
    base = f"{case.mean(verdict.none, name):.3f} with {_called(case, verdict.none, beside=winner.model)}"
    text = f"By {heading} {best} is ahead, {score} against {base}: {_gap(verdict.gain)}, {sure}."
    if winner.acts and verdict.beats_none and not verdict.beats_tuned and verdict.over_tuned is not None:
        text += f" Over no technique with a tuned threshold it gains {_gap(verdict.over_tuned)}, which is not sure."
    return text


def _unbeaten(case: Case, verdict: Verdict, best: str, score: str) -> str:
    name, model = verdict.rank_by, case.contenders[verdict.none].model
    heading = FIGURES[name].heading
    acting = [at for at, c in enumerate(case.contenders) if c.acts and c.model == model]
    if not acting:
        return f"{heading} is {score} with {best}; no technique was compared."
    rival = _best(case, acting)
    gap = _against(case, rival, verdict.none)
    differs = f" The best technique there, {case.contenders[rival].title}, differs by {_gap(gap)}." if gap else ""
    return f"By {heading} nothing beats {best}: {score}.{differs}"


def _unsure(gap: Difference) -> str:
    if gap.p < SIGNIFICANT:
        return "which is not sure, with as many techniques compared (--repeats would tell more)"
    return (
        "the same in every fold, by which no chance can be told"
        if math.isnan(gap.p)
        else "no more than chance explains"
    )


def _at_a_threshold(case: Case, verdict: Verdict) -> str:
    """Say what a technique gains at the usual threshold, beside what tuning it gains."""
    name, tuned = case.objective.figure, _own_tuned(case, verdict)
    if name == verdict.rank_by or tuned is None or math.isnan(case.mean(verdict.none, name)):
        return ""
    none = case.contenders[verdict.none]
    heading = case.objective.name if name == "objective" else FIGURES[name].heading
    whose = f" of {case.positive!r}" if name in CLASS_FIGURES else ""
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
    beside = _called(case, verdict.none, beside=contender.model)
    text = f"Brier is {own:.3f} with {contender.title}, {base:.3f} with {beside}"
    if own > base and not math.isnan(ratio) and not CALIBRATED[0] <= ratio <= CALIBRATED[1]:
        text += f"; its mean probability of {case.positive!r} is {ratio:.2g} times the share"
        for at, rival in enumerate(case.contenders):
            alike = (rival.model, rival.technique) == (contender.model, contender.technique)
            if alike and rival.variant == Variant.CORRECTED and at != place:
                text += f" (Brier {case.mean(at, 'brier'):.3f} once prior-corrected)"
    return text + "."


def _rows(case: Case, verdict: Verdict) -> str:
    winner, none = case.contenders[verdict.winner], case.contenders[verdict.none]
    times = winner.rows_trained_on / none.rows_trained_on
    return "" if math.isclose(times, 1, rel_tol=0.01) else f"It trains on {times:.2g} times the rows."


def _apply(case: Case, verdict: Verdict) -> str:
    advised = case.contenders[verdict.advised]
    chance = ""
    if advised.threshold is not None:
        chance = f"predict {case.positive!r} from a probability of {advised.threshold:.3g} on"
        chance += ", else the likeliest other class" if len(advised.classes) > 2 else ""  # noqa: PLR2004  two leave one
    if not advised.acts:
        return "train on the rows as they are" + (f", and {chance}" if chance else "")
    heeded = find_chain(advised.technique).options
    options = [word for option, value in case.options.items() if option in heeded for word in (option, value)]
    words = ["rebalance", "resample", *case.words, *options, "--technique", advised.technique, "-o", "balanced.csv"]
    if advised.variant == Variant.CORRECTED:
        return shlex.join([*words, "--manifest", "manifest.json"]) + "  # its odds_factor shifts probabilities back"
    return shlex.join(words) + (f"  # {chance}" if chance else "")


def _called(case: Case, place: int, beside: str = "") -> str:
    """Return what a contender is called in a sentence: its model too, unless that is `beside` it."""
    contender = case.contenders[place]
    technique = contender.title if contender.acts else contender.title.replace("none", "no technique", 1)
    return technique if contender.model == beside else f"{contender.model} with {technique}"


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
