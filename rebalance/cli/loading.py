"""From the options of a command to a table."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from rebalance.cli.options import InputOptions
from rebalance.csvio.dialect import parse_delimiter, parse_encoding
from rebalance.csvio.records import CsvFile, open_csv
from rebalance.csvio.source import open_source, parse_bytes
from rebalance.errors import RebalanceError, UsageError
from rebalance.table.columns import column, columns
from rebalance.table.table import Choices, Table, read_table

if TYPE_CHECKING:
    from rebalance.table.roles import Role


@contextmanager
def open_table(
    options: InputOptions, group: str | None = None, known_labels: tuple[str, ...] = (), *, quiet: bool
) -> Iterator[Table]:
    """Open the input and find its records and classes, and the groups that the column `group` names.

    `known_labels` are the classes of a table opened before, whose classes this one shares; columns that were dropped
    there need not be here.

    Every error about the input names the file.
    """
    if options.file == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("no FILE is named", "name a CSV, or pipe one in: rebalance ... - < FILE")
    delimiter = parse_delimiter(options.delimiter) if options.delimiter else None
    encoding = parse_encoding(options.encoding)
    with open_source(options.file, parse_bytes(options.max_bytes)) as source:
        with naming(source.name):
            file = open_csv(source, delimiter, encoding, header=not options.no_header)
            if file.rival and options.target not in file.names:
                other = open_csv(source, file.rival, encoding, header=not options.no_header)
                file = other if options.target in other.names else file
            if file.rival and not quiet:
                _tell(file.dialect.delimiter, file.rival)
            table = _read(file, options, group, known_labels)
        yield table


def _tell(delimiter: bytes, rival: bytes) -> None:
    one, other = delimiter.decode(), rival.decode()
    print(f"! fields are cut at {one!r}; {other!r} cuts them as regularly: -d says which", file=sys.stderr)


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Let every error in the block name the file."""
    try:
        yield
    except RebalanceError as error:
        raise type(error)(f"{file}: {error.message.removeprefix(file + ' ')}", error.hint) from None


def _read(file: CsvFile, options: InputOptions, group: str | None, known_labels: tuple[str, ...]) -> Table:
    if not options.target:
        names = ", ".join(repr(name) for name in file.names[-12:])
        raise UsageError("--target COL is missing: which column holds the class?", f"the last columns are {names}")
    target = column(options.target, file.names, "--target")
    grouped = None if group is None else column(group, file.names, "--group")
    choices = replace(_choices(file, options, target, second=bool(known_labels)), known_labels=known_labels)
    if grouped == target:
        raise UsageError(f"--group names the target {file.names[target]!r}", "name the column that keeps rows together")
    if grouped is not None and grouped not in (*choices.dropped, *choices.ids):
        from rebalance.table.roles import Role

        if grouped in choices.roles:
            raise UsageError(
                "--role names the column of --group", "what groups rows is neither measured nor learned from"
            )
        choices = replace(choices, roles={**choices.roles, grouped: Role.TEXT})  # a made row is of its seed's group
    return read_table(file, target, choices, grouped)


def _choices(file: CsvFile, options: InputOptions, target: int, *, second: bool) -> Choices:
    found = {
        option: tuple(columns(chosen or [], file.names, option))
        for option, chosen in {
            "--drop": [name for name in options.drop or [] if not second or name in file.names],
            "--id": options.ids,
            "--distance-with": options.distance_with,
            "--drop-from-distance": options.drop_from_distance,
        }.items()
    }
    for option, chosen in found.items():
        if target in chosen:
            raise UsageError(f"{option} names the target {file.names[target]!r}", "the target must stay the target")
    return Choices(
        dropped=found["--drop"],
        ids=found["--id"],
        roles=_roles(file, options.roles or [], target),
        only_measure=found["--distance-with"],
        unmeasured=found["--drop-from-distance"],
        missing=_missing(options.missing or []),
        same_class=tuple(options.same_class or []),
    )


def _missing(texts: list[str]) -> frozenset[str]:
    for text in texts:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise UsageError(f"--missing {text}: not text in this terminal's encoding", "UTF-8 is read") from None
    return frozenset(text.strip().casefold() for text in texts)


def _roles(file: CsvFile, texts: list[str], target: int) -> dict[int, "Role"]:
    if not texts:
        return {}
    from rebalance.table.roles import Role

    free = [role for role in Role if role is not Role.TARGET]
    roles: dict[int, Role] = {}
    for text in texts:
        name, equals, word = text.rpartition("=")
        if not equals or word not in free:
            raise UsageError(f"--role {text}: not COL=ROLE", "ROLE is one of " + ", ".join(free))
        for at in columns([name], file.names, "--role"):
            if at == target:
                raise UsageError(f"--role names the target {file.names[target]!r}", "the target must stay the target")
            roles[at] = Role(word)
    return roles
