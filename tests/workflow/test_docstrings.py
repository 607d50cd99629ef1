"""The verbs' docstrings: complete, and their examples run."""

from __future__ import annotations

import doctest

import pytest

import hillflow as hf
from hillflow import workflow
from hillflow.workflow import _priors

VERBS = [name for name in hf.__all__ if name in workflow.__all__ and name != "priors"]


@pytest.mark.parametrize("name", VERBS)
def test_a_docstring_is_complete(name):
    text = getattr(hf, name).__doc__
    for heading in ("Parameters", "Returns", "Examples"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in text


@pytest.mark.parametrize("name", [*VERBS, "priors"])
@pytest.mark.filterwarnings("ignore::hillflow.errors.HillflowWarning")
@pytest.mark.usefixtures("unrendered")
def test_its_examples_run(name):
    text = getattr(hf, name).__doc__
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, None)
    assert len(example.examples) > 1
    assert example.examples[-1].want  # it ends in a value
    runner = doctest.DocTestRunner(verbose=False)
    assert runner.run(example).failed == 0


@pytest.mark.parametrize("verb", [_priors.fetch, _priors.align, workflow.demo])
def test_the_others_have_their_parameters(verb):
    assert "\nParameters\n----------\n" in verb.__doc__.replace("\n    ", "\n")
