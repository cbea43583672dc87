"""What the figures say, as one paragraph to quote and as data: whether to rebalance, and what it costs."""

import math
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rebalance.evaluate.contenders import Contender, Sampling, difference
from rebalance.evaluate.intervals import Difference, Estimate, holm
from rebalance.evaluate.judge import Prediction
from rebalance.evaluate.kinds import FIGURES, within_range, written
from rebalance.evaluate.scoring import Variant
from rebalance.evaluate.threshold import Objective
from rebalance.techniques.chain import find_chain

SIGNIFICANT = 0.05
_ROUNDING = 1e-9


class Advice(StrEnum):
    """What to do."""

    NOTHING = "do not resample"
    TUNE = "tune the threshold"
    WEIGH = "weigh the classes"
    RESAMPLE = "resample"
    REWRITE = "rewrite"


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

    `objective` and `positive` are None of a quantity. `words` name the input and what else every technique heeds;
    `options` are those that only some heed.
    """

    contenders: Sequence[Contender]
    predictions: Sequence[list[Prediction]]
    sampling: Sampling
    rank_by: str
    objective: Objective | None
    positive: str | None
    words: Sequence[str] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    def mean(self, place: int, name: str) -> float:
        """Return the mean of a figure."""
        return self.contenders[place].figures[name].mean

    def better(self, one: int | None, other: int, name: str) -> bool:
        """Whether a figure's mean is better, by more than rounding."""
        return one is not None and _signed(self.mean(one, name) - self.mean(other, name), name) > _ROUNDING


def verdict_of(case: Case, besides: "Callable[[Case, Verdict], list[str]]") -> Verdict:
    """Return what the contenders' figures say; `besides` gives the sentences that only classes or a quantity have."""
    contenders, name = case.contenders, case.rank_by
    dummy = next(at for at, contender in enumerate(contenders) if contender.is_dummy)
    real = [at for at, contender in enumerate(contenders) if not contender.is_dummy]
    winner = best_of(case, real)
    none = best_of(case, [at for at in real if contenders[at].is_none])
    tuneds = [at for at in real if _is_tuned_none(contenders[at])]
    tuned = best_of(case, tuneds) if tuneds else None
    acting = [at for at in real if contenders[at].acts]
    gain = against(case, winner, none)
    over_tuned = None if tuned is None else against(case, winner, tuned)
    verdict = Verdict(
        advice=Advice.NOTHING,
        winner=winner,
        none=none,
        tuned=tuned,
        advised=none,
        technique=best_of(case, acting) if acting else None,
        rank_by=name,
        gain=gain,
        over_tuned=over_tuned,
        beats_none=_is_better(gain, name),
        beats_tuned=tuned is None or _is_better(over_tuned, name),
        beats_dummy=_is_likely_better(against(case, winner, dummy), name),
        threshold=None if tuned is None else contenders[tuned].threshold,
        text="",
        apply="",
    )
    verdict = replace(verdict, advice=_advice(case, verdict))
    verdict = replace(verdict, advised=_advised(case, verdict))
    sentences = [_headline(case, verdict), _evidence(case, verdict)]
    if not math.isnan(case.mean(winner, name)):
        sentences += [*besides(case, verdict), _rows(case, verdict)]
    return replace(verdict, text=" ".join(filter(None, sentences)), apply=_apply(case, verdict))


def best_of(case: Case, places: Sequence[int]) -> int:
    """Return the first of the contenders with the best mean, rounding aside."""
    best = places[0]
    for at in places[1:]:
        if case.better(at, best, case.rank_by) or math.isnan(case.mean(best, case.rank_by)):
            best = at
    return best


def against(case: Case, place: int, reference: int, name: str = "") -> Difference | None:
    """Return how a contender differs from another by a figure, the one that decides if none is named.

    Its p is adjusted for those like it; None of one contender with itself.
    """
    if place == reference:
        return None
    name = name or case.rank_by
    own = case.contenders[place]
    family = [
        at
        for at, rival in enumerate(case.contenders)
        if (rival.model, rival.variant, rival.acts) == (own.model, own.variant, own.acts) and at != reference
    ]
    gaps = {at: difference(case.predictions[at], case.predictions[reference], case.sampling, name) for at in family}
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
    if winner.only_rewrites:
        return Advice.REWRITE
    return Advice.WEIGH if winner.only_weighs else Advice.RESAMPLE


def _advised(case: Case, verdict: Verdict) -> int:
    """Return the position of the contender to use: a tuned threshold costs nothing, where it helps."""
    if verdict.advice in (Advice.RESAMPLE, Advice.WEIGH, Advice.REWRITE):
        return verdict.winner
    if verdict.advice is Advice.TUNE and verdict.tuned is not None:
        return verdict.tuned
    own = own_tuned(case, verdict)
    if (
        own is not None
        and case.objective
        and verdict.beats_dummy
        and case.better(own, verdict.none, case.objective.figure)
    ):
        return own
    return verdict.none


def own_tuned(case: Case, verdict: Verdict) -> int | None:
    """Return the position of the model of `none` with a tuned threshold."""
    model = case.contenders[verdict.none].model
    return next((at for at, c in enumerate(case.contenders) if _is_tuned_none(c) and c.model == model), None)


def _headline(case: Case, verdict: Verdict) -> str:
    winner = case.contenders[verdict.winner]
    also = {Variant.TUNED: ", and tune the threshold", Variant.CORRECTED: ", and correct the probabilities for it"}
    more = also.get(Variant(winner.variant), "")
    compared = any(contender.acts for contender in case.contenders)
    return {
        Advice.RESAMPLE: f"Resample with {winner.technique}{more}.",
        Advice.WEIGH: f"Weigh the {'rows' if case.objective is None else 'classes'} with {winner.technique}{more}.",
        Advice.REWRITE: f"Apply {winner.technique}.",
        Advice.TUNE: "Do not resample: tune the threshold." if compared else "Tune the threshold.",
        Advice.NOTHING: "Do not resample." if compared else "",
    }[verdict.advice]


def _evidence(case: Case, verdict: Verdict) -> str:
    name = verdict.rank_by
    heading, winner = FIGURES[name].heading, case.contenders[verdict.winner]
    best, score = called(case, verdict.winner), _with_interval(winner.figures[name], name)
    if math.isnan(winner.figures[name].mean):
        return f"{heading} is not defined: no test part has what it takes, rows of both sides for one."
    if not verdict.beats_dummy:
        shares = next(c for c in case.contenders if c.is_dummy).figures[name].mean
        alone = "the median" if case.objective is None else "the classes' shares"
        return (
            f"By {heading} nothing surely does better than knowing {alone} alone ({written(shares, name)});"
            f" {best} is best, {score}."
        )
    if verdict.gain is None:
        return _unbeaten(case, verdict, best, score)
    sure = "more than chance explains" if verdict.beats_none else _unsure(verdict.gain)
    base = f"{written(case.mean(verdict.none, name), name)} with {called(case, verdict.none, beside=winner.model)}"
    text = f"By {heading} {best} is ahead, {score} against {base}: {gap_of(verdict.gain, name)}, {sure}."
    if winner.acts and verdict.beats_none and not verdict.beats_tuned and verdict.over_tuned is not None:
        text += (
            f" Over no technique with a tuned threshold it gains {gap_of(verdict.over_tuned, name)}, which is not sure."
        )
    return text


def _unbeaten(case: Case, verdict: Verdict, best: str, score: str) -> str:
    name, model = verdict.rank_by, case.contenders[verdict.none].model
    heading = FIGURES[name].heading
    acting = [at for at, c in enumerate(case.contenders) if c.acts and c.model == model]
    if not acting:
        return f"{heading} is {score} with {best}; no technique was compared."
    rival = best_of(case, acting)
    gap = against(case, rival, verdict.none)
    differs = (
        f" The best technique there, {case.contenders[rival].title}, differs by {gap_of(gap, name)}." if gap else ""
    )
    return f"By {heading} nothing beats {best}: {score}.{differs}"


def _unsure(gap: Difference) -> str:
    if gap.p < SIGNIFICANT:
        return "which is not sure, with as many techniques compared (--repeats would tell more)"
    return (
        "the same in every fold, by which no chance can be told"
        if math.isnan(gap.p)
        else "no more than chance explains"
    )


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
    if find_chain(advised.technique).rewriters:
        return shlex.join([*words, "--manifest", "manifest.json"]) + "  # which says how to undo it in predictions"
    if advised.variant == Variant.CORRECTED:
        return shlex.join([*words, "--manifest", "manifest.json"]) + "  # its odds_factor shifts probabilities back"
    return shlex.join(words) + (f"  # {chance}" if chance else "")


def called(case: Case, place: int, beside: str = "") -> str:
    """Return what a contender is called in a sentence: its model too, unless that is `beside` it."""
    contender = case.contenders[place]
    technique = contender.title if contender.acts else contender.title.replace("none", "no technique", 1)
    return technique if contender.model == beside else f"{contender.model} with {technique}"


def _with_interval(estimate: Estimate, name: str) -> str:
    mean = written(estimate.mean, name)
    if math.isnan(estimate.low):
        return mean
    low, high = (written(end, name) for end in within_range(estimate, name))
    return f"{mean} (95 % interval {low} to {high})"


def gap_of(gap: Difference, name: str) -> str:
    """Return how a figure differs, with its interval and p."""
    if math.isnan(gap.low):
        return written(gap.mean, name, signed=True)
    p = "p < 0.001" if gap.p_adjusted < 0.001 else f"p = {gap.p_adjusted:.2g}"  # noqa: PLR2004
    mean, low, high = (written(value, name, signed=True) for value in (gap.mean, gap.low, gap.high))
    return f"{mean} ({low} to {high}, {p})"
