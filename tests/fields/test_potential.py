from __future__ import annotations

import pytest
import torch

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields import make_field
from hillflow.fields.base import autodiff_jacobian
from hillflow.fields.potential import PotentialField
from hillflow.interventions import Intervention

GENES = tuple("abcd")


@pytest.fixture(params=[True, False], ids=["in time", "autonomous"])
def landscape(request) -> PotentialField:
    field = PotentialField(GENES, hidden=(8, 6), time=request.param, seed=1, dtype=torch.float64)
    x = torch.randn(50, 4, dtype=torch.float64) * torch.tensor([1.0, 2.0, 0.5, 1.0])
    field.calibrate_(x + 3, 0.2 * x)
    return field


X = torch.randn(5, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
T = torch.linspace(0, 2, 15, dtype=torch.float64).reshape(5, 3)


def test_velocity_is_the_gradient_of_the_potential(landscape) -> None:
    x = X.clone().requires_grad_()
    (slope,) = torch.autograd.grad(landscape.potential(x, T).sum(), x)
    torch.testing.assert_close(landscape(T, X), slope)
    with torch.no_grad():
        torch.testing.assert_close(landscape(T, X), slope)


def test_a_gradient_has_a_symmetric_jacobian(landscape) -> None:
    jacobian = landscape.jacobian(X[0], 0.5)
    torch.testing.assert_close(jacobian, autodiff_jacobian(landscape, X[0], 0.5))
    torch.testing.assert_close(jacobian, jacobian.mT)
    assert jacobian.abs().max() > 1e-4


def test_time_matters_where_asked(landscape) -> None:
    assert landscape.autonomous == torch.equal(landscape(0.0, X), landscape(1.0, X))


def test_options_and_tensors_rebuild_it(landscape) -> None:
    again = make_field("potential", GENES, **landscape.options, dtype=torch.float64)
    again.load_state_dict(landscape.state_dict())
    assert torch.equal(again(T, X), landscape(T, X))


def test_calibration_brings_speed_and_keeps_the_geometry() -> None:
    field = PotentialField(GENES, seed=0, dtype=torch.float64)
    x = torch.randn(2000, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    slow, fast = [], []
    for found, speed in ((slow, 1.0), (fast, 100.0)):
        field.calibrate_(x, speed * torch.ones_like(x))
        found.append(field(0.0, x))
    torch.testing.assert_close(fast[0], 100 * slow[0])
    field.calibrate_(10 * x + 5, torch.ones_like(x))  # larger cells, same velocities
    torch.testing.assert_close(field(0.0, 10 * x + 5), slow[0])


def test_a_clamp_is_possible_and_production_is_not(landscape) -> None:
    held = landscape.do(Intervention.clamp("b", 1.0))
    assert (held(0.0, X)[..., 1] == 0).all()
    for asked in (landscape.production, landscape.decay):
        with pytest.raises(UnsupportedError, match="production/decay split"):
            asked(X)
    with pytest.raises(InputError, match="time_scale"):
        PotentialField(GENES, time_scale=0)


def test_time_is_in_units_of_the_data() -> None:
    free, told = PotentialField(GENES), PotentialField(GENES, time_scale=3.0)
    for field in (free, told):
        field.calibrate_time_(last=48.0, longest=24.0)
    assert (free.time_scale.item(), told.time_scale.item()) == (48.0, 3.0)
