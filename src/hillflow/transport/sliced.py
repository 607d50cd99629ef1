"""Sliced Wasserstein distance: transport along random lines, computed by sorting."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.divergences import register_divergence
from hillflow.transport.pairwise import check_clouds, shares


@register_divergence(
    name="sliced",
    formula="(E_θ W_p^p(⟨θ, x⟩, ⟨θ, y⟩))^(1/p), θ uniform on the sphere",
    source="Rabin, Peyré, Delon & Bernot 2011; Bonneel, Rabin, Peyré & Pfister 2015",
    cost="time O(projections · n (d + log n)), memory O(projections · n)",
    when_not="many dimensions of which few differ, because most lines then show no difference",
)
def sliced_wasserstein(
    x: Tensor,
    y: Tensor,
    wx: Tensor | None = None,
    wy: Tensor | None = None,
    *,
    projections: int = 64,
    p: int = 2,
    root: bool = True,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Return the sliced W_p (Bonneel et al. 2015), a scalar, differentiable in the points.

    (E_θ W_p^p(⟨θ, x⟩, ⟨θ, y⟩))^(1/p) over random directions θ. On a line, the optimal plan couples
    equal quantiles. There is no gradient in the masses.

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.
    projections
        Number of random lines.
    p
        1 or 2.
    root
        False: the mean of W_p^p, without the root.
    generator
        Random generator of the lines; the same seed gives the same lines.

    Returns
    -------
    Tensor
        A scalar, in units of x.

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import sliced_wasserstein
    >>> x = torch.tensor([[0.0], [1.0]])  # in one dimension it is W_p
    >>> sliced_wasserstein(x, x + 3).item()
    3.0
    """
    check_clouds(x, y, wx, wy)
    if p not in (1, 2) or projections < 1:
        raise InputError(
            "p = 1 or 2 and at least one projection", f"p = {p}, {projections}", "correct them"
        )
    device = "cpu" if generator is None else generator.device
    lines = torch.randn(x.shape[1], projections, generator=generator, device=device)
    lines = (lines / lines.norm(dim=0)).to(x)
    along_x, order_x = (x @ lines).T.sort(dim=1)  # [projections, n]
    along_y, order_y = (y @ lines).T.sort(dim=1)
    if wx is None and wy is None and len(x) == len(y):
        total = (along_x - along_y).abs().pow(p).mean()
    else:
        with torch.no_grad():
            ends_x = shares(wx, x)[order_x].double().cumsum(dim=1)
            ends_y = shares(wy, y)[order_y].double().cumsum(dim=1)
            edges = torch.cat([ends_x, ends_y], dim=1).clamp_max(1.0).sort(dim=1).values
            mass = edges.diff(dim=1, prepend=torch.zeros_like(edges[:, :1]))
            middle = edges - mass / 2  # a quantile inside each interval of constant pairs
            at_x = torch.searchsorted(ends_x, middle).clamp_max(len(x) - 1)
            at_y = torch.searchsorted(ends_y, middle).clamp_max(len(y) - 1)
        distance = (along_x.gather(1, at_x) - along_y.gather(1, at_y)).abs().pow(p)
        total = (distance * mass.to(distance)).sum(dim=1).mean()
    return total.sqrt() if p == 2 and root and float(total.detach()) > 0 else total
