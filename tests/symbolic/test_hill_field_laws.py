"""The Hill field's formulas give the Hill field's numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hillflow.fields import make_field
from hillflow.symbolic import laws_of_hill


@pytest.mark.parametrize("per_edge", [False, True])
def test_production_and_decay_are_the_fields(per_edge):
    genes = ("A", "7157", "a b")
    field = make_field("hill", genes, seed=1, per_edge=per_edge, dtype=torch.float64)
    with torch.no_grad():
        for parameter in field.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        field.strength[4] = 0.0
    x = torch.rand(20, 3, dtype=torch.float64) + 0.01
    laws = laws_of_hill(field, "h")
    for i, gene in enumerate(genes):
        np.testing.assert_allclose(
            laws[gene].evaluate(x.numpy(), genes), field.production(x)[:, i].detach(), rtol=1e-9
        )
        assert laws[gene].decay == pytest.approx(field.decay_rate()[i].item())
    assert "7157" not in laws["7157"].parents
    assert {p.name: p.unit for p in laws["A"].parameters}["basal"] == "1/h"
