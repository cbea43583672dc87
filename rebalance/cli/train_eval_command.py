"""`rebalance train-eval`."""

import contextlib
import dataclasses
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli.ending import gate
from rebalance.cli.judge_options import GateOptions, ProtocolOptions, QuestionOptions
from rebalance.cli.numerals import whole
from rebalance.cli.options import GroupOption, InputOptions, SeedOption, TalkOptions, TechniqueOptions
from rebalance.cli.task_options import TaskOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.csvio.outputs import Outputs
    from rebalance.csvio.source import Source
    from rebalance.evaluate.compare import Comparison
    from rebalance.table.table import Table

_MOST_JOBS = 8
"""Unless told otherwise: each takes memory for libraries of its own."""


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
        from rebalance.csvio.outputs import check_outputs, is_standard_output

        check_outputs(self.files, sources)
        for path in self.files:
            if is_standard_output(path):
                raise UsageError(f"{path} is standard output, where the comparison goes", "name a file")

    def write(self, to: "Outputs", comparison: "Comparison", *, quiet: bool) -> None:
        """Write what is asked for, once all of it has been made."""
        from rebalance.report.files import evaluation_bytes, report_format

        made = {path: evaluation_bytes(comparison, report_format(path), sys.argv[1:]) for path in self.report or []}
        if self.save_model:
            from rebalance.evaluate.save import model_bytes

            made[self.save_model] = model_bytes(comparison)
        if self.balanced_output:
            _write_balanced(to, self.balanced_output, comparison, quiet=quiet)
        for path, content in made.items():
            with to.open(path) as out:
                out.write(content)


def train_eval(
    source: InputOptions,
    how: TechniqueOptions,
    group: GroupOption,
    task: TaskOptions,
    what: QuestionOptions,
    ways: ProtocolOptions,
    gates: GateOptions,
    outputs: OutputOptions,
    talk: TalkOptions,
    seed: SeedOption,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            metavar="N",
            parser=whole("--jobs", 1, example=2),
            help="Cores to use; all, up to 8, if not given.",
        ),
    ] = None,
) -> None:
    """Train and score, each technique applied inside the training folds only, and say whether it helps.

    Example: rebalance train-eval sample_data/orders.csv --target fraud --report report.html
    """
    from rebalance.demand import jobs_that_fit, require_libraries

    require_libraries("train-eval", "raise it in a new shell: ulimit -v unlimited")
    from rebalance.cli.loading import open_table
    from rebalance.csvio.outputs import Outputs
    from rebalance.evaluate.compare import compare, entries
    from rebalance.evaluate.gates import figure_gates, tripped_gates
    from rebalance.evaluate.save import not_saved
    from rebalance.report.as_json import to_json
    from rebalance.report.terminal import console, progress
    from rebalance.report.terminal_evaluation import print_evaluation, print_seconds
    from rebalance.resample import labelled_rows

    ways.check(group.group)
    limits = figure_gates(gates.fail_under or [], gates.fail_if or [], gates.require_gain)
    words = [*source.words(), *task.words(), *how.words(), *seed.words()]
    task.check()
    outputs.check()
    with contextlib.ExitStack() as stack:
        written = stack.enter_context(Outputs())
        opened = stack.enter_context(open_table(source, group=group.group, quiet=talk.quiet))
        table = task.taken(opened, quiet=talk.quiet)
        question = what.question(how, seed.seed, words, table.target)
        if gates.require_gain and all(chain.does_nothing for chain in question.techniques):
            raise UsageError("--require-gain: no technique is named that could gain", "name one: --technique smote")
        limits.check("classes" if table.target.quantity is None else "a quantity")
        other = None
        if ways.test:
            dropped = [table.file.names[at] for at in table.choices.dropped]
            options = dataclasses.replace(source, file=ways.test, drop=dropped)
            other = _like(
                stack.enter_context(open_table(options, known_labels=table.target.labels, quiet=talk.quiet)), table
            )
            labelled_rows(other, drop_unlabelled=how.drop_unlabelled)
        outputs.check_places([table.file.source, *([other.file.source] if other else [])])
        rows = labelled_rows(table, drop_unlabelled=how.drop_unlabelled)
        question = dataclasses.replace(question, protocol=ways.protocol(table.file, other))
        with progress(len(entries(question)) * question.protocol.trials, quiet=talk.quiet) as tick:
            most = jobs or jobs_that_fit(table, len(rows), _cores())
            comparison = compare(table, rows, question, jobs=most, tick=tick)
        outputs.write(written, comparison, quiet=talk.quiet)
    evaluation = comparison.evaluation
    if talk.json:
        print(to_json(evaluation))
    else:
        print_evaluation(console(sys.stdout), evaluation)
    if not talk.quiet:
        print_seconds(console(sys.stderr), comparison)
        talk.tell_written(outputs.files)
        if outputs.save_model:
            for remark in not_saved(comparison):
                print(f"the saved model leaves to you: {remark}", file=sys.stderr)
    gate(tripped_gates(limits, evaluation))


def _like(other: "Table", table: "Table") -> "Table":
    """Return a table to test on, its target taken for what the other one's is."""
    if table.target.quantity is None:
        return other
    from rebalance.cli.loading import naming
    from rebalance.table.quantity import like

    with naming(other.file.source.name):
        return like(other, table)


def _write_balanced(outputs: "Outputs", path: str, comparison: "Comparison", *, quiet: bool) -> None:
    from rebalance.output import Additions, Writing
    from rebalance.resample import make_plan
    from rebalance.table.quantity import of_rows
    from rebalance.techniques.chain import find_chain

    question = comparison.question
    best = comparison.evaluation.verdict.technique
    name = "none" if best is None else comparison.evaluation.contenders[best].technique
    table = of_rows(comparison.table, comparison.trained_on)
    plan = make_plan(table, find_chain(name), comparison.trained_on, question.request, question.seed)
    with outputs.open(path) as out:
        out.writelines(Writing(table, plan, Additions()).pieces())
    if best is not None and best != comparison.evaluation.verdict.advised and not quiet:
        print(f"{path}: as {name} leaves the rows, which is not what the verdict advises", file=sys.stderr)
    if plan.rewrites and not quiet:
        print(f"{path}: {name} wrote numbers anew; resample --manifest says how to undo it", file=sys.stderr)


def _cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _MOST_JOBS)
