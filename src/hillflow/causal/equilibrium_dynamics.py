"""The ODE behind structural causal models at equilibrium: one field, and what acts on it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast

import torch
from torch import Tensor

from hillflow.errors import InputError, NumericalError, UnsupportedError, listing
from hillflow.fields import IntervenedField, VectorField
from hillflow.interventions import Intervention


@dataclass(frozen=True, eq=False)
class Dynamics:
    """A field in float64, and how interventions act in it.

    Attributes
    ----------
    field
        A field of first order with production and linear decay, which does not depend on time.
    as_fitted
        How an intervention acts in the fit, see `Member.as_fitted`.
    time_unit
        Unit of time.
    patience
        Longest time to follow, in lifetimes of the longest-lived gene.
    """

    field: VectorField
    as_fitted: Callable[[Intervention], Intervention]
    time_unit: str
    patience: float

    @classmethod
    def of(
        cls, field: VectorField, as_fitted: Callable[[Intervention], Intervention],
        time_unit: str, patience: float,
    ) -> Self:  # fmt: skip
        """The dynamics of a field that can have an equilibrium SCM; others are refused."""
        _check_field(field)
        return cls(copy.deepcopy(field).cpu().double(), as_fitted, time_unit, patience)

    def under(self, intervention: Intervention) -> VectorField:
        """The field under an intervention."""
        return self.field.do(self.as_fitted(intervention.check(self.field.genes)))

    @torch.no_grad()
    def assignments(self, intervention: Intervention, x: Tensor) -> Tensor:
        """g(x), [..., genes]; the level of clamped genes."""
        acting = self.under(intervention)
        rate = cast(Tensor, acting.decay_rate())
        clamped = rate == 0  # the rates of all other genes are above 0
        level = acting.production(x) / torch.where(clamped, torch.ones_like(rate), rate)
        return torch.where(clamped, acting.admit(x), level)

    @torch.no_grad()
    def slopes(self, intervention: Intervention, x: Tensor) -> Tensor:
        """∂g_i/∂x_j at one state, [target, source]; 0 for clamped targets, not clamped sources."""
        actions = tuple(self.as_fitted(intervention))
        clamped = [a.gene for a in actions if a.kind == "clamp"]
        acting = self.field.do(Intervention(tuple(a for a in actions if a.kind != "clamp")))
        rate = cast(Tensor, acting.decay_rate())
        slopes = acting.jacobian(x[None])[0] / rate[:, None] + torch.eye(len(x), dtype=x.dtype)
        slopes[[self.field.genes.index(gene) for gene in clamped]] = 0.0
        return slopes


def _check_field(field: VectorField) -> None:
    if isinstance(field, IntervenedField):
        raise InputError(
            "a field without an intervention", field.name,
            "pass field.base with intervention=…, or call scm.do(…) afterwards",
        )  # fmt: skip
    rate = field.decay_rate()
    if not field.has_split or rate is None or field.state_size != len(field.genes):
        raise UnsupportedError(
            "a field of first order with production and linear decay for an equilibrium SCM",
            f"the {field._title()} field, which has none",
            "fit a field that has one, for example 'hill', 'sparse' or 'linear'",
        )
    if not field.autonomous:
        raise UnsupportedError(
            "a field that does not depend on time for an equilibrium SCM",
            f"the {field._title()} field, which does",
            "fit it without time: a law that changes with time has no equilibrium",
        )
    persistent = [g for g, value in zip(field.genes, rate.tolist(), strict=True) if not value > 0]
    if persistent:
        raise NumericalError(
            "decay rates above 0, which an equilibrium needs",
            f"0 for {listing(persistent)}",
            "fit a field whose rates stay positive ('hill', or 'hill-dense' with "
            "multiplier='softplus')",
        )
