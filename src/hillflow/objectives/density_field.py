"""A field with three more columns per cell: log-density, energy and squared Jacobian."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.fields import VectorField
from hillflow.fields.base import Time
from hillflow.solve.divergence import velocity_and_moments

EXTRA_COLUMNS = 3  # columns after the genes: log-density, energy and squared Jacobian


class DensityField(VectorField):
    """d[x, log p, e, j]/dt = [Pf, −tr PJ, ‖f‖², ‖PJ‖²_F] at (x, t); states are [..., genes + 3].

    P = V Vᵀ projects on the basis V in which cells were coupled (all of expression without one):
    the density is that of the coordinates Vᵀx, and the motion across the basis only costs energy.
    f is evaluated at the nearest state in a box, so that its speed is bounded: backwards in time, a
    field that brings cells together drives them apart, some to infinity in finite time.

    Source: Chen et al. 2018 (log-density); Tong et al. 2020 (TrajectoryNet, energy); Finlay et al.
    2020 (squared Jacobian). Cost: that of `hillflow.solve.divergence.velocity_and_moments`.

    Parameters
    ----------
    acting
        The field.
    box
        Lowest and highest level of each gene, [genes] each.
    components
        V, orthonormal columns [genes, d]; None: P = 1.
    probes
        Random probes of the Jacobian in the basis, [probes, cells, genes]; None: exact.
    """

    has_split = False

    def __init__(
        self,
        acting: VectorField,
        box: tuple[Tensor, Tensor],
        components: Tensor | None = None,
        probes: Tensor | None = None,
    ) -> None:
        super().__init__(acting.genes)
        self.bounded = _Bounded(acting, box, components)
        self.probes, self.autonomous = probes, acting.autonomous

    @property
    def state_size(self) -> int:
        """Number of genes, plus the three extra columns."""
        return len(self.genes) + EXTRA_COLUMNS

    def start(self, x: Tensor) -> Tensor:
        """States with 0 in the extra columns."""
        return torch.cat([x, x.new_zeros(*x.shape[:-1], EXTRA_COLUMNS)], dim=-1)

    def split(self, state: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """States [..., genes], and change of log-density, energy and squared Jacobian, [...]."""
        return state[..., :-EXTRA_COLUMNS], state[..., -3], state[..., -2], state[..., -1]

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Velocity in the basis, and the rates of the extra columns."""
        here = x[..., :-EXTRA_COLUMNS]
        velocity, trace, square = velocity_and_moments(self.bounded, t, here, self.probes)
        whole = velocity
        if self.bounded.components is not None:
            whole = self.bounded.field(t, self.bounded.clip(here))
        rates = torch.stack([-trace, whole.square().sum(-1), square], dim=-1)
        return torch.cat([velocity, rates], dim=-1)


class _Bounded(VectorField):
    """P f at the nearest state in a box, whose Jacobian is 0 along genes that are outside."""

    has_split = False

    def __init__(
        self, field: VectorField, box: tuple[Tensor, Tensor], components: Tensor | None
    ) -> None:
        super().__init__(field.genes)
        self.field, self.box, self.components = field, box, components
        self.autonomous = field.autonomous

    def clip(self, x: Tensor) -> Tensor:
        return torch.minimum(torch.maximum(x, self.box[0]), self.box[1])

    def forward(self, t: Time, x: Tensor) -> Tensor:
        return self._project(self.field(t, self.clip(x)), -1)

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        inside = ((x > self.box[0]) & (x < self.box[1])).to(x).unsqueeze(-2)
        return self._project(self.field.jacobian(self.clip(x), t), -2) * inside

    def _project(self, value: Tensor, axis: int) -> Tensor:
        if self.components is None:
            return value
        moved = value.movedim(axis, -1)
        return (moved @ self.components @ self.components.T).movedim(-1, axis)
