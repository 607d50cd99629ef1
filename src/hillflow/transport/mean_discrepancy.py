"""Maximum mean discrepancy with a Laplace kernel, or Gaussians of several widths."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.divergences import register_divergence
from hillflow.transport.pairwise import check_clouds, distances, mean_over_pairs, shares

_SAMPLE = 1000  # points of each cloud used for the median distance
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)


@register_divergence(
    name="mmd",
    formula="E k(x, x') + E k(y, y') − 2 E k(x, y)",
    source="Gretton et al. 2012; Laplace kernel as in von Bassewitz et al. 2025",
    cost="time O(n² d), memory O(min(n, block) · n)",
    when_not="clouds far apart compared with the bandwidth, where its gradient vanishes",
)
def mmd(
    x: Tensor,
    y: Tensor,
    wx: Tensor | None = None,
    wy: Tensor | None = None,
    *,
    kernel: str = "laplace",
    bandwidth: float | None = None,
    block: int = 2048,
) -> Tensor:
    """Return the squared maximum mean discrepancy (Gretton et al. 2012, eq. 5), a scalar.

    E k(x, x') + E k(y, y') − 2 E k(x, y), with means over all pairs, including a point with
    itself. Kernels with bandwidth h: ``"laplace"`` exp(−|x − y| / h), ``"gaussian"`` the mean over
    s ∈ {¼, ½, 1, 2, 4} of exp(−|x − y|² / 2(s h)²).

    Parameters
    ----------
    x, y
        Points, [n, d] and [m, d].
    wx, wy
        Masses, [n] and [m]; scaled to sum 1.
    kernel
        "laplace" or "gaussian".
    bandwidth
        h. None: the median distance among the points of both clouds, held constant for the
        gradient. Give it to compare values between calls.
    block
        Number of rows compared at a time, which bounds memory.

    Returns
    -------
    Tensor
        A scalar, differentiable in x and y.

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import mmd
    >>> x = torch.tensor([[0.0], [1.0]])
    >>> round(mmd(x, x + 100, bandwidth=1.0).item(), 3)  # far apart: 1 + exp(−1)
    1.368
    """
    check_clouds(x, y, wx, wy)
    if kernel not in ("laplace", "gaussian"):
        raise InputError("kernel laplace or gaussian", repr(kernel), "choose one of the two")
    if bandwidth is not None and not bandwidth > 0:
        raise InputError("a bandwidth above 0", f"{bandwidth:g}", "give a positive bandwidth")
    width = median_distance(x, y) if bandwidth is None else bandwidth

    def similarity(left: Tensor, right: Tensor) -> Tensor:
        scaled = distances(left, right) / width
        if kernel == "laplace":
            return torch.exp(-scaled)
        squared = scaled.square()
        terms = [torch.exp(-squared / (2 * scale**2)) for scale in SCALES]
        return torch.stack(terms).mean(dim=0)

    a, b = shares(wx, x), shares(wy, y)
    between = mean_over_pairs(similarity, x, y, a, b, block)
    within_x = mean_over_pairs(similarity, x, x, a, a, block)
    within_y = mean_over_pairs(similarity, y, y, b, b, block)
    return within_x + within_y - 2 * between


@torch.no_grad()
def median_distance(x: Tensor, y: Tensor) -> float:
    """Return the median distance between points of both clouds, from at most 1,000 of each."""
    sample = [cloud[:: max(1, -(-len(cloud) // _SAMPLE))] for cloud in (x, y)]
    median = float(torch.nn.functional.pdist(torch.cat(sample)).median())
    return median if median > 0 else 1.0  # if all points are equal, any width is suitable
