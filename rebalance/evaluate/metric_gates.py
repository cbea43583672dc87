"""Limits on the metrics of a comparison."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rebalance.errors import UsageError
from rebalance.evaluate.intervals import SIGNIFICANCE
from rebalance.evaluate.metrics import METRICS, Metric
from rebalance.evaluate.results import Evaluation, Variant
from rebalance.gates import Gate, tripped_messages, typed_name


@dataclass(frozen=True)
class MetricGates:
    """Limits on the metrics of the advised contender, and a metric by which some technique must beat none."""

    fail_under: tuple[Gate, ...]
    fail_if: tuple[Gate, ...]
    gain: str | None

    def __post_init__(self) -> None:
        """Raise UsageError for a limit that makes no sense for its metric."""
        for gate in self.fail_under:
            if METRICS[gate.name].sign < 0:
                name = typed_name(gate.name)
                raise UsageError(f"--fail-under {name}: lower is better", f"--fail-if '{name}>{gate.limit:g}'")
        for option, gates in (("--fail-under", self.fail_under), ("--fail-if", self.fail_if)):
            for gate in gates:
                _check_range(option, gate)

    @property
    def limits(self) -> tuple[Gate, ...]:
        """All limits on metrics."""
        return (*self.fail_under, *self.fail_if)

    def check_metrics(self, known: Mapping[str, Metric], task: str) -> None:
        """Raise UsageError for a metric that the task does not have."""
        for option, gates in (("--fail-under", self.fail_under), ("--fail-if", self.fail_if)):
            for gate in gates:
                check_metric(option, gate.name, known, task)
        if self.gain:
            check_metric("--require-gain", self.gain, known, task)


def check_metric(option: str, name: str, known: Mapping[str, Metric], task: str) -> None:
    """Raise UsageError for a metric that is not among the `known` ones of a task."""
    if name not in known:
        names = ", ".join(typed_name(other) for other, metric in known.items() if metric.sign)
        raise UsageError(f"{option} {typed_name(name)}: not a metric of {task}", f"one of {names}")


def _check_range(option: str, gate: Gate) -> None:
    """Raise UsageError for a limit that the metric can never reach."""
    metric, name, sign = METRICS[gate.name], typed_name(gate.name), "=" if option == "--fail-under" else gate.sign
    if metric.minimum <= gate.limit <= metric.maximum:
        return
    share = gate.limit / 100
    is_percentage = metric.minimum <= share <= metric.maximum
    remedy = f"{option} '{name}{sign}{share:g}'" if is_percentage else "set a limit within that"
    ends = ((metric.minimum, "at least"), (metric.maximum, "at most"))
    bounds = " and ".join(f"{words} {end:g}" for end, words in ends if math.isfinite(end))
    raise UsageError(f"{option} {name}{sign}{gate.limit:g}: {metric.display_name} is {bounds}", remedy)


def tripped_gates(gates: MetricGates, evaluation: Evaluation) -> list[str]:
    """Return a sentence for each gate that trips."""
    advised = evaluation.advised
    values = {name: estimate.mean for name, estimate in advised.metrics.items()}
    messages = tripped_messages(gates.limits, values, advised.description)
    return messages if gates.gain is None else [*messages, *_missing_gain(gates.gain, evaluation)]


def _missing_gain(name: str, evaluation: Evaluation) -> list[str]:
    sign = METRICS[name].sign
    compared = [  # each technique once, unchanged: more variants would be more chances for luck
        contender
        for contender in evaluation.contenders
        if contender.is_resampled and contender.variant == Variant.UNCHANGED and contender.vs_none
    ]
    if not compared:
        return [f"--require-gain {typed_name(name)}: no technique was compared with none by this metric"]
    gains = {contender.title: contender.vs_none[name] for contender in compared}
    if any(sign * gain.mean > 0 and gain.p_adjusted < SIGNIFICANCE for gain in gains.values()):
        return []
    title, gain = max(gains.items(), key=lambda pair: sign * pair[1].mean)
    observed = f"the best, {title}, differs by {gain.mean:+.4g}"
    if sign * gain.mean > 0:
        p = "not defined" if math.isnan(gain.p_adjusted) else f"{gain.p_adjusted:.2g}"
        observed += f", adjusted p = {p}, not below {SIGNIFICANCE:g}"
    return [f"--require-gain {typed_name(name)}: no technique is significantly better than none: {observed}"]
