"""Divergence of a field, exact or by random probes, and the density of cells along its flow.

A density transported by ẋ = f satisfies d log p(x(t))/dt = −div f(x(t)) (the continuity equation
along a path; Chen et al. 2018, eq. 8).
"""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.fields.base import Time, VectorField
from hillflow.solve.base import Solver
from hillflow.solve.integrate import integrate


def divergence(field: VectorField, t: Time, x: Tensor, *, memory_mb: float = 256.0) -> Tensor:
    """Return Σ_i ∂f_i/∂x_i at each state, exact.

    It is the trace of `field.jacobian`. Cost: one Jacobian per cell; for more than some hundred
    genes, random probes (`hillflow.solve.divergence.hutchinson_divergence`) are cheaper.

    Parameters
    ----------
    field
        A vector field.
    t
        A number, or one time per cell.
    x
        States, [..., genes].
    memory_mb
        Bound on the memory of Jacobians, in MB; cells are processed in chunks.

    Returns
    -------
    Tensor
        [...], per unit of time.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import make_field
    >>> from hillflow.solve import divergence
    >>> field, x = make_field("linear", ["GATA1", "SPI1"]), torch.rand(5, 2)
    >>> trace = field.jacobian(x).diagonal(dim1=-2, dim2=-1).sum(-1)
    >>> torch.allclose(divergence(field, 0.0, x), trace)
    True
    """
    if x.ndim == 1:
        return divergence(field, t, x.unsqueeze(0), memory_mb=memory_mb).squeeze(0)
    *stack, cells, genes = x.shape
    others = max(1, torch.Size(stack).numel())
    chunk = max(1, int(memory_mb * 2**20 / (4 * others * genes * genes * x.element_size())))
    if chunk >= cells:
        return field.jacobian(x, t).diagonal(dim1=-2, dim2=-1).sum(-1)
    if isinstance(t, Tensor) and t.ndim:
        times = t.expand(x.shape[:-1]).split(chunk, dim=-1)
    else:
        times = (t,) * -(-cells // chunk)
    parts = [
        field.jacobian(part, time).diagonal(dim1=-2, dim2=-1).sum(-1)
        for part, time in zip(x.split(chunk, dim=-2), times, strict=True)
    ]
    return torch.cat(parts, dim=-1)


def rademacher(x: Tensor, probes: int, generator: torch.Generator) -> Tensor:
    """Draw Rademacher probes ±1, [probes, ..., genes], for a whole integration.

    Their estimate of a trace has a lower variance than that of normal draws (Hutchinson 1990).
    """
    if probes < 1:
        raise InputError("at least one probe", f"probes={probes}", "write probes=4")
    shape = (probes, *x.shape)
    bits = torch.randint(0, 2, shape, generator=generator, device=generator.device)
    return (2 * bits - 1).to(x)


def hutchinson_divergence(field: VectorField, t: Time, x: Tensor, probes: Tensor) -> Tensor:
    """Return the mean over probes ε of εᵀ (∂f/∂x) ε, [..., genes] → [...], an unbiased estimate.

    Its variance is 2 Σ_{i≠j} S_ij² over the number of probes, with S the symmetric part of the
    Jacobian. Cost: one backward pass per probe, for any number of genes.

    Parameters
    ----------
    probes
        From :func:`rademacher`, [probes, ..., genes].
    """
    return velocity_and_moments(field, t, x, probes)[1]


def velocity_and_moments(
    field: VectorField, t: Time, x: Tensor, probes: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return f [..., genes], tr J [...] and ‖J‖²_F [...] at each state, with J = ∂f/∂x.

    With probes ε, whose covariance is 1, the means of εᵀJε and of ‖εᵀJ‖² estimate both without
    bias (Hutchinson 1990; Finlay et al. 2020). Cost: one Jacobian per state; with probes, one
    evaluation and one backward pass per probe.

    Parameters
    ----------
    probes
        From :func:`rademacher`, [probes, ..., genes]; None: exact.
    """
    if probes is None:
        jacobian = field.jacobian(x, t)
        trace = jacobian.diagonal(dim1=-2, dim2=-1).sum(-1)
        return field(t, x), trace, jacobian.square().sum((-2, -1))
    velocity, pull = torch.func.vjp(lambda y: field(t, y), x)[:2]
    pulled = torch.func.vmap(lambda probe: pull(probe)[0])(probes)
    return velocity, (pulled * probes).sum(-1).mean(0), pulled.square().sum(-1).mean(0)


def flow_with_log_density(
    field: VectorField,
    x0: Tensor,
    log_density: Tensor,
    span: float | Tensor,
    *,
    t0: float | Tensor = 0.0,
    solver: str | Solver = "rk4",
    steps: int = 10,
    probes: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Integrate states and the logarithm of their density from t0 to t0 + span.

    Parameters
    ----------
    field
        A vector field.
    x0, log_density
        States [..., genes] and log p at each, [...].
    span, t0, solver, steps
        As in `integrate`. A negative span transports a density backwards, as needed to compute a
        likelihood. Solvers that need linear decay do not apply.
    probes
        Random probes for an estimate of the divergence, [probes, ..., genes], from
        `hillflow.solve.divergence.rademacher`; None: the exact divergence.

    Returns
    -------
    tuple of Tensor
        x [..., genes] and log p [...] at t0 + span.

    Examples
    --------
    >>> import torch
    >>> from hillflow.fields import make_field
    >>> from hillflow.solve import divergence, flow_with_log_density
    >>> field, x0 = make_field("linear", ["GATA1", "SPI1"]), torch.rand(5, 2)
    >>> x, log_p = flow_with_log_density(field, x0, torch.zeros(5), 0.5)
    >>> torch.allclose(log_p, -0.5 * divergence(field, 0.0, x0))  # constant for a linear field
    True
    """
    if log_density.shape != x0.shape[:-1]:
        raise InputError(
            f"one log density per state, {list(x0.shape[:-1])}",
            f"shape {list(log_density.shape)}",
            "give log p of each row of x0",
        )
    if probes is not None and probes.shape[1:] != x0.shape:
        raise InputError(
            f"probes of shape [probes, {', '.join(map(str, x0.shape))}]",
            f"{list(probes.shape)}",
            "draw them with rademacher(x0, 4, generator)",
        )
    start = torch.cat([x0, log_density.to(x0).unsqueeze(-1)], dim=-1)
    augmented = _WithLogDensity(field, probes)
    end = integrate(augmented, start, span, t0=t0, solver=solver, steps=steps)
    return end[..., :-1], end[..., -1]


class _WithLogDensity(VectorField):
    """The field with log p as an additional column of its state."""

    def __init__(self, field: VectorField, probes: Tensor | None) -> None:
        others = (f"state {column}" for column in range(len(field.genes), field.state_size))
        super().__init__((*field.genes, *others, "log density"))
        self.field = field
        self.autonomous = field.autonomous
        self.has_split = False
        self.probes = probes

    @property
    def state_size(self) -> int:
        return self.field.state_size + 1

    def admit(self, x: Tensor) -> Tensor:
        admitted = self.field.admit(x[..., :-1])
        return torch.cat([admitted, x[..., -1:].expand(*admitted.shape[:-1], 1)], dim=-1)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        state = x[..., :-1]
        if self.probes is None:
            change = divergence(self.field, t, state)
        else:
            change = hutchinson_divergence(self.field, t, state, self.probes)
        return torch.cat([self.field(t, state), -change.unsqueeze(-1)], dim=-1)
