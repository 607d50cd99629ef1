"""Laws as a field: the flow of the written law, knockouts, Jacobians, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.errors import GeneNameError, InputError
from hillflow.fields.base import autodiff_jacobian
from hillflow.solve import trajectory
from hillflow.symbolic import SymbolicField, parse
from hillflow.symbolic.field import is_never_negative

START = np.array([0.4, 0.5, 1.0])


def states(field: SymbolicField, times: np.ndarray) -> np.ndarray:
    x0 = torch.from_numpy(START)[None]
    return trajectory(field, x0, times.tolist(), solver="rk4", steps=40)[:, 0].numpy()


def test_its_flow_is_that_of_the_law_written_out(known):
    times = np.linspace(0, 10, 6)
    field = SymbolicField(known.ring())
    np.testing.assert_allclose(states(field, times), known.solved(START, times), rtol=1e-6)
    assert field.genes == known.GENES
    assert field.keeps_orthant
    np.testing.assert_allclose(field.decay_rate().numpy(), known.DECAY)


def test_it_is_intervened_on_like_any_field(known):
    field = SymbolicField(known.ring())
    x = torch.rand(2, 5, 3, dtype=torch.float64)
    stacked = field.do_each(["S=ko", "E2F1=clamp:1"])(None, x)
    without = field.do("S=ko")(None, x[0])
    assert torch.equal(stacked[0], without)
    assert torch.allclose(without[:, 1], -x[0, :, 1])
    jacobian = field.jacobian(x[0])
    assert torch.allclose(jacobian, autodiff_jacobian(field, x[0]))
    assert (jacobian[:, 0, 2] < 0).all()
    assert (jacobian[:, 2, 0] == 0).all()


def test_a_production_that_could_fall_below_zero_is_cut_there(known):
    laws = known.ring()
    laws["S"] = known.law_of("S", "1 - `NKX2-5`", ("NKX2-5",), 1.0)
    field = SymbolicField(laws)
    assert field.clipped == {"S"}
    x = torch.tensor([[0.25, 0.0, 0.5], [3.0, 0.0, 0.5]], dtype=torch.float64)
    np.testing.assert_allclose(field.production(x)[:, 1], [0.75, 0.0])


def test_a_law_without_decay_is_the_whole_velocity(known):
    laws = known.ring()
    laws["S"] = known.law_of("S", "1 - S", ("S",), None)
    field = SymbolicField(laws)
    assert not field.keeps_orthant
    assert not field.clipped
    x = torch.full((1, 3), 3.0, dtype=torch.float64)
    assert float(field(None, x)[0, 1]) == -2.0


@pytest.mark.parametrize(
    ("formula", "never"),
    [("0.1 + 2*a**2.5/(3 + a**2.5)/(1 + b**1.5)", True), ("1 - a", False), ("a*b", True),
     ("exp(-a) + 0.0", True), ("a - b + 10", False), ("log(a)", False), ("0.3", True)],
)  # fmt: skip
def test_what_the_shape_of_a_formula_says_of_its_sign(formula, never):
    assert is_never_negative(parse(formula)) is never


def test_mistakes(known):
    laws = known.ring()
    with pytest.raises(GeneNameError, match="none for 'S'"):
        SymbolicField({gene: law for gene, law in laws.items() if gene != "S"})
    with pytest.raises(GeneNameError, match="the law of 'S' under 'E2F1'"):
        SymbolicField({"E2F1": laws["S"], "NKX2-5": laws["NKX2-5"]})
    with pytest.raises(InputError, match="a law for at least one gene"):
        SymbolicField({})
    laws["S"] = known.law_of("S", "1", (), -1.0)
    with pytest.raises(InputError, match="decay rate of 0 or more"):
        SymbolicField(laws)
