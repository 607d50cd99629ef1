"""Every public function documents its parameters and its result; its examples run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import hillflow
from hillflow.workflow import _priors

ROOMS = [
    "",
    *sorted(
        f".{path.parent.name}" for path in Path(hillflow.__file__).parent.glob("*/__init__.py")
    ),
]


def _public() -> Iterator[tuple[str, object]]:
    """Each public function and class once, under its shortest name."""
    seen = set()
    for room in ROOMS:
        module = importlib.import_module(f"hillflow{room}")
        for name in module.__all__:
            item = getattr(module, name)
            if id(item) not in seen and (inspect.isfunction(item) or inspect.isclass(item)):
                seen.add(id(item))
                yield f"hillflow{room}.{name}", item


PUBLIC = dict(_public())
FUNCTIONS = {name: item for name, item in PUBLIC.items() if inspect.isfunction(item)}
# Figures are drawn from a saved run: tests/pl runs their examples beside one.
EXAMPLES = {name: item for name, item in PUBLIC.items() if not name.startswith("hillflow.pl.")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_documents_its_parameters_and_its_result(name):
    function = FUNCTIONS[name]
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    for parameter in signature.parameters:
        assert re.search(rf"^(\w+, )*\*{{0,2}}{parameter}(, \*{{0,2}}\w+)*( : .*)?$", text, re.M), (
            parameter
        )
    if signature.parameters:
        assert "Parameters\n----------" in text
    if signature.return_annotation not in (None, "None"):
        assert "Returns\n-------" in text
    assert "Examples\n--------" in text


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
@pytest.mark.usefixtures("unrendered", "registries")
def test_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runner = doctest.DocTestRunner()
    for test in doctest.DocTestFinder().find(EXAMPLES[name], name):
        assert runner.run(test).failed == 0


@pytest.mark.parametrize("function", [_priors.fetch, _priors.align])
def test_the_functions_of_priors_document_their_parameters(function):
    text = inspect.getdoc(function) or ""
    assert "Parameters\n----------" in text
