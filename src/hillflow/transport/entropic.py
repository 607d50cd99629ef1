"""Entropic transport, balanced or with relaxed marginals, and pairs drawn from its plan.

The plan minimises

    Σ γ C + ε KL(γ | a⊗b) + ρ0 KL(γ1 | a) + ρ1 KL(γᵀ1 | b)

(ρ = ∞ fixes a marginal) and has the form γ_ij = a_i b_j exp(φ_i + ψ_j − C_ij/ε). Scaling
iterations (Cuturi 2013; Chizat, Peyré, Schmitzer & Vialard 2018, Algorithm 2) alternate

    φ_i = −κ0 log Σ_j b_j exp(ψ_j − C_ij/ε),   κ = ρ/(ρ + ε),

and the same for ψ. Most iterations are matrix-vector products with the current plan. If a scaling
becomes large, one step in the log domain absorbs it into φ and ψ, so that small ε neither
overflows nor underflows (Schmitzer 2019). With relaxed marginals, the constant by which φ and ψ
can be shifted is set to its optimum in each iteration (Séjourné, Vialard & Peyré 2022).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hillflow.errors import InputError, NumericalError
from hillflow.findings import warn
from hillflow.transport.chunks import largest_chunk, random_chunks
from hillflow.transport.coupling import check_positive
from hillflow.transport.pairs import Pairs

_ABSORB = 20.0  # largest log scaling that is not absorbed into the potentials
_LARGEST = 60.0  # its bound within one iteration, far below overflow
_CHUNK = 2048
_REACH = 40.0  # largest Wasserstein–Fisher–Rao cost; at larger distances cells die and are born


class Relaxation(NamedTuple):
    """Penalties ρ0 and ρ1 on deviations from the marginals, in units of cost; ∞ fixes them."""

    start: float = math.inf
    end: float = math.inf


BALANCED = Relaxation()


def solve_potentials(
    cost: Tensor,
    a: Tensor,
    b: Tensor,
    epsilon: float,
    relaxation: Relaxation = BALANCED,
    tolerance: float = 1e-4,
    max_iterations: int = 2000,
) -> tuple[Tensor, Tensor]:
    """Return dual potentials φ [n], ψ [m], in units of ε, of a dense cost [n, m].

    Stops when an iteration changes the marginal of the start by less than `tolerance` of its
    mass; warns at `max_iterations`. With fixed marginals, that of the end is then exact.
    Time O(n m) per iteration, memory three arrays [n, m].
    """
    scaled = cost / epsilon
    log_a, log_b = a.log(), b.log()
    damp0, damp1 = (1.0 if math.isinf(r) else r / (r + epsilon) for r in relaxation)
    soft0, soft1 = epsilon / relaxation.start, epsilon / relaxation.end
    softness = soft0 + soft1
    smallest = torch.finfo(cost.dtype).tiny
    phi, psi = torch.zeros_like(a), torch.zeros_like(b)
    share = a / a.sum()
    done = 0
    while True:
        # One iteration in the log domain, which is accurate for potentials of any size.
        phi = -damp0 * torch.logsumexp(psi + log_b - scaled, dim=1)
        psi = -damp1 * torch.logsumexp((phi + log_a)[:, None] - scaled, dim=0)
        plan = torch.exp((phi + log_a)[:, None] + (psi + log_b) - scaled)
        base_phi, base_psi = phi, psi
        v = torch.ones_like(b)
        drift = 0.0
        while drift < _ABSORB:
            done += 1
            before = phi
            mass = (plan @ v).clamp_min(smallest)
            phi = -damp0 * (mass.log() - base_phi - log_a)
            u = (phi - base_phi).clamp_max(_LARGEST).exp()
            mass = (u @ plan).clamp_min(smallest)
            psi = -damp1 * (mass.log() - base_psi - log_b)
            change = float(share @ (phi - before).abs())
            if softness > 0:
                # A constant can be shifted between φ and ψ without a change of the plan. It
                # converges slowest in plain iterations, so it is set to its optimum here.
                total0 = torch.logsumexp(log_a - soft0 * phi, dim=0)
                total1 = torch.logsumexp(log_b - soft1 * psi, dim=0)
                shift = (total0 - total1) / softness
                phi, psi = phi + shift, psi - shift
            v = (psi - base_psi).clamp_max(_LARGEST).exp()
            drift = max(float((phi - base_phi).abs().max()), float((psi - base_psi).abs().max()))
            if not math.isfinite(change):
                raise NumericalError(
                    "finite potentials",
                    f"{change} after {done:,} iterations of entropic transport",
                    "raise epsilon, or use precision='float64'",
                )
            if change < tolerance and drift < _ABSORB:
                return phi, psi
            if done >= max_iterations:
                warn(
                    f"entropic transport stopped after {done:,} iterations with an error of "
                    f"{change:.1e} in its marginals; raise epsilon or max_iterations",
                    "plan.not-converged",
                )
                return phi, psi


def squared_cost(z0: Tensor, z1: Tensor) -> Tensor:
    """Return |z_i − z_j|², [n, m], without the cancellation of the expanded square."""
    return torch.cdist(z0, z1, compute_mode="donot_use_mm_for_euclid_dist").square()


def wfr_cost(z0: Tensor, z1: Tensor, delta: float) -> Tensor:
    """Return −log cos²(min(|z_i − z_j| / 2δ, π/2)), [n, m], bounded by `_REACH`."""
    angle = torch.cdist(z0, z1, compute_mode="donot_use_mm_for_euclid_dist") / (2 * delta)
    cosine = torch.cos(angle.clamp_max(math.pi / 2)).clamp_min(math.exp(-_REACH / 2))
    return -2 * cosine.log()


@dataclass(frozen=True)
class EntropicChunk:
    """Cells of one chunk and the logarithms of their scalings, log(a) + φ and log(b) + ψ."""

    i: np.ndarray
    log_start: np.ndarray
    j: np.ndarray
    log_end: np.ndarray


@dataclass(frozen=True)
class EntropicPlan:
    """A dense entropic plan, stored by its potentials: γ_ij = exp(start_i + end_j − C_ij/ε).

    Attributes
    ----------
    chunks
        Potentials of each chunk; memory O(n0 + n1) in total.
    epsilon
        In units of cost.
    delta
        Length of the Wasserstein–Fisher–Rao cost; None for the squared distance.
    """

    chunks: tuple[EntropicChunk, ...]
    epsilon: float
    delta: float | None = None

    def at(self, rows0: np.ndarray, rows1: np.ndarray) -> EntropicPlan:
        """Return the plan with positions in two populations replaced by rows of the data."""
        chunks = (replace(c, i=rows0[c.i], j=rows1[c.j]) for c in self.chunks)
        return replace(self, chunks=tuple(chunks))

    def matrix(self, chunk: EntropicChunk, z0: np.ndarray, z1: np.ndarray) -> np.ndarray:
        """Return the dense plan of one chunk, [n, m], given the states that its cells index."""
        x, y = torch.as_tensor(z0[chunk.i]).double(), torch.as_tensor(z1[chunk.j]).double()
        cost = squared_cost(x, y) if self.delta is None else wfr_cost(x, y, self.delta)
        exponent = chunk.log_start[:, None] + chunk.log_end - cost.numpy() / self.epsilon
        return np.exp(exponent)

    def add_conditional_sums(
        self, values: np.ndarray, states: np.ndarray, total: np.ndarray, mass: np.ndarray
    ) -> None:
        """Add Σ_j γ_ij values_j to total [cells, k] and Σ_j γ_ij to mass [cells], in place."""
        for i, j, plan in self.blocks(states):
            total[i] += plan @ values[j]
            mass[i] += plan.sum(axis=1)

    def blocks(self, states: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Iterate over the cells i [n] and j [m] of a chunk, and their dense plan, [n, m]."""
        for chunk in self.chunks:
            yield chunk.i, chunk.j, self.matrix(chunk, states, states)


@dataclass(frozen=True)
class EntropicOptions:
    """Options of all entropic couplings.

    Attributes
    ----------
    epsilon
        Entropic regularisation, relative to the mean squared distance between the populations.
    targets
        Number of pairs kept per source cell.
    keep
        "sample": draw the targets from the plan, which preserves expectations; "top": keep the
        most probable ones, which do not depend on the seed.
    chunk
        Cells per side of one solve; None: 2,048, or fewer if memory is small.
    tolerance, max_iterations
        Share of the mass that may be misplaced, and largest number of iterations.
    precision
        "float32" or "float64".
    device
        Device of torch.
    """

    epsilon: float = 0.05
    targets: int = 16
    keep: str = "sample"
    chunk: int | None = None
    tolerance: float = 1e-3
    max_iterations: int = 2000
    precision: str = "float32"
    device: str = "cpu"

    def __post_init__(self) -> None:
        check_positive(
            epsilon=self.epsilon, targets=self.targets, chunk=self.chunk,
            tolerance=self.tolerance, max_iterations=self.max_iterations,
        )  # fmt: skip
        for option, choices in (("keep", ("sample", "top")), ("precision", ("float32", "float64"))):
            value = getattr(self, option)
            if value not in choices:
                raise InputError(
                    f"{option} to be {' or '.join(choices)}", repr(value), f"choose a {option}"
                )

    @property
    def bytes_per_pair(self) -> int:
        """Memory of the scaling iterations for each pair of a chunk."""
        return 24 if self.precision == "float32" else 48

    def chunk_within(self, memory_mb: int) -> int:
        """Return the chunk size: as given, else 2,048 or the largest that fits in memory."""
        return self.chunk or min(_CHUNK, largest_chunk(memory_mb, self.bytes_per_pair))


def entropic_pairs(
    z0: np.ndarray,
    z1: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    rng: np.random.Generator,
    options: EntropicOptions,
    *,
    scale: float,
    relaxation: Relaxation = BALANCED,
    delta: float | None = None,
    whole_start: bool = False,
) -> Pairs:
    """Solve chunk by chunk, and keep a few pairs per source cell.

    Parameters
    ----------
    z0, z1, a, b
        States [n0, d], [n1, d] and masses [n0], [n1].
    scale
        Unit of ε, the cost of a typical pair.
    relaxation
        Penalties on the marginals; if one is not fixed, the pairs have growth.
    delta
        Length of the Wasserstein–Fisher–Rao cost; None: the squared distance.
    whole_start
        Weight pairs by the mass of the source (its weights then sum to a) rather than by the
        mass that it sends.

    Notes
    -----
    γ couples the mass a_i γ_ij / Σ_j γ_ij of source i with b_j γ_ij / Σ_i γ_ij of target j;
    their ratio is the growth of the pair (Liero, Mielke & Savaré 2018).
    """
    kind = torch.float32 if options.precision == "float32" else torch.float64
    draws = torch.Generator(options.device).manual_seed(int(rng.integers(2**63)))
    epsilon = options.epsilon * scale

    def tensor(values: np.ndarray) -> Tensor:
        return torch.as_tensor(values, dtype=kind, device=options.device)

    chunks, parts = [], []
    for chunk in random_chunks(a, b, options.chunk or _CHUNK, rng):
        x, y, mass0, mass1 = map(tensor, (z0[chunk.i], z1[chunk.j], chunk.a, chunk.b))
        cost = squared_cost(x, y) if delta is None else wfr_cost(x, y, delta)
        phi, psi = solve_potentials(
            cost, mass0, mass1, epsilon, relaxation, options.tolerance, options.max_iterations
        )
        start, end = phi + mass0.log(), psi + mass1.log()
        plan = torch.exp(start[:, None] + end - cost / epsilon)
        chunks.append(EntropicChunk(chunk.i, _float64(start), chunk.j, _float64(end)))
        sent, received = plan.sum(dim=1), plan.sum(dim=0)
        rows, columns, share = _kept_targets(plan / sent[:, None], options, draws)
        weight = share * (mass0 if whole_start else sent)[rows]
        growth = (mass1 / received)[columns] * (sent / mass0)[rows]
        i, j = chunk.i[rows.numpy(force=True)], chunk.j[columns.numpy(force=True)]
        parts.append((i, j, _float64(weight), _float64(growth)))
    i, j, weights, growths = (np.concatenate(part) for part in zip(*parts, strict=True))
    conserved = all(math.isinf(rho) for rho in relaxation)
    plans = EntropicPlan(tuple(chunks), epsilon, delta)
    return Pairs.measured(i, j, weights, z0, z1, None if conserved else growths, plans)


def _float64(values: Tensor) -> np.ndarray:
    return values.numpy(force=True).astype(np.float64)


def _kept_targets(
    conditional: Tensor, options: EntropicOptions, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Select targets of each row of the conditional plan [n, m]: rows, columns, share of row."""
    count = options.targets
    if options.keep == "top" or count >= conditional.shape[1]:
        share, columns = conditional.topk(min(count, conditional.shape[1]), dim=1)
        share = share / share.sum(dim=1, keepdim=True)
    else:
        columns = conditional.multinomial(count, replacement=True, generator=generator)
        share = torch.full_like(columns, 1 / count, dtype=conditional.dtype)
    rows = torch.arange(len(conditional), device=conditional.device)[:, None].expand_as(columns)
    positive = share > 0
    return rows[positive], columns[positive], share[positive]
