from __future__ import annotations

import pytest
import torch

from hillflow.errors import UnsupportedError
from hillflow.fields import make_field
from hillflow.objectives import Diffusion, Heads, StateFunction


def test_heads_are_built_by_name_and_reproducible() -> None:
    field = make_field("mlp", ("a", "b", "c"))
    heads, again = (Heads.build(field, ["score", "growth", "diffusion"], seed=2) for _ in "12")
    assert heads.names == ("score", "growth", "diffusion")
    x = torch.randn(2, 5, 3)
    assert heads.score(x, 1.0).shape == (2, 5, 3)
    assert heads.growth(x, torch.rand(2, 5)).shape == (2, 5)
    assert torch.equal(heads.score(x, 0.0), again.score(x, 0.0))
    assert float(heads.diffusion()) == pytest.approx(0.1)


def test_a_head_that_is_missing_is_named() -> None:
    heads = Heads.build(make_field("mlp", ("a",)), ["growth"])
    with pytest.raises(UnsupportedError, match=r"score head.*Heads\.build\(field, \['score'\]\)"):
        heads.need("score")


def test_inputs_are_standardised() -> None:
    x = torch.randn(500, 3, dtype=torch.float64)
    small, large = (StateFunction(3, 1, seed=1, dtype=torch.float64) for _ in "12")
    small.calibrate_(x)
    large.calibrate_(1000 * x + 7)
    torch.testing.assert_close(small(x, 0.5), large(1000 * x + 7, 0.5))


def test_diffusion_is_positive_and_fixed_until_an_objective_learns_it() -> None:
    sigma = Diffusion(0.3, genes=2)
    assert sigma().tolist() == pytest.approx([0.3, 0.3])
    assert not sigma.log_sigma.requires_grad


def test_a_rate_starts_at_zero_and_does_not_care_for_the_unit_of_time() -> None:
    x = torch.randn(50, 3, dtype=torch.float64)
    days, hours = (StateFunction(3, 1, seed=1, dtype=torch.float64, rate=True) for _ in "12")
    assert (days(x, 40.0) == 0).all()
    for head, unit in ((days, 1.0), (hours, 24.0)):
        head.calibrate_(x, [1.0 * unit, 2.0 * unit, 3.0 * unit])
        torch.nn.init.ones_(head.layers[-1].weight)
    torch.testing.assert_close(days(x, 2.0), 24 * hours(x, 48.0))
    heads = Heads.build(make_field("mlp", ("a",)), ["growth", "score"])
    assert heads.growth.rate
    assert not heads.score.rate
