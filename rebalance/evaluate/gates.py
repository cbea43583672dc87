"""Limits on the figures of a comparison."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rebalance.errors import UsageError
from rebalance.evaluate.compare import Evaluation
from rebalance.evaluate.kinds import CLASSES, FIGURES, NAMES, QUANTITY, RANKABLE
from rebalance.evaluate.scoring import Variant
from rebalance.evaluate.verdict import SIGNIFICANT
from rebalance.gates import Gate, known_name, parse_fail_if, parse_fail_under, tripped


@dataclass(frozen=True)
class FigureGates:
    """Limits on the figures of the contender to use, and the figure by which some technique must beat doing nothing."""

    limits: tuple[Gate, ...]
    gain: str | None

    def check(self, of: str) -> None:
        """Raise UsageError for a figure that the target (`classes` or `a quantity`) has not."""
        kinds = CLASSES if of == "classes" else QUANTITY
        for name in [*(limit.name for limit in self.limits), *([self.gain] if self.gain else [])]:
            if name not in kinds:
                known = ", ".join(known.replace("_", "-") for known in kinds)
                raise UsageError(f"{name.replace('_', '-')} is no figure of {of}", f"one of {known}")


def figure_gates(fail_under: Sequence[str], fail_if: Sequence[str], require_gain: str | None) -> FigureGates:
    """Read the limits as they are typed. Raises UsageError for what is none."""
    gain = None if require_gain is None else known_name(require_gain, "--require-gain", RANKABLE)
    under = parse_fail_under(fail_under, NAMES)
    for limit in under:
        if FIGURES[limit.name].better < 0:
            remedy = f"--fail-if '{limit.name}>{limit.limit:g}'"
            raise UsageError(f"--fail-under {limit.name}: less of it is better", remedy)
    limits = (*under, *parse_fail_if(fail_if, NAMES))
    for option, some in (("--fail-under", under), ("--fail-if", limits[len(under) :])):
        for limit in some:
            _check_range(option, limit)
    return FigureGates(limits, gain)


def _check_range(option: str, gate: Gate) -> None:
    """Raise UsageError for a limit that the figure can never reach."""
    kind, name, sign = FIGURES[gate.name], gate.name.replace("_", "-"), "=" if option == "--fail-under" else gate.sign
    if not kind.least <= gate.limit <= kind.most:
        share = gate.limit / 100
        remedy = f"{option} '{name}{sign}{share:g}'" if kind.least <= share <= kind.most else "set a limit within that"
        ends = ((kind.least, "at least"), (kind.most, "at most"))
        span = " and ".join(f"{words} {end:g}" for end, words in ends if math.isfinite(end))
        raise UsageError(f"{option} {name}{sign}{gate.limit:g}: {kind.heading} is {span}", remedy)


def tripped_gates(gates: FigureGates, evaluation: Evaluation) -> list[str]:
    """Return a sentence for each limit that is passed."""
    advised = evaluation.advised
    whose = f"{advised.model} with {advised.title}"
    figures = {name: estimate.mean for name, estimate in advised.figures.items()}
    sentences = [f"{whose}: {sentence}" for sentence in tripped(gates.limits, figures)]
    if gates.gain is not None:
        sentences += _without_gain(gates.gain, evaluation)
    return sentences


def _without_gain(name: str, evaluation: Evaluation) -> list[str]:
    better = FIGURES[name].better
    rivals = [  # each technique once, as it is: more variants would be more chances for luck
        contender
        for contender in evaluation.contenders
        if contender.acts and contender.variant == Variant.AS_IS and contender.against_none
    ]
    if not rivals:
        return [f"no technique was compared with none by {name}"]
    best = max(rivals, key=lambda rival: better * rival.against_none[name].mean)
    if any(better * r.against_none[name].mean > 0 and r.against_none[name].p_adjusted < SIGNIFICANT for r in rivals):
        return []
    gap = best.against_none[name]
    p = "not defined" if math.isnan(gap.p_adjusted) else f"{gap.p_adjusted:.2g}"
    observed = f"{best.title} differs by {gap.mean:+.4g}, p is {p}, and the limit is < {SIGNIFICANT:g}"
    if better * gap.mean <= 0:
        observed = f"the best, {best.title}, differs by {gap.mean:+.4g}"
    return [f"no technique surely beats none by {name}: {observed}"]
