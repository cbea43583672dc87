"""How sure a difference is, what the verdict makes of it, and the gates."""

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SAMPLE_DATA, Run, train_eval
from rebalance.evaluate.words_of_classes import sentences
from scipy import stats
from tables import contender, judged, opened

from rebalance.evaluate.intervals import BootstrapIntervals, Difference, Estimate, FoldIntervals, holm
from rebalance.evaluate.metrics import CLASSES, METRICS
from rebalance.evaluate.results import Contender, Predictions, Scores, SplitResult, Verdict
from rebalance.evaluate.threshold import parse_objective
from rebalance.evaluate.verdict import VerdictInput, verdict_of

ORDERS = SAMPLE_DATA / "orders.csv"


def test_the_interval_of_folds_is_nadeau_and_bengios_by_hand() -> None:
    values = [0.70, 0.74, 0.69, 0.80, 0.72]
    estimate = FoldIntervals(test_to_train=0.25).estimate(0.0, values)
    half = stats.t.ppf(0.975, 4) * math.sqrt((1 / 5 + 0.25) * np.var(values, ddof=1))
    assert (estimate.mean, estimate.high) == pytest.approx((0.73, 0.73 + half))
    assert estimate.low == pytest.approx(0.73 - half)


def test_a_difference_is_tested_in_pairs_with_the_same_correction() -> None:
    one, other = [0.8, 0.7, 0.9, 0.75], [0.78, 0.66, 0.89, 0.70]
    gaps = np.subtract(one, other)
    t = gaps.mean() / math.sqrt((1 / 4 + 1 / 3) * gaps.var(ddof=1))
    difference = FoldIntervals(1 / 3).difference((0, 0), one, other)
    assert difference.mean == pytest.approx(gaps.mean())
    assert difference.p == pytest.approx(2 * stats.t.sf(t, 3))


def test_folds_without_a_figure_are_left_out_of_its_mean() -> None:
    estimate = FoldIntervals(0.25).estimate(0.0, [0.5, math.nan, 0.7])
    assert estimate.mean == pytest.approx(0.6)
    assert math.isnan(FoldIntervals(0.25).estimate(0.0, [math.nan]).mean)


def test_a_bootstrap_interval_holds_the_middle_of_its_samples() -> None:
    estimate = BootstrapIntervals().estimate(0.5, list(np.linspace(0, 1, 201)))
    assert (estimate.mean, estimate.low, estimate.high) == pytest.approx((0.5, 0.025, 0.975))


def test_p_values_are_adjusted_by_holm_for_how_many_there_are() -> None:
    found = {at: Difference(mean, 0, 0, p, p) for at, (mean, p) in enumerate([(0.3, 0.01), (0.2, 0.03), (0.1, 0.04)])}
    assert [d.p_adjusted for d in holm(found).values()] == pytest.approx([0.03, 0.06, 0.06])
    unknown = Difference(math.nan, math.nan, math.nan, math.nan, math.nan)
    assert [d.p_adjusted for d in holm({**found, 3: unknown}).values()][:3] == pytest.approx([0.03, 0.06, 0.06])


def test_equal_gaps_by_luck_are_no_certainty() -> None:
    difference = FoldIntervals(1.0).difference((0, 0), [0.6, 0.7], [0.5, 0.6])
    assert difference.mean == pytest.approx(0.1)
    assert math.isnan(difference.p)


def two_hills(rows: int, seed: int, gap: float) -> bytes:
    """A rare class whose rows lie `gap` further along."""
    draw = random.Random(seed)
    lines = ["a,b,kind"]
    for number in range(rows):
        shift = gap if number % 20 == 0 else 0
        lines.append(f"{draw.gauss(shift, 1):.4f},{draw.gauss(0, 1):.4f},{'rare' if shift else 'usual'}")
    return "\n".join(lines).encode() + b"\n"


def test_what_is_surely_better_is_advised_and_by_what_it_is_better(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(two_hills(3000, 8, 1.5))
    with opened(path) as table:
        comparison = judged(
            table, "random-under", "smote", model="logistic-regression", rank_by="balanced_accuracy", argv=["in.csv"]
        )
    verdict = comparison.evaluation.verdict
    winner = comparison.evaluation.winner
    assert verdict.beats_none
    assert verdict.gain is not None
    assert verdict.gain.mean == pytest.approx(
        winner.metrics["balanced_accuracy"].mean - contender(comparison, "none").metrics["balanced_accuracy"].mean
    )
    assert f"{winner.metrics['balanced_accuracy'].mean:.3f}" in verdict.text
    if verdict.beats_tuned:
        assert verdict.advice == "resample"
        assert comparison.evaluation.advised is winner
        assert verdict.apply.startswith("rebalance resample in.csv --technique")
    elif verdict.advice == "tune the threshold":
        assert comparison.evaluation.advised is comparison.evaluation.contenders[verdict.tuned or 0]


def test_ranked_by_brier_less_is_better_and_resampling_is_not_advised(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(two_hills(1500, 9, 1.5))
    with opened(path) as table:
        comparison = judged(table, "random-under", "class-weight", model="logistic-regression", rank_by="brier")
    evaluation = comparison.evaluation
    lowest = min(c.metrics["brier"].mean for c in evaluation.contenders if not c.is_dummy)
    assert evaluation.winner.metrics["brier"].mean == lowest
    assert evaluation.verdict.advice == "do not resample"
    assert any("outside 0.8 to 1.25: " in note and "random-under" in note for note in evaluation.notes)


def test_every_number_of_the_verdict_is_one_of_the_figures(run: Run) -> None:
    argv = [ORDERS, "-t", "fraud", "--technique", "random-under", "--technique", "smote", "--json"]
    found = json.loads(train_eval(run, *argv).text)
    verdict = found["verdict"]
    contenders = found["contenders"]
    winner, none = contenders[verdict["winner"]], contenders[verdict["none"]]
    means = [one["metrics"]["pr_auc"]["mean"] for one in contenders[1:]]
    assert winner["metrics"]["pr_auc"]["mean"] == max(means)
    text = verdict["text"]
    for name in ("pr_auc", "brier"):
        assert f"{none['metrics'][name]['mean']:.3f}" in text
    assert f"{winner['metrics']['pr_auc']['mean']:.3f}" in text
    if verdict["gain"]:
        assert f"{verdict['gain']['mean']:+.3f}" in text
        assert verdict["beats_none"] == (verdict["gain"]["p_adjusted"] < 0.05 and verdict["gain"]["mean"] > 0)
    tuned = contenders[verdict["tuned"]]
    assert f"{tuned['threshold']:.2f}" in text
    assert f"{tuned['metrics']['f1']['mean']:.3f}" in text


def test_every_figure_can_decide(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(two_hills(200, 10, 2))
    with opened(path) as table:
        comparison = judged(table, "random-over", model="logistic-regression")
    contenders = comparison.evaluation.contenders
    for name in (name for name, kind in CLASSES.items() if kind.better):
        case = VerdictInput(
            contenders, comparison.predictions, FoldIntervals(0.25), name, parse_objective("f1"), "rare"
        )
        verdict = verdict_of(case, sentences)
        assert verdict.rank_by == name
        assert METRICS[name].heading in verdict.text
        assert "nan" not in verdict.text


WORDS = [ORDERS, "-t", "fraud", "--cv", 2, "--technique", "random-under", "--model", "logistic-regression"]


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        (["--fail-under", "f1=0.1"], 0, ""),
        (["--fail-under", "f1=0.99"], 1, "f1 is"),
        (["--fail-if", "brier>0.5"], 0, ""),
        (["--fail-if", "brier>=0"], 1, "and the limit is >= 0"),
        (["--fail-if", "PR-AUC<0.99"], 1, "pr_auc is"),
        (["--require-gain", "pr-auc"], 1, "no technique surely beats none by pr_auc"),
        (["--fail-under", "f1"], 2, "not a figure, a sign and a number"),
        (["--fail-under", "recal=0.3"], 2, "did you mean"),
        (["--fail-if", "brier>high"], 2, "high is not a number"),
        (["--require-gain", "beauty"], 2, "no such figure"),
        (["--fail-under", "f1=0.99", "--drop", "nonsense"], 2, "nonsense"),
        (["--fail-under", "f1=0.99", "--report", "/nowhere/r.md"], 3, "there is no folder"),
    ],
)
def test_gates_of_train_eval(gate: list[str], code: int, said: str, run: Run) -> None:
    ran = train_eval(run, *WORDS, *gate)
    assert ran.code == code, ran.err
    assert said in ran.err
    if code in (0, 1):
        assert "verdict:" in ran.text
    if code == 1:
        assert len([line for line in ran.err.splitlines() if line.startswith("rebalance: gate: ")]) == 1


def test_a_sure_gain_passes_the_gate(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(two_hills(3000, 8, 1.5))
    argv = [path, "-t", "kind", "--technique", "random-under", "--model", "logistic-regression"]
    assert train_eval(run, *argv, "--require-gain", "recall").code == 0
    assert train_eval(run, *argv, "--require-gain", "brier").code == 1


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        (["--fail-if", "ratio>30"], 0, ""),
        (["--fail-if", "ratio>10"], 1, "ratio is 24, and the limit is > 10"),
        (["--fail-if", "min-count<50", "--classes-only"], 0, ""),
        (["--fail-if", "min-count<=80"], 1, "min-count is 80"),
        (["--fail-if", "missing>0.9"], 0, ""),
        (["--fail-if", "missing>0.2"], 1, "missing is"),
        (["--fail-if", "missing>0.2", "--classes-only"], 2, "--classes-only"),
        (["--fail-if", "ratio=10"], 2, "not a figure, a sign and a number"),
        (["--fail-if", "rato>10"], 2, "did you mean 'ratio'"),
        (["--fail-if", "ratio>10", "-d", ";"], 2, "fraud"),
    ],
)
def test_gates_of_inspect(gate: list[str], code: int, said: str, run: Run) -> None:
    ran = run("inspect", ORDERS, "-t", "fraud", *gate)
    assert ran.code == code, ran.err
    assert said in ran.err
    if code == 1:
        assert "imbalance ratio" in ran.text


def test_a_failure_outranks_a_gate(run: Run, tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("a,kind\n1,x\n2\n")
    assert run("inspect", broken, "-t", "kind", "--fail-if", "ratio>0").code == 3


def contender_of(model: str, technique: str, variant: str = "as is", rows: float = 100.0, **means: float) -> Contender:
    """A contender whose figures are all 0.5 but for those given."""
    metrics = {name: Estimate(means.get(name, 0.5), 0.4, 0.6, 0.1) for name in CLASSES}
    threshold = 0.3 if variant == "tuned threshold" else None
    return Contender(
        model, technique, False, False, variant, threshold, rows, {}, metrics, {"a": {}, "b": {}}, {}, (), (), "", ""
    )


def predictions_of(contender: Contender, jitter: list[float]) -> list[SplitResult]:
    """Five folds that scatter around the means."""
    nothing = np.empty(0)
    return [
        SplitResult(
            nothing.astype(np.int32),
            Predictions(nothing.astype(np.int32), nothing, contender.threshold),
            Scores({name: e.mean + step for name, e in contender.metrics.items()}, {}),
            None,
            100,
            nothing,
            shifted=True,
        )
        for step in jitter
    ]


STEADY, NOISY = [-0.002, 0.001, 0.0, 0.002, -0.001], [-0.2, 0.15, -0.1, 0.25, -0.1]


def verdict_on(
    *parts: tuple[Contender, list[float]], rank_by: str = "f1", **asked: Any
) -> tuple[Verdict, Sequence[Contender]]:
    dummy = contender_of("dummy", "none", **dict.fromkeys(CLASSES, 0.1 if METRICS[rank_by].better > 0 else 0.9))
    everyone = [(dummy, [0.0, 0.001, 0.0, 0.0, 0.0]), *parts]
    contenders = [contender for contender, _ in everyone]
    predictions = [predictions_of(contender, jitter) for contender, jitter in everyone]
    case = VerdictInput(contenders, predictions, FoldIntervals(0.25), rank_by, parse_objective("f1"), "yes", **asked)
    return verdict_of(case, sentences), contenders


def test_a_worse_tuned_threshold_is_never_advised_over_a_sure_gain() -> None:
    verdict, contenders = verdict_on(
        (contender_of("m", "none", f1=0.60), STEADY),
        (contender_of("m", "none", "tuned threshold", f1=0.56), NOISY),
        (contender_of("m", "smote", f1=0.70), STEADY[::-1]),
    )
    assert verdict.advice == "resample"
    assert contenders[verdict.advised].technique == "smote"


def test_a_tuned_threshold_is_advised_where_a_technique_does_not_surely_beat_it() -> None:
    verdict, contenders = verdict_on(
        (contender_of("m", "none", f1=0.60), STEADY),
        (contender_of("m", "none", "tuned threshold", f1=0.69), NOISY),
        (contender_of("m", "smote", f1=0.70), STEADY[::-1]),
    )
    assert verdict.advice == "tune the threshold"
    assert contenders[verdict.advised].threshold == 0.3
    assert "predict 'yes' from a probability of 0.3 on" in verdict.apply


def test_a_technique_is_held_against_the_best_model_without_one() -> None:
    verdict, contenders = verdict_on(
        (contender_of("a", "none", f1=0.70), STEADY),
        (contender_of("a", "smote", f1=0.795), STEADY[::-1]),
        (contender_of("b", "none", f1=0.80), STEADY),
        (contender_of("b", "smote", f1=0.75), STEADY[::-1]),
    )
    assert verdict.advice == "do not resample"
    assert contenders[verdict.none].model == "b"
    assert "nothing beats b with no technique" in verdict.text
    assert "-0.050" in verdict.text


def test_nothing_is_advised_where_the_shares_alone_do_as_well() -> None:
    verdict, _ = verdict_on(
        (contender_of("m", "none", f1=0.10), NOISY),
        (contender_of("m", "none", "tuned threshold", f1=0.12), NOISY),
        (contender_of("m", "smote", f1=0.15), NOISY),
    )
    assert verdict.advice == "do not resample"
    assert "nothing surely does better than knowing the classes' shares alone" in verdict.text
    assert verdict.apply == "train on the rows as they are"


def test_a_model_without_a_fault_is_better_than_the_shares() -> None:
    verdict, _ = verdict_on((contender_of("m", "none", f1=1.0), [0.0, 0.001, 0.0, 0.0, 0.0]))
    assert verdict.beats_dummy
    assert "nothing surely" not in verdict.text


def test_the_command_to_apply_has_the_settings_that_were_judged_and_says_what_else_to_do() -> None:
    verdict, _ = verdict_on(
        (contender_of("m", "none", brier=0.30), STEADY),
        (contender_of("m", "smote", brier=0.40), STEADY),
        (contender_of("m", "smote", "prior-corrected", brier=0.20), STEADY[::-1]),
        rank_by="brier",
        argv=["in.csv", "--target", "kind", "--seed", "3"],
        options={"--neighbors": "3", "--kind": "2"},
    )
    assert verdict.text.startswith("Resample with smote, and correct the probabilities for it.")
    assert verdict.apply == (
        "rebalance resample in.csv --target kind --seed 3 --neighbors 3 --technique smote -o balanced.csv"
        " --manifest manifest.json  # its odds_factor shifts probabilities back"
    )


def test_a_figure_that_is_not_defined_is_no_loss_and_no_sentence() -> None:
    nan = float("nan")
    verdict, _ = verdict_on((contender_of("m", "none", f1=nan), STEADY), (contender_of("m", "smote", f1=nan), STEADY))
    assert "F1 is not defined" in verdict.text
    assert "nan" not in verdict.text
