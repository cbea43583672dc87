"""Whether the target is a class or a number, and which values of a numeric target are rare."""

import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated, cast

import typer

from rebalance.cli import help as groups
from rebalance.cli.dataclass_options import to_argv
from rebalance.cli.parse import choice, number, parse_relevance
from rebalance.defaults import RARE_THRESHOLD
from rebalance.errors import UsageError
from rebalance.table.task import Task

if TYPE_CHECKING:
    from rebalance.table.table import Table
    from rebalance.table.target import ClassTarget

_AUTO = "auto"
_TASKS = (_AUTO, *Task)


@dataclasses.dataclass(frozen=True)
class TaskOptions:
    """How the target is read."""

    task: Annotated[
        str,
        typer.Option(
            metavar="|".join(_TASKS),
            parser=choice("--task", _TASKS),
            show_default=True,
            help="Whether the target is a class or a number. auto: a number if it has more than 20 distinct values that"
            " are not all whole, or that rarely repeat.",
            rich_help_panel=groups.TARGET,
        ),
    ] = _AUTO
    relevance: Annotated[
        str | None,
        typer.Option(
            metavar="X:R,...",
            help="How much values of a numeric target matter, from 0 to 1, as control points VALUE:RELEVANCE. By"
            " default values far from the median matter, as in a box plot.",
            rich_help_panel=groups.TARGET,
        ),
    ] = None
    relevance_threshold: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            parser=number("--relevance-threshold", 0, 1, example=RARE_THRESHOLD),
            help=f"Values of at least this relevance are rare. [default: {RARE_THRESHOLD}]",
            rich_help_panel=groups.TARGET,
        ),
    ] = None

    def check(self) -> None:
        """Raise UsageError for a relevance that cannot be parsed, before any file is read."""
        if self.relevance is not None:
            parse_relevance(self.relevance)

    def apply_to(self, table: "Table", *, quiet: bool) -> "Table":
        """Return the table with its target read as numbers if it is numeric; a guess is reported on standard error.

        Raises UsageError for options that only a numeric target has, DataError for a target that is not numeric.
        """
        if not self._is_regression(table, quiet=quiet):
            if self.relevance is not None or self.relevance_threshold is not None:
                remedy = "--task regression" if table.target.can_be_other_task else "leave it out"
                raise UsageError("--relevance is for numeric targets, and the target is a class", remedy)
            return table
        from rebalance.cli.open_table import errors_naming
        from rebalance.table.numeric_target import with_numeric_target

        relevance = None if self.relevance is None else parse_relevance(self.relevance)
        threshold = RARE_THRESHOLD if self.relevance_threshold is None else self.relevance_threshold
        with errors_naming(table.file.source.name):
            return with_numeric_target(table, relevance, threshold)

    def to_argv(self) -> list[str]:
        """Return the words that give these options again."""
        return to_argv(self)

    def _is_regression(self, table: "Table", *, quiet: bool) -> bool:
        if self.task != _AUTO:
            return self.task == Task.REGRESSION
        target = cast("ClassTarget", table.target)
        comma = table.file.dialect.delimiter != b","
        if not target.looks_numeric(comma=comma):
            return False
        is_numeric = target.looks_numeric_target(comma=comma)
        count = len(target.labels)
        start = f"the target has {count:,} distinct numbers, so"
        if not quiet and is_numeric:
            print(f"{start} it is numeric (--task classification for classes)", file=sys.stderr)
        elif not quiet and count > 2:  # noqa: PLR2004  two numbers are two classes
            print(f"{start} they are classes (--task regression for a numeric target)", file=sys.stderr)
        return is_numeric
