"""Sections of a report as one self-contained HTML file."""

import shlex
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rebalance import __version__
from rebalance.document import Item, Listing, Section, TableData, Text
from rebalance.inspection.columns import Profile
from rebalance.report.charts import draw
from rebalance.system.versions import versions
from rebalance.text import escape_control, format_percent

if TYPE_CHECKING:
    import jinja2

_MAX_COLUMNS = 200
"""Columns of a table that are described one by one."""


def render_page(title: str, heading: str, lead: str, sections: Sequence[Section]) -> str:
    """Return the page. Every text is escaped, and control characters are shown as escapes."""
    rendered = [{"key": section.key, "title": section.title, "groups": _groups(section.items)} for section in sections]
    template = _templates().get_template("page.html")
    return template.render(title=title, heading=heading, lead=lead, sections=rendered, version=__version__)


def _groups(items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the items as the template takes them: consecutive figures, and small tables, next to each other."""
    groups: list[dict[str, Any]] = []
    for kind, members in groupby(items, _kind):
        if kind == "figures":
            groups.append({"kind": kind, "charts": [draw(item) for item in members]})  # type: ignore[arg-type]
        elif kind == "tables":
            groups.append({"kind": kind, "tables": list(members)})
        else:
            groups += [{"kind": kind, "item": item} for item in members]
    return groups


def _kind(item: Item) -> str:
    if isinstance(item, Text):
        return "text"
    if isinstance(item, Listing):
        return "listing"
    if isinstance(item, TableData):
        return "tables" if item.shades else "table"
    return "figures"


def command_line(command: Sequence[str]) -> str:
    """Return the line that was typed."""
    return shlex.join(["rebalance", *command])


@cache
def _templates() -> "jinja2.Environment":
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _escape_lines(value) if type(value) is str else value,
    )


def _escape_lines(text: str) -> str:
    return "\n".join(escape_control(line) for line in text.split("\n"))


def columns_section(profile: Profile, *further: Item) -> Section:
    """Return the section on a table's columns."""
    columns = profile.columns or ()
    facts = [f"{profile.rows:,} rows, {profile.column_count:,} columns, {profile.encoding}."]
    if profile.duplicates:
        facts.append(f"{profile.duplicates:,} rows are exact copies of earlier ones.")
    if profile.unlabeled:
        facts.append(f"{profile.unlabeled:,} have no label.")
    rows = [
        [
            column.name,
            column.role,
            format_percent(column.missing / profile.rows) if column.missing else "-",
            f"{column.distinct:,}" + ("+" if column.distinct_is_minimum else ""),
            "; ".join(column.notes),
        ]
        for column in columns[:_MAX_COLUMNS]
    ]
    headings = ["column", "role", "missing", "distinct", "notes"]
    table = TableData("The role of each column, and its missing cells.", headings, rows, text_columns=frozenset({1, 4}))
    hidden = len(columns) - _MAX_COLUMNS
    more = [Text(f"and {hidden} more columns.")] if hidden > 0 else []
    return Section("data", "Columns", [Text(" ".join(facts)), table, *more, *further])


def reproduction_section(command: Sequence[str], digest: str) -> Section:
    """Return the section on how to get the same result; `digest`: the SHA-256 of the input."""
    rows = [["SHA-256 of the input", digest], *([name, version] for name, version in versions().items())]
    table = TableData("Input and versions of the packages.", ["item", "value"], rows, text_columns=frozenset({1}))
    return Section("repeat", "How to reproduce this", [Text(command_line(command), is_preformatted=True), table])
