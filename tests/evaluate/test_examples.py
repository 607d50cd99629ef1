"""The examples of the public functions and classes run."""

from __future__ import annotations

import doctest

import pytest

from hillflow import evaluate


@pytest.mark.parametrize("name", evaluate.__all__)
def test_examples_run(name):
    item = getattr(evaluate, name)
    for test in doctest.DocTestFinder().find(item, name, globs={}):
        assert doctest.DocTestRunner().run(test).failed == 0
