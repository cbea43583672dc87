"""`rebalance techniques`."""

import json
import sys
from typing import Annotated, Any

import typer

from rebalance.cli import help as groups
from rebalance.techniques.registry import TECHNIQUES, Technique, find_technique

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
    from rebalance.report.terminal import console
    from rebalance.report.terminal_techniques import print_technique, print_techniques

    out = console(sys.stdout)
    if name:
        print_technique(out, shown[0])
    else:
        print_techniques(out)


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
        "aliases": technique.aliases,
        "example": technique.example,
    }
