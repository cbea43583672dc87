"""`rebalance resample`."""

import sys
import time
from typing import Annotated

import typer

from rebalance.cli.options import InputOptions, SeedOption, TalkOptions
from rebalance.errors import UsageError


def resample(
    source: InputOptions,
    talk: TalkOptions,
    seed: SeedOption,
    technique: Annotated[
        str, typer.Option(metavar="NAME", help="See `rebalance techniques`.", show_default=False)
    ] = "",
    output: Annotated[str, typer.Option("--output", "-o", metavar="OUT", help="May end in .gz or .zst.")] = "-",
    ratio: Annotated[
        float | None, typer.Option(metavar="R", help="Smaller class to larger, in (0, 1]; 1 if not given.")
    ] = None,
    count: Annotated[
        list[str] | None,
        typer.Option(metavar="LABEL=N", help="Exact rows of a class; others stay as they are."),
    ] = None,
    neighbors: Annotated[int, typer.Option("--neighbors", "-k", metavar="K", min=1, help="For smote.")] = 5,
    mark: Annotated[str | None, typer.Option(metavar="COL", help="Add a column: 1 in added rows, else 0.")] = None,
    weight_column: Annotated[
        str, typer.Option(metavar="COL", help="What class-weight calls its column.")
    ] = "sample_weight",
    shuffle: Annotated[bool, typer.Option("--shuffle", help="Mix the rows, by the seed.")] = False,
    drop_unlabelled: Annotated[
        bool, typer.Option("--drop-unlabelled", help="Leave out records with a blank target.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, write nothing.")] = False,
) -> None:
    """Write a rebalanced copy; the records that stay keep every byte.

    Example: rebalance resample sample_data/orders.csv --target fraud --technique smote -o balanced.csv
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.write import open_output, refuse_input_as_output
    from rebalance.output import Additions, output_bytes, output_order
    from rebalance.plan.counts import parse_counts
    from rebalance.report.summary import summarise
    from rebalance.resample import Request, make_plan, usable_rows
    from rebalance.techniques.problem import Options
    from rebalance.techniques.registry import find_technique

    begin = time.perf_counter()
    if not technique:
        raise UsageError(
            "--technique NAME is missing", "for example --technique smote; `rebalance techniques` lists them"
        )
    chosen = find_technique(technique)
    request = Request(ratio, parse_counts(count or []), Options(neighbors))
    with open_table(source) as table:
        rows = usable_rows(table, chosen, drop_unlabelled=drop_unlabelled)
        plan = make_plan(table, chosen, rows, request, seed.seed)
        additions = Additions(mark, weight_column)
        additions.names(table, plan)
        if not dry_run:
            refuse_input_as_output(output, [table.file.source])
            order = output_order(plan, seed.seed) if shuffle else None
            with open_output(output) as out:
                for piece in output_bytes(table, plan, additions, order):
                    out.write(piece)
        written = None if dry_run else output
        summary = summarise(table.target, plan, chosen.name, seed.seed, written, time.perf_counter() - begin)
    if talk.json:
        from rebalance.report.as_json import to_json

        print(to_json(summary), file=sys.stderr if written == "-" else sys.stdout)
    elif not talk.quiet:
        from rebalance.report.terminal import console, print_summary

        print_summary(console(sys.stderr), summary)
