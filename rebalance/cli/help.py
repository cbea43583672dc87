"""How help is laid out, and how a mistyped command line is answered."""

from typing import Any

import typer.core
from typer.exceptions import TyperException

from rebalance.errors import UsageError, did_you_mean

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


class Command(typer.core.TyperCommand):
    """A command whose help begins with an example and shows its options in groups."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the usage, what the command does, an example, and the options in groups."""
        formatter.width = WIDTH
        self.format_usage(ctx, formatter)
        description, _, example = (self.help or "").partition("Example: ")
        for paragraph in description.strip().split("\n\n"):
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(paragraph)
        with formatter.section("Example"):
            formatter.write(f"  {_fold(example.strip())}\n")
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                group = getattr(parameter, "rich_help_panel", None) or RUN
                groups.setdefault(group, []).append((record[0].removesuffix(" <str>"), record[1]))
        for group in sorted(groups, key=_ORDER.index):
            with formatter.section(group):
                formatter.write_dl(sorted(groups[group], key=_position), col_max=27)


def _position(record: tuple[str, str]) -> int:
    """Return the position of an option among the first; the others keep their order."""
    name = record[0].split(", ")[-1].split(" ")[0]
    return _FIRST_OPTIONS.index(name) if name in _FIRST_OPTIONS else len(_FIRST_OPTIONS)


def _fold(command: str) -> str:
    """Return a command on lines of at most the width of help, as a shell takes it."""
    lines = [""]
    for word in command.split():
        if len(lines[-1]) + len(word) + 3 > WIDTH - 2 and lines[-1]:
            lines[-1] += " \\"
            lines.append("    ")
        lines[-1] += word if not lines[-1].strip() else f" {word}"
    return "\n  ".join(lines)


def usage_error(error: TyperException, command: str) -> UsageError:
    """Return the error for a command line that cannot be parsed; `command`: the command that was typed, or nothing."""
    option = str(getattr(error, "option_name", "") or "")
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return UsageError(f"{command or 'rebalance'} has no option {option}", _option_hint(option, command))
    if kind == "BadOptionUsage":
        return UsageError(f"{option} needs a value", f"rebalance {command} -h shows what it takes")
    message = error.format_message()
    if "No such command" in message:
        typed = message.split("'")[1]
        hint = did_you_mean(typed, list(_OPTIONS_BY_COMMAND)) or "one of " + ", ".join(_OPTIONS_BY_COMMAND)
        return UsageError(f"there is no command {typed!r}", f"{hint}; rebalance -h lists them")
    if "unexpected extra argument" in message:
        extra = message[message.index("(") + 1 : message.rindex(")")]
        return UsageError(
            f"{command} takes one FILE, and there is more: {extra}",
            "put names with spaces in quotes, and options in front of their values",
        )
    return UsageError(message.rstrip("."), f"rebalance {command} -h".replace("  ", " "))


_OPTIONS_BY_COMMAND: dict[str, list[str]] = {}
"""The options of every command; filled by `remember_options`."""


def remember_options(command: str, options: list[str]) -> None:
    """Keep the options of a command, so that a mistyped one can be answered."""
    _OPTIONS_BY_COMMAND[command] = options


def _option_hint(option: str, command: str) -> str:
    known = _OPTIONS_BY_COMMAND.get(command, [])
    word = option.replace("_", "-").casefold()
    meant = _FIELD_WORDS.get(word, word)
    if meant in known:
        return f"did you mean {meant}?"
    techniques = _techniques_with(word.removeprefix("--"))
    if techniques:
        setting = word.removeprefix("--")
        return f"{setting} is a setting of a technique: --technique {techniques[0]}:{setting}=..."
    elsewhere = [name for name, options in _OPTIONS_BY_COMMAND.items() if meant in options]
    if elsewhere:
        return f"{meant} is an option of {' and '.join(elsewhere)}"
    near = did_you_mean(option, known)
    return near or f"rebalance {command} -h lists the options".replace("  ", " ")


def _techniques_with(setting: str) -> list[str]:
    from rebalance.techniques.registry import TECHNIQUES

    return [
        technique.name
        for technique in TECHNIQUES
        if any(setting in (known.name, *known.aliases) for known in technique.settings)
    ]
