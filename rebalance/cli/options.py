"""The options that commands share, each written once.

A command takes dataclasses of options; `flat` shows Typer their fields as options of the command itself.
"""

import dataclasses
import functools
import inspect
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from rebalance.cli.numerals import decimal, whole
from rebalance.errors import UsageError

if TYPE_CHECKING:
    from rebalance.resample import Request
    from rebalance.techniques.chain import Chain


_MOST_BYTES = "16G"
"""A few megabytes can unpack to a full disk."""


@dataclasses.dataclass(frozen=True)
class InputOptions:
    """Which table to read, and what its columns are."""

    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV, may be gzip or zstd; - is standard input.")] = "-"
    target: Annotated[
        str,
        typer.Option(
            "--target", "-t", metavar="COL", help="The column that holds the class, or a quantity.", show_default=False
        ),
    ] = ""
    delimiter: Annotated[
        str, typer.Option("--delimiter", "-d", metavar="CHAR", help="Between fields; found if not given.")
    ] = ""
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of the text, such as latin-1.")] = "utf-8"
    max_bytes: Annotated[
        str,
        typer.Option("--max-bytes", metavar="N", help="Most that a packed or piped input may hold: 500M, 100G."),
    ] = _MOST_BYTES
    no_header: Annotated[bool, typer.Option("--no-header", help="Columns are named 1, 2, 3 ...")] = False
    drop: Annotated[list[str] | None, typer.Option(metavar="COLS", help="Leave these columns out of everything.")] = (
        None
    )
    ids: Annotated[
        list[str] | None,
        typer.Option("--id", metavar="COLS", help="These name rows: not measured, empty in made rows."),
    ] = None
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="COL=ROLE", help="number, category, date, text, id or constant."),
    ] = None

    missing: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Cells that stand for a missing value, beside ? NA null.")
    ] = None
    same_class: Annotated[
        list[str] | None, typer.Option(metavar="A=B", help="Count label A as class B; its cells stay as they are.")
    ] = None
    distance_with: Annotated[
        list[str] | None, typer.Option(metavar="COLS", help="Measure distances with these columns only.")
    ] = None
    drop_from_distance: Annotated[
        list[str] | None, typer.Option(metavar="COLS", help="Leave these columns out of distances.")
    ] = None

    def words(self) -> list[str]:
        """Return the words that give these options again on a command line."""
        path = Path(self.file)
        is_pipe = self.file == "-" or (path.exists() and not path.is_file())  # which can be read only once
        words = ["FILE" if is_pipe else self.file, "--target", self.target]
        for option, value, usual in (
            ("-d", self.delimiter, ""),
            ("--encoding", self.encoding, "utf-8"),
            ("--max-bytes", self.max_bytes, _MOST_BYTES),
        ):
            if value != usual:
                words += [option, value]
        if self.no_header:
            words.append("--no-header")
        repeatable = {
            "--drop": self.drop,
            "--id": self.ids,
            "--role": self.roles,
            "--missing": self.missing,
            "--same-class": self.same_class,
            "--distance-with": self.distance_with,
            "--drop-from-distance": self.drop_from_distance,
        }
        for option, values in repeatable.items():
            for value in values or []:
                words += [option, value]
        return words


@dataclasses.dataclass(frozen=True)
class TalkOptions:
    """How the command speaks."""

    json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors on standard error.")] = False

    def tell_written(self, paths: Sequence[str]) -> None:
        """Say which files were written."""
        for path in paths:
            if not self.quiet and path != "-":
                print(f"wrote {path}", file=sys.stderr)


@dataclasses.dataclass(frozen=True)
class TechniqueOptions:
    """What can be set of techniques, wherever one is applied."""

    ratio: Annotated[
        float | None,
        typer.Option(
            metavar="R",
            parser=decimal("--ratio", example=0.5),
            help="Each smaller class to the largest (or the larger to the smallest), rare values to common ones; 1.",
        ),
    ] = None
    neighbors: Annotated[
        int | None,
        typer.Option(
            "--neighbors",
            "-k",
            metavar="K",
            parser=whole("--neighbors", 1, example=5),
            help="For smote and its kin; 5 if not given.",
        ),
    ] = None
    kind: Annotated[
        int | None,
        typer.Option(
            metavar="1|2", parser=whole("--kind", 1, 2, example=1), help="Of borderline-smote; 1 if not given."
        ),
    ] = None
    version: Annotated[
        int | None,
        typer.Option(metavar="1|2|3", parser=whole("--version", 1, 3, example=1), help="Of near-miss; 1 if not given."),
    ] = None
    beta: Annotated[
        float | None,
        typer.Option(
            metavar="B",
            parser=decimal("--beta", 0, 0.999999999, example=0.999),
            help="Of effective-number; 0.999 if not given.",
        ),
    ] = None
    perturbation: Annotated[
        float | None,
        typer.Option(
            metavar="S",
            parser=decimal("--perturbation", 0, 10, example=0.02),
            help="Of smogn: the most noise, in standard deviations; 0.02.",
        ),
    ] = None
    alpha: Annotated[
        float | None,
        typer.Option(
            metavar="A",
            parser=decimal("--alpha", 0, 1e6, example=1.0),
            help="Of density-weight: how much density counts; 1.",
        ),
    ] = None
    fence: Annotated[
        float | None,
        typer.Option(
            metavar="F",
            parser=decimal("--fence", 0, 1e6, example=1.5),
            help="Of outliers: interquartile ranges from the quartiles; 1.5.",
        ),
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(metavar="COLS", help="Of outliers and what rewrites numbers; the target if not given."),
    ] = None
    method: Annotated[
        str | None, typer.Option(metavar="tukey|isolation-forest", help="Of drop-outliers; tukey if not given.")
    ] = None
    neighbor_search: Annotated[
        str | None,
        typer.Option(metavar="exact|approximate", help="Of smote and its kin, tomek-links, edited-nn."),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Refuse to adapt a technique to a small class.")] = False
    drop_unlabelled: Annotated[
        bool, typer.Option("--drop-unlabelled", help="Leave out records with a blank target.")
    ] = False

    def request(self, chains: "Sequence[Chain]", counts: dict[str, int] | None = None) -> "Request":
        """Return what is asked of the techniques.

        Raises UsageError for an option that none of them heeds.
        """
        from rebalance.resample import Request
        from rebalance.techniques.problem import Options

        heeded = {option for chain in chains for option in chain.options}
        given: dict[str, Any] = {name: value for name, value in self._settings().items() if value is not None}
        if self.method not in (None, "tukey", "isolation-forest"):
            raise UsageError(f"--method {self.method}: no such method", "tukey or isolation-forest")
        if self.neighbor_search is not None:
            from rebalance.techniques.neighbors import SEARCHES

            if self.neighbor_search not in SEARCHES:
                raise UsageError(f"--neighbor-search {self.neighbor_search}: no such search", " or ".join(SEARCHES))
        if self.method == "isolation-forest" and self.fence is not None:
            raise UsageError("--fence has no meaning for --method isolation-forest", "leave one of them out")
        for option in [*self.named(), *(["--count"] if counts else [])]:
            if option not in heeded:
                names = ", ".join(chain.name for chain in chains)
                raise UsageError(f"{option} has no meaning for {names}", "leave it out, or name another technique")
        return Request(self.ratio, counts, Options(**given, strict=self.strict))

    def _settings(self) -> dict[str, Any]:
        """Return what a technique can be told, by the name of its option; None where nothing is."""
        return {
            "neighbors": self.neighbors,
            "kind": self.kind,
            "version": self.version,
            "beta": self.beta,
            "perturbation": self.perturbation,
            "alpha": self.alpha,
            "fence": self.fence,
            "columns": tuple(self.columns) if self.columns else None,
            "method": self.method,
            "neighbor_search": self.neighbor_search,
        }

    def named(self) -> dict[str, str]:
        """Return the options given that only some techniques heed, with their values."""
        values = {"ratio": self.ratio, **self._settings()}
        if self.columns:
            values["columns"] = ",".join(self.columns)
        return {f"--{name.replace('_', '-')}": str(value) for name, value in values.items() if value is not None}

    def words(self) -> list[str]:
        """Return the words that give again what every technique heeds."""
        flags = {"--strict": self.strict, "--drop-unlabelled": self.drop_unlabelled}
        return [flag for flag, given in flags.items() if given]


@dataclasses.dataclass(frozen=True)
class GroupOption:
    """What keeps rows together when some are set aside."""

    group: Annotated[str | None, typer.Option(metavar="COL", help="Rows with the same value are never split up.")] = (
        None
    )


@dataclasses.dataclass(frozen=True)
class SeedOption:
    """What makes a run repeatable."""

    seed: Annotated[
        int,
        typer.Option(
            metavar="N",
            parser=whole("--seed", 0, 2**32 - 1, example=1),
            show_default=True,
            help="The same seed gives the same output.",
        ),
    ] = 0

    def words(self) -> list[str]:
        """Return the words that give the seed again."""
        return ["--seed", str(self.seed)] if self.seed else []


def flat(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command`, whose dataclass parameters Typer sees as one option per field."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {
        name: hint for name, hint in hints.items() if name != "return" and dataclasses.is_dataclass(hint)
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in groups:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        field_hints = get_type_hints(groups[name], include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=field_hints[field.name],
            )
            for field in dataclasses.fields(groups[name])
        ]

    @functools.wraps(command)
    def with_groups(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in dataclasses.fields(group)})
        command(**given)

    with_groups.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_groups.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return with_groups
