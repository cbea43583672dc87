"""`rebalance train-eval`."""

import contextlib
import dataclasses
import sys
from typing import Annotated

import typer

from rebalance.cli.options import GroupOption, InputOptions, SeedOption, TalkOptions, TechniqueOptions
from rebalance.errors import UsageError


def train_eval(
    source: InputOptions,
    how: TechniqueOptions,
    group: GroupOption,
    talk: TalkOptions,
    seed: SeedOption,
    technique: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="To compare; repeatable. Five of them if not given."),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="logistic-regression, random-forest, hist-gradient-boosting (if not given)."),
    ] = None,
    cv: Annotated[int | None, typer.Option(metavar="N", help="Folds; 5 if not given.")] = None,
    test_size: Annotated[float | None, typer.Option(metavar="F", help="Hold this share out instead.")] = None,
    test: Annotated[str | None, typer.Option(metavar="FILE", help="Train on FILE, score on this one.")] = None,
    report: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Write it as .json, .md or .txt; repeatable.")
    ] = None,
    balanced_output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write what the best model was trained on.")
    ] = None,
) -> None:
    """Train and score, each technique applied inside the training folds only.

    Example: rebalance train-eval sample_data/orders.csv --target fraud --report report.md
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.write import check_output, is_standard_output, open_output
    from rebalance.evaluate.compare import DEFAULT_TECHNIQUES, Protocol, compare
    from rebalance.evaluate.models import DEFAULT_MODEL, find_models
    from rebalance.output import Additions, Writing
    from rebalance.report.as_json import to_json
    from rebalance.report.files import evaluation_bytes, report_format
    from rebalance.report.terminal import console, progress
    from rebalance.report.terminal_evaluation import print_evaluation
    from rebalance.resample import labelled_rows, make_plan
    from rebalance.techniques.registry import find_chain

    _check_ways(cv, test_size, test, group.group)
    chosen = [find_chain(name) for name in dict.fromkeys(technique or DEFAULT_TECHNIQUES)]
    models = find_models(model or [DEFAULT_MODEL])
    request = how.request(chosen)
    formats = [(path, report_format(path)) for path in report or []]
    files = [*(report or []), *([balanced_output] if balanced_output else [])]
    with contextlib.ExitStack() as stack:
        table = stack.enter_context(open_table(source, group=group.group))
        other = None
        if test:
            options = dataclasses.replace(source, file=test)
            other = stack.enter_context(open_table(options, known_labels=table.target.labels))
            labelled_rows(other, drop_unlabelled=how.drop_unlabelled)
        for path in files:
            check_output(path, [table.file.source, *([other.file.source] if other else [])])
            if is_standard_output(path):
                raise UsageError(f"{path} is standard output, where the comparison goes", "name a file")
        rows = labelled_rows(table, drop_unlabelled=how.drop_unlabelled)
        protocol = Protocol(5 if cv is None else cv, test_size, other)
        fits = len(models) * len(chosen) * (1 if test or test_size else protocol.folds)
        with progress(fits, quiet=talk.quiet) as tick:
            comparison = compare(table, rows, models, chosen, request, protocol, seed.seed, tick=tick)
        evaluation = comparison.evaluation
        for path, suffix in formats:
            with open_output(path) as out:
                out.write(evaluation_bytes(evaluation, suffix))
        if balanced_output:
            winner = find_chain(evaluation.winner.technique)
            plan = make_plan(comparison.table, winner, comparison.trained_on, request, seed.seed)
            with open_output(balanced_output) as out:
                out.writelines(Writing(comparison.table, plan, Additions()).pieces())
    if talk.json:
        print(to_json(evaluation))
    else:
        print_evaluation(console(sys.stdout), evaluation)
    if not talk.quiet:
        for path in files:
            print(f"wrote {path}", file=sys.stderr)


def _check_ways(cv: int | None, test_size: float | None, test: str | None, group: str | None) -> None:
    if sum(given is not None for given in (cv, test_size, test)) > 1:
        raise UsageError("--cv, --test-size and --test are three ways to set rows aside", "give one of them")
    if test is not None and group is not None:
        raise UsageError("--group has no meaning with --test: the rows are already set apart", "leave it out")
