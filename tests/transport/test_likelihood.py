from __future__ import annotations

import pytest
import torch
from torch.distributions import Normal

from hillflow.errors import InputError
from hillflow.transport import DIVERGENCES, make_divergence, register_divergence


def test_it_is_least_for_the_density_the_cells_come_from() -> None:
    y = torch.randn(4000, generator=torch.Generator().manual_seed(0)).double()
    likelihood = make_divergence("likelihood", compares="density")
    value = {m: float(likelihood(Normal(m, 1.0).log_prob(y))) for m in (-0.5, 0.0, 0.5)}
    entropy = float(Normal(0.0, 1.0).entropy())
    assert value[0.0] == pytest.approx(entropy, abs=0.03)
    for mean in (-0.5, 0.5):  # the divergence of Kullback and Leibler from N(mean, 1) is mean²/2
        assert value[mean] - value[0.0] == pytest.approx(mean**2 / 2, abs=0.03)


def test_a_mass_of_two_is_a_cell_twice() -> None:
    likelihood = make_divergence("likelihood", compares="density")
    log_p = torch.tensor([-1.0, -2.0, -4.0])
    twice = likelihood(torch.cat([log_p, log_p[2:]]))
    assert float(likelihood(log_p, torch.tensor([1.0, 1.0, 2.0]))) == pytest.approx(float(twice))
    with pytest.raises(InputError, match="one mass"):
        likelihood(log_p, torch.ones(2))


def test_what_compares_cells_is_told_from_what_compares_a_density() -> None:
    assert {e.name for e in DIVERGENCES.values() if e.compares == "density"} == {"likelihood"}
    with pytest.raises(InputError, match=r"simulated cells.*'energy', 'mmd'.*Likelihood"):
        make_divergence("likelihood")
    with pytest.raises(InputError, match=r"'energy', which.*'likelihood'.*Rollout"):
        make_divergence("energy", compares="density")
    with pytest.raises(InputError, match="'cells', 'density'"):
        register_divergence(
            name="odd", formula="?", source="?", cost="?", when_not="?", compares="cell"
        )(lambda x: x)
