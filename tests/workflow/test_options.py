"""Options as they are declared: fields of frozen dataclasses, and what a verb is given."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hillflow.cli.messages import in_options
from hillflow.errors import InputError
from hillflow.workflow.options.activity import ACTIVITY
from hillflow.workflow.options.base import REQUIRED, Option, about, default_of, named, out_file
from hillflow.workflow.options.export import EXPORT
from hillflow.workflow.options.fit import FIT, FitOptions
from hillflow.workflow.options.graph import GRAPH, GraphOptions
from hillflow.workflow.options.knockout import KNOCKOUT
from hillflow.workflow.options.laws import LAWS
from hillflow.workflow.options.predict import PREDICT
from hillflow.workflow.options.prior import PriorOptions
from hillflow.workflow.options.priors import ALIGN, FETCH
from hillflow.workflow.options.report import REPORT
from hillflow.workflow.options.simulate import SIMULATE
from hillflow.workflow.options.validate import VALIDATE
from hillflow.workflow.options.velocity import VELOCITY

SPECS = (
    SIMULATE, FIT, GRAPH, ACTIVITY, LAWS, KNOCKOUT, PREDICT, VELOCITY, VALIDATE, EXPORT, REPORT,
    FETCH, ALIGN,
)  # fmt: skip


def defaults(spec, **given):
    """Everything that a verb is given unless told otherwise."""
    values = {name: one.default for name, one in spec.arguments.items()}
    values |= {name: default_of(one) for name, one in spec.options().items()}
    return values | given


def test_a_field_knows_its_text_and_its_default():
    by_name = {one.name: one for one in fields(FitOptions)}
    ensemble = about(by_name["ensemble"])
    assert isinstance(ensemble, Option)
    assert (default_of(by_name["ensemble"]), ensemble.minimum) == (1, 1)
    assert ensemble.help.startswith("Number of fits")


def test_an_argument_without_a_default_is_required():
    assert FIT.arguments["cells"].default is REQUIRED
    assert out_file("Where.").default is None


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_no_name_stands_twice_in_a_verb(spec):
    each = [*spec.arguments, *(one.name for group in spec.groups.values() for one in fields(group))]
    assert len(each) == len(set(each))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_option_has_a_sentence_and_every_verb_an_example(spec):
    texts = [one.option.help for one in spec.arguments.values()]
    texts += [about(one).help for one in spec.options().values()]
    assert all(text[0].isupper() and text.endswith(".") for text in texts)
    assert spec.example.startswith("hillflow ")
    assert spec.name in spec.example


def test_what_a_verb_is_given_is_read_group_by_group(tmp_path):
    values = defaults(FIT, cells=object(), out=tmp_path / "run", ensemble=3, prior="trrust")
    read = FIT.read(values)
    assert set(read) == {"cells", "out", "data", "prior", "acting", "left_out", "options"}
    assert (read["options"].ensemble, read["prior"].prior) == (3, "trrust")
    assert read["out"] == tmp_path / "run"


def test_options_check_themselves():
    with pytest.raises(InputError, match=r"top=… \(--top\) of 1 or more, found 0"):
        GraphOptions(top=0)
    with pytest.raises(InputError, match="between 0 and 1, found 90"):
        GraphOptions(confidence=90)
    with pytest.raises(InputError, match="did you mean 'all'"):
        PriorOptions(free_edges="al")


def test_a_name_in_a_message_is_that_of_python_and_of_the_command_line():
    assert named("fold_case") == "fold_case=… (--fold-case)"
    assert in_options(named("fold_case"), {"fold_case"}) == "--fold-case"


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("seed", "x", "a whole number from 0"), ("seed", -1, "a whole number from 0"),
        ("seed", 1.5, "a whole number from 0"), ("ensemble", "3", "a whole number as ensemble=…"),
        ("ensemble", True, "a whole number as ensemble=…"), ("effort", "x", "a number as effort=…"),
    ],
)  # fmt: skip
def test_values_of_a_wrong_type_are_refused_before_anything_is_read(option, value, words):
    with pytest.raises(InputError, match=words):
        FIT.read(defaults(FIT, cells=object(), out=None) | {option: value})
