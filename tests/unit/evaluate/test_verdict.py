"""The verdict follows from the metrics: what is significantly better is advised, and "do not resample" is an answer."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from conftest import CsvFile
from evaluations import evaluation_of, shifted_table
from shell import ORDERS
from tables import compare_techniques, contender, open_table

from rebalance.cli.parse import parse_objective
from rebalance.evaluate.classification import Classification
from rebalance.evaluate.intervals import Estimate, FoldIntervals
from rebalance.evaluate.metrics import CLASSIFICATION_METRICS, METRICS
from rebalance.evaluate.results import Advice, Contender, Predictions, Scores, SplitResult, Variant, Verdict
from rebalance.evaluate.verdict import VerdictInput, make_verdict

# --- real comparisons


def test_a_significantly_better_technique_is_advised_with_its_gain(csv_file: CsvFile) -> None:
    techniques = ("random-under", "smote")
    with open_table(csv_file(shifted_table(3000, 8, 1.5))) as table:
        comparison = compare_techniques(
            table, *techniques, model="logistic-regression", rank_by="balanced_accuracy", argv=["in.csv"]
        )
    evaluation = comparison.evaluation
    verdict, winner = evaluation.verdict, evaluation.winner
    score, reference = (c.metrics["balanced_accuracy"].mean for c in (winner, contender(comparison, "none")))
    assert verdict.beats_none
    assert verdict.gain_over_none is not None
    assert verdict.gain_over_none.mean == pytest.approx(score - reference)
    assert f"{score:.3f}" in verdict.text
    if verdict.beats_tuned:
        assert verdict.advice == Advice.RESAMPLE
        assert evaluation.advised is winner
        assert verdict.apply.startswith("rebalance resample in.csv --technique")
    elif verdict.advice == Advice.TUNE_THRESHOLD:
        assert evaluation.advised is evaluation.contenders[verdict.tuned_index or 0]


def test_less_of_an_error_is_better_and_resampling_for_calibration_is_not_advised(csv_file: CsvFile) -> None:
    with open_table(csv_file(shifted_table(1500, 9, 1.5))) as table:
        comparison = compare_techniques(
            table, "random-under", "class-weight", model="logistic-regression", rank_by="brier"
        )
    evaluation = comparison.evaluation
    lowest = min(c.metrics["brier"].mean for c in evaluation.contenders if not c.is_baseline)
    assert evaluation.winner.metrics["brier"].mean == lowest
    assert evaluation.verdict.advice == Advice.DO_NOT_RESAMPLE
    assert any("outside 0.8 to 1.25 for " in note and "random-under" in note for note in evaluation.notes)


def test_every_number_of_the_verdict_is_one_of_the_metrics() -> None:
    evaluation = evaluation_of(ORDERS, "-t", "fraud", "--technique", "random-under", "--technique", "smote")
    verdict, contenders = evaluation["verdict"], evaluation["contenders"]
    text = verdict["text"]
    winner, none, tuned = (contenders[verdict[f"{name}_index"]] for name in ("winner", "none", "tuned"))
    means = [contender["metrics"]["pr_auc"]["mean"] for contender in contenders[1:]]
    assert winner["metrics"]["pr_auc"]["mean"] == max(means)
    for name in ("pr_auc", "brier"):
        assert f"{none['metrics'][name]['mean']:.3f}" in text
    assert f"{winner['metrics']['pr_auc']['mean']:.3f}" in text
    gain = verdict["gain_over_none"]
    if gain:
        assert f"{gain['mean']:+.3f}" in text
        assert verdict["beats_none"] == (gain["p_adjusted"] < 0.05 and gain["mean"] > 0)
    assert f"{tuned['threshold']:.2f}" in text
    assert f"{tuned['metrics']['f1']['mean']:.3f}" in text


def test_every_metric_of_which_more_or_less_is_better_can_decide(csv_file: CsvFile) -> None:
    with open_table(csv_file(shifted_table(200, 10, 2))) as table:
        comparison = compare_techniques(table, "random-over", model="logistic-regression")
    contenders, task = comparison.evaluation.contenders, comparison.request.task
    rankable = [name for name, metric in task.metrics.items() if metric.sign]
    assert len(rankable) > 10
    for name in rankable:
        verdict = make_verdict(VerdictInput(contenders, comparison.splits, FoldIntervals(0.25), name, task))
        assert verdict.rank_by == name
        assert METRICS[name].display_name in verdict.text
        assert "nan" not in verdict.text


# --- metrics that are given

STEADY, NOISY = [-0.002, 0.001, 0.0, 0.002, -0.001], [-0.2, 0.15, -0.1, 0.25, -0.1]
"""By how much the metrics of five folds differ from their mean."""

NO_ROWS = np.empty(0, np.int32)


def contender_of(
    model: str, technique: str, variant: Variant = Variant.UNCHANGED, *, only_weights: bool = False, **means: float
) -> Contender:
    """A contender all of whose metrics are 0.5, except for those given."""
    return Contender(
        model=model,
        technique=technique,
        only_weights=only_weights,
        only_transforms=False,
        variant=variant,
        threshold=0.3 if variant is Variant.TUNED else None,
        training_rows=100.0,
        training_totals={},
        metrics={name: Estimate(means.get(name, 0.5), 0.4, 0.6, 0.1) for name in CLASSIFICATION_METRICS},
        classes={"no": {}, "yes": {}},
        vs_none={},
        folds=(),
        confusion=(),
        report="",
        imbalanced_report="",
    )


def splits_of(contender: Contender, deviations: list[float]) -> list[SplitResult]:
    """The results of folds whose metrics deviate from the contender's means."""
    return [
        SplitResult(
            truth=NO_ROWS,
            predictions=Predictions(NO_ROWS, np.empty((0, 2)), contender.threshold),
            scores=Scores({name: estimate.mean + deviation for name, estimate in contender.metrics.items()}, {}),
            bootstrap=None,
            training_rows=100,
            training_totals=np.empty(0),
            changes_priors=True,
        )
        for deviation in deviations
    ]


def verdict_on(
    *competitors: tuple[Contender, list[float]], rank_by: str = "f1", **argv: Any
) -> tuple[Verdict, Sequence[Contender]]:
    """The verdict on contenders with the deviations of their folds, next to a poor baseline."""
    poor = 0.1 if METRICS[rank_by].sign > 0 else 0.9
    baseline = contender_of("dummy", "none", **dict.fromkeys(CLASSIFICATION_METRICS, poor))
    parts = [(baseline, [0.0, 0.001, 0.0, 0.0, 0.0]), *competitors]
    contenders = [contender for contender, _ in parts]
    splits = [splits_of(contender, deviations) for contender, deviations in parts]
    task = Classification(("no", "yes"), NO_ROWS, 1, positive_only=True, objective=parse_objective("f1"))
    return make_verdict(VerdictInput(contenders, splits, FoldIntervals(0.25), rank_by, task, **argv)), contenders


def test_a_worse_tuned_threshold_is_never_advised_over_a_significant_gain() -> None:
    verdict, contenders = verdict_on(
        (contender_of("m", "none", f1=0.60), STEADY),
        (contender_of("m", "none", Variant.TUNED, f1=0.56), NOISY),
        (contender_of("m", "smote", f1=0.70), STEADY[::-1]),
    )
    assert verdict.advice == Advice.RESAMPLE
    assert contenders[verdict.advised_index].technique == "smote"


def test_a_tuned_threshold_is_advised_if_no_technique_is_significantly_better() -> None:
    verdict, contenders = verdict_on(
        (contender_of("m", "none", f1=0.60), STEADY),
        (contender_of("m", "none", Variant.TUNED, f1=0.69), NOISY),
        (contender_of("m", "smote", f1=0.70), STEADY[::-1]),
    )
    assert verdict.advice == Advice.TUNE_THRESHOLD
    assert contenders[verdict.advised_index].threshold == 0.3
    assert "predict 'yes' if its probability is at least 0.3" in verdict.apply


def test_a_technique_is_compared_with_the_best_model_without_one() -> None:
    verdict, contenders = verdict_on(
        (contender_of("a", "none", f1=0.70), STEADY),
        (contender_of("a", "smote", f1=0.795), STEADY[::-1]),
        (contender_of("b", "none", f1=0.80), STEADY),
        (contender_of("b", "smote", f1=0.75), STEADY[::-1]),
    )
    assert verdict.advice == Advice.DO_NOT_RESAMPLE
    assert contenders[verdict.none_index].model == "b"
    assert "the best is b with no technique" in verdict.text
    assert "-0.050" in verdict.text


def test_nothing_is_advised_if_no_model_is_significantly_better_than_the_baseline() -> None:
    verdict, _ = verdict_on(
        (contender_of("m", "none", f1=0.10), NOISY),
        (contender_of("m", "none", Variant.TUNED, f1=0.12), NOISY),
        (contender_of("m", "smote", f1=0.15), NOISY),
    )
    assert verdict.advice == Advice.DO_NOT_RESAMPLE
    assert "no model is significantly better than a baseline that only knows the class distribution" in verdict.text
    assert verdict.apply == "train on the unchanged rows"


def test_a_model_without_errors_is_better_than_the_baseline() -> None:
    verdict, _ = verdict_on((contender_of("m", "none", f1=1.0), [0.0, 0.001, 0.0, 0.0, 0.0]))
    assert verdict.beats_dummy
    assert "no model is significantly better" not in verdict.text


def test_the_command_to_apply_has_the_settings_that_were_evaluated_and_what_is_left_to_do() -> None:
    verdict, _ = verdict_on(
        (contender_of("m", "none", brier=0.30), STEADY),
        (contender_of("m", "smote:neighbors=3", brier=0.40), STEADY),
        (contender_of("m", "smote:neighbors=3", Variant.CORRECTED, brier=0.20), STEADY[::-1]),
        rank_by="brier",
        argv=["in.csv", "--target", "kind", "--seed", "3"],
        count_argv=["--ratio", "0.5"],
    )
    assert verdict.text.startswith(
        "Resample with smote:neighbors=3, and correct the probabilities for the changed priors."
    )
    assert verdict.apply == (
        "rebalance resample in.csv --target kind --seed 3 --ratio 0.5 --technique smote:neighbors=3 -o balanced.csv"
        " --manifest manifest.json  # its prior_ratio corrects probabilities"
    )


def test_the_command_to_apply_omits_options_that_the_technique_does_not_use() -> None:
    verdict, _ = verdict_on(
        (contender_of("m", "none", f1=0.60), STEADY),
        (contender_of("m", "class-weight", only_weights=True, f1=0.70), STEADY[::-1]),
        argv=["in.csv"],
        count_argv=["--ratio", "0.5"],
    )
    assert verdict.text.startswith("Use class weights: class-weight.")
    assert verdict.apply == "rebalance resample in.csv --technique class-weight -o balanced.csv"


def test_a_metric_that_is_not_defined_is_reported_as_such() -> None:
    nan = float("nan")
    verdict, _ = verdict_on((contender_of("m", "none", f1=nan), STEADY), (contender_of("m", "smote", f1=nan), STEADY))
    assert "F1 cannot be computed" in verdict.text
    assert "nan" not in verdict.text
