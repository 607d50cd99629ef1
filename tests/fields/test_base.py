from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError, InterventionError
from hillflow.fields import CandidateEdges, VectorField, make_field
from hillflow.interventions import Intervention

GENES = ("GATA1", "SPI1", "FLI1", "KLF1")


def test_a_field_says_what_it_is() -> None:
    field = make_field("hill", GENES, edges=CandidateEdges([0, 1], [1, 0], 4))
    content = "4 genes ('GATA1', 'SPI1', 'FLI1' and 1 more), 2 candidate edges"
    assert repr(field) == f"<hill: {content}>"
    assert repr(field.do("GATA1=ko")) == f"<hill under GATA1=knockout: {content}>"
    assert repr(field.do_each(["GATA1=ko", "control"])).startswith("<hill under 2 interventions:")
    assert repr(make_field("mlp", ["A"])) == "<mlp: 1 gene ('A')>"


def test_text_is_read_as_an_intervention() -> None:
    field, x = make_field("hill", GENES), torch.rand(5, 4)
    done = field.do("GATA1=ko,SPI1=clamp:2")
    assert done.interventions == (Intervention.knockout("GATA1") + Intervention.clamp("SPI1", 2),)
    assert field.do("control") is field
    assert torch.equal(done.do("FLI1=cut")(None, x), field.do("GATA1=ko,SPI1=clamp:2,FLI1=cut")(
        None, x
    ))  # fmt: skip
    stack = field.do_each(["GATA1=ko", Intervention.control()])
    alone = field.do("GATA1=ko")(None, x)
    torch.testing.assert_close(stack(None, x.expand(2, 5, 4))[0], alone)


@pytest.mark.parametrize("given", ["GATA1=ko", Intervention.knockout("GATA1")])
def test_one_intervention_is_no_list_of_them(given) -> None:
    with pytest.raises(InterventionError, match=r"a list of interventions.*do\('GATA1=k"):
        make_field("hill", GENES).do_each(given)
    with pytest.raises(InterventionError, match="an Intervention or its text"):
        make_field("hill", GENES).do([given])


@pytest.mark.parametrize("name", ["linear", "hill", "mlp", "locally-linear"])
def test_time_in_the_place_of_states_is_named(name: str) -> None:
    field, x = make_field(name, GENES), torch.rand(5, 4)
    with pytest.raises(InputError, match=r"in field\(t, x\), found float.*field\(0\.3, x\)"):
        field(x, 0.3)
    with pytest.raises(InputError, match=r"field\.jacobian\(x, t\), found float"):
        field.jacobian(0.3, x)
    with pytest.raises(InputError, match=r"found ndarray.*torch\.from_numpy"):
        field(0.3, x.numpy())


def test_a_jacobian_of_ones_own_is_watched_too() -> None:
    class Mine(VectorField):
        def jacobian(self, x, t=None):
            """Its own words."""
            return torch.zeros(*x.shape, x.shape[-1])

    assert Mine(["A"]).jacobian(torch.ones(2, 1)).shape == (2, 1, 1)
    assert Mine.jacobian.__doc__ == "Its own words."
    with pytest.raises(InputError, match="found float"):
        Mine(["A"]).jacobian(0.3, torch.ones(2, 1))
