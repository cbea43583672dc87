"""The laws of the design that can be read off the source."""

import ast
from collections.abc import Iterator
from functools import cache

import pytest
from shell import ROOT

LAYERS = [
    "errors",
    "defaults",
    "text",
    "arrays",
    "document",
    "system",
    "csvio",
    "table",
    "plan",
    "techniques",
    "memory_check",
    "splits",
    "resample",
    "inspection",
    "gates",
    "evaluate",
    "report",
    "cli",
]
"""From the bottom; `schemas` holds JSON only."""

PACKAGE = ROOT / "rebalance"
PATHS = {path.relative_to(PACKAGE).as_posix(): path for path in sorted(PACKAGE.rglob("*.py"))}
ONLY_IN = {"typer": "cli", "rich": "report", "jinja2": "report", "matplotlib": "report"}
HEAVY = ("sklearn", "imblearn", "scipy", "pandas")

PARSERS_BELOW_CLI = {
    "parse_cells": "cells of a column",
    "parse": "cells of a column",
    "parse_as_written": "cells of a column",
    "parse_label_aliases": "which labels there are is known only with the table",
    "parse_chain": "names of techniques, which notebooks type as well",
    "parse_step": "a part of parse_chain",
    "parse_value": "a part of parse_chain",
}
"""Functions that parse text below the command line, and what they parse."""

TASK_MODULES = ("evaluate/classification", "evaluate/regression", "evaluate/tasks.py")
TARGET_MODULES = ("table/target.py", "table/numeric_target.py")
TASK_SWITCHES = {
    "cli/task_options.py": "the user's choice of the task",
    "inspection/profile.py": "which kind of profile a task has",
    "techniques/registry.py": "which sample data is the example of a technique",
}
"""Files that may ask which task it is in addition to those of the tasks and targets, and why."""

OPTIONAL_IN_ONE_TASK = {"quantity", "objective", "positive", "scores"}
"""What only one task has: whether it is None decides which task it is."""

OLD_DIALECT = {
    *("quantity", "quantities", "mate", "mates", "grown", "shrunk", "giveaways", "remarks"),
    *("judge", "judged", "foreign", "fellows", "optimise", "unlabelled", "labelled", "neighbour", "neighbours"),
    *("centre", "centres", "colour", "colours", "summarise"),
}
"""Words that no identifier may contain."""

FIGURES = {"figure", "figures"}
"""A figure is a drawing: a word for modules that draw, never for a metric."""

OLD_PHRASES = ("odd_cells",)

PLAIN_ENGLISH = {
    "_FOREIGN_FORMATS": "formats of other programs",
    "is_foreign": "a model of another package",
}
"""Identifiers that contain a word of the old dialect in its usual meaning."""

every_module = pytest.mark.parametrize("name", PATHS)


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(PATHS[name].read_text())


def layer_of(name: str) -> str:
    return name.split("/", maxsplit=1)[0].removesuffix(".py")


def module_of(name: str) -> str:
    return "rebalance." + name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(name): name for name in PATHS}


def imports_of(nodes: Iterator[ast.AST]) -> Iterator[tuple[str, str]]:
    """The module and the name of each import; a module that is imported as a name is a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, "") if inner in MODULES else (node.module, alias.name)


def modules_imported_by(name: str, *, at_start: bool = False) -> list[str]:
    tree = tree_of(name)
    return [module for module, _ in imports_of(iter(tree.body) if at_start else ast.walk(tree))]


def functions_in(name: str) -> list[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node.name for node in ast.walk(tree_of(name)) if isinstance(node, functions)]


def is_none_test(node: ast.AST) -> bool:
    """Whether it asks if something that only one task has is None."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Is | ast.IsNot):
        return False
    left = node.left.attr if isinstance(node.left, ast.Attribute) else getattr(node.left, "id", "")
    comparator = node.comparators[0]
    return left in OPTIONAL_IN_ONE_TASK and isinstance(comparator, ast.Constant) and comparator.value is None


def is_task_test(node: ast.AST) -> bool:
    """Whether it compares something with a task."""
    if not isinstance(node, ast.Compare):
        return False
    operands = [ast.unparse(operand) for operand in (node.left, *node.comparators)]
    return any(operand in ("Task.CLASSIFICATION", "Task.REGRESSION") for operand in operands)


def identifiers_in(name: str) -> Iterator[tuple[str, int]]:
    """All names, attributes, arguments, keywords, functions and classes, with their lines."""
    for node in ast.walk(tree_of(name)):
        match node:
            case ast.Name(id=identifier) | ast.Attribute(attr=identifier) | ast.arg(arg=identifier):
                yield identifier, node.lineno
            case ast.keyword(arg=str(identifier)) | ast.alias(asname=str(identifier)):
                yield identifier, node.lineno
            case ast.FunctionDef(name=identifier) | ast.ClassDef(name=identifier):
                yield identifier, node.lineno


@every_module
def test_a_module_imports_only_from_its_own_layer_and_those_below(name: str) -> None:
    layer = layer_of(name)
    if layer.startswith("__"):
        return
    for module in modules_imported_by(name):
        package, *inner = module.split(".")
        if package == "rebalance" and inner:
            assert LAYERS.index(inner[0]) <= LAYERS.index(layer), f"{name} imports {module}"


def test_no_modules_import_each_other_in_a_circle_not_even_for_types() -> None:
    imports = {
        module: {other for other in modules_imported_by(name) if other in MODULES and other != module}
        for module, name in MODULES.items()
    }
    while free := [module for module, others in imports.items() if not others & imports.keys()]:
        for module in free:
            del imports[module]
    circular = {module: sorted(others & imports.keys()) for module, others in imports.items()}
    assert not circular, "\n".join(f"{module} imports {', '.join(others)}" for module, others in circular.items())


@every_module
def test_packages_are_imported_where_they_belong(name: str) -> None:
    for module in modules_imported_by(name):
        assert ONLY_IN.get(module.split(".")[0], layer_of(name)) == layer_of(name), f"{name} imports {module}"
    for module in modules_imported_by(name, at_start=True):
        assert module.split(".")[0] not in HEAVY, f"{name} imports {module} at start-up"


@pytest.mark.parametrize("name", [name for name in PATHS if layer_of(name) == "report"])
def test_reports_render_and_compute_nothing(name: str) -> None:
    for module, imported in imports_of(ast.walk(tree_of(name))):
        package = module.split(".")[0]
        assert package not in HEAVY, f"{name} imports {module}"
        assert module != "rebalance.techniques.feature_space", f"{name} imports {module}"
        assert imported != "make_plan", f"{name} imports make_plan"
        of_inspection = module.startswith("rebalance.inspection.") and imported.startswith("profile_")
        assert not of_inspection, f"{name} imports {imported}"


@pytest.mark.parametrize("name", [name for name in PATHS if layer_of(name) != "cli"])
def test_option_text_is_parsed_in_cli_and_nowhere_below(name: str) -> None:
    parsers = [function for function in functions_in(name) if function.lstrip("_").startswith("parse_")]
    assert {parser.lstrip("_") for parser in parsers} <= PARSERS_BELOW_CLI.keys()


@every_module
def test_only_the_modules_of_the_tasks_ask_which_task_it_is(name: str) -> None:
    if name.startswith(TASK_MODULES) or name in TARGET_MODULES:
        return
    none_tests = [f"{name}:{node.lineno}" for node in ast.walk(tree_of(name)) if is_none_test(node)]
    assert not none_tests
    task_tests = [f"{name}:{node.lineno}" for node in ast.walk(tree_of(name)) if is_task_test(node)]
    assert bool(task_tests) == (name in TASK_SWITCHES), task_tests


def draws(name: str) -> bool:
    """Whether a module defines figures, or imports them."""
    imported = [imported for _, imported in imports_of(ast.walk(tree_of(name)))]
    return name == "document.py" or any(word.lower().endswith("figure") for word in imported)


@every_module
def test_no_identifier_speaks_the_old_dialect(name: str) -> None:
    words = OLD_DIALECT if draws(name) else OLD_DIALECT | FIGURES
    spoken = {
        f"{name}:{line}: {identifier}"
        for identifier, line in identifiers_in(name)
        if identifier not in PLAIN_ENGLISH
        and (set(identifier.lower().split("_")) & words or identifier.lstrip("_") in OLD_PHRASES)
    }
    assert not spoken


def test_the_lists_of_exceptions_name_only_what_exists() -> None:
    assert {*TASK_SWITCHES, *TARGET_MODULES} <= PATHS.keys()
    identifiers = {identifier for name in PATHS for identifier, _ in identifiers_in(name)}
    assert PLAIN_ENGLISH.keys() <= identifiers
    parsers = {function.lstrip("_") for name in PATHS if layer_of(name) != "cli" for function in functions_in(name)}
    assert PARSERS_BELOW_CLI.keys() <= parsers
