"""How help is laid out: an example first, then the options in groups."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

import typer.core

WIDTH = 80
"""Help has the same width in a terminal, a pipe and a log."""

FIRST = "Main options"
INPUT = "Input"
COLUMNS = "Columns"
TARGET = "Target"
TECHNIQUE = "Technique"
COUNTS = "Class sizes"
OUTPUT = "Output"
SPLITS = "Data splits"
MODELS = "Models and metrics"
GATES = "Gates (exit code 1)"
RUN = "Run"
"""Groups of options. A group without options is not shown; options of no group come last."""

_ORDER = (FIRST, COUNTS, TECHNIQUE, MODELS, SPLITS, TARGET, COLUMNS, INPUT, OUTPUT, GATES, RUN)

_FIRST_OPTIONS = ("FILE", "[FILE]", "--target", "--technique", "--output", "--report")
"""The order of the options that come first."""

_MAX_NAME_WIDTH = 27
"""Columns of an option's name; the explanation of a longer one begins on the next line."""


class Command(typer.core.TyperCommand):
    """A command whose help begins with an example and shows its options in groups."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line; an argument that can be left out has one pair of brackets."""
        return [piece.replace("[[", "[").replace("]]", "]").strip("{}") for piece in super().collect_usage_pieces(ctx)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usage, what the command does, an example, and the options in groups."""
        _write_description(self, ctx, formatter)
        _write_options(self, ctx, formatter)


class Group(typer.core.TyperGroup):
    """The command `rebalance`: its help has the same parts, and a list of the commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usage, what the tool does, an example, the commands and the options."""
        _write_description(self, ctx, formatter)
        with formatter.section("Commands"):
            _write_definitions(
                formatter,
                [(name, split_help(self.commands[name].help)[0]) for name in self.list_commands(ctx)],
            )
        _write_options(self, ctx, formatter)


def split_help(text: str | None) -> tuple[str, list[str], str]:
    """Return the first sentence of a help text, its further paragraphs, and its example."""
    description, _, example = (text or "").partition("Example: ")
    first, *paragraphs = description.strip().split("\n\n")
    sentence, *rest = re.split(r"(?<=\.)\s+", first, maxsplit=1)
    return sentence, [*rest, *paragraphs], example.strip()


def _write_description(command: Any, ctx: Any, formatter: Any) -> None:
    formatter.width = WIDTH
    command.format_usage(ctx, formatter)
    sentence, paragraphs, example = split_help(command.help)
    _write_paragraph(formatter, sentence)
    with formatter.section("Example"):
        formatter.write(f"  {_fold(example)}\n")
    for paragraph in paragraphs:
        _write_paragraph(formatter, paragraph)


def _write_paragraph(formatter: Any, text: str) -> None:
    formatter.write_paragraph()
    with formatter.indentation():
        formatter.write_text(text)


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    groups: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(ctx):
        record = parameter.get_help_record(ctx)
        if record is not None:
            group = getattr(parameter, "rich_help_panel", None) or RUN
            groups.setdefault(group, []).append((record[0].removesuffix(" <str>"), record[1]))
    for group in sorted(groups, key=_ORDER.index):
        with formatter.section(group):
            _write_definitions(formatter, sorted(groups[group], key=_position))


def _write_definitions(formatter: Any, rows: Sequence[tuple[str, str]]) -> None:
    """Write names and their explanations in two columns; names and defaults are never divided between lines."""
    indent = formatter.current_indent
    start = indent + min(max(len(name) for name, _ in rows), _MAX_NAME_WIDTH) + 2
    for name, text in rows:
        kept_whole = re.sub(r"\[default: [^]]*\]", lambda match: match[0].replace(" ", "\0"), " ".join(text.split()))
        lines = textwrap.wrap(kept_whole, WIDTH - start, break_on_hyphens=False)
        if indent + len(name) + 2 > start:
            lines.insert(0, "")
        first, *others = (line.replace("\0", " ") for line in lines)
        formatter.write(f"{'':{indent}}{name:{start - indent}}{first}".rstrip() + "\n")
        formatter.write("".join(f"{'':{start}}{line}\n" for line in others))


def _position(record: tuple[str, str]) -> int:
    """Return the position of an option among the first; the others keep their order."""
    name = record[0].split(", ")[-1].split(" ")[0]
    return _FIRST_OPTIONS.index(name) if name in _FIRST_OPTIONS else len(_FIRST_OPTIONS)


def _fold(command: str) -> str:
    """Return a command on lines of at most the width of help, as a shell takes it; options keep their values."""
    lines = [""]
    for words in re.split(r"\s+(?=-)", command):
        if len(lines[-1]) + len(words) + 3 > WIDTH - 2 and lines[-1]:
            lines[-1] += " \\"
            lines.append("    ")
        lines[-1] += words if not lines[-1].strip() else f" {words}"
    return "\n  ".join(lines)
