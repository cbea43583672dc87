"""How help is laid out, and how a mistyped command line is answered."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

import typer.core
from typer.exceptions import TyperException

from rebalance.errors import UsageError, did_you_mean
from rebalance.text import join_with

WIDTH = 80
"""Help has the same width in a terminal, a pipe and a log."""

FIRST = "Most used"
INPUT = "Input"
COLUMNS = "Columns"
TARGET = "Target"
TECHNIQUE = "Technique"
COUNTS = "How many rows"
OUTPUT = "Output"
EVALUATION = "Evaluation"
MODELS = "Models and thresholds"
GATES = "Gates (exit code 1)"
RUN = "Run"
"""Groups of options. A group without options is not shown; options of no group come last."""

_ORDER = (FIRST, COUNTS, TECHNIQUE, MODELS, EVALUATION, TARGET, COLUMNS, INPUT, OUTPUT, GATES, RUN)

_FIRST_OPTIONS = ("FILE", "[FILE]", "--target", "--technique", "--output", "--report")
"""The order of the options that come first."""

_MAX_NAME_WIDTH = 27
"""Columns of an option's name; the explanation of a longer one begins on the next line."""

_FIELD_WORDS = {
    "--separator": "--delimiter",
    "--sep": "--delimiter",
    "--sampling-strategy": "--ratio",
    "--random-state": "--seed",
    "--random-seed": "--seed",
    "--k-neighbors": "--neighbors",
    "--n-neighbors": "--neighbors",
    "--k": "--neighbors",
    "--label": "--target",
    "--labels": "--target",
    "--label-column": "--target",
    "--target-column": "--target",
    "--class": "--target",
    "--class-column": "--target",
    "--outcome": "--target",
    "--response": "--target",
    "--y": "--target",
    "--method": "--technique",
    "--sampler": "--technique",
    "--resampler": "--technique",
    "--strategy": "--technique",
    "--algorithm": "--technique",
    "--out": "--output",
    "--outfile": "--output",
    "--output-file": "--output",
    "--folds": "--cv",
    "--n-splits": "--cv",
    "--n-folds": "--cv",
    "--kfold": "--cv",
    "--n-repeats": "--repeats",
    "--n-jobs": "--jobs",
    "--workers": "--jobs",
    "--processes": "--jobs",
    "--test-fraction": "--test-size",
    "--test-split": "--test-size",
    "--test-file": "--test",
    "--validation": "--test",
    "--estimator": "--model",
    "--classifier": "--model",
    "--regressor": "--model",
    "--clf": "--model",
    "--n-estimators": "--param",
    "--max-depth": "--param",
    "--learning-rate": "--param",
    "--class-weight": "--technique",
    "--params": "--param",
    "--parameter": "--param",
    "--scoring": "--rank-by",
    "--metric": "--rank-by",
    "--pos-label": "--positive",
    "--positive-class": "--positive",
    "--groups": "--group",
    "--group-column": "--group",
    "--time-column": "--time",
    "--id-column": "--id",
    "--ids": "--id",
    "--index-col": "--id",
    "--exclude": "--drop",
    "--ignore": "--drop",
    "--drop-columns": "--drop",
    "--na-values": "--missing",
    "--na": "--missing",
    "--null": "--missing",
    "--dtype": "--role",
    "--type": "--role",
    "--categorical": "--role",
    "--cat-features": "--role",
    "--weights-column": "--weight-column",
    "--sample-weight": "--weight-column",
    "--holdout-size": "--holdout",
    "--optimise": "--optimize",
    "--threshold": "--tune-thresholds",
    "--tune-threshold": "--tune-thresholds",
    "--distance-with": "--distance-columns",
    "--drop-from-distance": "--distance-exclude",
    "--same-class": "--label-alias",
    "--drop-unlabelled": "--drop-unlabeled",
    "--silent": "--quiet",
    "--indicator": "--mark",
    "--log": "--trace",
}
"""What the field, or an earlier version, calls an option."""

_FILE_WORDS = ("--input", "--input-file", "--file", "--filename", "--csv", "--data", "--path")
"""What the field calls the argument FILE."""


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
                [(name, _split_help(self.commands[name].help)[0]) for name in self.list_commands(ctx)],
            )
        _write_options(self, ctx, formatter)


def _split_help(text: str | None) -> tuple[str, list[str], str]:
    """Return the first sentence of a help text, its further paragraphs, and its example."""
    description, _, example = (text or "").partition("Example: ")
    first, *paragraphs = description.strip().split("\n\n")
    sentence, *rest = re.split(r"(?<=\.)\s+", first, maxsplit=1)
    return sentence, [*rest, *paragraphs], example.strip()


def _write_description(command: Any, ctx: Any, formatter: Any) -> None:
    formatter.width = WIDTH
    command.format_usage(ctx, formatter)
    sentence, paragraphs, example = _split_help(command.help)
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


def usage_error(error: TyperException, command: str) -> UsageError:
    """Return the error for a command line that cannot be parsed.

    `command`: the command that was typed, or nothing; it counts where the error itself does not name its command.
    """
    context = getattr(error, "ctx", None)
    if context is not None:
        command = context.info_name if context.parent else ""
    return (
        _option_error(error, command)
        or _argument_error(error, command)
        or UsageError(error.format_message().rstrip("."), _help_page(command))
    )


def _help_page(command: str) -> str:
    return f"rebalance {command} -h" if command else "rebalance -h"


def _option_error(error: Any, command: str) -> UsageError | None:
    """Return the error for an unknown option, or one with a value too few or too many; None for any other."""
    if type(error).__name__ == "NoSuchOption":
        option = error.option_name
        return UsageError(f"{command or 'rebalance'} has no option {option}", _option_hint(option, command))
    if type(error).__name__ != "BadOptionUsage":
        return None
    page = _help_page(command)
    if "not take a value" in error.message:
        return UsageError(f"{error.option_name} takes no value", f"leave out = and what follows; {page} explains it")
    return UsageError(f"{error.option_name} needs a value", f"{page} shows what it takes")


def _argument_error(error: Any, command: str) -> UsageError | None:
    """Return the error for a command or argument that is unknown, missing, or one too many; None for any other."""
    message = error.format_message()
    if unknown := re.match(r"No such command (['\"])(.*?)\1\.", message, re.DOTALL):
        names = list(_OPTIONS_BY_COMMAND)
        meant = _nearest(unknown[2], names) or f"the commands are {join_with('and', names)};"
        return UsageError(f"there is no command {unknown[2]!r}", f"{meant} rebalance -h explains them")
    if type(error).__name__ == "MissingParameter":
        example = _split_help(error.ctx.command.help)[2]
        return UsageError(f"{error.param.metavar} is missing", f"for example {example}")
    if extra := re.search(r"extra argument(?:s|\(s\))? \((.*)\)", message, re.DOTALL):
        argument = next(known for known in error.ctx.command.params if known.param_type_name == "argument")
        return UsageError(
            f"{command} takes one {argument.metavar.strip('[]')}, and there is more: {extra[1]}",
            "put names with spaces in quotes, and options in front of their values",
        )
    return None


_OPTIONS_BY_COMMAND: dict[str, list[str]] = {}
"""The options of every command; filled by `remember_options`."""


def remember_options(command: str, options: list[str]) -> None:
    """Keep the options of a command, so that a mistyped one can be answered."""
    _OPTIONS_BY_COMMAND[command] = options


def _option_hint(option: str, command: str) -> str:
    known = [*_OPTIONS_BY_COMMAND.get(command, ["--version"]), "--help"]
    word = option.replace("_", "-").casefold()
    if word in _FILE_WORDS:
        return f"name the file without an option: rebalance {command or 'inspect'} FILE"
    meant = _FIELD_WORDS.get(word, word)
    setting = word.removeprefix("--")
    techniques = _techniques_with(setting) if "--technique" in known else []
    if techniques and meant == "--technique":
        return f"did you mean {meant}? {setting} is also a setting: {meant} {techniques[0]}:{setting}=..."
    if meant in known:
        return f"did you mean {meant}?"
    if techniques:
        return f"{setting} is a setting of a technique: --technique {techniques[0]}:{setting}=..."
    elsewhere = [name for name, options in _OPTIONS_BY_COMMAND.items() if meant in options]
    if elsewhere:
        after = "" if command else ", and stands after the command"
        return f"{meant} is an option of {join_with('and', elsewhere)}{after}"
    return _nearest(option, known) or f"{_help_page(command)} lists the options"


def _nearest(typed: str, known: list[str]) -> str:
    """Return a hint with the names that `typed` begins or is similar to, or nothing."""
    continued = [name for name in known if name.startswith(typed)] if len(typed) > len("--") else []
    if len(continued) == 1:
        return f"did you mean {continued[0]}?"
    return did_you_mean(typed, known).replace("'", "")


def _techniques_with(setting: str) -> list[str]:
    from rebalance.techniques.registry import TECHNIQUES

    return [
        technique.name
        for technique in TECHNIQUES
        if any(setting in (known.name, *known.aliases) for known in technique.settings)
    ]
