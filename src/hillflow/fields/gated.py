"""PathReg: random gates on every weight, and costs of open paths and of the weights along them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from hillflow.fields.networks import (
    NetworkField,
    Networks,
    path_norm,
    path_product,
    require_not_negative,
)
from hillflow.fields.registry import register

# The hard concrete distribution: a sigmoid stretched to (LOW, HIGH), then clipped to [0, 1].
LOW, HIGH, TEMPERATURE = -0.1, 1.1, 2.0 / 3.0
_START = 2.0  # initial log α: gates are open with probability 0.97


@register(
    name="path-reg",
    formula="dx/dt = s ⊙ softplus(MLP(x; W ⊙ z)) − γ ⊙ x, z hard-concrete, "
    "l0 · mean Π P(z > 0) + l1 · ‖Π |W ⊙ z|‖₁",
    source="Aliee et al. 2022 (Sparsity in continuous-depth neural networks), PathReg; gates of "
    "Louizos, Welling & Kingma 2018",
    prior="none",
    cost="twice that of 'c-node': time and memory O(G H + H²); per target O(G² H)",
    when_not="few cells (the gates are noisy), or a prior network is to be used (use 'sparse')",
)
class GatedField(NetworkField):
    """ẋ = s ⊙ φ(MLP(x; W_l ⊙ z_l)) − γ ⊙ x with a gate z for each weight.

    A gate is z = clip(σ((log u − log(1−u) + log α)/β)(ζ − ξ) + ξ, 0, 1), u uniform, ξ = −0.1,
    ζ = 1.1, β = 2/3 (Louizos et al. 2018, eqs. 10–11); it is open with probability
    P = σ(log α − β log(−ξ/ζ)) (eq. 12). Gates are independent, so (P_L ⋯ P_1)_ij is the
    expected number of open paths from j to i, and

        l0 · Σ_ij (P_L ⋯ P_1)_ij / all paths + l1 · Σ_ij (|W_L ⊙ z_L| ⋯ |W_1 ⊙ z_1|)_ij

    is the penalty of Aliee et al. (2022), with the first sum as a share, so that l0 means the
    same for any number of genes and units. There is one gate for each weight rather than each
    input: with gates on inputs the path product has rank one, and every target has the same
    regulators. `closed` says how many gates closed.

    Training mode uses sampled gates, which `proximal_` draws again after each optimiser step, so
    that the network is constant during an integration. Evaluation mode, the edge weights and the
    penalty use deterministic gates: z = clip(σ(log α)(ζ − ξ) + ξ, 0, 1) (eq. 13).

    Parameters
    ----------
    genes
        G names.
    hidden, per_target
        Widths, and whether there is one network per gene rather than one for all.
    l0
        Cost of all paths being open. The default was chosen on a random network of 12 genes; ten
        times as much closes gates before the data can tell which.
    l1
        Strength of the path norm, in standardised inputs, as in `PathNormField`.
    production, split, time, time_scale
        As in `NetworkField`. Paths from time have gates, but no cost.
    seed, dtype
        Seed and precision of the initial weights and of the gates.
    """

    draws: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        *,
        hidden: Sequence[int] = (64,),
        per_target: bool = False,
        l0: float = 0.03,
        l1: float = 3e-6,
        production: str = "softplus",
        split: bool = True,
        time: bool = False,
        time_scale: float = 1.0,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        network = Networks(
            count + time, count, hidden, per_target=per_target, seed=seed, dtype=dtype
        )
        super().__init__(
            genes,
            network,
            split=split,
            production=production,
            time=time,
            time_scale=time_scale,
            hidden=list(hidden),
            per_target=per_target,
            l0=l0,
            l1=l1,
            seed=seed,
        )
        require_not_negative(l0=l0, l1=l1)
        self.l0, self.l1, self.seed = l0, l1, seed
        self.paths = count * count * math.prod(hidden)
        self.log_alpha = nn.ParameterList(
            torch.full_like(weight, _START) for weight in network.weights
        )
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64))
        for layer, weight in enumerate(network.weights):
            self.register_buffer(f"noise_{layer}", torch.zeros_like(weight.detach()))
        self._draw()

    def gates(self) -> list[Tensor]:
        """Return z by layer, shaped as the weights: sampled in training, else deterministic."""
        if self.training:
            pairs = ((getattr(self, f"noise_{n}"), a) for n, a in enumerate(self.log_alpha))
            return [_cut(torch.sigmoid((noise + a) / TEMPERATURE)) for noise, a in pairs]
        return self.deterministic_gates()

    def deterministic_gates(self) -> list[Tensor]:
        """Return the deterministic gates by layer."""
        return [_cut(torch.sigmoid(a)) for a in self.log_alpha]

    def open_probabilities(self) -> list[Tensor]:
        """Return P(z > 0) by layer."""
        shift = TEMPERATURE * math.log(-LOW / HIGH)
        return [torch.sigmoid(a - shift) for a in self.log_alpha]

    def weights(self) -> list[Tensor]:
        """Return the gated weights, W ⊙ z."""
        return [w * z for w, z in zip(self.network.weights, self.gates(), strict=True)]

    def edge_weights(self) -> Tensor:
        """Return the path norm of W ⊙ z with the sign of the path sum, [target, source].

        The gates are deterministic.
        """
        gates = self.deterministic_gates()
        weights = [w * z for w, z in zip(self.network.weights, gates, strict=True)]
        return (path_norm(weights) * path_product(weights).sign())[:, : len(self.genes)]

    def penalty(self) -> Tensor:
        """Return the cost of paths that start at a gene: of being open, and of their weights."""
        count = len(self.genes)
        openness = path_product(self.open_probabilities())[:, :count].sum() / self.paths
        return self.l0 * openness + self.l1 * path_norm(self.weights())[:, :count].sum()

    @property
    def closed(self) -> float:
        """The share of the gates that are closed when none is drawn."""
        gates = torch.cat([gate.detach().flatten() for gate in self.deterministic_gates()])
        return float((gates == 0).double().mean())

    @torch.no_grad()
    def proximal_(self, step: float) -> None:
        """Draw the gates of the next step; no parameter is shrunk."""
        self.draws += 1
        self._draw()

    @torch.no_grad()
    def _draw(self) -> None:
        # The stream depends only on (seed, draws), and draws is saved, so resuming is exact.
        generator = torch.Generator().manual_seed(1_000_003 * self.seed + int(self.draws))
        for layer in range(len(self.log_alpha)):
            noise = getattr(self, f"noise_{layer}")
            u = torch.rand(noise.shape, generator=generator).clamp(1e-6, 1 - 1e-6)
            noise.copy_(torch.logit(u))


def _cut(gate: Tensor) -> Tensor:
    return (gate * (HIGH - LOW) + LOW).clamp(0.0, 1.0)
