"""The Hamilton–Jacobi–Bellman equation of the least costly random motion.

    R = ∂_t S + H(t, x, ∇S) + ½ tr(Dᵀ ∇²S D),   D = diag(σ) V

Among all drifts u of dx = u dt + D dW, V the basis of the noise, the one of least cost
E ∫ L(t, x, u) dt between two populations is u = ∂H/∂p at p = ∇S with R = 0. A potential that only
has to move cells may violate it between the measured times; R² as a penalty takes that freedom
away.

Source: Koshizuka & Sato 2023 (Neural Lagrangian Schrödinger bridge), §4; potentials in place of
their costs, S = −Φ, and R² in place of |R|.
Cost: the first derivatives of S, and two products with its second ones.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.draws import normal
from hillflow.objectives.lagrangian import Lagrangian
from hillflow.objectives.variational import Potential, slopes


def hjb_residual(
    potential: Potential,
    lagrangian: Lagrangian,
    x: Tensor,
    t: Tensor,
    generator: torch.Generator,
    sigma: Tensor | None = None,
    along: Tensor | None = None,
) -> Tensor:
    """An unbiased estimate of R² at states [..., genes] and times [...], [...]; may be negative.

    It is the product of two values of R, each with an estimate of the trace of its own, ξᵀ∇²S ξ
    with ξ = Dε. `sigma` has one number or one per gene; None: no noise, and R² itself.
    """
    x = x.detach().requires_grad_()
    _, along_t, along_x = slopes(potential, x, t)
    first = along_t + lagrangian.hamiltonian(t, x, along_x)
    if sigma is None:
        return first.square()

    def estimate() -> Tensor:
        if along is None:
            step = sigma * normal(x.shape, x, generator)
        else:
            noise = normal((*x.shape[:-1], along.shape[-1]), x, generator)
            step = sigma * (noise @ along.mT)
        (bent,) = torch.autograd.grad((along_x * step).sum(), x, create_graph=True)
        return first + 0.5 * (bent * step).sum(-1)

    return estimate() * estimate()
