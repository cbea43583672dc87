"""What a verdict on a quantity says besides: what is gained on rare values costs on the others, so both stand there."""

import math

from rebalance.evaluate.kinds import FIGURES, written
from rebalance.evaluate.verdict import SIGNIFICANT, Case, Verdict, against, called

_BOTH = ("rmse", "rare_rmse")


def sentences(case: Case, verdict: Verdict) -> list[str]:
    """Return what is to be said after the figure that decides."""
    return [_overall_and_rare(case, verdict)]


def _overall_and_rare(case: Case, verdict: Verdict) -> str:
    dummy = next(at for at, contender in enumerate(case.contenders) if contender.is_dummy)
    place = verdict.winner if case.contenders[verdict.winner].acts else verdict.technique
    parts = [_part(case, verdict, place, dummy, name) for name in _BOTH if not math.isnan(case.mean(dummy, name))]
    return "; ".join(parts) + "." if parts else ""


def _part(case: Case, verdict: Verdict, place: int | None, dummy: int, name: str) -> str:
    heading, none, alone = FIGURES[name].heading, verdict.none, written(case.mean(dummy, name), name)
    if place is None:
        return f"{heading} is {written(case.mean(none, name), name)}, and {alone} with the median alone"
    gap = against(case, place, none, name)
    own, base = (written(case.mean(at, name), name) for at in (place, none))
    sure = "surely" if gap is not None and gap.p_adjusted < SIGNIFICANT else "perhaps"
    better = "beside" if gap is None or own == base else f"{sure} {'worse' if gap.mean > 0 else 'better'} than"
    model = case.contenders[none].model
    who, beside = called(case, place, beside=model), called(case, none, beside=model)
    return f"{heading} is {own} with {who}, {better} {base} with {beside}, and {alone} with the median alone"
