"""Dataclasses of options, which a command takes instead of single options.

`flatten_options` shows Typer their fields as options of the command itself, and `to_argv` turns a dataclass back into
the words of a command line.
"""

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import typer


def to_argv(options: Any) -> list[str]:
    """Return the words that give a dataclass of options again on a command line: those that differ from the default."""
    hints = get_type_hints(type(options), include_extras=True)
    positional: list[str] = []
    words: list[str] = []
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        parameter = hints[field.name].__metadata__[0]
        if isinstance(parameter, typer.models.ArgumentInfo):
            positional.append(str(value))
        elif value != field.default and value is not None:
            name = _option_name(field.name, parameter)
            values = value if isinstance(value, list) else [value]
            words += [name] if value is True else [word for item in values for word in _option_words(name, item)]
    return [*positional, *words]


def _option_words(name: str, value: Any) -> list[str]:
    text = _format(value)
    return [f"{name}={text}"] if text.startswith("-") else [name, text]  # or it would be taken for an option


def _format(value: Any) -> str:
    return repr(value) if isinstance(value, float) else str(value)


def _option_name(field: str, parameter: Any) -> str:
    names = [parameter.default, *(parameter.param_decls or ())]  # Typer keeps the first name as the default
    long_names = [name for name in names if isinstance(name, str) and name.startswith("--")]
    return long_names[0] if long_names else "--" + field.replace("_", "-")


def option_names(command: Callable[..., None]) -> list[str]:
    """Return the long names of all options of a command."""
    hints = get_type_hints(command, include_extras=True)
    names: list[str] = []
    for parameter, hint in hints.items():
        annotations = get_type_hints(hint, include_extras=True) if dataclasses.is_dataclass(hint) else {parameter: hint}
        for name, annotation in annotations.items():
            names += [
                _option_name(name, data)
                for data in getattr(annotation, "__metadata__", ())
                if isinstance(data, typer.models.OptionInfo)
            ]
    return names


def flatten_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return `command`, the fields of whose dataclass parameters Typer sees as options of the command itself."""
    hints = get_type_hints(command, include_extras=True)
    dataclass_types: dict[str, Any] = {
        name: hint for name, hint in hints.items() if name != "return" and dataclasses.is_dataclass(hint)
    }
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name not in dataclass_types:
            parameters.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        field_hints = get_type_hints(dataclass_types[name], include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=field_hints[field.name],
            )
            for field in dataclasses.fields(dataclass_types[name])
        ]

    @functools.wraps(command)
    def flat_command(**options: Any) -> None:
        for name, options_type in dataclass_types.items():
            fields = dataclasses.fields(options_type)
            options[name] = options_type(**{field.name: options.pop(field.name) for field in fields})
        command(**options)

    flat_command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat_command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return flat_command
