"""Neural networks with known input→output paths, and the base class of fields built on them.

`Networks` holds the tensors of one small MLP per target, or of one MLP for all. `NetworkField`
adds units, production and decay, and time. Sparsity (a group lasso, a path norm, gates) is
defined by the fields in other files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hillflow.errors import InputError, did_you_mean
from hillflow.fields.base import Time, VectorField, column
from hillflow.fields.calibration import decay_rates, mean_production
from hillflow.fields.positive import inverse_softplus, softplus

Elementwise = Callable[[Tensor], Tensor]


def _silu_slope(a: Tensor) -> Tensor:
    s = torch.sigmoid(a)
    return s * (1 + a * (1 - s))


# Each with its derivative. ELU is monotone with slopes in (0, 1], so the effect along a path has
# the sign of the product of its weights in every state. Edge weights rely on this.
_ACTIVATIONS: dict[str, tuple[Elementwise, Elementwise]] = {
    "elu": (F.elu, lambda a: torch.exp(a.clamp(max=0))),
    "silu": (F.silu, _silu_slope),
}
PRODUCTIONS = ("softplus", "linear")


class Networks(nn.Module):
    """MLPs from one input vector to all targets, u = W_L φ(… φ(W_1 x + c_1) …) + c_L.

    With `per_target` every target has its own MLP with one output; otherwise one MLP has all
    targets as outputs. Both have tensors of the same form, with N = targets or N = 1.

    Parameters
    ----------
    inputs, targets, hidden
        Widths.
    per_target
        Whether there is one MLP per target.
    activation
        φ: ``"elu"`` (monotone, see above) or ``"silu"`` (smoother, its slope changes sign).
    seed
        The same seed gives the same weights.

    Attributes
    ----------
    weights, biases
        By layer, [N, width, width before] and [N, width].

    Notes
    -----
    Cost per cell: O(N·(inputs·h + h²)), with one MLP per target O(G²·h) for G genes; the Jacobian
    of all targets then takes one backward sweep of the same cost.
    """

    def __init__(
        self,
        inputs: int,
        targets: int,
        hidden: Sequence[int],
        *,
        per_target: bool,
        activation: str = "elu",
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        if not hidden or any(int(width) != width or width < 1 for width in hidden):
            raise InputError(
                "at least one hidden layer, each of one unit or more",
                f"hidden={tuple(hidden)}",
                "write hidden=(16,), or use the 'linear' field",
            )
        self.shape = (targets, 1) if per_target else (1, targets)
        self.activation, self.slope = _ACTIVATIONS[activation]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        generator = torch.Generator().manual_seed(seed)
        for before, after in pairwise((inputs, *hidden, self.shape[1])):
            # Unit variance of inputs gives unit variance of outputs. Draws are float32, so that
            # they do not depend on dtype.
            weight = torch.randn(self.shape[0], after, before, generator=generator)
            bias = torch.randn(self.shape[0], after, generator=generator)
            self.weights.append((weight / math.sqrt(before)).to(dtype))
            self.biases.append((0.5 * bias).to(dtype))
        nn.init.zeros_(self.biases[-1])

    def preactivations(self, x: Tensor, weights: Sequence[Tensor]) -> list[Tensor]:
        """Return the arguments of φ in each layer, [..., N, width]; the last is the output."""
        first, bias = weights[0], self.biases[0]
        a = F.linear(x, first.flatten(0, 1), bias.flatten()).unflatten(-1, bias.shape)
        layers = [a]
        for weight, bias in zip(weights[1:], self.biases[1:], strict=True):
            a = torch.einsum("...nh,nkh->...nk", self.activation(a), weight) + bias
            layers.append(a)
        return layers

    def forward(self, x: Tensor, weights: Sequence[Tensor] | None = None) -> Tensor:
        """Return outputs at x, [..., targets]; `weights` (gated, masked) replace the raw ones."""
        return self.preactivations(x, weights or list(self.weights))[-1].flatten(-2)

    def value_and_jacobian(self, x: Tensor, weights: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Return outputs and ∂output/∂input = W_L D_{L−1} … D_1 W_1, [..., targets, inputs]."""
        *inner, output = self.preactivations(x, weights)
        return output.flatten(-2), path_product(weights, [self.slope(a) for a in inner])


def path_product(weights: Sequence[Tensor], slopes: Sequence[Tensor] | None = None) -> Tensor:
    """Return the sum over input→output paths of their products of weights, [..., targets, inputs].

    With `slopes`, each hidden unit multiplies the paths through it by its slope.
    """
    product = weights[-1]
    for layer in reversed(range(len(weights) - 1)):
        if slopes is not None:
            product = product * slopes[layer].unsqueeze(-2)
        product = product @ weights[layer]
    return product.flatten(-3, -2)


def path_norm(weights: Sequence[Tensor]) -> Tensor:
    """Return the path product of |W|, [targets, inputs]: zero if and only if no path is open."""
    return path_product([weight.abs() for weight in weights])


class NetworkField(VectorField):
    """A field made of `Networks`: ẋ = s ⊙ φ(u) − γ ⊙ x, or, without a split, ẋ = s ⊙ u.

    u is the network's output at the standardised state (x − centre)/spread, optionally with time
    as a further input; φ is softplus (production ≥ 0, so x ≥ 0 is kept) or the identity;
    γ = softplus(θ) > 0. centre, spread and s are buffers: 0, 1, 1 until `calibrate_` sets them
    from data, so that weights are comparable across genes and units of time. Without
    `standardise` they stay 0, 1, 1, and genes that hardly vary have little influence.

    Parameters
    ----------
    genes, network
        G names; their network, with `orders`·G inputs and one more for time.
    split
        Whether to separate production from decay; not for states other than genes (PCs).
    production
        ``"softplus"`` or ``"linear"`` (may be negative).
    time, time_scale
        Whether time is an input, and its divisor (for example the last time).
    standardise
        Whether `calibrate_` sets centre, spread and s.
    options
        Further options of the subclass.
    """

    default_readout = (
        "importance",
        "chosen for neural fields because of its ranking of edges on simulated systems",
    )
    edge_scale = "outputs"

    orders: int = 1
    centre: Tensor
    spread: Tensor
    scale: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        network: Networks,
        *,
        split: bool,
        production: str,
        time: bool,
        time_scale: float,
        standardise: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(
            genes, split=split, production=production, time=time, time_scale=time_scale, **options
        )
        if production not in PRODUCTIONS:
            raise InputError(
                f"production to be one of {', '.join(PRODUCTIONS)}",
                repr(production),
                did_you_mean(production, PRODUCTIONS),
            )
        require_positive(time_scale=time_scale)
        self.has_split, self.autonomous = split, not time
        self.keeps_orthant = split and production == "softplus"
        self.time_scale, self.standardise = time_scale, standardise
        self.network = network
        like = network.biases[0]
        self.register_buffer("centre", like.new_zeros(self.orders * len(self.genes)))
        self.register_buffer("spread", torch.ones_like(self.centre))
        self.register_buffer("scale", like.new_ones(len(self.genes)))
        if split:
            self.raw_rate = nn.Parameter(inverse_softplus(torch.ones_like(self.scale)))

    def weights(self) -> list[Tensor]:
        """Return the weights by layer; subclasses mask or gate them here."""
        return list(self.network.weights)

    def output(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the network's output in expression units per unit of time, [..., genes]."""
        u = self.network(self._inputs(x, t), self.weights())
        return self.scale * (softplus(u) if self.keeps_orthant else u)

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Return s ⊙ φ(u), [..., genes]."""
        if not self.has_split:
            raise self._no_split("production")
        return self.output(x, t)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """Return γ ⊙ x, [..., genes]."""
        if not self.has_split:
            raise self._no_split("decay")
        return softplus(self.raw_rate) * x

    def decay_rate(self) -> Tensor | None:
        """Return γ, [genes]; None without a split."""
        return softplus(self.raw_rate) if self.has_split else None

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return dx/dt at state x and time t, [..., genes]."""
        return super().forward(t, x) if self.has_split else self.output(x, t)

    def output_jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return ∂output/∂x in expression units, [..., genes, orders·genes]; analytic."""
        u, jacobian = self.network.value_and_jacobian(self._inputs(x, t), self.weights())
        gain = self.scale * (torch.sigmoid(u) if self.keeps_orthant else torch.ones_like(u))
        return gain.unsqueeze(-1) * jacobian[..., : self.centre.numel()] / self.spread

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return ∂ẋ_target/∂x_source, [..., target, source]; analytic."""
        jacobian = self.output_jacobian(x, t)
        rate = self.decay_rate()
        return jacobian if rate is None else jacobian - torch.diag_embed(rate)

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Standardise the input, and set decay and output from the speed of the data.

        γ is that of `calibration.decay_rates`; s_i is such that production at u = 0 is the mean
        production of the data. Without a split s_i = rms(ẋ_i), and 1 for a constant gene.
        """
        states = x.reshape(-1, x.shape[-1])
        if self.standardise:
            self.centre.copy_(states.mean(0))
            self.spread.copy_(positive_or_one(states.std(0, correction=0)))
        change = None
        if velocity is not None:
            change = velocity.reshape(states.shape)[:, -len(self.genes) :]
        rate = self.decay_rate()
        if rate is not None:
            if change is not None:
                rate = decay_rates(states, change)
                self.raw_rate.copy_(inverse_softplus(rate))
            if self.standardise:
                self.scale.copy_(mean_production(states, change, rate) / math.log(2))
        elif change is not None and self.standardise:
            self.scale.copy_(positive_or_one(change.square().mean(0).sqrt()))

    def _inputs(self, x: Tensor, t: Time) -> Tensor:
        z = (x - self.centre) / self.spread
        return z if self.autonomous else torch.cat((z, column(t, x) / self.time_scale), -1)


def positive_or_one(y: Tensor) -> Tensor:
    """Replace values that cannot be divisors (of a constant gene) by 1."""
    return torch.where(y > torch.finfo(y.dtype).eps, y, torch.ones_like(y))


def require_not_negative(**values: float) -> None:
    """Refuse a negative or non-finite value, naming it."""
    for name, value in values.items():
        if not (math.isfinite(value) and value >= 0):
            raise InputError(f"{name} finite and not negative", f"{value}", f"set {name}=0 or more")


def require_positive(**values: float) -> None:
    """Refuse a value that is not finite and above 0, naming it."""
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            raise InputError(f"{name} finite and above 0", f"{value}", f"set for example {name}=1")
