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
    report: Annotated[str | None, typer.Option(metavar="FILE.html", help="Write it as a page.")] = None,
) -> None:
    """Show the classes, the columns, and what is odd about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.write import check_output, open_output
    from rebalance.gates import parse_fail_if, tripped
    from rebalance.inspect import FIGURES, figures, next_commands, profile

    limits = parse_fail_if(fail_if or [], FIGURES)
    for limit in limits:
        if classes_only and limit.name in ("missing", "duplicates"):
            raise UsageError(f"--fail-if {limit.name}: --classes-only does not read it", "leave one of them out")
    if report is not None and not report.lower().endswith(".html"):
        raise UsageError(f"--report {report}: inspect writes a page", "end the name in .html")
    with open_table(source) as table:
        if report is not None:
            check_output(report, [table.file.source])
        found = profile(table, classes_only=classes_only)
        commands = next_commands(found, source.words())
        if report is not None:
            from rebalance.report.pages import profile_html

            with open_output(report) as out:
                out.write(profile_html(found, table.file.source.sha256(), commands, sys.argv[1:]).encode())
    if talk.json:
        from rebalance.report.as_json import to_json

        print(to_json(found))
    else:
        from rebalance.report.terminal import console, print_profile

        print_profile(console(sys.stdout), found, commands)
    gate(tripped(limits, figures(found)))
