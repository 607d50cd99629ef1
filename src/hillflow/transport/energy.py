"""Energy distance, the default divergence: cheap, and without a scale to choose."""

from __future__ import annotations

from torch import Tensor

from hillflow.transport.divergences import register_divergence
from hillflow.transport.pairwise import check_clouds, distances, mean_over_pairs, shares


@register_divergence(
    name="energy",
    formula="2 E|x − y| − E|x − x'| − E|y − y'|",
    source="Székely & Rizzo 2013",
    cost="time O(n² d), memory O(min(n, block) · n)",
    when_not="clouds that differ only in fine detail, to which it is insensitive: see sinkhorn",
)
def energy_distance(
    x: Tensor,
    y: Tensor,
    wx: Tensor | None = None,
    wy: Tensor | None = None,
    *,
    block: int = 2048,
) -> Tensor:
    """Return 2 E|x − y| − E|x − x'| − E|y − y'| (Székely & Rizzo 2013), a scalar.

    It is at least 0, and 0 only for equal distributions. The means are over all pairs, including
    a point with itself, so two samples of one distribution differ by O(1/n). In one dimension it
    is 2 ∫ (F − G)² for the distribution functions F and G.

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.
    block
        Number of rows compared at a time, which bounds memory.

    Returns
    -------
    Tensor
        A scalar in units of x, differentiable in x and y.

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import energy_distance
    >>> x = torch.tensor([[0.0]])
    >>> energy_distance(x, x + 2).item()
    4.0
    """
    check_clouds(x, y, wx, wy)
    a, b = shares(wx, x), shares(wy, y)
    between = mean_over_pairs(distances, x, y, a, b, block)
    within_x = mean_over_pairs(distances, x, x, a, a, block)
    within_y = mean_over_pairs(distances, y, y, b, b, block)
    return 2 * between - within_x - within_y
