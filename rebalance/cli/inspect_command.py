"""`rebalance inspect`."""

import sys
from typing import Annotated

import typer

from rebalance.cli.options import InputOptions, TalkOptions


def inspect(
    source: InputOptions,
    talk: TalkOptions,
    classes_only: Annotated[bool, typer.Option("--classes-only", help="Read nothing but the target.")] = False,
) -> None:
    """Show the classes, the columns, and what is odd about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.loading import open_table
    from rebalance.inspect import next_commands, profile

    with open_table(source) as table:
        found = profile(table, classes_only=classes_only)
    if talk.json:
        from rebalance.report.as_json import to_json

        print(to_json(found))
        return
    from rebalance.report.terminal import console, print_profile

    print_profile(console(sys.stdout), found, next_commands(found, source.words()))
