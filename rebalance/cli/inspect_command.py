"""`rebalance inspect`."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebalance.cli.ending import gate
from rebalance.cli.options import InputOptions, TalkOptions
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.gates import Gate
    from rebalance.table.relevance import Relevance
    from rebalance.table.table import Table

_TASKS = ("auto", "classification", "regression")


def inspect(
    source: InputOptions,
    talk: TalkOptions,
    classes_only: Annotated[bool, typer.Option("--classes-only", help="Read nothing but the target.")] = False,
    task: Annotated[
        str, typer.Option(metavar="|".join(_TASKS), help="Whether the target is a class or a quantity.")
    ] = "auto",
    relevance: Annotated[
        str | None, typer.Option(metavar="X:R,...", help="Of a quantity: how much values matter, 0 to 1.")
    ] = None,
    relevance_threshold: Annotated[
        float | None, typer.Option(metavar="R", min=0, max=1, help="Values that matter as much are rare; 0.8.")
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE>X",
            help="Exit 1 if so: ratio, min-count, rows, classes, unlabelled, duplicates, or missing (the share in the"
            " column with most); of a quantity also skew (signed), zeros, outliers, rare; repeatable.",
        ),
    ] = None,
    report: Annotated[str | None, typer.Option(metavar="FILE.html", help="Write it as a page.")] = None,
) -> None:
    """Show the classes (or the spread of a quantity), the columns, and what is odd about them.

    Example: rebalance inspect sample_data/orders.csv --target fraud
    """
    from rebalance.cli.loading import open_table
    from rebalance.csvio.write import check_output, open_output
    from rebalance.gates import parse_fail_if, tripped
    from rebalance.inspect import FIGURES
    from rebalance.quantity import FIGURES as OF_A_QUANTITY
    from rebalance.report.as_json import to_json
    from rebalance.report.terminal import console
    from rebalance.table.relevance import RARE, parse_relevance

    if task not in _TASKS:
        raise UsageError(f"--task {task}: no such task", "one of " + ", ".join(_TASKS))
    limits = parse_fail_if(fail_if or [], {**FIGURES, **OF_A_QUANTITY})
    points = None if relevance is None else parse_relevance(relevance)
    if report is not None and not report.lower().endswith(".html"):
        raise UsageError(f"--report {report}: inspect writes a page", "end the name in .html")
    with open_table(source) as table:
        if report is not None:
            check_output(report, [table.file.source])
        if _is_regression(table, task, quiet=talk.quiet or talk.json):
            _check(limits, OF_A_QUANTITY, "a quantity")
            if classes_only:
                raise UsageError("--classes-only: the target is a quantity", "leave it out, or --task classification")
            found = _quantity(table, points, RARE if relevance_threshold is None else relevance_threshold)
        else:
            _check(limits, FIGURES, "classes")
            if points is not None or relevance_threshold is not None:
                raise UsageError("--relevance is for a quantity, and the target is a class", "--task regression")
            if classes_only and any(limit.name in ("missing", "duplicates") for limit in limits):
                raise UsageError("--fail-if: --classes-only reads neither missing nor duplicates", "leave it out")
            found = _classes(table, source, classes_only=classes_only)
        if report is not None:
            with open_output(report) as out:
                out.write(found.page().encode(errors="backslashreplace"))
    if talk.json:
        print(to_json(found.profile))
    else:
        found.show(console(sys.stdout))
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


def _quantity(table: "Table", points: "Relevance | None", threshold: float) -> _Found:
    from rebalance.quantity import figures, profile_quantity
    from rebalance.report.terminal_quantity import print_quantity

    found = profile_quantity(table, points, threshold)

    def page() -> str:
        from rebalance.report.pages import quantity_html

        return quantity_html(found, table.file.source.sha256(), sys.argv[1:])

    return _Found(found, figures(found), page, lambda out: print_quantity(out, found))


def _is_regression(table: "Table", task: str, *, quiet: bool) -> bool:
    """Whether the target is a quantity; said on standard error where it had to be guessed."""
    from rebalance.table.quantity import looks_like_numbers, looks_like_quantity

    if task != "auto":
        return task == "regression"
    found = looks_like_quantity(table)
    count = len(table.target.labels)
    if not quiet and found:
        print(f"{count:,} different numbers: a quantity (--task classification for classes)", file=sys.stderr)
    elif not quiet and count > 2 and looks_like_numbers(table):  # noqa: PLR2004  two numbers are two classes
        print(f"{count:,} different numbers: classes (--task regression for a quantity)", file=sys.stderr)
    return found


def _check(limits: "list[Gate]", known: Mapping[str, str], what: str) -> None:
    for limit in limits:
        if limit.name not in known:
            raise UsageError(f"--fail-if {limit.name} has no meaning for {what}", "one of " + ", ".join(known))
