"""The dense field: one small network per target, on unscaled levels, without a sparsity penalty."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hillflow.fields.networks import NetworkField, Networks
from hillflow.fields.registry import register

_START = 0.1  # initial output weights, relative to the usual size


@register(
    name="dense",
    formula="dx_i/dt = MLP_i(x) − γ_i x_i, in the units of the data",
    source="this project; a neural ODE (Chen et al. 2018) with one network per gene",
    prior="none",
    cost="time and memory O(G² H)",
    when_not="raw counts or levels on different scales (genes on a larger scale dominate), or "
    "absent regulators must be exactly zero: use 'sparse'",
)
class DenseField(NetworkField):
    """ẋ_i = MLP_i(x) − γ_i x_i, the counterpart of `sparse` without its two assumptions.

    `sparse` assumes few regulators, and standardises every gene however little it varies. Here
    nothing is shrunk and levels are not standardised, so the influence of a gene is proportional
    to its variation, and genes that hardly vary, which are mostly noise, have little influence.
    The output starts near zero and stays there where the data are uninformative. Neither field
    ranks edges best on all data; their errors differ (see `causal.consensus`).

    Parameters
    ----------
    genes
        G names.
    hidden
        Widths of each target's network.
    production, split, time, time_scale
        As in `NetworkField`.
    seed, dtype
        Seed and precision of the initial weights.
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
