"""Units: each equals its definition, and no scale of the data reaches the parameters."""

from __future__ import annotations

import pytest
import torch

from hillflow.fields import make_field
from hillflow.fields.units import Units

GENES = tuple("ABCDE")
DOUBLE = torch.float64


def data(cells: int = 150) -> tuple[torch.Tensor, torch.Tensor]:
    """Levels between 0.3 and 3, and velocities of a law that is not linear, [cells, 5]."""
    generator = torch.Generator().manual_seed(1)
    x = 0.3 + 2.7 * torch.rand(cells, 5, generator=generator, dtype=DOUBLE)
    made = torch.tensor([1.0, 0.5, 2.0, 4.0, 0.2]) / (1 + x.roll(1, -1) ** 2)
    return x, made - torch.tensor([0.2, 1.0, 0.5, 2.0, 0.1]) * x


def test_units_equal_their_definitions() -> None:
    x, velocity = data()
    units, inputs = Units(5, DOUBLE), x.square()
    mean = units.calibrate_(x, velocity, inputs)
    rate = velocity.std(0) / x.std(0)
    made = velocity + rate * x
    torch.testing.assert_close(units.rate, rate)
    torch.testing.assert_close(units.decay_rate(), rate)
    torch.testing.assert_close(units.centre, inputs.mean(0))
    torch.testing.assert_close(units.spread, inputs.std(0))
    torch.testing.assert_close(units.production, made.std(0))
    torch.testing.assert_close(mean, made.mean(0))


def test_what_decays_bounds_the_unit_of_production() -> None:
    x, rate = data()[0], torch.tensor([0.5, 1.0, 1.0, 2.0, 3.0]).double()
    units = Units(5, DOUBLE)
    units.calibrate_(x, rate * (1.5 - x), x)  # production is the same in every state
    torch.testing.assert_close(units.production, 0.1 * rate * x.std(0))


def test_a_gene_that_never_varies_gets_a_hundredth_of_the_median() -> None:
    x, velocity = data()
    x[:, 2], velocity[:, 2] = 1.0, 0.0
    units = Units(5, DOUBLE)
    units.calibrate_(x, velocity, x)
    spread = x.std(0)
    assert float(units.spread[2]) == pytest.approx(0.01 * float(spread[spread > 0].median()))


def learnt(name: str, x: torch.Tensor, velocity: torch.Tensor, steps: int = 60) -> torch.nn.Module:
    """The field after some steps on these velocities, each gene in units of its own."""
    field = make_field(name, GENES, seed=3, dtype=DOUBLE)
    field.calibrate_(x, velocity)
    optimizer = torch.optim.Adam(field.parameters(), lr=0.03)
    for _ in range(steps):
        optimizer.zero_grad()
        ((field(None, x) - velocity) / velocity.std(0)).square().mean().backward()
        optimizer.step()
    return field


@pytest.mark.parametrize("name", ["linear", "hill"])
def test_the_scale_of_the_data_and_the_unit_of_time_do_not_matter(name: str) -> None:
    x, velocity = data()
    here = learnt(name, x, velocity)
    there = learnt(name, 1000 * x, 1000 / 60 * velocity)  # counts, and minutes for hours
    for (key, mine), theirs in zip(here.named_parameters(), there.parameters(), strict=True):
        shift = torch.tensor(1000.0, dtype=DOUBLE).log() if key == "log_threshold" else 0.0
        torch.testing.assert_close(theirs - shift, mine, rtol=1e-6, atol=1e-7, msg=key)
    started = make_field(name, GENES, seed=3, dtype=DOUBLE)
    assert (here.strength - started.strength).abs().max() > 0.1  # something was learnt
    with torch.no_grad():
        torch.testing.assert_close(
            there(None, 1000 * x), 1000 / 60 * here(None, x), rtol=1e-6, atol=1e-6
        )
        torch.testing.assert_close(there.decay_rate(), here.decay_rate() / 60, rtol=1e-6, atol=0)
