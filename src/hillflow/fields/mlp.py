"""An unstructured neural network, a baseline for other fields."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from hillflow.fields.networks import NetworkField, Networks
from hillflow.fields.registry import register


@register(
    name="mlp",
    formula="dx/dt = s ⊙ MLP(x) or s ⊙ MLP(x, t)",
    source="Chen, Rubanova, Bettencourt & Duvenaud 2018 (Neural ordinary differential equations)",
    prior="none",
    cost="time and memory O(G H + H²)",
    when_not="a network, a knockout or a law is needed: it has no edges and by default no split",
)
class MLPField(NetworkField):
    """ẋ = s ⊙ MLP(x) with SiLU units; its network is inferred from the Jacobian.

    SiLU is smooth, which suits high-order solvers. It need not be monotone, because edges are not
    inferred from the weights.

    Parameters
    ----------
    genes
        G names.
    hidden
        Widths.
    split, production
        With ``split=True``, ẋ = s ⊙ φ(MLP(x)) − γ ⊙ x as in `NetworkField`.
    time, time_scale
        As in `NetworkField`.
    seed, dtype
        Seed and precision of the initial weights.
    """

    def __init__(
        self,
        genes: Sequence[str],
        *,
        hidden: Sequence[int] = (64, 64, 64),
        split: bool = False,
        production: str = "softplus",
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        network = Networks(
            count + time,
            count,
            hidden,
            per_target=False,
            activation="silu",
            seed=seed,
            dtype=dtype,
        )
        super().__init__(
            genes,
            network,
            split=split,
            production=production,
            time=time,
            time_scale=time_scale,
            hidden=list(hidden),
            seed=seed,
        )
