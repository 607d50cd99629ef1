"""The dense field: levels as they are, nothing shrunk."""

from __future__ import annotations

import torch

from hillflow.fields import make_field


def test_a_gene_counts_by_how_far_it_varies_where_sparse_hears_all_alike() -> None:
    """The same cells with gene A at a hundredth of its levels."""
    x = torch.randn(300, 3, generator=torch.Generator().manual_seed(0)).double()
    small = x * torch.tensor([0.01, 1.0, 1.0])
    heard = {}
    for name in ("dense", "sparse"):
        fields = [make_field(name, ("A", "B", "C"), dtype=torch.float64) for _ in range(2)]
        for field, states in zip(fields, (x, small), strict=True):
            field.calibrate_(states)
        loud, quiet = (
            field.production(states)[:, 1].std()
            for field, states in zip(fields, (x, small), strict=True)
        )
        slopes = [
            (field.jacobian(states)[:, 1, 0] * states[:, 0].std()).abs().mean()
            for field, states in zip(fields, (x, small), strict=True)
        ]
        heard[name] = (slopes[1] / slopes[0]).item()
        assert loud > 0
        assert quiet > 0
    assert heard["dense"] < 0.05
    assert abs(heard["sparse"] - 1) < 1e-6


def test_calibration_sets_decay_alone() -> None:
    field = make_field("dense", ("A", "B"))
    x = torch.rand(200, 2, generator=torch.Generator().manual_seed(1))
    before = field.production(x)
    field.calibrate_(x, 1.0 - 3.0 * x)
    assert torch.equal(field.production(x), before)
    torch.testing.assert_close(field.decay_rate(), torch.full((2,), 3.0), rtol=0.1, atol=0)
    assert not field.keeps_orthant
