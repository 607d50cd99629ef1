"""Confidence intervals of the constants of a Hill law."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from hillflow.symbolic.families import basis, owners
from hillflow.symbolic.least_squares import States, bounds
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.problem import Array, LawProblem
from hillflow.symbolic.structure_search import FittedStructure

WIDE = 4.0  # largest ratio of limits for which a constant counts as determined


@dataclass(frozen=True)
class Certainty:
    """Constants with their intervals, and the input of the test for lack of fit.

    Attributes
    ----------
    parameters, flags
        Constants with 95 % intervals, and flags for constants that are not determined.
    residuals, jacobian
        In units of the standard deviation of y, [n] and [n, k].
    deviation
        √(Σ residual² / (n − k)).
    """

    parameters: tuple[Parameter, ...]
    flags: tuple[str, ...]
    residuals: Array
    jacobian: Array
    deviation: float


def certainty(problem: LawProblem, fitted: FittedStructure, states: States) -> Certainty:
    """Gauss–Newton intervals: cov = σ² (JᵀJ)⁻¹ of (b, v, log K, log n), Student's t.

    Intervals of K and n are symmetric in the logarithm; those of amplitudes are clipped at 0. A
    constant at a bound of the search has no interval, and is treated as fixed for the others.
    """
    from scipy.stats import t

    family, columns, _ = fitted.key
    m = len(columns)
    theta, amplitudes = fitted.solved.theta[0], fitted.solved.amplitudes[0]
    log_k, log_n = theta.view(2, 1, m)
    at = basis(family, states.log_x[None, :, list(columns)], log_k, log_n, fitted.batch.signs)
    slopes = (at.slopes * amplitudes[owners(family, m)])[0]
    jacobian = np.concatenate(
        [at.terms[0].numpy(), (-slopes * log_n.exp()).numpy(), (slopes * at.occupation[0]).numpy()],
        1,
    )
    jacobian *= states.root_weight.numpy()[:, None]
    residuals = (states.y - at.terms[0] @ amplitudes).numpy() * states.root_weight.numpy()

    n, k = jacobian.shape
    freedom = max(n - k, 1)
    deviation = math.sqrt(float(residuals @ residuals) / freedom)
    bound = _at_bounds(fitted, states)
    wide = _half_widths(jacobian, ~bound) * deviation * t.ppf(0.975, freedom)
    parents = [problem.parents[j] for j in columns]
    parameters = (
        *_amplitudes(problem, family, parents, amplitudes.tolist(), wide),
        *_curves(problem, parents, theta.exp().tolist(), wide[len(amplitudes) :]),
    )
    flags = [
        _flag(p, at_bound, problem, states) for p, at_bound in zip(parameters, bound, strict=True)
    ]
    return Certainty(parameters, tuple(f for f in flags if f), residuals, jacobian, deviation)


def _at_bounds(fitted: FittedStructure, states: States) -> Array:
    """Which of (b, v…, log K, log n) are at a bound; amplitudes never are."""
    low, high = bounds(fitted.batch, states)
    theta = fitted.solved.theta
    at_bound = ((theta <= low + 1e-6) | (theta >= high - 1e-6))[0].numpy()
    return np.r_[np.zeros(fitted.solved.amplitudes.shape[1], dtype=bool), at_bound]


def _half_widths(jacobian: Array, free: Array) -> Array:
    """√ of the diagonal of (JᵀJ)⁻¹ over the free constants; NaN for the others."""
    scale = np.linalg.norm(jacobian, axis=0)
    free = free & (scale > 0)
    result = np.full(jacobian.shape[1], np.nan)
    # torch instead of numpy, because it respects torch's number of threads
    unit = torch.from_numpy(jacobian[:, free] / scale[free])
    values, vectors = torch.linalg.eigh(unit.T @ unit)
    inverse = (vectors.square() / values.clamp_min(1e-14)).sum(1)
    result[free] = inverse.sqrt().numpy() / scale[free]
    return result


def _amplitudes(
    problem: LawProblem, family: str, parents: list[str], values: list[float], wide: Array
) -> list[Parameter]:
    unit = f"{problem.unit} / time" if problem.unit else ""
    strengths = [f"strength[{gene}]" for gene in parents] if family == "additive" else ["strength"]
    y, halves = problem.spread, wide[: len(values)].tolist()
    return [
        Parameter(name, value * y, max(value - half, 0.0) * y, (value + half) * y, unit)
        for name, value, half in zip(["basal", *strengths], values, halves, strict=True)
    ]


def _curves(
    problem: LawProblem, parents: list[str], values: list[float], wide: Array
) -> list[Parameter]:
    names = [f"{kind}[{gene}]" for kind in ("K", "n") for gene in parents]
    units = [problem.unit] * len(parents) + [""] * len(parents)
    factors = np.exp(np.minimum(wide, 700.0))
    return [
        Parameter(name, value, value / factor, value * factor, unit)
        for name, value, factor, unit in zip(names, values, factors.tolist(), units, strict=True)
    ]


def _flag(parameter: Parameter, at_bound: bool, problem: LawProblem, states: States) -> str:
    name, kind = parameter.name, parameter.name[0]
    if at_bound:
        reason = (
            "beyond the observed levels" if kind == "K" else "the curve's shape is not determined"
        )
        return f"{name} at its bound ({parameter.value:.3g}): {reason}"
    if name == "basal" or parameter.high <= WIDE * parameter.low:
        return ""
    return f"{name} not determined: {parameter.low:.2g} to {parameter.high:.2g}"
