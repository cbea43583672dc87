"""`rebalance techniques`."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rebalance.cli import help as groups
from rebalance.techniques.registry import ALIASES, TECHNIQUES, Family, Technique, find_technique

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
    from rebalance.report.terminal import console

    out = console(sys.stdout)
    if name:
        _print_technique(out, shown[0])
    else:
        _print_list(out, shown)


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
        "aliases": _aliases_of(technique),
        "example": technique.example,
    }


def _print_list(out: "Console", techniques: Sequence[Technique]) -> None:
    from rebalance.report.terminal import print_pairs

    for family in Family:
        members = [technique for technique in techniques if technique.family is family]
        print(f"{family}:")
        print_pairs(
            out, [(f"  {technique.name}", f"{technique.summary} ({_tasks(technique)})") for technique in members]
        )
        print()
    print("`rebalance techniques NAME` shows what one needs, when to use it, and its settings.")


def _tasks(technique: Technique) -> str:
    return "both tasks" if len(technique.tasks) > 1 else str(technique.tasks[0])


def _print_technique(out: "Console", technique: Technique) -> None:
    from rebalance.report.terminal import print_pairs

    print(f"{technique.name}: {technique.summary}\n")
    known_as = _aliases_of(technique)
    print_pairs(
        out,
        [
            ("family", technique.family),
            ("tasks", " and ".join(technique.tasks)),
            ("needs", technique.needs),
            ("use it", technique.when[0].lower() + technique.when[1:]),
            ("paper", technique.paper),
            ("also known as", ", ".join(known_as)),
        ],
    )
    if technique.settings:
        print("\nSettings, with their defaults:")
        print_pairs(
            out,
            [
                (f"  {setting.name}={setting.format()}", f"{setting.help} ({setting.allowed})")
                for setting in technique.settings
            ],
        )
    print(f"\nExample:\n  {technique.example}")


def _aliases_of(technique: Technique) -> list[str]:
    return sorted(alias for alias, known in ALIASES.items() if known == technique.name)
