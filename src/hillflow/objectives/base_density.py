"""The density from which a likelihood starts: that of the first population, or a normal before it.

==========  =====================================================================================
"gaussian"  N(m₀, S₀) of the first population at its time: exact if it is one
"kernel"    Gaussian kernels on cells of the first population at its time, with covariance h² S₀,
            h = n^{−1/(d+4)} (Scott 1992): for a first population of several types
"normal"    N(m, diag s²), with the mean and spread of all cells, one mean interval before the first
            time: a standard normal of standardised cells, from which the field itself, which must
            depend on time, makes the first population (Tong et al. 2020)
==========  =====================================================================================

Shapes: z is [cells, d], in the basis of the coupling. Cost: d² a cell; of kernels, d² a pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LogDensity = Callable[[Tensor], Tensor]

BASES = ("gaussian", "kernel", "normal")
_KERNELS = 512
_LEAST = 1e-6  # variance of a coordinate, as a share of the mean one


def gaussian(mean: Tensor, covariance: Tensor) -> LogDensity:
    """Return log N(z; mean, covariance) as a function of z, [cells, d] → [cells]."""
    return kernels(mean.unsqueeze(0), covariance)


def kernels(centres: Tensor, covariance: Tensor) -> LogDensity:
    """Return log mean_i N(z; c_i, covariance) of centres c [n, d] as a function of z."""
    ridge = _LEAST * covariance.diagonal().mean().clamp_min(torch.finfo(covariance.dtype).tiny)
    size = covariance.shape[-1]
    eye = torch.eye(size, dtype=covariance.dtype, device=covariance.device)
    root = torch.linalg.cholesky(covariance + ridge * eye)
    constant = size / 2 * math.log(2 * math.pi) + root.diagonal().log().sum()

    def whiten(z: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(root, z.T, upper=False).T

    white = whiten(centres)

    def log_density(z: Tensor) -> Tensor:
        away = (whiten(z).unsqueeze(1) - white).square().sum(-1)
        return torch.logsumexp(-away / 2, dim=1) - math.log(len(white)) - constant

    return log_density


def moments(z: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean [d] and the covariance [d, d] of cells with weights of sum 1."""
    mean = weights @ z
    off = z - mean
    return mean, (weights.unsqueeze(-1) * off).T @ off


@dataclass(frozen=True, eq=False)
class Base:
    """The time at which a density is known, and its logarithm as a function of coordinates."""

    time: float
    log_density: LogDensity

    @classmethod
    def of(
        cls, name: str, first: Tensor, weights: Tensor, every: Tensor, times: tuple[float, ...],
        noise: float = 0.0,
    ) -> Base:  # fmt: skip
        """Build a base by its name.

        Parameters
        ----------
        name
            One of `BASES`.
        first, weights
            Coordinates of the first population, [cells, d], and weights with sum 1.
        every
            Coordinates of all cells, [cells, d].
        times
            The measured times, ascending.
        noise
            Standard deviation of noise that is added to each coordinate of all cells.
        """
        eye = torch.eye(first.shape[-1], dtype=first.dtype, device=first.device)
        if name == "normal":
            gap = (times[-1] - times[0]) / (len(times) - 1)
            spread = every.var(0, correction=0) + noise**2
            return cls(times[0] - gap, gaussian(every.mean(0), spread.diag()))
        mean, covariance = moments(first, weights)
        if name == "gaussian":
            return cls(times[0], gaussian(mean, covariance + noise**2 * eye))
        generator = torch.Generator().manual_seed(0)
        chosen = torch.multinomial(
            weights.cpu().double(), min(_KERNELS, len(first)), generator=generator,
            replacement=bool(weights.max() > weights.min()),
        )  # fmt: skip
        width = len(chosen) ** (-1 / (first.shape[-1] + 4))
        return cls(
            times[0],
            kernels(first[chosen.to(first.device)], width**2 * covariance + noise**2 * eye),
        )
