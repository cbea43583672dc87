"""`rebalance inspect`."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebalance.cli.ending import gate
from rebalance.cli.options import InputOptions, TalkOptions
from rebalance.cli.task_options import TaskOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.gates import Gate
    from rebalance.table.table import Table


def inspect(
    source: InputOptions,
    talk: TalkOptions,
    what: TaskOptions,
    classes_only: Annotated[bool, typer.Option("--classes-only", help="Read nothing but the target.")] = False,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>X",
            help="Exit 1 if so: ratio, min-count, rows, classes, unlabelled, duplicates, or missing (the share in the"
            " column with most); of a quantity also skew (signed), zeros, outliers, rare; repeatable.",
        ),
    ] = None,
    report: Annotated[
        list[str] | None, typer.Option(metavar="FILE.html", help="Write it as a page; repeatable.")
    ] = None,
) -> None:
    """Show the classes (or the spread of a quantity), the columns, and what is odd about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.outputs import Outputs, check_outputs
    from rebalance.demand import require_libraries
    from rebalance.gates import parse_fail_if, tripped
    from rebalance.inspect import FIGURES
    from rebalance.quantity import FIGURES as OF_A_QUANTITY
    from rebalance.report.as_json import to_json
    from rebalance.report.terminal import console

    what.check()
    limits = parse_fail_if(fail_if or [], {**FIGURES, **OF_A_QUANTITY})
    _check_pages(report or [])
    with Outputs() as outputs, open_table(source, quiet=talk.quiet) as opened:
        check_outputs(report or [], [opened.file.source])
        table = what.taken(opened, quiet=talk.quiet or talk.json)
        if not classes_only:
            require_libraries("inspect", "--classes-only reads the target alone")
        if table.target.quantity is not None:
            _check(limits, OF_A_QUANTITY, "a quantity")
            if classes_only:
                raise UsageError("--classes-only: the target is a quantity", "leave it out, or --task classification")
            found = _quantity(table, source, what)
        else:
            _check(limits, FIGURES, "classes")
            if classes_only and any(limit.name in ("missing", "duplicates") for limit in limits):
                raise UsageError("--fail-if: --classes-only reads neither missing nor duplicates", "leave it out")
            found = _classes(table, source, classes_only=classes_only)
        page = found.page().encode(errors="backslashreplace") if report else b""
        for path in report or []:
            with outputs.open(path) as out:
                out.write(page)
    if talk.json:
        print(to_json(found.profile))
    else:
        found.show(console(sys.stdout))
    talk.tell_written(report or [])
    gate(tripped(limits, found.figures))


@dataclass(frozen=True)
class _Found:
    """What was found: to be printed as JSON, to set limits on, to be written as a page, to be shown."""

    profile: Any
    figures: dict[str, float]
    page: Callable[[], str]
    show: Callable[[Any], None]


def _classes(table: "Table", source: InputOptions, *, classes_only: bool) -> _Found:
    from rebalance.inspect import figures, next_commands, profile
    from rebalance.report.terminal import print_profile

    found = profile(table, classes_only=classes_only)
    commands = next_commands(found, source.words())

    def page() -> str:
        from rebalance.report.pages import profile_html  # Jinja2 and matplotlib only for those who ask

        return profile_html(found, table.file.source.sha256(), commands, sys.argv[1:])

    return _Found(found, figures(found), page, lambda out: print_profile(out, found, commands))


def _quantity(table: "Table", source: InputOptions, what: TaskOptions) -> _Found:
    from rebalance.quantity import figures, next_commands, profile_quantity
    from rebalance.report.terminal_quantity import print_quantity

    found = profile_quantity(table)
    commands = next_commands(found, [*source.words(), *what.words()])

    def page() -> str:
        from rebalance.report.pages import quantity_html

        return quantity_html(found, table.file.source.sha256(), commands, sys.argv[1:])

    return _Found(found, figures(found), page, lambda out: print_quantity(out, found, commands))


def _check_pages(paths: Sequence[str]) -> None:
    for path in paths:
        if not path.lower().endswith(".html"):
            raise UsageError(f"--report {path}: inspect writes a page", "end the name in .html")


def _check(limits: "list[Gate]", known: Mapping[str, str], what: str) -> None:
    for limit in limits:
        if limit.name not in known:
            raise UsageError(f"--fail-if {limit.name} has no meaning for {what}", "one of " + ", ".join(known))
