"""Options become a dataclass, and the dataclass becomes the words of a command line again."""

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import ORDERS

from rebalance.cli.dataclass_options import flatten_options, to_argv
from rebalance.cli.options import (
    CountOptions,
    GroupOption,
    InputOptions,
    ResultOptions,
    SeedOption,
    TechniqueOptions,
)
from rebalance.cli.task_options import TaskOptions
from rebalance.errors import UsageError
from rebalance.table.task import Task

OPTION_TYPES = (InputOptions, CountOptions, TechniqueOptions, GroupOption, SeedOption, TaskOptions)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
"""What a shell can hand over; a value may begin with a dash."""

BY_TYPE = {
    bool: st.booleans(),
    str: TEXTS,
    list[str]: st.lists(TEXTS, min_size=1),
    int: st.integers(1, 2**32 - 1),
    float: st.floats(0, 1, exclude_min=True),
}
BY_NAME = {
    "file": TEXTS.filter(lambda name: name == "-" or not name.startswith("-")),
    "task": st.sampled_from(["auto", *map(str, Task)]),
    "quoting": st.sampled_from(["standard", "none"]),
}
"""Fields that do not take every value of their type."""


def values_of(field: str, hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field, from its type; an optional one may be None."""
    value_type = typing.get_args(hint)[0]
    alternatives = typing.get_args(value_type) if isinstance(value_type, types.UnionType) else (value_type,)
    if field in BY_NAME:
        return BY_NAME[field]
    return st.one_of(*(st.none() if kind is type(None) else BY_TYPE[kind] for kind in alternatives))


def instances(options_type: type[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(options_type, include_extras=True)
    return st.builds(options_type, **{name: values_of(name, hint) for name, hint in hints.items()})


def parser(options_type: type[Any]) -> Callable[[list[str]], Any]:
    """Return a function that parses the words of a command line with Typer, as a command with these options does."""
    received: list[Any] = []

    def command(options: options_type) -> None:  # type: ignore[valid-type]
        received.append(options)

    app = typer.Typer(add_completion=False)
    app.command()(flatten_options(command))

    def parse(argv: list[str]) -> Any:
        app(args=argv, standalone_mode=False)
        return received.pop()

    return parse


@pytest.mark.parametrize("options_type", OPTION_TYPES, ids=lambda options_type: options_type.__name__)
def test_options_come_back_from_their_own_command_line(options_type: type[Any]) -> None:
    parse = parser(options_type)

    @settings(max_examples=300, deadline=None)
    @given(instances(options_type))
    def check(options: Any) -> None:
        argv = to_argv(options)
        assert all(isinstance(word, str) for word in argv)
        assert parse(argv) == options

    check()


@pytest.mark.parametrize("options_type", OPTION_TYPES, ids=lambda options_type: options_type.__name__)
def test_options_that_are_not_set_need_no_words(options_type: type[Any]) -> None:
    argv = ["-"] if options_type is InputOptions else []
    assert to_argv(options_type()) == argv
    assert parser(options_type)(argv) == options_type()


def test_a_file_that_can_be_read_once_is_called_file(tmp_path: Path) -> None:
    target = ["--target", "fraud"]
    assert InputOptions(str(ORDERS), "fraud").to_argv() == [str(ORDERS), *target]
    assert InputOptions("-", "fraud").to_argv() == ["FILE", *target]
    assert InputOptions("/dev/stdin", "fraud").to_argv() == ["FILE", *target]
    assert InputOptions(str(tmp_path), "fraud").to_argv() == ["FILE", *target]
    assert InputOptions("nowhere.csv", "fraud").to_argv() == ["nowhere.csv", *target]


def test_neighbors_are_no_words_of_their_own_because_techniques_name_them() -> None:
    options = TechniqueOptions(neighbors=3, strict=True, drop_unlabeled=True)
    assert options.to_argv() == ["--strict", "--drop-unlabeled"]
    chains = options.chains(["tomek-links+smote", "smote:neighbors=4"])
    assert [chain.name for chain in chains] == ["tomek-links+smote:neighbors=3", "smote:neighbors=4"]


@pytest.mark.parametrize("name", ["random-over", "smote:neighbors=4", "smote:neighbors=4+tomek-links"])
def test_neighbors_without_effect_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"--neighbors has no effect on {re.escape(name)}"):
        TechniqueOptions(neighbors=3).chains([name])


def test_a_file_whose_name_begins_with_a_dash_is_no_option_when_it_is_typed_again() -> None:
    assert InputOptions("-x.csv", "y").to_argv() == ["./-x.csv", "--target", "y"]


def test_a_command_receives_dataclasses_and_options_of_its_own() -> None:
    received: list[Any] = []

    def command(seed: SeedOption, group: GroupOption, name: str = "none") -> None:
        received.append((seed, group, name))

    app = typer.Typer(add_completion=False)
    app.command()(flatten_options(command))
    app(args=["--group", "customer", "--name", "x", "--seed", "7"], standalone_mode=False)
    assert received == [(SeedOption(7), GroupOption("customer"), "x")]


def test_every_dataclass_of_options_explains_each_field() -> None:
    for options_type in (*OPTION_TYPES, ResultOptions):
        hints = typing.get_type_hints(options_type, include_extras=True)
        for field in dataclasses.fields(options_type):
            parameter = hints[field.name].__metadata__[0]
            assert parameter.help, field.name
            assert parameter.rich_help_panel, field.name


def test_files_that_are_written_are_reported_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    ResultOptions().report_written(["a.csv", "-", "b.html"])
    assert capsys.readouterr() == ("", "wrote a.csv\nwrote b.html\n")
    ResultOptions(quiet=True).report_written(["a.csv"])
    assert capsys.readouterr() == ("", "")
