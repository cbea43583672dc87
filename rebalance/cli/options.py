"""The options that commands share, each written once, in the dataclasses that commands take."""

import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rebalance.cli import help as groups
from rebalance.cli.dataclass_options import to_argv
from rebalance.cli.parse import choice, integer, parse_ratio
from rebalance.csvio.compression import CODECS
from rebalance.defaults import DEFAULT_RATIO
from rebalance.errors import UsageError
from rebalance.techniques.settings import NEIGHBORS
from rebalance.text import join_with

if TYPE_CHECKING:
    from rebalance.resample.planner import ResampleRequest
    from rebalance.techniques.chain import Chain

_CODEC_NAMES = [codec.name for codec in CODECS]

_QUOTING = ("standard", "none")

_MAX_BYTES = "16G"
"""A few megabytes can unpack to a full disk."""

_MAX_SEED = 2**32 - 1
"""What NumPy's older generators accept."""


@dataclasses.dataclass(frozen=True)
class InputOptions:
    """Which table to read, and what its columns are."""

    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help=f"A CSV file, which may be compressed with {join_with('or', _CODEC_NAMES)}; - is standard input.",
            rich_help_panel=groups.FIRST,
        ),
    ] = "-"
    target: Annotated[
        str,
        typer.Option(
            "--target",
            "-t",
            metavar="COL",
            help="The column to be predicted: a class or a number.",
            show_default=False,
            rich_help_panel=groups.FIRST,
        ),
    ] = ""
    delimiter: Annotated[
        str,
        typer.Option(
            "--delimiter",
            "-d",
            metavar="CHAR",
            help="The character between fields, such as ';' or tab. It is detected by default.",
            rich_help_panel=groups.INPUT,
        ),
    ] = ""
    quoting: Annotated[
        str,
        typer.Option(
            metavar="|".join(_QUOTING),
            parser=choice("--quoting", _QUOTING),
            help="Whether fields can be in quotes. none: quotes are ordinary characters.",
            show_default=True,
            rich_help_panel=groups.INPUT,
        ),
    ] = _QUOTING[0]
    quote_char: Annotated[
        str,
        typer.Option(
            metavar="CHAR",
            help="The character around quoted fields.",
            show_default=True,
            rich_help_panel=groups.INPUT,
        ),
    ] = '"'
    escape_char: Annotated[
        str,
        typer.Option(
            metavar="CHAR",
            help="The character that makes the next one ordinary, such as the backslash of MySQL and Spark.",
            rich_help_panel=groups.INPUT,
        ),
    ] = ""
    encoding: Annotated[
        str,
        typer.Option(metavar="NAME", help="The encoding of the text, such as cp1252.", rich_help_panel=groups.INPUT),
    ] = "utf-8"
    max_bytes: Annotated[
        str,
        typer.Option(
            "--max-bytes",
            metavar="N",
            help="The maximum size of a compressed or piped input, such as 500M or 100G.",
            rich_help_panel=groups.INPUT,
        ),
    ] = _MAX_BYTES
    skip_lines: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=integer("--skip-lines", 0, example=3),
            help="Skip so many lines before the header; they are not copied.",
            rich_help_panel=groups.INPUT,
        ),
    ] = 0
    skip_footer: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=integer("--skip-footer", 0, example=1),
            help="Skip so many lines at the end, such as totals; they are not copied.",
            rich_help_panel=groups.INPUT,
        ),
    ] = 0
    comment: Annotated[
        str,
        typer.Option(
            metavar="CHAR",
            help="Lines that begin with this character, such as '#', are no records.",
            rich_help_panel=groups.INPUT,
        ),
    ] = ""
    no_header: Annotated[
        bool,
        typer.Option(
            "--no-header",
            help="The file has no header line; columns are named 1, 2, 3 ...",
            rich_help_panel=groups.INPUT,
        ),
    ] = False
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLS",
            help="Leave these columns out of everything. COLS are names, or 1-based indices and ranges such as 3-5.",
            rich_help_panel=groups.COLUMNS,
        ),
    ] = None
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="COLS",
            help="These columns identify rows: they are excluded from distances, and empty in synthetic rows.",
            rich_help_panel=groups.COLUMNS,
        ),
    ] = None
    roles: Annotated[
        list[str] | None,
        typer.Option(
            "--role",
            metavar="COL=ROLE",
            help="Set the role of a column (number, category, date, text, id, constant or weight) where the one that"
            " inspect shows is wrong, or say how its cells are written, as in number:de or date:%d/%m/%Y.",
            rich_help_panel=groups.COLUMNS,
        ),
    ] = None
    missing: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="Cells with this text are missing values, in addition to ?, NA, null and the like.",
            rich_help_panel=groups.COLUMNS,
        ),
    ] = None
    label_aliases: Annotated[
        list[str] | None,
        typer.Option(
            "--label-alias",
            metavar="A=B",
            help="Count label A as class B. Cells keep their spelling.",
            rich_help_panel=groups.TARGET,
        ),
    ] = None
    distance_columns: Annotated[
        list[str] | None,
        typer.Option(metavar="COLS", help="Compute distances from these columns only.", rich_help_panel=groups.COLUMNS),
    ] = None
    distance_exclude: Annotated[
        list[str] | None,
        typer.Option(metavar="COLS", help="Exclude these columns from distances.", rich_help_panel=groups.COLUMNS),
    ] = None

    def to_argv(self) -> list[str]:
        """Return the words that give these options again; a pipe, which can be read only once, becomes FILE."""
        path = Path(self.file)
        is_pipe = self.file == "-" or (path.exists() and not path.is_file())
        file = "FILE" if is_pipe else f"./{self.file}" if self.file.startswith("-") else self.file
        return to_argv(dataclasses.replace(self, file=file))


@dataclasses.dataclass(frozen=True)
class ResultOptions:
    """How a command reports its result."""

    json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.", rich_help_panel=groups.OUTPUT)] = (
        False
    )
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Write only errors to standard error.", rich_help_panel=groups.OUTPUT),
    ] = False

    def report_written(self, paths: Sequence[str]) -> None:
        """Report which files were written."""
        for path in paths:
            if not self.quiet and path != "-":
                print(f"wrote {path}", file=sys.stderr)


@dataclasses.dataclass(frozen=True)
class CountOptions:
    """How many rows techniques should leave."""

    ratio: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            parser=parse_ratio,
            help=f"The wanted ratio of the smaller classes to the larger, above 0 and at most 1 (imbalanced-learn's"
            f" sampling_strategy). [default: {DEFAULT_RATIO:g}]",
            rich_help_panel=groups.COUNTS,
        ),
    ] = None


@dataclasses.dataclass(frozen=True)
class TechniqueOptions:
    """What can be said of any technique."""

    neighbors: Annotated[
        int | None,
        typer.Option(
            "--neighbors",
            "-k",
            metavar="K",
            parser=integer("--neighbors", 1, example=NEIGHBORS.default),
            help="How many nearest neighbors smote and its family use: short for the setting neighbors=K."
            f" [default: {NEIGHBORS.default}]",
            rich_help_panel=groups.TECHNIQUE,
        ),
    ] = None
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Exit with 3 instead of using fewer neighbors, or copies, for a small class.",
            rich_help_panel=groups.TECHNIQUE,
        ),
    ] = False
    drop_unlabeled: Annotated[
        bool,
        typer.Option("--drop-unlabeled", help="Leave out records with a blank target.", rich_help_panel=groups.TARGET),
    ] = False

    def chains(self, texts: Sequence[str]) -> "list[Chain]":
        """Return the chains of techniques that `texts` name, with -k applied.

        Raises UsageError for anything else, and for a -k that none of them reads.
        """
        from rebalance.techniques.chain import parse_chain

        chains = [parse_chain(text) for text in texts]
        if self.neighbors is None:
            return chains
        if not any(step.reads_default(NEIGHBORS) for chain in chains for step in chain.steps):
            raise _no_effect("--neighbors", chains)
        return [parse_chain(text, {NEIGHBORS.name: str(self.neighbors)}) for text in texts]

    def request(
        self, chains: "Sequence[Chain]", ratio: float | None, counts: dict[str, int] | None = None
    ) -> "ResampleRequest":
        """Return what is asked of the techniques. Raises UsageError for an option that none of them reads."""
        from rebalance.resample.planner import ResampleRequest

        if not any(chain.has_wanted_counts for chain in chains):
            for option, is_given in (("--ratio", ratio is not None), ("--count", bool(counts))):
                if is_given:
                    raise _no_effect(option, chains)
        return ResampleRequest(ratio, counts, self.strict)

    def to_argv(self) -> list[str]:
        """Return the words that give again the options of every technique; settings are part of a technique's name."""
        return to_argv(dataclasses.replace(self, neighbors=None))


@dataclasses.dataclass(frozen=True)
class GroupOption:
    """What keeps rows together when some are held out."""

    group: Annotated[
        str | None,
        typer.Option(
            metavar="COL",
            help="Rows with the same value in this column stay together, in the training or the test rows.",
            rich_help_panel=groups.SPLITS,
        ),
    ] = None


@dataclasses.dataclass(frozen=True)
class SeedOption:
    """What makes a run repeatable."""

    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=integer("--seed", 0, _MAX_SEED, example=1),
            show_default=True,
            help="The seed of all random draws: the same seed gives the same output.",
            rich_help_panel=groups.RUN,
        ),
    ] = 0

    def to_argv(self) -> list[str]:
        """Return the words that give the seed again."""
        return to_argv(self)


def _no_effect(option: str, chains: "Sequence[Chain]") -> UsageError:
    names = ", ".join(chain.name for chain in chains)
    return UsageError(f"{option} has no effect on {names}", "leave it out, or name another technique")
