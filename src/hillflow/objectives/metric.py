"""The metric path: a curve between two cells that stays near the measured cells.

Flow matching along straight lines leads through states in which no cell was measured. Here a
network first learns to bend the lines to geodesics of a metric in which distances are short near
the cells and long away from them; the field is then regressed on the velocity along the curves.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from hillflow.errors import InputError, did_you_mean
from hillflow.objectives.adam import Adam
from hillflow.objectives.heads import StateFunction
from hillflow.objectives.paths import Bridge, Path, position
from hillflow.objectives.problem import PairBatch, Problem

CELLS = 256  # pairs per training step of the bending network
KERNELS = ("auto", "land", "rbf")
MOST_COORDINATES = 20  # in which distances to single cells tell near from far
MOST_CELLS = 5000  # that are clustered


@dataclass(frozen=True)
class Metric(Path):
    """μ(s) = (1−s) x0 + s x1 + 2 s(1−s) φ(x0, x1, s), φ minimising E Σ_α μ̇_α² / (h_α(μ) + ε).

    h is large near cells, so that motion is cheap there. α runs over the coordinates of the basis;
    outside of it, paths are straight. There are two such h:

    - "land": h_α(x) = mean_i (x_iα − x_α)² exp(−|x − x_i|²/2ς²). ς is a multiple of the median
      distance of points on straight lines to their tenth nearest cell, so that the kernel reaches
      from the lines to the cells.
    - "rbf": h(x) = Σ_k ω_k exp(−λ_k/2 |x − c_k|²), the same for all α, with the centres c_k of
      clusters of cells, λ_k = (κ d_k)^−2 of their root mean square distance d_k from it, and the
      weights ω_k ≥ 0 with which h is nearest to 1 at the cells (least squares). In many dimensions
      all cells are about as far from each other, and no single ς tells near from far.

    Source: Kapuśniak et al. 2024 (Metric flow matching), LAND (Arvanitidis et al. 2016) and RBF
    (Arvanitidis et al. 2021) metrics; they find ω by gradient steps. Cost: training of a small
    network on `landmarks` cells, once, a few seconds; then one evaluation of the network and of the
    field per step.

    Parameters
    ----------
    kernel
        "land", "rbf", or "auto": "land" in up to `MOST_COORDINATES` coordinates.
    width
        Width of the kernel of "land", as a multiple of the distance above.
    clusters, reach
        Number of centres, and κ, of "rbf".
    epsilon
        ε as a share of the mean of h over the cells; large values straighten paths.
    landmarks
        Number of cells that define the metric, drawn from all populations.
    steps, hidden, rate
        Training steps, hidden widths and learning rate of the bending network.
    """

    kernel: str = "auto"
    width: float = 0.35
    clusters: int = 50
    reach: float = 1.0
    epsilon: float = 0.05
    landmarks: int = 300
    steps: int = 300
    hidden: tuple[int, ...] = (64, 64)
    rate: float = 5e-3

    def __post_init__(self) -> None:
        if self.kernel not in KERNELS:
            raise InputError(
                f"kernel among {', '.join(KERNELS)}", repr(self.kernel),
                did_you_mean(self.kernel, KERNELS),
            )  # fmt: skip
        for name in ("width", "clusters", "reach", "epsilon", "landmarks", "steps", "rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"{name} above 0", f"{getattr(self, name)}", f"raise {name}")

    def learn(self, problem: Problem, seed: int) -> BentLines:
        """Train φ on the problem's pairs; the same seed gives the same φ."""
        generator = torch.Generator().manual_seed(seed)
        metric = self.inverse_metric(problem, generator, seed)
        pairs = problem.draw_pairs(16 * CELLS, generator)
        ends = torch.cat([problem.project(pairs.x0), problem.project(pairs.x1)], dim=-1)
        size = ends.shape[-1] // 2
        bend = StateFunction(2 * size, size, self.hidden, seed, ends.dtype)
        bend.to(ends.device).calibrate_(ends.flatten(0, -2))
        nn.init.zeros_(cast(nn.Linear, bend.layers[-1]).weight)  # starts with straight lines
        bent = BentLines(problem, bend)
        optimizer = Adam(bend.parameters())
        with torch.enable_grad():
            for step in range(self.steps):
                pairs = problem.draw_pairs(CELLS, generator)
                x, motion = bent.curve(pairs, position(pairs, generator))
                length = (motion.square() / metric(x)).sum(-1).mean()
                optimizer.zero_grad()
                length.backward()
                optimizer.step(self.rate * 0.5 * (1 + math.cos(math.pi * step / self.steps)))
        bend.requires_grad_(False)
        return bent

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """Raises an error: call `learn` first and sample from its result."""
        raise RuntimeError("sampled before learn")

    @torch.no_grad()
    def inverse_metric(
        self, problem: Problem, generator: torch.Generator, seed: int
    ) -> LocalSpread | NearClusters:
        """h + ε of the cells of a problem, a function of coordinates [..., d]."""
        rows = torch.cat([rows for data in problem.by_condition for rows in data.rows])
        of_all = problem.project(problem.states[rows.to(problem.states.device)])
        chosen = torch.randperm(len(rows), generator=generator)[: self.landmarks]
        cells = of_all[chosen.to(of_all.device)]
        wide = cells.shape[-1] > MOST_COORDINATES
        if self.kernel == "rbf" or (self.kernel == "auto" and wide):
            return NearClusters.of(of_all, self.clusters, self.reach, self.epsilon, seed)
        pairs = problem.draw_pairs(1024, generator)
        s = position(pairs, generator).unsqueeze(-1)
        line = problem.project(torch.lerp(pairs.x0, pairs.x1, s)).flatten(0, 1)
        near = torch.cdist(line, cells).topk(min(10, len(cells)), largest=False).values[:, -1]
        width = self.width * float(near.median())
        spread = LocalSpread(cells, width if width > 0 else 1.0, 0.0)
        usual = float(spread(cells).mean())
        return LocalSpread(cells, spread.width, self.epsilon * (usual if usual > 0 else 1.0))


@dataclass(frozen=True, eq=False)
class LocalSpread:
    """h(x) + ε, the inverse of the diagonal metric; `cells` has shape [landmarks, d]."""

    cells: Tensor
    width: float
    floor: float

    def __call__(self, x: Tensor) -> Tensor:
        """h_α + ε at x, [..., d]; cost O(landmarks · d) per state."""
        flat = x.reshape(-1, x.shape[-1])
        near = torch.exp(-torch.cdist(flat, self.cells).square() / (2 * self.width**2))
        near = near / len(self.cells)
        # Σ k (c − x)² = Σ k c² − 2 x Σ k c + x² Σ k, as matrix products
        spread = near @ self.cells.square() - 2 * flat * (near @ self.cells)
        spread = spread + flat.square() * near.sum(-1, keepdim=True)
        return spread.clamp(min=0.0).reshape(x.shape) + self.floor


@dataclass(frozen=True, eq=False)
class NearClusters:
    """h(x) + ε of "rbf"; `centres` [clusters, d], `rates` (λ) and `weights` (ω) [clusters]."""

    centres: Tensor
    rates: Tensor
    weights: Tensor
    floor: float

    @classmethod
    def of(
        cls, cells: Tensor, clusters: int, reach: float, floor: float, seed: int
    ) -> NearClusters:
        """Cluster at most `MOST_CELLS` cells, [cells, d], and weigh the centres."""
        from scipy.optimize import nnls
        from sklearn.cluster import KMeans

        z = cells.double().numpy(force=True)
        if len(z) > MOST_CELLS:
            z = z[np.random.default_rng(seed).choice(len(z), MOST_CELLS, replace=False)]
        found = KMeans(min(clusters, len(z)), n_init=1, random_state=seed).fit(z)
        apart = np.square(z - found.cluster_centers_[found.labels_]).sum(axis=1)
        count = np.bincount(found.labels_, minlength=len(found.cluster_centers_))
        square = np.bincount(found.labels_, apart, minlength=len(count)) / count
        square[count < 2] = square[count > 1].mean() if (count > 1).any() else 1.0  # of one cell
        rates = 1 / (reach**2 * np.maximum(square, 1e-12))
        away = np.square(z[:, None] - found.cluster_centers_[None]).sum(axis=-1)
        weights, _ = nnls(np.exp(-rates * away / 2), np.ones(len(z)))

        def tensor(values: np.ndarray) -> Tensor:
            return torch.as_tensor(values, dtype=cells.dtype, device=cells.device)

        return cls(tensor(found.cluster_centers_), tensor(rates), tensor(weights), floor)

    def __call__(self, x: Tensor) -> Tensor:
        """h + ε at x, [..., d], the same in all coordinates; cost O(clusters · d) per state."""
        flat = x.reshape(-1, x.shape[-1])
        near = torch.exp(-self.rates * torch.cdist(flat, self.centres).square() / 2)
        return (near @ self.weights).reshape(*x.shape[:-1], 1) + self.floor


@dataclass(frozen=True, eq=False)
class BentLines(Path):
    """A learned metric path."""

    problem: Problem
    bend: StateFunction

    def sample(self, pairs: PairBatch, generator: torch.Generator) -> Bridge:
        """A point on each curve, with the exact derivative of the curve by time as velocity."""
        s = position(pairs, generator)
        with torch.no_grad():
            bow, slope = self._bow(pairs, s)
        line = pairs.x1 - pairs.x0
        x = pairs.x0 + s.unsqueeze(-1) * line + self._lift(bow)
        velocity = (line + self._lift(slope)) / pairs.dt.unsqueeze(-1).to(s.dtype)
        return Bridge(pairs.t0 + s * pairs.dt, x, velocity)

    def curve(self, pairs: PairBatch, s: Tensor) -> tuple[Tensor, Tensor]:
        """μ and dμ/ds in the coordinates of the basis, [conditions, cells, d]."""
        start, end = self.problem.project(pairs.x0), self.problem.project(pairs.x1)
        bow, slope = self._bow(pairs, s)
        return torch.lerp(start, end, s.unsqueeze(-1)) + bow, end - start + slope

    def _bow(self, pairs: PairBatch, s: Tensor) -> tuple[Tensor, Tensor]:
        """2 s(1−s) φ and its derivative by s (forward mode)."""
        ends = torch.cat([self.problem.project(pairs.x0), self.problem.project(pairs.x1)], dim=-1)

        def bow(s: Tensor) -> Tensor:
            return (2 * s * (1 - s)).unsqueeze(-1) * self.bend(ends, s)

        with warnings.catch_warnings():  # PyTorch's forward mode calls its deprecated torch.jit
            warnings.filterwarnings("ignore", r".*torch\.jit", DeprecationWarning)
            value_and_slope = torch.func.jvp(bow, (s,), (torch.ones_like(s),))
        return cast(tuple[Tensor, Tensor], value_and_slope)

    def _lift(self, z: Tensor) -> Tensor:
        return z if self.problem.components is None else z @ self.problem.components.mT
