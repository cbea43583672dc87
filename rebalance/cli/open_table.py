"""From the options of a command to a table."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rebalance.cli.options import InputOptions
from rebalance.cli.parse import (
    is_transcoded,
    parse_bytes,
    parse_delimiter,
    parse_encoding,
    parse_missing,
    parse_quoting,
)
from rebalance.csvio.records import CsvFile, open_csv
from rebalance.csvio.source import open_source
from rebalance.errors import RebalanceError, UsageError, did_you_mean
from rebalance.table.selectors import find_column, find_columns
from rebalance.table.table import ColumnOptions, Table, read_table

if TYPE_CHECKING:
    from rebalance.table.columns import Role

_MAX_NAMES_IN_HINT = 12
"""Columns named where --target is missing: the last ones, where targets usually are."""

_TARGET_STAYS = "the target must stay the target"


@contextmanager
def open_table(options: InputOptions, group: str | None = None, known_labels: tuple[str, ...] = ()) -> Iterator[Table]:
    """Open the input and find its records and classes, and the groups of the column `group`.

    `known_labels`: the classes of a table opened before, which this one shares; columns that were dropped there need
    not exist here. Every error about the input names the file.
    """
    if options.file == "-" and sys.stdin is not None and sys.stdin.isatty():
        raise UsageError("no FILE is named", "name a CSV file, or pipe one in: rebalance ... - < FILE")
    delimiter = parse_delimiter(options.delimiter) if options.delimiter else None
    encoding = parse_encoding(options.encoding)
    quoting = parse_quoting(options.quoting, options.quote_char, options.escape_char, options.comment)
    wide_encoding = encoding if is_transcoded(encoding) else ""
    with open_source(options.file, parse_bytes(options.max_bytes), wide_encoding) as source:
        with errors_naming(source.name):
            read = partial(
                open_csv,
                source,
                encoding="utf-8" if source.wide_encoding else encoding,
                header=not options.no_header,
                quoting=quoting,
                skip_lines=options.skip_lines,
                skip_footer=options.skip_footer,
            )
            file = read(delimiter)
            alternative = file.alternative_delimiter
            if alternative and options.target not in file.names:
                other = read(alternative)
                file = other if options.target in other.names else file
            table = _read_table(file, options, group, known_labels)
        yield table


@contextmanager
def errors_naming(file: str) -> Iterator[None]:
    """Let every error in the block name the file."""
    try:
        yield
    except RebalanceError as error:
        raise type(error)(f"{file}: {error.message.removeprefix(file + ' ')}", error.hint) from None


def _read_table(file: CsvFile, options: InputOptions, group: str | None, known_labels: tuple[str, ...]) -> Table:
    if not options.target:
        names = ", ".join(repr(name) for name in file.names[-_MAX_NAMES_IN_HINT:])
        raise UsageError("--target COL is missing: which column is to be predicted?", f"the last columns are {names}")
    target = find_column(options.target, file.names, "--target")
    group_index = None if group is None else find_column(group, file.names, "--group")
    column_options = _column_options(file, options, target, is_second=bool(known_labels))
    column_options = replace(column_options, known_labels=known_labels)
    if group_index == target:
        raise UsageError(f"--group names the target {file.names[target]!r}", "name the column that keeps rows together")
    if group_index is not None and group_index not in (*column_options.dropped, *column_options.ids):
        from rebalance.table.columns import Role

        if group_index in column_options.roles:
            raise UsageError(
                "--role names the column of --group",
                "leave one of them out: a group column takes no part in distances and is not a feature",
            )
        # a synthetic row belongs to its base's group
        column_options = replace(column_options, roles={**column_options.roles, group_index: Role.TEXT})
    return read_table(file, target, column_options, group_index)


def _column_options(file: CsvFile, options: InputOptions, target: int, *, is_second: bool) -> ColumnOptions:
    selectors = {
        "--drop": [name for name in options.drop or [] if not is_second or name in file.names],
        "--id": options.ids or [],
        "--distance-columns": options.distance_columns or [],
        "--distance-exclude": options.distance_exclude or [],
    }
    positions = {option: tuple(find_columns(names, file.names, option)) for option, names in selectors.items()}
    for option, columns in positions.items():
        if target in columns:
            raise UsageError(f"{option} names the target {file.names[target]!r}", _TARGET_STAYS)
    roles, formats = _roles(file, options.roles or [], target)
    return ColumnOptions(
        dropped=positions["--drop"],
        ids=positions["--id"],
        roles=roles,
        formats=formats,
        distance_columns=positions["--distance-columns"],
        distance_excluded=positions["--distance-exclude"],
        missing=parse_missing(options.missing or []),
        label_aliases=tuple(options.label_aliases or []),
    )


def _roles(file: CsvFile, texts: list[str], target: int) -> "tuple[dict[int, Role], dict[int, str]]":
    """Return the role that the user gave each column, and the format of its numbers or dates."""
    if not texts:
        return {}, {}
    from rebalance.table.columns import Role
    from rebalance.table.number_detection import LOCALES
    from rebalance.table.role_detection import ROLE_FORMATS

    names = [str(role) for role in Role if role.is_assignable]
    roles: dict[int, Role] = {}
    formats: dict[int, str] = {}
    for text in texts:
        selector, equals, named = text.rpartition("=")
        role, _, name_of_format = named.partition(":")
        if not equals:
            raise UsageError(f"--role {text}: not COL=ROLE", "ROLE is one of " + ", ".join(names))
        is_known = not name_of_format or (
            name_of_format in LOCALES if role == "number" else role == "date" and "%" in name_of_format
        )
        if not is_known:
            raise UsageError(f"--role {text}: unknown format {name_of_format!r}", f"a format is {ROLE_FORMATS}")
        if role not in names:
            hint = did_you_mean(role, names) or "ROLE is one of " + ", ".join(names)
            raise UsageError(f"--role {text}: there is no role {role!r}", hint)
        for index in find_columns([selector], file.names, "--role"):
            if index == target:
                raise UsageError(
                    f"--role names the target {file.names[target]!r}",
                    f"{_TARGET_STAYS}; --task regression reads it as numbers",
                )
            roles[index] = next(known for known in Role if known == role)
            formats[index] = name_of_format
    return roles, formats
