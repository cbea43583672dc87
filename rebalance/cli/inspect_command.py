"""`rebalance inspect`."""

import sys
from typing import Annotated

import typer

from rebalance.cli.ending import gate
from rebalance.cli.options import InputOptions, TalkOptions
from rebalance.errors import UsageError


def inspect(
    source: InputOptions,
    talk: TalkOptions,
    classes_only: Annotated[bool, typer.Option("--classes-only", help="Read nothing but the target.")] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>X",
            help="Exit 1 if so: ratio, min-count, rows, classes, unlabelled, duplicates, or missing (the share in the"
            " column with most); repeatable.",
        ),
    ] = None,
) -> None:
    """Show the classes, the columns, and what is odd about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.loading import open_table
    from rebalance.gates import parse_fail_if, tripped
    from rebalance.inspect import FIGURES, figures, next_commands, profile

    limits = parse_fail_if(fail_if or [], FIGURES)
    for limit in limits:
        if classes_only and limit.name in ("missing", "duplicates"):
            raise UsageError(f"--fail-if {limit.name}: --classes-only does not read it", "leave one of them out")
    with open_table(source) as table:
        found = profile(table, classes_only=classes_only)
    if talk.json:
        from rebalance.report.as_json import to_json

        print(to_json(found))
    else:
        from rebalance.report.terminal import console, print_profile

        print_profile(console(sys.stdout), found, next_commands(found, source.words()))
    gate(tripped(limits, figures(found)))
