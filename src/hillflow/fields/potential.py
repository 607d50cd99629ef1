"""The gradient field: velocity is the gradient of a learned potential."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from hillflow.fields.base import Time, VectorField, column
from hillflow.fields.networks import Networks, positive_or_one, require_positive
from hillflow.fields.registry import register


@register(
    name="potential",
    formula="dx/dt = ∇_x s(x, t), s = c · MLP((x − centre)/spread, t)",
    source="Neklyudov, Brekelmans, Severo & Makhzani 2023 (Action matching); −s is a landscape",
    prior="none",
    cost="time and memory O(G H + H²), twice that of 'mlp': a forward and a backward pass",
    when_not="a regulatory law is needed: a gradient field cannot rotate, and regulation in it "
    "is symmetric",
)
class PotentialField(VectorField):
    """ẋ = ∇_x s(x, t): its Jacobian is symmetric, so it has no direction of regulation.

    Optimal transport moves cells along gradients; gene regulation does not. Gradient-flow methods
    train this field, and it can teach another one (`hillflow.objectives.Teach`). The gradient is
    computed explicitly, W_L D_{L−1} … D_1 W_1, so it also works if autodiff is off or nested.

    Parameters
    ----------
    genes
        G names.
    hidden
        Widths of the network, which has SiLU units.
    time, time_scale
        Whether s depends on time, and the divisor of time. None: 1, and after calibration the
        last time of the data.
    seed, dtype
        Seed and precision of the initial weights.
    """

    has_split = False
    centre: Tensor
    spread: Tensor
    scale: Tensor
    time_scale: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        *,
        hidden: Sequence[int] = (64, 64, 64),
        time: bool = True,
        time_scale: float | None = None,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(
            genes, hidden=list(hidden), time=time, time_scale=time_scale, seed=seed
        )  # fmt: skip
        duration = 1.0 if time_scale is None else time_scale
        require_positive(time_scale=duration)
        self.autonomous, self._calibrates_time = not time, time_scale is None
        count = len(self.genes)
        self.network = Networks(
            count + time, 1, hidden, per_target=False, activation="silu", seed=seed, dtype=dtype
        )
        self.register_buffer("centre", torch.zeros(count, dtype=dtype))
        self.register_buffer("spread", torch.ones((), dtype=dtype))
        self.register_buffer("scale", torch.ones((), dtype=dtype))
        self.register_buffer("time_scale", torch.tensor(float(duration), dtype=dtype))

    def potential(self, x: Tensor, t: Time = None) -> Tensor:
        """Return s at each state, [...], in expression² per unit of time."""
        return self.scale * self.network(self._inputs(x, t)).squeeze(-1)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return ∇_x s, [..., genes]."""
        *inner, _ = self.network.preactivations(self._inputs(x, t), list(self.network.weights))
        *weights, last = (weight[0] for weight in self.network.weights)
        slope = last[0]
        for weight, a in zip(reversed(weights), reversed(inner), strict=True):
            slope = (slope * self.network.slope(a.squeeze(-2))) @ weight
        return self.scale / self.spread * slope[..., : len(self.genes)]

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Centre and scale the input, and set the scale of s from the speed of the data.

        All genes share one spread, their root mean square, because a spread for each gene would
        distort the distances with respect to which the gradient is taken.
        """
        states = x.reshape(-1, x.shape[-1])
        self.centre.copy_(states.mean(0))
        self.spread.copy_(positive_or_one(states.var(0, correction=0).mean().sqrt()))
        if velocity is not None:
            self.scale.copy_(positive_or_one(velocity.square().mean().sqrt()) * self.spread)

    @torch.no_grad()
    def calibrate_time_(self, last: float, longest: float) -> None:
        """Set the divisor of time to the last time."""
        if self._calibrates_time and last > 0:
            self.time_scale.fill_(last)

    def _inputs(self, x: Tensor, t: Time) -> Tensor:
        z = (x - self.centre) / self.spread
        return z if self.autonomous else torch.cat((z, column(t, x) / self.time_scale), -1)
