"""Maximum mean discrepancy with a Laplace kernel, or Gaussians of several widths."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.divergences import register_divergence
from hillflow.transport.pairwise import check_clouds, distances, mean_over_pairs, shares

_SAMPLE = 1000  # points of each cloud that the median distance is taken over
SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)


@register_divergence(
    name="mmd",
    formula="E k(x, x') + E k(y, y') − 2 E k(x, y)",
    source="Gretton et al. 2012; Laplace kernel as in von Bassewitz et al. 2025",
    cost="time O(n² d), memory O(min(n, block) · n)",
    when_not="clouds far apart compared with the bandwidth: its gradient fades",
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
    """Squared maximum mean discrepancy (Gretton et al. 2012, eq. 5), a scalar.

    Kernels with bandwidth h: ``"laplace"`` exp(−|x − y| / h), ``"gaussian"`` the mean over
    s ∈ {¼, ½, 1, 2, 4} of exp(−|x − y|² / 2(s h)²). Means run over all pairs, a point with
    itself included.

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
        Rows compared at a time: bounds the memory.
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
    """Median distance between different points of both clouds; of at most 1,000 of each."""
    few = [cloud[:: max(1, -(-len(cloud) // _SAMPLE))] for cloud in (x, y)]
    median = float(torch.nn.functional.pdist(torch.cat(few)).median())
    return median if median > 0 else 1.0  # all points in one place: any width will do
