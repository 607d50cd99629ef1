from __future__ import annotations

import copy
import inspect
import pickle

import pytest

from hillflow import errors
from hillflow.errors import HillflowError, did_you_mean, listing

CLASSES = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, HillflowError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_message_has_its_three_parts(kind):
    error = kind("a gene", "none", "name it")
    assert str(error) == "Expected a gene, found none. Fix: name it."
    assert (error.expected, error.found, error.fix) == ("a gene", "none", "name it")


def test_a_question_ends_with_its_own_mark():
    error = errors.InputError("a gene", "'GATA'", did_you_mean("GATA", ["GATA1"]))
    assert str(error) == "Expected a gene, found 'GATA'. Fix: did you mean 'GATA1'?"


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
def test_errors_travel_between_processes(kind, again):
    error = kind("a gene", "none", "name it")
    back = again(error)
    assert type(back) is kind
    assert str(back) == str(error)
    assert (back.expected, back.found, back.fix) == (error.expected, error.found, error.fix)


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InputError, ValueError), (errors.MissingFileError, FileNotFoundError),
        (errors.FileFormatError, ValueError), (errors.GeneNameError, ValueError),
        (errors.TimeError, ValueError), (errors.InterventionError, ValueError),
        (errors.ChecksumError, ValueError), (errors.MissingPackageError, ImportError),
        (errors.UnsupportedError, TypeError), (errors.NumericalError, ArithmeticError),
    ],
)  # fmt: skip
def test_errors_are_the_builtin_ones_too(kind, builtin):
    with pytest.raises(builtin, match="Expected a, found b"):
        raise kind("a", "b", "c")


@pytest.mark.parametrize("kind", CLASSES)
def test_every_class_says_what_it_is_for(kind):
    assert kind.__doc__


def test_listing():
    assert listing([]) == ""
    assert listing("AB") == "'A', 'B'"
    assert listing(range(5)) == "'0', '1', '2', '3', '4'"
    assert listing(range(2006), most=2) == "'0', '1' and 2,004 more"
    assert listing(gene for gene in ["a b"]) == "'a b'"


def test_did_you_mean():
    assert did_you_mean("gata", ["SPI1", "GATA1", "GATA2"]) in (
        "did you mean 'GATA1' or 'GATA2'?", "did you mean 'GATA2' or 'GATA1'?",
    )  # fmt: skip
    assert did_you_mean("Gata1", ["GATA2", "GATA1", "TAL1"]) == "did you mean 'GATA1'?"
    options = ["--out", "--counts", "--knockouts"]  # the others are far less alike
    assert did_you_mean("--knockout", options) == "did you mean '--knockouts'?"
    assert did_you_mean("zzz", ["GATA1", "SPI1"]) == "choose one of 2: 'GATA1', 'SPI1'"
    assert did_you_mean("zzz", ["B"]) == "use 'B', the only choice"
    assert did_you_mean("zzz", []) == "add one first"
