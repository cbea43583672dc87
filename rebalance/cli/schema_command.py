"""`rebalance schema`."""

import sys
from importlib.resources import files
from typing import Annotated

import typer

from rebalance.cli import help as groups
from rebalance.cli.parse import choice

SCHEMAS = ("inspect", "resample", "train-eval", "techniques", "manifest")
"""The JSON outputs; each has a JSON Schema in `rebalance/schemas`."""


def schema(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            parser=choice("NAME", SCHEMAS),
            help="The JSON output: " + ", ".join(SCHEMAS) + ".",
            rich_help_panel=groups.FIRST,
        ),
    ],
) -> None:
    """Print the JSON Schema of a JSON output.

    Example: rebalance schema train-eval
    """
    sys.stdout.write((files("rebalance") / "schemas" / f"{name}.json").read_text())
