"""How a command line that cannot be parsed is answered: in our words, with what was meant."""

import contextlib
import itertools
import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from typer.exceptions import TyperException

from rebalance.cli.field_words import COMMAND_WORDS, FILE_WORDS, OPTION_WORDS
from rebalance.cli.help import split_help
from rebalance.errors import UsageError, did_you_mean
from rebalance.text import join_with


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
        return UsageError(f"there is no command {unknown[2]!r}", _command_hint(unknown[2]))
    if type(error).__name__ == "MissingParameter":
        example = split_help(error.ctx.command.help)[2]
        return UsageError(f"{error.param.metavar} is missing", f"for example {example}")
    if extra := re.search(r"extra argument(?:s|\(s\))? \((.*)\)", message, re.DOTALL):
        argument = next(known for known in error.ctx.command.params if known.param_type_name == "argument")
        return UsageError(
            f"{command} takes one {argument.metavar.strip('[]')}; unexpected argument: {extra[1]}",
            _extra_argument_hint(extra[1].split()[-1], command, takes_file="FILE" in argument.metavar),
        )
    return None


def _extra_argument_hint(word: str, command: str, *, takes_file: bool) -> str:
    if not takes_file:
        return "one at a time"
    if word.endswith((".csv", ".tsv", ".gz")):
        option = {"resample": "-o", "train-eval": "--test"}.get(command)
        return f"did you mean {option} {word}?" if option else "one file at a time"
    return f"if it is the target column: --target {word}; names with spaces need quotes"


def _command_hint(word: str) -> str:
    from rebalance.techniques.registry import find_technique

    names, typed = list(_OPTIONS_BY_COMMAND), word.replace("_", "-").casefold()
    with contextlib.suppress(UsageError):
        technique = find_technique(word).name
        return f"to apply the technique: rebalance resample FILE --target COL --technique {technique}"
    if typed in ("help", "version"):
        return "rebalance -h" if typed == "help" else "rebalance --version"
    if typed.endswith((".csv", ".gz", ".tsv")):
        return f"name a command first: rebalance inspect {word} --target COL"
    if typed in COMMAND_WORDS:
        return f"did you mean {COMMAND_WORDS[typed]}? rebalance -h explains the commands"
    meant = _nearest(word, names) or f"the commands are {join_with('and', names)};"
    return f"{meant} rebalance -h explains them"


_OPTIONS_BY_COMMAND: dict[str, list[str]] = {}
"""The options of every command; filled by `remember_options`."""


def remember_options(command: str, options: list[str]) -> None:
    """Keep the options of a command, so that a mistyped one can be answered."""
    _OPTIONS_BY_COMMAND[command] = options


def _option_hint(option: str, command: str) -> str:
    known = [*_OPTIONS_BY_COMMAND.get(command, ["--version"]), "--help"]
    word = option.replace("_", "-").casefold()
    if word in FILE_WORDS:
        return f"name the file without an option: rebalance {command or 'inspect'} FILE"
    return "rebalance --version" if word in ("--version", "-v") else _meant_option(option, word, command, known)


def _meant_option(option: str, word: str, command: str, known: list[str]) -> str:
    meant = OPTION_WORDS.get(word, word)
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
    """Return a hint with the names that `typed` begins or is similar to, or nothing; dashes are no similarity."""
    continued = [name for name in known if name.startswith(typed)] if len(typed) > len("--") else []
    if len(continued) == 1:
        return f"did you mean {continued[0]}?"
    bare = {name.lstrip("-"): name for name in known}
    return did_you_mean(typed.lstrip("-"), list(bare), bare, cutoff=_MIN_SIMILARITY).replace("'", "")


_MIN_SIMILARITY = 0.75
"""Less similar names of options are guesses that mislead."""


def check_words(command: str, parameters: Sequence[Any], words: Sequence[str]) -> None:
    """Raise UsageError for words that the parser would silently take for something else.

    These are an option as the value of another, a long option with one dash, an equals sign after a short option, an
    empty value, and an option that counts once given twice. `parameters`: those of the command.
    """
    by_name = {name: parameter for parameter in parameters for name in parameter.opts if name.startswith("-")}
    seen: set[str] = set()
    rest = iter(words)
    for word in itertools.takewhile(lambda word: word != "--", rest):
        name, equals, value = word.partition("=")
        if word.startswith("-") and f"-{name}" in by_name:
            raise UsageError(f"{name}: a long option has two dashes", f"-{word}")
        parameter = by_name.get(name)
        if parameter is None or getattr(parameter, "is_flag", False):
            continue
        if equals and not name.startswith("--"):
            raise UsageError(f"{word}: a short option takes its value without =", f"{name} {shlex.quote(value)}")
        _check_value(name, value if equals else next(rest, name), by_name, command)
        if not parameter.multiple and parameter.name in seen:
            raise UsageError(f"{name} is given twice", "give it once")
        seen.add(parameter.name)


def _check_value(name: str, value: str, by_name: Mapping[str, Any], command: str) -> None:
    if value in by_name and value != name:
        raise UsageError(
            f"{name} needs a value, and {value} is an option", f"{_help_page(command)} shows what it takes"
        )
    if not value:
        raise UsageError(f"{name}: the value is empty", f"give a value, or leave {name} out")


def _techniques_with(setting: str) -> list[str]:
    from rebalance.techniques.registry import TECHNIQUES

    return [
        technique.name
        for technique in TECHNIQUES
        if any(setting in (known.name, *known.aliases) for known in technique.settings)
    ]
