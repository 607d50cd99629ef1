"""The house has floors: a room imports rooms below it, and no module imports itself round a circle.

Imports inside functions count; those for type checkers alone do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import networkx as nx

SOURCE = Path(__file__).parents[1] / "src"
# From the ground up; rooms of one floor do not import each other.
FLOORS = (
    ("errors", "_version", "keys", "run_files"),
    ("findings", "files", "seeds", "plugins", "interventions"),
    ("registry", "options", "progress", "run_folder", "show", "genes"),
    ("data",),
    ("networks",),
    ("systems",),
    ("fields", "transport"),
    ("solve", "baselines"),
    ("objectives",),
    ("model",),
    ("train",),
    ("causal",),
    ("symbolic",),
    ("evaluate",),
    ("results",),
    ("pl",),
    ("page",),
    ("workflow",),
    ("cli",),
    ("__main__",),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in (SOURCE / "hillflow").rglob("*.py")}


def imports(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, wherever in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hillflow"):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                # A module of a package; a function of that name comes from the package itself.
                is_module = inner in MODULES and not _defines(node.module or "", alias.name)
                yield inner if is_module else node.module or ""


def _defines(package: str, name: str) -> bool:
    """Whether a package's `__init__` hands on something under the name of one of its modules."""
    tree = ast.parse(MODULES[package].read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == name for alias in node.names)
        for node in tree.body
    )


def graph() -> nx.DiGraph:
    edges = nx.DiGraph()
    for module, path in MODULES.items():
        edges.add_node(module)
        edges.add_edges_from((module, other) for other in imports(path) if other != module)
    return edges


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_no_module_imports_itself_round_a_circle():
    circles = [sorted(part) for part in nx.strongly_connected_components(graph()) if len(part) > 1]
    assert circles == []


def test_every_room_stands_on_a_floor():
    assert {room(module) for module in MODULES} - {""} == set(FLOOR)


def test_no_room_imports_one_above_it():
    upward = sorted(
        f"{one} -> {other}"
        for one, other in graph().edges
        if room(one) and room(other) and room(one) != room(other)
        and FLOOR[room(one)] <= FLOOR[room(other)]
    )  # fmt: skip
    assert upward == []
