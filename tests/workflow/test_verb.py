"""A declaration and a function become a verb: signature, docstring, options as objects."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, dataclass

import pytest

from hillflow.errors import HillflowWarning, InputError
from hillflow.findings import Finding, collect_findings, warn
from hillflow.workflow.options.base import Argument, Option, Spec, Values, option
from hillflow.workflow.verb import verb


@dataclass(frozen=True)
class MixOptions:
    speed: float = option(1.5, "How fast.", minimum=0)
    spices: str | None = option(None, "What goes in.", kind="str | None", cli=str)

    def __post_init__(self) -> None:
        if self.speed < 0:
            raise InputError("a speed of 0 or more", f"{self.speed}", "write speed=1")


@dataclass(frozen=True)
class OvenOptions:
    heat: int = option(180, "Degrees.")


def _check(given: Values) -> None:
    if given["dough"] == "absent":
        raise InputError("dough", "none", "make some")


BAKE = Spec(
    "bake",
    """Bake a cake.

Of any dough.""",
    "hillflow bake dough",
    {
        "dough": Argument(Option("What is baked.", "str")),
        "out": Argument(Option("Where it goes.", "path | None"), None, positional=False),
    },
    {"mixing": MixOptions, "oven": OvenOptions},
    check=_check,
)


@dataclass(frozen=True)
class Cake:
    """What was baked, of what."""

    dough: str
    out: str | None
    mixing: MixOptions
    oven: OvenOptions
    progress: object = None
    findings: tuple[Finding, ...] = ()


@verb(BAKE)
def bake(
    dough: str, out: str | None, mixing: MixOptions, oven: OvenOptions, progress: object = None
) -> Cake:
    """Do what it promises.

    Returns
    -------
    Cake
        Fresh.

    Examples
    --------
    >>> 1 + 1
    2
    """
    if dough == "old":
        warn("the dough is old", "bake.old")
    findings = [Finding("bake.hot", "the oven is hot"), Finding("bake.fresh", "eat soon", "note")]
    if dough == "old":
        findings.append(Finding("bake.old", "the dough is old"))
    return Cake(dough, out, mixing, oven, progress, tuple(findings))


def quiet(*arguments, **options) -> Cake:
    with pytest.warns(HillflowWarning):
        return bake(*arguments, **options)


def test_arguments_are_positional_and_options_by_name():
    parameters = inspect.signature(bake).parameters
    assert list(parameters) == ["dough", "out", "speed", "spices", "heat", "progress"]
    kinds = {name: one.kind.name for name, one in parameters.items()}
    assert kinds["dough"] == kinds["out"] == "POSITIONAL_OR_KEYWORD"
    assert {kinds[name] for name in ("speed", "spices", "heat", "progress")} == {"KEYWORD_ONLY"}


def test_defaults_are_those_of_the_declaration():
    parameters = inspect.signature(bake).parameters
    assert parameters["dough"].default is inspect.Parameter.empty
    assert (parameters["out"].default, parameters["speed"].default) == (None, 1.5)
    assert parameters["spices"].annotation == "str | None"
    assert parameters["heat"].annotation == "int"


def test_the_function_gets_a_frozen_object_a_group():
    cake = quiet("rye", speed=2.0, heat=200, progress="bar")
    assert (cake.dough, cake.out, cake.progress) == ("rye", None, "bar")
    assert (cake.mixing, cake.oven) == (MixOptions(2.0), OvenOptions(200))
    with pytest.raises(FrozenInstanceError):
        cake.oven.heat = 1


def test_the_docstring_is_made_of_the_declaration():
    assert bake.__doc__.splitlines()[:3] == ["Bake a cake.", "", "Of any dough."]
    text = bake.__doc__
    assert "Parameters\n----------\ndough : str\n    What is baked.\n" in text
    assert "out : path | None, default None\n    Where it goes.\n" in text
    assert "speed : float, default 1.5\n    How fast.\n" in text
    assert "progress : optional\n" in text
    assert text.index("Parameters") < text.index("Returns") < text.index("Examples")
    assert "Do what it promises" not in text


def test_an_unknown_option_is_answered_with_the_nearest():
    with pytest.raises(InputError, match=r"an option of hillflow.bake, found 'spede'.*'speed'"):
        bake("rye", spede=3)


def test_a_missing_argument_is_the_type_error_of_python():
    with pytest.raises(TypeError, match="dough"):
        bake()


def test_options_are_checked_before_the_arguments():
    with pytest.raises(InputError, match="a speed of 0 or more"):
        bake("absent", speed=-1)
    with pytest.raises(InputError, match="make some"):
        bake("absent")


def test_the_results_warnings_are_raised_each_once_and_its_notes_are_not():
    with collect_findings() as heard, pytest.warns(HillflowWarning) as caught:
        bake("old")
    assert [str(one.message) for one in caught] == ["the dough is old", "the oven is hot"]
    assert [one.code for one in heard] == ["bake.old", "bake.hot", "bake.fresh"]


def test_a_verb_knows_its_declaration():
    assert bake.spec is BAKE
