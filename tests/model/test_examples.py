"""The examples in the docstrings of the room's public names run."""

from __future__ import annotations

import doctest

import pytest

import hillflow.model as room


@pytest.mark.parametrize("name", room.__all__)
def test_the_examples_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry = getattr(room, name)
    for example in doctest.DocTestFinder(recurse=False).find(entry, name, globs={name: entry}):
        assert doctest.DocTestRunner().run(example).failed == 0
