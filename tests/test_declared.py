"""All that is imported is declared, and all that is declared is imported.

Imports inside functions count; those for type checkers alone do not. A package of an optional
extra is imported inside functions only, so that hillflow runs without it.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "hillflow"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Extras for people, not for imports: tools to develop with, and programs that read our files.
TOOLS = {"docs", "scverse", "test"}
DISTRIBUTIONS = packages_distributions()


@dataclass(frozen=True)
class Import:
    """A top-level module that is not ours, and where it is imported."""

    module: str
    where: str
    inside: bool


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(requirement: str) -> str:
    """``POT>=0.9.5`` is pot."""
    return canonical(re.match(r"[\w.-]+", requirement)[0])


def distributions(module: str) -> set[str]:
    """What may provide a module; one that is not installed is named like its distribution."""
    return {canonical(name) for name in DISTRIBUTIONS.get(module, [module])}


def for_type_checkers(node: ast.AST) -> bool:
    test = getattr(node, "test", None)
    name = getattr(test, "id", "") or getattr(test, "attr", "")
    return isinstance(node, ast.If) and name == "TYPE_CHECKING"


def modules(node: ast.AST) -> list[str]:
    """Modules imported by a statement, or by name: ``import_module("py4cytoscape")``."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
        return [str(node.args[0].value)] if name == "import_module" else []
    return []


def imports_below(node: ast.AST, where: str, inside: bool = False) -> Iterator[Import]:
    for module in modules(node):
        top = module.split(".")[0]
        if top != "hillflow" and top not in sys.stdlib_module_names:
            yield Import(top, where, inside)
    inside |= isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    children = node.orelse if for_type_checkers(node) else ast.iter_child_nodes(node)
    for child in children:
        yield from imports_below(child, where, inside)


IMPORTS = [
    found
    for path in sorted(SOURCE.rglob("*.py"))
    for found in imports_below(
        ast.parse(path.read_text(encoding="utf-8")), path.relative_to(SOURCE).as_posix()
    )
]
NEEDED = {distribution(requirement) for requirement in PROJECT["dependencies"]}
EXTRAS = {
    extra: {distribution(requirement) for requirement in requirements} - NEEDED
    for extra, requirements in PROJECT["optional-dependencies"].items()
    if extra not in TOOLS
}
OPTIONAL = set().union(*EXTRAS.values())


def test_imports_are_found():
    text = """
import a.b
if TYPE_CHECKING:
    import c
else:
    import d
def f():
    from e import g
"""
    found = {(one.module, one.inside) for one in imports_below(ast.parse(text), "")}
    assert found == {("a", False), ("d", False), ("e", True)}
    assert {"numpy", "cycler", "pyoperon", "py4cytoscape"} <= {one.module for one in IMPORTS}


@pytest.mark.parametrize("module", sorted({one.module for one in IMPORTS}))
def test_what_is_imported_is_declared(module):
    places = [one.where for one in IMPORTS if one.module == module]
    assert distributions(module) & (NEEDED | OPTIONAL), f"{module}, imported in {places}"


@pytest.mark.parametrize("name", sorted(NEEDED | OPTIONAL))
def test_what_is_declared_is_imported(name):
    assert name in set().union(*(distributions(one.module) for one in IMPORTS))


def test_packages_of_extras_are_imported_where_they_are_used():
    at_the_top = [
        f"{one.where}: {one.module}"
        for one in IMPORTS
        if not one.inside and distributions(one.module) & OPTIONAL
    ]
    assert at_the_top == []


def test_the_extras_for_people_are_there():
    assert set(PROJECT["optional-dependencies"]) >= TOOLS
