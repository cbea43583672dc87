"""`rebalance train-eval`."""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli import help as groups
from rebalance.cli.dataclass_options import to_argv
from rebalance.cli.evaluate_options import CandidateOptions, GateOptions, SplitOptions
from rebalance.cli.exits import exit_if_tripped
from rebalance.cli.options import (
    CountOptions,
    GroupOption,
    InputOptions,
    ResultOptions,
    SeedOption,
    TechniqueOptions,
)
from rebalance.cli.parse import integer
from rebalance.cli.task_options import TaskOptions
from rebalance.defaults import MAX_JOBS
from rebalance.errors import UsageError
from rebalance.report.formats import FORMATS
from rebalance.text import join_with

if TYPE_CHECKING:
    from rebalance.csvio.outputs import Outputs
    from rebalance.csvio.source import Source
    from rebalance.evaluate.compare import Comparison
    from rebalance.evaluate.task import EvaluationTask
    from rebalance.table.table import Table


@dataclasses.dataclass(frozen=True)
class OutputOptions:
    """What is written of a comparison."""

    report: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help=f"Write the comparison as {join_with('or', FORMATS)}; repeatable.",
            rich_help_panel=groups.FIRST,
        ),
    ] = None
    balanced_output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write all rows, resampled with the best technique, even if the advice is not to.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = None
    save_model: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.skops",
            help="Write the model that the advice names, with its threshold, trained on all rows.",
            rich_help_panel=groups.OUTPUT,
        ),
    ] = None

    @property
    def files(self) -> list[str]:
        """All files that are wanted."""
        return [*(self.report or []), *self.model_and_data]

    @property
    def model_and_data(self) -> list[str]:
        """The files that a tripped gate holds back."""
        return [path for path in (self.balanced_output, self.save_model) if path]

    def check(self) -> None:
        """Raise UsageError for a name that does not determine a format."""
        from rebalance.report.formats import report_format

        for path in self.report or []:
            report_format(path)
        if self.save_model and not self.save_model.endswith(".skops"):
            raise UsageError(f"--save-model {self.save_model}: the format is skops", "end the name in .skops")

    def check_places(self, sources: "list[Source]") -> None:
        """Raise an error, before any work is done, if one of them cannot be written."""
        from rebalance.csvio.outputs import check_outputs, is_standard_output

        check_outputs(self.files, sources)
        for path in self.files:
            if is_standard_output(path):
                raise UsageError(f"{path} is standard output, where the comparison goes", "name a file")

    def write(self, outputs: "Outputs", comparison: "Comparison", *, quiet: bool, only_reports: bool) -> None:
        """Write what is wanted, once all of it is ready.

        `only_reports`: a gate has tripped, and a Makefile must not find a model or data the next time.
        """
        from rebalance.evaluate.compare import with_details
        from rebalance.report.formats import DETAILED_FORMATS, evaluation_bytes, report_format

        if any(report_format(path) in DETAILED_FORMATS for path in self.report or []):
            comparison = with_details(comparison)
        contents = {path: evaluation_bytes(comparison, report_format(path), sys.argv[1:]) for path in self.report or []}
        if self.save_model and not only_reports:
            from rebalance.evaluate.saved_model import model_bytes

            contents[self.save_model] = model_bytes(comparison)
        if self.balanced_output and not only_reports:
            _write_balanced(outputs, self.balanced_output, comparison, quiet=quiet)
        for path, content in contents.items():
            with outputs.open(path) as output:
                output.write(content)


def train_eval(
    source: InputOptions,
    techniques: TechniqueOptions,
    counts: CountOptions,
    group: GroupOption,
    task: TaskOptions,
    candidates: CandidateOptions,
    splits: SplitOptions,
    gates: GateOptions,
    output: OutputOptions,
    result: ResultOptions,
    seed: SeedOption,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            parser=integer("--jobs", 1, example=2),
            help=f"The number of processes. [default: one for each core, at most {MAX_JOBS}]",
            rich_help_panel=groups.RUN,
        ),
    ] = None,
) -> None:
    """Compare techniques: train and test models, each technique applied inside the training folds only.

    Every comparison includes no technique at all; for classification, with the default threshold and with a tuned one.

    Example: rebalance train-eval sample_data/orders.csv --target fraud --report report.html
    """
    from rebalance.memory_check import check_address_space, jobs_that_fit

    check_address_space("train-eval", "raise it in a new shell: ulimit -v unlimited")
    from rebalance.cli.open_table import open_table
    from rebalance.csvio.outputs import Outputs
    from rebalance.evaluate.compare import EvaluationRequest, compare, make_candidates
    from rebalance.evaluate.metric_gates import tripped_gates
    from rebalance.evaluate.tasks import EVALUATION_TASKS
    from rebalance.report.terminal import progress
    from rebalance.resample.planner import labeled_rows
    from rebalance.system.threads import core_count

    splits.check(group.group)
    limits = gates.gates()
    task.check()
    output.check()
    with contextlib.ExitStack() as stack:
        outputs = stack.enter_context(Outputs())
        opened = stack.enter_context(open_table(source, group=group.group))
        table = task.apply_to(opened, quiet=result.quiet).with_weights()
        task_type = EVALUATION_TASKS[table.target.task]
        models = candidates.models(task_type)
        chains = techniques.chains(candidates.technique_names(task_type, models))
        for chain in chains:
            chain.check_task(table.target.task, other_is_possible=table.target.can_be_other_task)
        request = techniques.request(chains, counts.ratio)
        rank_by = candidates.metric(task_type, table)
        if gates.require_gain and all(chain.does_nothing for chain in chains):
            raise UsageError("--require-gain: no technique is compared", "name one: --technique smote")
        limits.check_metrics(task_type.metrics, str(table.target.task))
        other = None
        if splits.test:
            other = stack.enter_context(_open_test_file(source, splits.test, table, task_type))
            labeled_rows(other, drop_unlabeled=techniques.drop_unlabeled)
        output.check_places([table.file.source, *([other.file.source] if other else [])])
        rows = labeled_rows(table, drop_unlabeled=techniques.drop_unlabeled)
        evaluation_request = EvaluationRequest(
            task=candidates.evaluation_task(table, rows, other),
            models=models,
            techniques=chains,
            resample=request,
            protocol=splits.protocol(table.file, other),
            rank_by=rank_by,
            seed=seed.seed,
            argv=[*source.to_argv(), *task.to_argv(), *techniques.to_argv(), *seed.to_argv()],
            count_argv=to_argv(counts),
        )
        n_fits = len(make_candidates(evaluation_request)) * evaluation_request.protocol.n_splits
        with progress(n_fits, quiet=result.quiet) as tick:
            processes = jobs or jobs_that_fit(table, len(rows), min(core_count(), MAX_JOBS))
            with contextlib.redirect_stdout(sys.stderr):  # some models print, and standard output is for the result
                comparison = compare(table, rows, evaluation_request, jobs=processes, tick=tick)
        tripped = tripped_gates(limits, comparison.evaluation)
        output.write(outputs, comparison, quiet=result.quiet, only_reports=bool(tripped))
    _show(comparison, output, result, only_reports=bool(tripped))
    exit_if_tripped(tripped)


def _show(comparison: "Comparison", output: OutputOptions, result: ResultOptions, *, only_reports: bool) -> None:
    from rebalance.report.as_json import to_json
    from rebalance.report.terminal import console
    from rebalance.report.terminal_evaluation import print_evaluation

    if result.json:
        print(to_json(comparison.evaluation))
    else:
        print_evaluation(console(sys.stdout), comparison)
    if not result.quiet:
        _report_messages(comparison, output, result, only_reports=only_reports)


@contextlib.contextmanager
def _open_test_file(source: InputOptions, path: str, table: "Table", task: "type[EvaluationTask]") -> "Iterator[Table]":
    """Open a second file to test on, its target read as that of `table` is."""
    from rebalance.cli.open_table import errors_naming, open_table

    dropped = [table.file.names[index] for index in table.column_options.dropped]
    options = dataclasses.replace(source, file=path, drop=dropped)
    with open_table(options, known_labels=table.target.labels) as opened:
        with errors_naming(opened.file.source.name):
            other = task.read_other(opened, table).with_weights()
        yield other


def _report_messages(
    comparison: "Comparison", output: OutputOptions, result: ResultOptions, *, only_reports: bool
) -> None:
    """Write to standard error how long it took, which files were written, and what a saved model lacks."""
    from rebalance.evaluate.saved_model import unsaved_steps
    from rebalance.report.terminal import console
    from rebalance.report.terminal_evaluation import print_seconds

    print_seconds(console(sys.stderr), comparison)
    result.report_written(output.report or [] if only_reports else output.files)
    if only_reports:
        for path in output.model_and_data:
            print(f"not written, because a gate has tripped: {path}", file=sys.stderr)
    elif output.save_model:
        for step in unsaved_steps(comparison):
            print(f"not part of the saved model: {step}", file=sys.stderr)


def _write_balanced(outputs: "Outputs", path: str, comparison: "Comparison", *, quiet: bool) -> None:
    from rebalance.resample.planner import make_plan
    from rebalance.resample.writer import ExtraColumns, OutputWriter
    from rebalance.techniques.chain import parse_chain
    from rebalance.techniques.registry import NO_TECHNIQUE

    request, verdict = comparison.request, comparison.evaluation.verdict
    best = verdict.technique_index
    chain = parse_chain(NO_TECHNIQUE if best is None else comparison.evaluation.contenders[best].technique)
    table = comparison.table.restricted_to(comparison.trained_on)
    plan = make_plan(table, chain, comparison.trained_on, request.resample, request.seed)
    with outputs.open(path) as output:
        output.writelines(OutputWriter(table, plan, ExtraColumns()).iter_bytes())
    if quiet:
        return
    if best is not None and best != verdict.advised_index:
        print(f"{path}: rows as {chain.name} leaves them, which the verdict does not advise", file=sys.stderr)
    if plan.transforms:
        message = f"{path}: {chain.name} transformed columns; resample --manifest says how to invert that"
        print(message, file=sys.stderr)
