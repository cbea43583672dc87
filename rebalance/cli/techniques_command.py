"""`rebalance techniques`."""

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebalance.cli import help as groups
from rebalance.techniques.registry import ALIASES, TECHNIQUES, Technique, find_technique

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = 2


def techniques(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help="Show one technique with its settings; by default all are listed.",
            show_default=False,
            rich_help_panel=groups.FIRST,
        ),
    ] = "",
    json_output: Annotated[
        bool, typer.Option("--json", help="Write the list as JSON.", rich_help_panel=groups.OUTPUT)
    ] = False,
) -> None:
    """List the techniques; or show what one of them does, when it helps, and its settings.

    Example: rebalance techniques smote
    """
    shown = [find_technique(name)] if name else list(TECHNIQUES)
    if json_output:
        print(json.dumps({"schema": SCHEMA, "techniques": [as_dict(technique) for technique in shown]}, indent=2))
        return
    from rebalance.report.terminal import console, print_rows

    out = console(sys.stdout)
    if name:
        _print_technique(out, shown[0])
        return
    rows = [
        [technique.name, technique.family, _tasks(technique), f"{technique.summary}; needs {technique.needs}"]
        for technique in shown
    ]
    print_rows(out, ["technique", "family", "task", "what it does"], rows)
    print("\n`rebalance techniques NAME` shows the settings of one, and when it helps.")


def _tasks(technique: Technique) -> str:
    return "both" if len(technique.tasks) > 1 else str(technique.tasks[0])


def as_dict(technique: Technique) -> dict[str, Any]:
    """Return a technique as JSON has it."""
    return {
        "name": technique.name,
        "family": str(technique.family),
        "tasks": [str(task) for task in technique.tasks],
        "summary": technique.summary,
        "needs": technique.needs,
        "when": technique.when,
        "paper": technique.paper,
        "settings": [
            {
                "name": setting.name,
                "default": setting.default,
                "allowed": setting.allowed,
                "help": setting.help,
            }
            for setting in technique.settings
        ],
        "aliases": sorted(alias for alias, known in ALIASES.items() if known == technique.name),
        "example": technique.example,
    }


def _print_technique(out: "Console", technique: Technique) -> None:
    from rebalance.report.terminal import print_rows

    print(f"{technique.name}: {technique.summary}.\n")
    rows = [
        ["family", technique.family],
        ["task", _tasks(technique)],
        ["needs", technique.needs],
        ["when", technique.when],
        *([["paper", technique.paper]] if technique.paper else []),
    ]
    print_rows(out, ["", ""], rows)
    if technique.settings:
        print()
        settings = [
            [f"{setting.name}={setting.format() or 'COLS'}", f"{setting.help} ({setting.allowed})"]
            for setting in technique.settings
        ]
        print_rows(out, ["setting and default", "what it sets"], settings)
    print(f"\nExample:\n  {technique.example}")
