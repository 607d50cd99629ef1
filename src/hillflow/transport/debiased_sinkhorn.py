"""Sinkhorn divergence: entropic transport cost without its entropic bias."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.divergences import register_divergence
from hillflow.transport.entropic import solve_potentials, squared_cost
from hillflow.transport.pairwise import check_clouds, shares


@register_divergence(
    name="sinkhorn",
    formula="OT_ε(x, y) − ½ OT_ε(x, x) − ½ OT_ε(y, y), cost |x − y|²",
    source="Genevay, Peyré & Cuturi 2018; Feydy et al. 2019, eq. 3",
    cost="time O(iterations · n²), memory O(n²)",
    when_not="more than some 5,000 points, or where energy is already good enough",
)
def sinkhorn_divergence(
    x: Tensor,
    y: Tensor,
    wx: Tensor | None = None,
    wy: Tensor | None = None,
    *,
    epsilon: float | None = None,
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
) -> Tensor:
    """Debiased entropic cost (Feydy et al. 2019, eq. 3), a scalar.

    With OT_ε(x, y) = min ⟨γ, |x − y|²⟩ + ε KL(γ | a⊗b). It tends to W2² for ε → 0 and
    to |mean x − mean y|² for ε → ∞. The gradient is that of the dual at its optimum (envelope
    theorem): no iteration is differentiated.

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.
    epsilon
        In squared units of x. None: 0.05 of the mean squared distance between the clouds,
        held constant for the gradient. Give it to compare values between calls.
    tolerance, max_iterations
        Of the scaling iterations.
    """
    check_clouds(x, y, wx, wy)
    if epsilon is not None and not epsilon > 0:
        raise InputError("an epsilon above 0", f"{epsilon:g}", "give a positive epsilon")
    a, b = shares(wx, x), shares(wy, y)
    if epsilon is None:
        with torch.no_grad():
            epsilon = 0.05 * float(a @ squared_cost(x, y) @ b) or 1.0

    def entropic_cost(left: Tensor, right: Tensor, p: Tensor, q: Tensor) -> Tensor:
        cost = squared_cost(left, right)
        with torch.no_grad():
            held, m, n = cost.detach(), p.detach(), q.detach()
            phi, psi = solve_potentials(
                held, m, n, epsilon, tolerance=tolerance, max_iterations=max_iterations
            )
            phi, psi = torch.nan_to_num(phi), torch.nan_to_num(psi)
            plan = m[:, None] * n * torch.exp(phi[:, None] + psi - held / epsilon)
        # p and q carry the value and their own gradient; the plan carries that of the points
        moved = (plan * (cost - held)).sum()
        return epsilon * (p @ phi + q @ psi) + moved

    between = entropic_cost(x, y, a, b)
    return between - (entropic_cost(x, x, a, a) + entropic_cost(y, y, b, b)) / 2
