from __future__ import annotations

import torch

from hillflow.fields.calibration import decay_rates, mean_production


def test_relaxing_genes_give_their_rates() -> None:
    x = torch.rand(100, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rate = torch.tensor([0.3, 1.0, 2.0], dtype=torch.float64)
    velocity = rate * (1.2 - x)
    torch.testing.assert_close(decay_rates(x, velocity), rate)
    torch.testing.assert_close(mean_production(x, velocity, rate), 1.2 * rate)
    torch.testing.assert_close(mean_production(x, None, rate), rate * x.mean(0))


def test_silent_and_wild_genes_stay_within_reason() -> None:
    x = torch.rand(100, 4, generator=torch.Generator().manual_seed(0))
    x[:, 3] = 0
    velocity = torch.stack([x[:, 0], 2 * x[:, 1], 1e6 * x[:, 2], x[:, 3]], 1)
    rates = decay_rates(x, velocity)
    torch.testing.assert_close(rates, torch.tensor([1.0, 2.0, 60.0, 2.0]))
    assert (mean_production(x, -velocity, rates) > 0).all()
    assert torch.equal(decay_rates(torch.zeros(3, 2), torch.zeros(3, 2)), torch.ones(2))
