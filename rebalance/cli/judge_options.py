"""What can be set of a comparison: how rows are set aside, what competes, what decides, what fails the run."""

import dataclasses
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli.numerals import decimal, whole
from rebalance.cli.options import TechniqueOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.csvio.records import CsvFile
    from rebalance.evaluate.compare import Question
    from rebalance.evaluate.protocol import Protocol
    from rebalance.table.table import Table
    from rebalance.table.target import Target


@dataclasses.dataclass(frozen=True)
class ProtocolOptions:
    """How rows are set aside to score on."""

    cv: Annotated[
        int | None, typer.Option(metavar="N", parser=whole("--cv", 1, example=5), help="Folds; 5 if not given.")
    ] = None
    repeats: Annotated[
        int, typer.Option(metavar="R", parser=whole("--repeats", 1, example=3), help="Deal the folds out R times.")
    ] = 1
    test_size: Annotated[
        float | None,
        typer.Option(metavar="F", parser=decimal("--test-size", example=0.2), help="Hold this share out instead."),
    ] = None
    test: Annotated[str | None, typer.Option(metavar="FILE", help="Train on FILE, score on this one.")] = None
    time: Annotated[
        str | None, typer.Option(metavar="COL", help="Train on the past by this column, score what follows.")
    ] = None
    allow_duplicates_across_folds: Annotated[
        bool, typer.Option("--allow-duplicates-across-folds", help="Let copies of a row be on both sides.")
    ] = False

    def check(self, group: str | None) -> None:
        """Raise UsageError for options that contradict each other."""
        if sum(given is not None for given in (self.cv, self.test_size, self.test)) > 1:
            raise UsageError("--cv, --test-size and --test are three ways to set rows aside", "give one of them")
        if self.test is not None and group is not None:
            raise UsageError("--group has no meaning with --test: the rows are already set apart", "leave it out")
        if self.allow_duplicates_across_folds and (self.time is not None or self.test is not None):
            raise UsageError("--allow-duplicates-across-folds has no meaning with --time or --test", "leave it out")
        if self.time is not None and (self.test is not None or group is not None or self.repeats > 1):
            raise UsageError(
                "--time decides alone which rows are scored", "leave --test, --group and --repeats out, or --time"
            )
        if self.repeats > 1 and (self.test_size is not None or self.test is not None):
            raise UsageError("--repeats deals folds out again", "use it with --cv")

    def protocol(self, file: "CsvFile", other: "Table | None") -> "Protocol":
        """Return the protocol for a file."""
        from rebalance.evaluate.protocol import Protocol
        from rebalance.table.columns import column

        time = None if self.time is None else column(self.time, file.names, "--time")
        folds = 5 if self.cv is None else self.cv
        return Protocol(folds, self.repeats, self.test_size, other, time, self.allow_duplicates_across_folds)


@dataclasses.dataclass(frozen=True)
class QuestionOptions:
    """What competes, and what decides."""

    technique: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="To compare with none; repeatable. Four of them if not given."),
    ] = None
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="hist-gradient-boosting (if not given), random-forest, logistic-regression, balanced-random-forest,"
            " balanced-bagging, easy-ensemble, rus-boost, of a quantity ridge, or package.module:Class; repeatable.",
        ),
    ] = None
    param: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting of those models that have it; repeatable.")
    ] = None
    positive: Annotated[
        str | None, typer.Option(metavar="LABEL", help="The class that matters; the rarest if not given.")
    ] = None
    threshold: Annotated[
        str, typer.Option(metavar="default|tuned", help="tuned: tune it for every technique, not for none alone.")
    ] = "default"
    optimise: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="Tune it for f1 (if not given), balanced-accuracy, mcc, g-mean, recall@precision=P or cost=FP:FN.",
        ),
    ] = None
    rank_by: Annotated[
        str | None,
        typer.Option(
            metavar="FIGURE",
            help="The figure that decides, such as f1, brier, mcc, objective; of a quantity rmse, mae, rare-rmse;"
            " pr-auc and sera if not given.",
        ),
    ] = None

    def question(self, how: TechniqueOptions, seed: int, words: list[str], target: "Target") -> "Question":
        """Return what is to be found out of a target, but for the protocol.

        Raises UsageError for what cannot be meant.
        """
        from rebalance.evaluate.compare import DEFAULT_OF_A_QUANTITY, DEFAULT_TECHNIQUES, Question
        from rebalance.evaluate.kinds import CLASSES, QUANTITY, RANKABLE
        from rebalance.evaluate.models import DEFAULT_MODEL, find_models
        from rebalance.evaluate.threshold import parse_objective
        from rebalance.gates import known_name
        from rebalance.techniques.chain import find_chain
        from rebalance.techniques.registry import Task

        if self.threshold not in ("default", "tuned"):
            raise UsageError(f"--threshold {self.threshold}: default or tuned", "--threshold tuned")
        quantity = target.quantity
        models = find_models(self.model or [DEFAULT_MODEL], self.param or [], of_a_quantity=quantity is not None)
        default: tuple[str, ...] = DEFAULT_TECHNIQUES if quantity is None else DEFAULT_OF_A_QUANTITY
        if all(one.balances for one in models):
            default = ("none",)
        chains = [find_chain(name) for name in dict.fromkeys(self.technique or default)]
        for chain in chains:
            chain.check_task(Task.CLASSES if quantity is None else Task.QUANTITY)
        if quantity is not None:
            self._check_quantity()
        usual = "pr-auc" if quantity is None else "sera" if quantity.rare.any() else "rmse"
        kinds = CLASSES if quantity is None else QUANTITY
        known = {name: heading for name, heading in RANKABLE.items() if name in kinds}
        return Question(
            models=models,
            techniques=chains,
            request=how.request(chains),
            objective=parse_objective(self.optimise or "f1") if quantity is None else None,
            rank_by=known_name(self.rank_by or usual, "--rank-by", known),
            positive=self.positive,
            tuned=self.threshold == "tuned",
            seed=seed,
            words=words,
            options=how.named(),
        )

    def _check_quantity(self) -> None:
        """Raise UsageError for what only classes have."""
        options = {
            "--positive": self.positive is not None,
            "--threshold": self.threshold != "default",
            "--optimise": self.optimise is not None,
        }
        for option, given in options.items():
            if given:
                raise UsageError(f"{option} is for classes, and the target is a quantity", "--task classification")


@dataclasses.dataclass(frozen=True)
class GateOptions:
    """Limits that end the run with 1."""

    fail_under: Annotated[
        list[str] | None, typer.Option(metavar="FIGURE=X", help="Exit 1 if the contender advised is below; repeatable.")
    ] = None
    fail_if: Annotated[
        list[str] | None, typer.Option(metavar="FIGURE>X", help="Exit 1 if that is so of it; repeatable.")
    ] = None
    require_gain: Annotated[
        str | None, typer.Option(metavar="FIGURE", help="Exit 1 unless a technique surely beats none by it.")
    ] = None
