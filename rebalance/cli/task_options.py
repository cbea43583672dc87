"""Whether the target is a class or a quantity, and which values of a quantity are rare."""

import dataclasses
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli.numerals import decimal
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.table.table import Table

_TASKS = ("auto", "classification", "regression")


@dataclasses.dataclass(frozen=True)
class TaskOptions:
    """What the target is taken for."""

    task: Annotated[
        str, typer.Option(metavar="|".join(_TASKS), help="Whether the target is a class or a quantity.")
    ] = "auto"
    relevance: Annotated[
        str | None, typer.Option(metavar="X:R,...", help="Of a quantity: how much values matter, 0 to 1.")
    ] = None
    relevance_threshold: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            parser=decimal("--relevance-threshold", 0, 1, example=0.8),
            help="Values that matter as much are rare; 0.8.",
        ),
    ] = None

    def check(self) -> None:
        """Raise UsageError for what cannot be meant, before anything is read."""
        from rebalance.table.relevance import parse_relevance

        if self.task not in _TASKS:
            raise UsageError(f"--task {self.task}: no such task", "one of " + ", ".join(_TASKS))
        if self.relevance is not None:
            parse_relevance(self.relevance)

    def taken(self, table: "Table", *, quiet: bool) -> "Table":
        """Return the table, its target taken for a quantity if it is one; said on standard error where it is guessed.

        Raises UsageError for options that only a quantity has, DataError for a target that is none.
        """
        if not self._is_regression(table, quiet=quiet):
            if self.relevance is not None or self.relevance_threshold is not None:
                raise UsageError("--relevance is for a quantity, and the target is a class", "--task regression")
            return table
        from rebalance.cli.loading import naming
        from rebalance.table.quantity import as_quantity
        from rebalance.table.relevance import RARE, parse_relevance

        points = None if self.relevance is None else parse_relevance(self.relevance)
        with naming(table.file.source.name):
            return as_quantity(table, points, RARE if self.relevance_threshold is None else self.relevance_threshold)

    def words(self) -> list[str]:
        """Return the words that give these options again on a command line."""
        words = ["--task", self.task] if self.task != "auto" else []
        if self.relevance is not None:
            words += ["--relevance", self.relevance]
        if self.relevance_threshold is not None:
            words += ["--relevance-threshold", repr(self.relevance_threshold)]
        return words

    def _is_regression(self, table: "Table", *, quiet: bool) -> bool:
        if self.task != "auto":
            return self.task == "regression"
        comma = table.file.dialect.delimiter != b","
        if not table.target.looks_numeric(comma=comma):
            return False
        found = table.target.looks_like_quantity(comma=comma)
        count = len(table.target.labels)
        if not quiet and found:
            print(f"{count:,} different numbers: a quantity (--task classification for classes)", file=sys.stderr)
        elif not quiet and count > 2:  # noqa: PLR2004  two numbers are two classes
            print(f"{count:,} different numbers: classes (--task regression for a quantity)", file=sys.stderr)
        return found
