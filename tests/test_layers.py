"""The laws of the house that can be read off the source."""

import ast
from pathlib import Path

import pytest
from conftest import ROOT

LAYERS = [
    "errors",
    "arrays",
    "text",
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
MODULES = sorted((ROOT / "rebalance").rglob("*.py"))
ONLY_IN = {"typer": "cli", "rich": "report", "jinja2": "report", "matplotlib": "report"}
HEAVY = ("sklearn", "imblearn", "scipy", "pandas")


def layer_of(path: Path) -> str:
    inside = path.relative_to(ROOT / "rebalance")
    return inside.parts[0].removesuffix(".py")


def imported(path: Path, *, top_level: bool = False) -> list[str]:
    tree = ast.parse(path.read_text())
    found = []
    for node in tree.body if top_level else ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [
                f"{node.module}.{alias.name}" if node.module == "rebalance" else node.module for alias in node.names
            ]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_own_layer_and_those_below(path: Path) -> None:
    own = layer_of(path)
    if own.startswith("__"):
        return
    for name in imported(path):
        package, _, rest = name.partition(".")
        layer = rest.split(".")[0]
        if package == "rebalance" and layer and layer != "__version__":
            assert LAYERS.index(layer) <= LAYERS.index(own), f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_packages_are_imported_where_they_belong(path: Path) -> None:
    for name in imported(path):
        package = name.split(".")[0]
        assert ONLY_IN.get(package, layer_of(path)) == layer_of(path), f"{path} imports {name}"
    for name in imported(path, top_level=True):
        assert name.split(".")[0] not in HEAVY, f"{path} imports {name} at start-up"
