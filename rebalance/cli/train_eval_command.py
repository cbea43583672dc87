"""`rebalance train-eval`."""

import contextlib
import dataclasses
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli.ending import gate
from rebalance.cli.options import GroupOption, InputOptions, SeedOption, TalkOptions, TechniqueOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.csvio.records import CsvFile
    from rebalance.csvio.source import Source
    from rebalance.evaluate.compare import Comparison, Question
    from rebalance.evaluate.protocol import Protocol
    from rebalance.table.table import Table

_MOST_JOBS = 8
"""Unless told otherwise: each takes memory for libraries of its own."""


@dataclasses.dataclass(frozen=True)
class ProtocolOptions:
    """How rows are set aside to score on."""

    cv: Annotated[int | None, typer.Option(metavar="N", min=1, help="Folds; 5 if not given.")] = None
    repeats: Annotated[int, typer.Option(metavar="R", min=1, help="Deal the folds out R times.")] = 1
    test_size: Annotated[float | None, typer.Option(metavar="F", help="Hold this share out instead.")] = None
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
            " balanced-bagging, easy-ensemble, rus-boost, or package.module:Class; repeatable.",
        ),
    ] = None
    param: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A setting of the models; repeatable.")
    ] = None
    positive: Annotated[
        str | None, typer.Option(metavar="LABEL", help="The class that matters; the rarest if not given.")
    ] = None
    threshold: Annotated[
        str, typer.Option(metavar="default|tuned", help="tuned: tune it for every technique, not for none alone.")
    ] = "default"
    optimise: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="Tune it for f1, balanced-accuracy, mcc, g-mean, recall@precision=P or cost=FP:FN.",
        ),
    ] = "f1"
    rank_by: Annotated[str, typer.Option(metavar="FIGURE", help="The figure that decides.")] = "pr-auc"

    def question(self, how: TechniqueOptions, seed: int, words: list[str]) -> "Question":
        """Return what is to be found out, but for the protocol. Raises UsageError for what cannot be meant."""
        from rebalance.evaluate.compare import DEFAULT_TECHNIQUES, Question
        from rebalance.evaluate.metrics import RANKABLE
        from rebalance.evaluate.models import DEFAULT_MODEL, find_models
        from rebalance.evaluate.threshold import parse_objective
        from rebalance.gates import known_name
        from rebalance.techniques.registry import find_chain

        if self.threshold not in ("default", "tuned"):
            raise UsageError(f"--threshold {self.threshold}: default or tuned", "--threshold tuned")
        models = find_models(self.model or [DEFAULT_MODEL], self.param or [])
        default = ("none",) if all(one.balances for one in models) else DEFAULT_TECHNIQUES
        chains = [find_chain(name) for name in dict.fromkeys(self.technique or default)]
        return Question(
            models=models,
            techniques=chains,
            request=how.request(chains),
            objective=parse_objective(self.optimise),
            rank_by=known_name(self.rank_by, "--rank-by", RANKABLE),
            positive=self.positive,
            tuned=self.threshold == "tuned",
            seed=seed,
            words=words,
        )


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


@dataclasses.dataclass(frozen=True)
class OutputOptions:
    """What is written of a comparison."""

    report: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Write it as .html, .md, .json, .csv or .txt; repeatable.")
    ] = None
    balanced_output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the rows as the best technique leaves them.")
    ] = None
    save_model: Annotated[
        str | None, typer.Option(metavar="FILE.skops", help="Write the model advised, trained on all rows.")
    ] = None

    @property
    def files(self) -> list[str]:
        """All files that are asked for."""
        return [*(self.report or []), *(path for path in (self.balanced_output, self.save_model) if path)]

    def check(self) -> None:
        """Raise UsageError for a name that does not tell a format."""
        from rebalance.report.files import report_format

        for path in self.report or []:
            report_format(path)
        if self.save_model and not self.save_model.endswith(".skops"):
            raise UsageError(f"--save-model {self.save_model}: the format is skops", "end the name in .skops")

    def check_places(self, sources: "list[Source]") -> None:
        """Raise, before any work is done, if one of them cannot be written."""
        from rebalance.csvio.write import check_output, is_standard_output

        for path in self.files:
            check_output(path, sources)
            if is_standard_output(path):
                raise UsageError(f"{path} is standard output, where the comparison goes", "name a file")

    def write(self, comparison: "Comparison") -> None:
        """Write what is asked for."""
        from rebalance.csvio.write import open_output
        from rebalance.report.files import evaluation_bytes, report_format

        for path in self.report or []:
            with open_output(path) as out:
                out.write(evaluation_bytes(comparison, report_format(path), sys.argv[1:]))
        if self.balanced_output:
            _write_balanced(self.balanced_output, comparison)
        if self.save_model:
            from rebalance.evaluate.save import model_bytes

            with open_output(self.save_model) as out:
                out.write(model_bytes(comparison))


def train_eval(
    source: InputOptions,
    how: TechniqueOptions,
    group: GroupOption,
    what: QuestionOptions,
    ways: ProtocolOptions,
    gates: GateOptions,
    outputs: OutputOptions,
    talk: TalkOptions,
    seed: SeedOption,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", metavar="N", min=1, help="Cores to use; all, up to 8, if not given.")
    ] = None,
) -> None:
    """Train and score, each technique applied inside the training folds only, and say whether it helps.

    Example: rebalance train-eval sample_data/orders.csv --target fraud --report report.html
    """
    from rebalance.cli.loading import open_table
    from rebalance.evaluate.compare import compare, entries
    from rebalance.evaluate.gates import figure_gates, tripped_gates
    from rebalance.report.as_json import to_json
    from rebalance.report.terminal import console, progress
    from rebalance.report.terminal_evaluation import print_evaluation, print_seconds
    from rebalance.resample import labelled_rows

    ways.check(group.group)
    limits = figure_gates(gates.fail_under or [], gates.fail_if or [], gates.require_gain)
    question = what.question(how, seed.seed, source.words())
    outputs.check()
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(open_table(source, group=group.group))
        other = None
        if ways.test:
            options = dataclasses.replace(source, file=ways.test)
            other = stack.enter_context(open_table(options, known_labels=table.target.labels))
            labelled_rows(other, drop_unlabelled=how.drop_unlabelled)
        outputs.check_places([table.file.source, *([other.file.source] if other else [])])
        rows = labelled_rows(table, drop_unlabelled=how.drop_unlabelled)
        question = dataclasses.replace(question, protocol=ways.protocol(table.file, other))
        with progress(len(entries(question)) * question.protocol.trials, quiet=talk.quiet) as tick:
            comparison = compare(table, rows, question, jobs=jobs or _cores(), tick=tick)
        outputs.write(comparison)
    evaluation = comparison.evaluation
    if talk.json:
        print(to_json(evaluation))
    else:
        print_evaluation(console(sys.stdout), evaluation)
    if not talk.quiet:
        print_seconds(console(sys.stderr), comparison)
        for path in outputs.files:
            print(f"wrote {path}", file=sys.stderr)
    gate(tripped_gates(limits, evaluation))


def _write_balanced(path: str, comparison: "Comparison") -> None:
    from rebalance.csvio.write import open_output
    from rebalance.output import Additions, Writing
    from rebalance.resample import make_plan
    from rebalance.techniques.registry import find_chain

    question = comparison.question
    best = comparison.evaluation.verdict.technique
    name = "none" if best is None else comparison.evaluation.contenders[best].technique
    plan = make_plan(comparison.table, find_chain(name), comparison.trained_on, question.request, question.seed)
    with open_output(path) as out:
        out.writelines(Writing(comparison.table, plan, Additions()).pieces())


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_JOBS)
