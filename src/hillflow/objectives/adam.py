"""Adam (Kingma & Ba 2015). `torch.optim` would import all of torch's compiler: 2 s a process."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², θ ← θ − rate · m̂ / (√v̂ + ε).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). On a CPU equal to `torch.optim.Adam` to the last
    bit, with the names of its state: "step" is t, "exp_avg" m, "exp_avg_sq" v.

    Attributes
    ----------
    state
        The state of each parameter that was stepped.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self.parameters = list(parameters)
        self.state: dict[Tensor, dict[str, Tensor]] = {}

    def zero_grad(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    def restore(self, parameter: Tensor, entries: dict[str, Tensor]) -> None:
        """Set the state of a parameter to copies; moments on its device, the step on the CPU."""
        self.state[parameter] = {
            name: entry.clone() if name == "step" else entry.to(parameter.device, copy=True)
            for name, entry in entries.items()
        }

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move all parameters that have a gradient."""
        for parameter in self.parameters:
            if parameter.grad is None:
                continue
            if parameter not in self.state:
                self.state[parameter] = {
                    "step": torch.tensor(0.0),
                    "exp_avg": torch.zeros_like(parameter),
                    "exp_avg_sq": torch.zeros_like(parameter),
                }
            state = self.state[parameter]
            gradient, m, v = parameter.grad, state["exp_avg"], state["exp_avg_sq"]
            state["step"] += 1
            t = state["step"].item()
            m.lerp_(gradient, 1 - BETA_1)
            v.mul_(BETA_2).addcmul_(gradient, gradient, value=1 - BETA_2)
            scale = (v.sqrt() / math.sqrt(1 - BETA_2**t)).add_(EPSILON)
            parameter.addcdiv_(m, scale, value=-rate / (1 - BETA_1**t))
