"""Laws of simulated systems of Hill terms as fields, and where SciPy takes the simulator's own."""

from __future__ import annotations

import numpy as np
import torch
from scipy.integrate import solve_ivp

from hillflow.fields import VectorField
from hillflow.systems.boolean import BooleanSystem
from hillflow.systems.hill_terms import HillTermSystem


class TermField(VectorField):
    """The law of a HillTermSystem without protein, once more, in torch."""

    keeps_orthant = True

    def __init__(self, system: HillTermSystem):
        super().__init__(system.genes)
        self.terms = system.terms
        self.register_buffer("rate", torch.tensor(system.decay))

    def production(self, x, t=None):
        levels = dict(zip(self.genes, x.clamp(min=0).unbind(-1), strict=True))
        made = dict.fromkeys(self.genes, torch.zeros_like(x[..., 0]))
        for term in self.terms:
            value = term.weight
            for factor in term.factors:
                power = (levels[factor.source] / factor.threshold) ** factor.exponent
                value = value * (power if factor.sign > 0 else 1) / (1 + power)
            made[term.target] = made[term.target] + value
        return torch.stack(list(made.values()), dim=-1)

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate


def long_time(system, start, end=400.0):
    """Where the simulator's noise-free law takes a state, by SciPy."""
    solved = solve_ivp(
        lambda t, x: system.drift(x[None])[0], (0, end), system.hold(start[None])[0],
        rtol=1e-10, atol=1e-12, method="LSODA",
    )  # fmt: skip
    return solved.y[:, -1]


class RuleField(VectorField):
    """The mRNA of a BooleanSystem, with protein at the level of its mRNA, in torch."""

    keeps_orthant = True

    def __init__(self, system: BooleanSystem) -> None:
        super().__init__(system.genes)
        self.system = system
        self.register_buffer("rate", torch.as_tensor(system.decay, dtype=torch.float64))
        threshold = np.broadcast_to(system.threshold, len(system.genes))
        self.register_buffer("threshold", torch.tensor(threshold, dtype=torch.float64))

    def production(self, x, t=None):
        power = (x.clamp(min=0) / self.threshold.to(x)) ** self.system.exponent
        on = dict(zip(self.genes, (power / (1 + power)).unbind(-1), strict=True))
        made = torch.stack([_value(rule, on) for rule in self.system.rules], dim=-1)
        return self.rate * (self.system.leak + (1 - self.system.leak) * made)

    def decay(self, x, t=None):
        return self.rate * x

    def decay_rate(self):
        return self.rate


def _value(rule, on):
    """The multilinear homologue of a rule, with `on` the activity of each gene."""
    if rule.operator == "gene":
        return on[rule.gene]
    parts = [_value(part, on) for part in rule.parts]
    if rule.operator == "not":
        return 1 - parts[0]
    if rule.operator == "and":
        return torch.stack(parts).prod(0)
    return 1 - torch.stack([1 - part for part in parts]).prod(0)
