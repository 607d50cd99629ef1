"""Knockouts, screens and resting states on a device are those of the CPU."""

from __future__ import annotations

import pandas as pd
import pytest
import torch

from hillflow.causal import knockout, screen, terminal_states
from hillflow.fields import make_field
from hillflow.interventions import Intervention
from hillflow.model import Fit
from hillflow.objectives import Heads

from ..small_fits import GENES, model_of, snapshots

CELLS = snapshots(12)


def fitted(*heads: str) -> Fit:
    fields = [make_field("hill", GENES, seed=seed, dtype=torch.float64) for seed in (1, 2)]
    return Fit(tuple(model_of(field, Heads.build(field, heads)) for field in fields))


CALLS = {
    "knockout": lambda fit: knockout(fit, ["A", "B=clamp:2"], CELLS).effects,
    "populations": lambda fit: knockout(fit, ["A"], CELLS).predicted("A=ko").to_anndata().to_df(),
    "screen": lambda fit: screen(fit, CELLS, pairs=True).ranking,
    "rest": lambda fit: terminal_states(fit[0], CELLS.x[:2], [Intervention.knockout("A")]),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("heads", [(), ("noise", "protein")], ids=["plain", "noisy"])
def test_a_device_gives_the_same_table(device, call, heads):
    here = CALLS[call](fitted(*heads))
    with device() as name:
        there = CALLS[call](fitted(*heads).to(name))
    pd.testing.assert_frame_equal(there, here, rtol=1e-6, atol=1e-9)
