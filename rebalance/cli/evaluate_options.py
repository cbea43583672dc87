"""The options of a comparison: how rows are held out, what competes, what decides, what fails the run."""

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli import help as groups
from rebalance.cli.metric_names import find_name, parse_fail_if, parse_fail_under
from rebalance.cli.parse import integer, number, parse_model_parameter, parse_objective
from rebalance.defaults import CLASSIFICATION_METRIC, DEFAULT_FOLDS, DEFAULT_OBJECTIVE, REGRESSION_METRIC
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.arrays import Int64
    from rebalance.csvio.records import CsvFile
    from rebalance.evaluate.metric_gates import MetricGates
    from rebalance.evaluate.models import Model
    from rebalance.evaluate.split_protocol import SplitProtocol
    from rebalance.evaluate.task import EvaluationTask
    from rebalance.table.table import Table


@dataclasses.dataclass(frozen=True)
class SplitOptions:
    """How rows are held out for tests."""

    cv: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            parser=integer("--cv", 1, example=DEFAULT_FOLDS),
            help=f"The number of folds of a stratified cross-validation. [default: {DEFAULT_FOLDS}]",
            rich_help_panel=groups.SPLITS,
        ),
    ] = None
    repeats: Annotated[
        int,
        typer.Option(
            metavar="R",
            parser=integer("--repeats", 1, example=3),
            show_default=True,
            help="How many times to repeat the cross-validation, with other folds each time.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = 1
    test_size: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            parser=number("--test-size", example=0.2),
            help="Hold out this share of the rows once, instead of folds.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = None
    test: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Test on this file, instead of folds.", rich_help_panel=groups.SPLITS),
    ] = None
    time: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="Train on the past and test on what follows, by the times in this column.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = None
    allow_duplicates_across_folds: Annotated[
        bool,
        typer.Option(
            "--allow-duplicates-across-folds",
            help="Allow copies of a row in both the training and the test rows.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = False

    def check(self, group: str | None) -> None:
        """Raise UsageError for options that contradict each other."""
        if sum(option is not None for option in (self.cv, self.test_size, self.test)) > 1:
            raise UsageError("--cv, --test-size and --test are three ways to hold out rows", "give one of them")
        if self.test is not None and group is not None:
            raise UsageError("--group has no effect with --test: the rows are separated already", "leave it out")
        if self.allow_duplicates_across_folds and (self.time is not None or self.test is not None):
            raise UsageError("--allow-duplicates-across-folds has no effect with --time or --test", "leave it out")
        if self.time is not None and (self.test is not None or group is not None or self.repeats > 1):
            raise UsageError(
                "--time alone decides which rows are tested on", "leave out --test, --group and --repeats, or --time"
            )
        if self.repeats > 1 and (self.test_size is not None or self.test is not None):
            raise UsageError("--repeats repeats the cross-validation", "use it with --cv")

    def protocol(self, file: "CsvFile", other: "Table | None") -> "SplitProtocol":
        """Return the protocol for a file."""
        from rebalance.evaluate.split_protocol import SplitProtocol
        from rebalance.table.selectors import find_column

        return SplitProtocol(
            folds=DEFAULT_FOLDS if self.cv is None else self.cv,
            repeats=self.repeats,
            test_size=self.test_size,
            other=other,
            time=None if self.time is None else find_column(self.time, file.names, "--time"),
            copies_apart=self.allow_duplicates_across_folds,
        )


@dataclasses.dataclass(frozen=True)
class CandidateOptions:
    """What competes, and what decides."""

    technique: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A technique to compare with no technique; repeatable. `rebalance techniques` lists them. By default a"
            " few common ones are compared.",
            rich_help_panel=groups.FIRST,
        ),
    ] = None
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A model; repeatable. For classes: hist-gradient-boosting (the default), random-forest,"
            " logistic-regression, balanced-random-forest, balanced-bagging, easy-ensemble, rus-boost. For numeric"
            " targets: hist-gradient-boosting, random-forest, ridge. Or package.module:Class.",
            rich_help_panel=groups.MODELS,
        ),
    ] = None
    param: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A parameter for the constructor of each model that has it; repeatable.",
            rich_help_panel=groups.MODELS,
        ),
    ] = None
    positive: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL",
            help="The positive class. [default: the rarest]",
            rich_help_panel=groups.MODELS,
        ),
    ] = None
    tune_thresholds: Annotated[
        bool,
        typer.Option(
            "--tune-thresholds",
            help="Tune the decision threshold for every technique, not only for none.",
            rich_help_panel=groups.MODELS,
        ),
    ] = False
    optimize: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Tune thresholds for f1, balanced-accuracy, mcc, g-mean, recall@precision=P or cost=FP:FN (the costs"
            " of a false positive and of a false negative)."
            f" [default: {DEFAULT_OBJECTIVE}]",
            rich_help_panel=groups.MODELS,
        ),
    ] = None
    rank_by: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="The metric that ranks models and techniques, such as f1, brier or mcc; for numeric targets rmse, mae"
            " or rare-rmse."
            f" [default: {CLASSIFICATION_METRIC.replace('_', '-')}; {REGRESSION_METRIC} for numeric targets]",
            rich_help_panel=groups.MODELS,
        ),
    ] = None

    def evaluation_task(self, table: "Table", rows: "Int64", other: "Table | None") -> "EvaluationTask":
        """Return the task for the records `rows` of a table. Raises UsageError for wishes that it cannot fulfill."""
        from rebalance.evaluate.task import TaskWishes
        from rebalance.evaluate.tasks import EVALUATION_TASKS

        objective = None if self.optimize is None else parse_objective(self.optimize)
        wishes = TaskWishes(self.positive, objective, self.tune_thresholds)
        return EVALUATION_TASKS[table.target.task].create(table, rows, wishes, other)

    def models(self, task: "type[EvaluationTask]") -> "list[Model]":
        """Return the models that compete. Raises UsageError for an unknown model or parameter."""
        from rebalance.evaluate.models import find_models

        parameters = dict(map(parse_model_parameter, self.param or []))
        names = self.model or [next(iter(task.models))]
        return find_models(names, parameters, task.models, task.estimator_suffix, task.check_estimator)

    def technique_names(self, task: "type[EvaluationTask]", models: "list[Model]") -> list[str]:
        """Return the techniques that compete: those named, or else the task's default ones."""
        from rebalance.techniques.registry import NO_TECHNIQUE

        default = (NO_TECHNIQUE,) if all(model.balances_itself for model in models) else task.default_techniques
        return list(dict.fromkeys(self.technique or default))

    def metric(self, task: "type[EvaluationTask]", table: "Table") -> str:
        """Return the metric that decides. Raises UsageError for an unknown one."""
        from rebalance.evaluate.metric_gates import check_metric
        from rebalance.evaluate.metrics import RANKABLE_METRICS

        if self.rank_by is None:
            return task.default_metric(table)
        name = find_name(self.rank_by, "--rank-by", RANKABLE_METRICS)
        check_metric("--rank-by", name, task.metrics, task.task)
        return name


@dataclasses.dataclass(frozen=True)
class GateOptions:
    """Limits that end the run with exit code 1."""

    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=X",
            help="Exit with 1 if a metric of the recommended model is below X; repeatable.",
            rich_help_panel=groups.GATES,
        ),
    ] = None
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC>X",
            help="Exit with 1 if the recommended model meets this condition, such as 'brier>0.1'; repeatable.",
            rich_help_panel=groups.GATES,
        ),
    ] = None
    require_gain: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="Exit with 1 unless a technique is significantly better than no technique by this metric.",
            rich_help_panel=groups.GATES,
        ),
    ] = None

    def gates(self) -> "MetricGates":
        """Return the gates. Raises UsageError for what cannot be parsed."""
        from rebalance.evaluate.metric_gates import MetricGates
        from rebalance.evaluate.metrics import METRIC_NAMES, RANKABLE_METRICS

        gain = None
        if self.require_gain is not None:
            gain = find_name(self.require_gain, "--require-gain", RANKABLE_METRICS)
        return MetricGates(
            tuple(parse_fail_under(self.fail_under or [], METRIC_NAMES)),
            tuple(parse_fail_if(self.fail_if or [], METRIC_NAMES)),
            gain,
        )
