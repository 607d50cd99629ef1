"""The dense field: one small network a target, on the levels as they are, nothing shrunk."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hillflow.fields.networks import NetworkField, Networks
from hillflow.fields.registry import register

_START = 0.1  # of the usual size of the weights that make the output


@register(
    name="dense",
    formula="dx_i/dt = MLP_i(x) − γ_i x_i, in the units of the data",
    source="this project; a neural ODE (Chen et al. 2018) with one network a gene",
    prior="none",
    cost="time and memory O(G² H)",
    when_not="levels are of different kinds or raw counts (a gene on a larger scale is heard "
    "more), or regulators that do not act are to be exactly zero: use 'sparse'",
)
class DenseField(NetworkField):
    """ẋ_i = MLP_i(x) − γ_i x_i, the counterpart of `sparse` without its two assumptions.

    `sparse` asks for few regulators and hears every gene alike, however little it varies. Here
    nothing is shrunk and levels enter as they are, so that a gene counts by how far it varies, and
    what hardly varies, which is mostly noise, hardly counts. The output starts near zero, so that
    what cells do not tell of stays there. Neither field ranks edges best everywhere; their
    mistakes differ (see `causal.consensus`).

    Parameters
    ----------
    genes
        G names.
    hidden
        Widths of each target's network.
    production, split, time, time_scale
        As in `NetworkField`.
    seed, dtype
        Of the initial weights.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        hidden: Sequence[int] = (16,),
        production: str = "linear",
        split: bool = True,
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        network = Networks(
            count + time, count, hidden, per_target=True, activation="elu", seed=seed, dtype=dtype
        )
        with torch.no_grad():
            network.weights[-1].mul_(_START)
            network.biases[0].mul_(2 * _START)
        super().__init__(
            genes, network, split=split, production=production, time=time,
            time_scale=time_scale, standardise=False, hidden=list(hidden), seed=seed,
        )  # fmt: skip
