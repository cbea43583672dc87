"""What the metrics say, as a paragraph to quote and as data: whether to rebalance, and what it costs."""

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rebalance.evaluate.contenders import difference
from rebalance.evaluate.intervals import SIGNIFICANCE, Difference, Estimate, holm
from rebalance.evaluate.metrics import METRICS, clip_interval, format_value
from rebalance.evaluate.results import Advice, Contender, Evidence, Variant, Verdict
from rebalance.evaluate.task import EvaluationTask
from rebalance.techniques.chain import parse_chain

_MIN_P_SHOWN = 0.001


@dataclass(frozen=True)
class VerdictInput(Evidence):
    """What a verdict is made from."""

    task: EvaluationTask

    argv: Sequence[str] = ()
    """The words that name the input and the options of all techniques, on a command line."""

    count_argv: Sequence[str] = ()
    """The words for options that only techniques with wanted counts read."""


def make_verdict(evidence: VerdictInput) -> Verdict:
    """Return what the contenders' metrics say."""
    contenders, name = evidence.contenders, evidence.rank_by
    baseline = next(index for index, contender in enumerate(contenders) if contender.is_baseline)
    learned = [index for index, contender in enumerate(contenders) if not contender.is_baseline]
    winner = best_of(evidence, learned)
    none = best_of(evidence, [index for index in learned if contenders[index].is_none])
    all_tuned = [index for index in learned if _is_tuned_none(contenders[index])]
    tuned = best_of(evidence, all_tuned) if all_tuned else None
    resampled = [index for index in learned if contenders[index].is_resampled]
    gain_over_none = difference_to(evidence, winner, none)
    gain_over_tuned = None if tuned is None else difference_to(evidence, winner, tuned)
    verdict = Verdict(
        advice=Advice.DO_NOT_RESAMPLE,
        winner_index=winner,
        none_index=none,
        tuned_index=tuned,
        advised_index=none,
        technique_index=best_of(evidence, resampled) if resampled else None,
        rank_by=name,
        gain_over_none=gain_over_none,
        gain_over_tuned=gain_over_tuned,
        beats_none=_is_significantly_better(gain_over_none, name),
        beats_tuned=None if tuned is None else _is_significantly_better(gain_over_tuned, name),
        beats_dummy=_beats_baseline(difference_to(evidence, winner, baseline), name),
        threshold=None if tuned is None else contenders[tuned].threshold,
        headline="",
        text="",
        apply="",
    )
    verdict = replace(verdict, advice=_advice(evidence, verdict))
    verdict = replace(verdict, advised_index=_advised(evidence, verdict))
    headline = _headline(evidence, verdict)
    sentences = [headline, _evidence_sentence(evidence, verdict)]
    if not math.isnan(evidence.mean(winner, name)):
        sentences += [*evidence.task.verdict_sentences(evidence, verdict), _rows_sentence(evidence, verdict)]
    text = " ".join(filter(None, sentences))
    return replace(verdict, headline=headline, text=text, apply=_apply(evidence, verdict))


def best_of(evidence: Evidence, indices: Sequence[int]) -> int:
    """Return the first of the contenders with the best mean, except for rounding."""
    best = indices[0]
    for index in indices[1:]:
        if evidence.is_better(index, best, evidence.rank_by) or math.isnan(evidence.mean(best, evidence.rank_by)):
            best = index
    return best


def difference_to(evidence: Evidence, index: int, reference: int, name: str = "") -> Difference | None:
    """Return how a contender differs from another in a metric, by default the one that decides.

    Its p-value is adjusted for the contenders of its kind. None for a contender and itself.
    """
    if index == reference:
        return None
    name = name or evidence.rank_by
    contender = evidence.contenders[index]
    kind = (contender.model, contender.variant, contender.is_resampled)
    family = [
        position
        for position, other in enumerate(evidence.contenders)
        if (other.model, other.variant, other.is_resampled) == kind and position != reference
    ]
    splits, method = evidence.splits, evidence.method
    differences = {position: difference(splits[position], splits[reference], method, name) for position in family}
    return holm(differences)[index]


def _is_significantly_better(gain: Difference | None, name: str) -> bool:
    return gain is not None and METRICS[name].sign * gain.mean > 0 and gain.p_adjusted < SIGNIFICANCE


def _beats_baseline(gain: Difference | None, name: str) -> bool:
    """Whether it is better by its own p-value: whether anything was learned is one question for all techniques."""
    if gain is None or METRICS[name].sign * gain.mean <= 0:
        return False
    return math.isnan(gain.p) or gain.p < SIGNIFICANCE  # p is not defined where the gain is equal in every fold


def _is_tuned_none(contender: Contender) -> bool:
    return not contender.is_resampled and contender.variant == Variant.TUNED


def _advice(evidence: VerdictInput, verdict: Verdict) -> Advice:
    winner = evidence.contenders[verdict.winner_index]
    if not verdict.beats_dummy or not verdict.beats_none:
        return Advice.DO_NOT_RESAMPLE
    if not winner.is_resampled:
        return Advice.TUNE_THRESHOLD
    tuned_helps = evidence.is_better(verdict.tuned_index, verdict.none_index, verdict.rank_by)
    if not verdict.beats_tuned and tuned_helps:
        return Advice.TUNE_THRESHOLD
    if winner.only_transforms:
        return Advice.TRANSFORM_TARGET
    return Advice.USE_CLASS_WEIGHTS if winner.only_weights else Advice.RESAMPLE


def _advised(evidence: VerdictInput, verdict: Verdict) -> int:
    """Return the position of the contender to use: a tuned threshold costs nothing where it helps."""
    if verdict.advice in (Advice.RESAMPLE, Advice.USE_CLASS_WEIGHTS, Advice.TRANSFORM_TARGET):
        return verdict.winner_index
    if verdict.advice is Advice.TUNE_THRESHOLD and verdict.tuned_index is not None:
        return verdict.tuned_index
    tuned, name = tuned_same_model(evidence, verdict), evidence.task.tuning_metric
    if tuned is None or name is None or not verdict.beats_dummy:
        return verdict.none_index
    return tuned if evidence.is_better(tuned, verdict.none_index, name) else verdict.none_index


def tuned_same_model(evidence: Evidence, verdict: Verdict) -> int | None:
    """Return the position of the model of `none_index` with a tuned threshold; None if there is none."""
    model = evidence.contenders[verdict.none_index].model
    return next((i for i, c in enumerate(evidence.contenders) if _is_tuned_none(c) and c.model == model), None)


def _headline(evidence: VerdictInput, verdict: Verdict) -> str:
    winner = evidence.contenders[verdict.winner_index]
    in_addition = {
        Variant.TUNED: ", and tune the threshold",
        Variant.CORRECTED: ", and correct the probabilities for the changed priors",
    }
    more = in_addition.get(Variant(winner.variant), "")
    has_techniques = any(contender.is_resampled for contender in evidence.contenders)
    return {
        Advice.RESAMPLE: f"Resample with {winner.technique}{more}.",
        Advice.USE_CLASS_WEIGHTS: f"{evidence.task.weights_phrase}: {winner.technique}{more}.",
        Advice.TRANSFORM_TARGET: f"Apply {winner.technique}.",
        Advice.TUNE_THRESHOLD: "Do not resample: tune the threshold." if has_techniques else "Tune the threshold.",
        Advice.DO_NOT_RESAMPLE: "Do not resample." if has_techniques else "",
    }[verdict.advice]


def _evidence_sentence(evidence: VerdictInput, verdict: Verdict) -> str:
    name = verdict.rank_by
    display_name, winner = METRICS[name].display_name, evidence.contenders[verdict.winner_index]
    best, score = describe(evidence, verdict.winner_index), _with_interval(winner.metrics[name], name)
    if math.isnan(winner.metrics[name].mean):
        return f"{display_name} cannot be computed: every test fold contains rows of one class only."
    if not verdict.beats_dummy:
        baseline = next(contender for contender in evidence.contenders if contender.is_baseline).metrics[name].mean
        return (
            f"By {display_name}, no model is significantly better than a baseline that only knows"
            f" {evidence.task.baseline_phrase} ({format_value(baseline, name)}); the best is {best}, {score}."
        )
    if verdict.gain_over_none is None:
        return _unbeaten_sentence(evidence, verdict, best, score)
    significance = "significantly better" if verdict.beats_none else _insignificance(verdict.gain_over_none)
    reference = describe(evidence, verdict.none_index, implied_model=winner.model)
    value = format_value(evidence.mean(verdict.none_index, name), name)
    text = (
        f"By {display_name}, {best} is best: {score}, compared with {value} with {reference}:"
        f" {describe_difference(verdict.gain_over_none, name)}, {significance}."
    )
    gain = verdict.gain_over_tuned
    if winner.is_resampled and verdict.beats_none and not verdict.beats_tuned and gain is not None:
        text += (
            f" The technique is not significantly better than no technique with a tuned threshold:"
            f" {describe_difference(gain, name)}."
        )
    return text


def _unbeaten_sentence(evidence: VerdictInput, verdict: Verdict, best: str, score: str) -> str:
    name, model = verdict.rank_by, evidence.contenders[verdict.none_index].model
    display_name = METRICS[name].display_name
    resampled = [i for i, c in enumerate(evidence.contenders) if c.is_resampled and c.model == model]
    if not resampled:
        return f"{display_name} is {score} with {best}; no technique was compared."
    rival = best_of(evidence, resampled)
    gain = difference_to(evidence, rival, verdict.none_index)
    difference_text = ""
    if gain:
        title = evidence.contenders[rival].title
        direction = ", where lower is better" if METRICS[name].sign < 0 else ""
        difference_text = f" The best technique, {title}, differs by {describe_difference(gain, name)}{direction}."
    return f"By {display_name}, the best is {best}: {score}.{difference_text}"


def _insignificance(gain: Difference) -> str:
    if gain.p < SIGNIFICANCE:
        return "not significantly better after adjusting p for the number of techniques (--repeats may help)"
    if math.isnan(gain.p):
        return "identical in every fold, so no p-value can be computed"
    return "not significantly better"


def _rows_sentence(evidence: VerdictInput, verdict: Verdict) -> str:
    winner, none = evidence.contenders[verdict.winner_index], evidence.contenders[verdict.none_index]
    ratio = winner.training_rows / none.training_rows
    return (
        ""
        if math.isclose(ratio, 1, rel_tol=0.01)
        else f"With {winner.title}, the model trains on {ratio:.2g} times as many rows."
    )


def _apply(evidence: VerdictInput, verdict: Verdict) -> str:
    advised = evidence.contenders[verdict.advised_index]
    threshold = "" if advised.threshold is None else evidence.task.threshold_sentence(advised.threshold)
    if not advised.is_resampled:
        return "train on the unchanged rows" + (f", and {threshold}" if threshold else "")
    chain = parse_chain(advised.technique)
    counts = evidence.count_argv if chain.has_wanted_counts else ()
    argv = ["rebalance", "resample", *evidence.argv, *counts, "--technique", chain.name, "-o", "balanced.csv"]
    if chain.transforms:
        return shlex.join([*argv, "--manifest", "manifest.json"]) + "  # manifest.json says how to invert the transform"
    if advised.variant == Variant.CORRECTED:
        return shlex.join([*argv, "--manifest", "manifest.json"]) + "  # its prior_ratio corrects probabilities"
    return shlex.join(argv) + (f"  # {threshold}" if threshold else "")


def describe(evidence: Evidence, index: int, implied_model: str = "") -> str:
    """Return what a contender is called in a sentence, with its model unless that is `implied_model`."""
    contender = evidence.contenders[index]
    return contender.phrase if contender.model == implied_model else contender.description


def _with_interval(estimate: Estimate, name: str) -> str:
    mean = format_value(estimate.mean, name)
    if math.isnan(estimate.low):
        return mean
    low, high = (format_value(end, name) for end in clip_interval(estimate, name))
    return f"{mean} (95 % interval {low} to {high})"


def describe_difference(gain: Difference, name: str) -> str:
    """Return a difference with its interval and p-value."""
    if math.isnan(gain.low):
        return format_value(gain.mean, name, signed=True)
    p = "adjusted p < 0.001" if gain.p_adjusted < _MIN_P_SHOWN else f"adjusted p = {gain.p_adjusted:.2g}"
    mean, low, high = (format_value(value, name, signed=True) for value in (gain.mean, gain.low, gain.high))
    return f"{mean} ({low} to {high}, {p})"
