"""Into Cytoscape: without the package, without Cytoscape, and with a stand-in for both."""

from __future__ import annotations

import json
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from hillflow.errors import InputError, MissingPackageError
from hillflow.networks import push_to_cytoscape


@pytest.fixture
def cytoscape(monkeypatch) -> ModuleType:
    """py4cytoscape's two functions that are used, with its contract (version 1.13)."""
    package = ModuleType("py4cytoscape")
    package.__spec__ = ModuleSpec("py4cytoscape", None)
    package.seen = []

    def load(file: str) -> dict[str, list[int]]:
        package.seen.append((Path(file).name, json.loads(Path(file).read_text())))
        return {"networks": [52], "views": [97]}

    package.cytoscape_ping = lambda: "You are connected to Cytoscape!"
    package.import_network_from_file = load
    monkeypatch.setitem(sys.modules, "py4cytoscape", package)
    return package


def test_the_network_arrives_with_its_style(graph, prior, cytoscape):
    assert push_to_cytoscape(graph, "blood", prior=prior) == 52
    ((name, document),) = cytoscape.seen
    assert name == "blood.cx2"
    assert {"visualProperties", "nodes", "edges"} <= {key for one in document for key in one}


def test_cytoscape_that_does_not_run_is_told(graph, cytoscape):
    def ping() -> None:
        raise ConnectionError("refused")

    cytoscape.cytoscape_ping = ping
    with pytest.raises(InputError, match="start Cytoscape"):
        push_to_cytoscape(graph)


def test_a_refusal_of_cytoscape_is_passed_on(graph, cytoscape):
    def load(file: str) -> None:
        raise RuntimeError("unknown format")

    cytoscape.import_network_from_file = load
    with pytest.raises(InputError, match=r"unknown format.*network.write"):
        push_to_cytoscape(graph)


def test_the_missing_package_is_named(graph, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="pip install py4cytoscape"):
        push_to_cytoscape(graph)
