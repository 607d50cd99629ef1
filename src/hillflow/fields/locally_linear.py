"""The locally linear field: an affine law around each state, integrated exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from hillflow.errors import InputError, UnsupportedError
from hillflow.fields.base import Time, VectorField, column
from hillflow.fields.intervened import IntervenedField
from hillflow.fields.networks import Networks, positive_or_one, require_positive
from hillflow.fields.registry import register
from hillflow.interventions import Intervention

Basis = ArrayLike | Tensor | None
_TERMS = 20  # of the series of the action of an exponential, at most
_LONGEST = {torch.float32: 3.6, torch.float64: 1.4}  # ‖Aτ‖ for which they suffice
_FEW = 3  # stages of the series that cost less than the exponential in any dimension, measured
_NEVER = 10**9  # stages, of an operator that is not finite
_AT_ONCE = 1024  # states whose operators are held in memory
_MOST_GROWTH = 2.0  # largest cΔ over the longest interval, unless max_growth is given


@register(
    name="locally-linear",
    formula="dz/dt = A(z, t) z + b(z, t), A = c (I − B Bᵀ + K), K skew, z = Vᵀ(x − mean)/sd",
    source="von Bassewitz et al. 2025 (Cell-MNN), made affine, with complex spectrum and bounded",
    prior="none",
    cost="time O(d² H) and O(d³) for an exact step in d components (--components); its Jacobian "
    "O(d² H + G² d)",
    when_not="knockouts by production, laws or edge parameters are needed: it has no split",
)
class LocallyLinearField(VectorField):
    """ẋ = V diag(sd) (A(z, t) z + b(z, t)) with z = diag(1/sd) Vᵀ (x − mean), [..., latent].

    A network of (z, t) gives B, M [d, d] and β [d]; A = c (I − (I + B)(I + B)ᵀ + ½(M − Mᵀ)) and
    b = c β. The symmetric part of A is at most c for all parameters, so ‖exp(Aτ)‖₂ ≤ e^{cτ}
    (the logarithmic norm bounds the flow) and long intervals do not overflow; the skew part gives
    complex eigenvalues, so cells can rotate. The initial velocity is near zero.

    The published method diagonalises, A = P Λ P⁻¹, and needs a penalty that keeps P invertible.
    Here A itself is exponentiated and nothing is inverted, so no penalty is needed. The affine b
    is needed because without it the velocity at the mean is zero.

    Parameters
    ----------
    genes
        G names, or the names of latent coordinates.
    components, mean, scale
        V [G, d] with orthonormal columns, mean [G], sd [d]: buffers. Without components the
        states are latent already (V = I). `calibrate_` sets mean and scale from data unless they
        are given.
    latent
        d. If it is below G and given without components, the basis is NaN until training sets it
        to the first principal components of the training cells (`set_components_`), or
        ``load_state_dict`` to that of a saved field.
    hidden
        Widths of the network.
    max_growth
        c, per unit of time, which is also the unit of all rates. None: 1, and after calibration
        the fastest rate of the data, but at most 2/Δ for the longest interval Δ between two
        times, so that e^{cΔ} ≤ 7.4.
    time, time_scale
        Whether A and b depend on time, and the divisor of time. None: 1, and after calibration
        the last time of the data.
    seed, dtype
        Seed and precision of the initial weights.
    """

    default_readout = ("weight", "the mean operator is what this field integrates")
    edges_change = True
    takes_components = True

    has_split = False
    components: Tensor
    mean: Tensor
    scale: Tensor
    growth: Tensor
    time_scale: Tensor

    def __init__(
        self,
        genes: Sequence[str],
        *,
        components: Basis = None,
        mean: Basis = None,
        scale: Basis = None,
        latent: int | None = None,
        hidden: Sequence[int] = (64, 64),
        max_growth: float | None = None,
        time: bool = True,
        time_scale: float | None = None,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        count = len(genes)
        basis = _basis(components, count, latent, dtype)
        d = basis.shape[1]
        super().__init__(
            genes,
            latent=d,
            hidden=list(hidden),
            max_growth=max_growth,
            time=time,
            time_scale=time_scale,
            seed=seed,
        )
        growth = 1.0 if max_growth is None else max_growth
        duration = 1.0 if time_scale is None else time_scale
        require_positive(time_scale=duration, max_growth=growth)
        self.autonomous = not time
        self.latent = d
        self._calibrates = {
            "mean": mean is None, "scale": scale is None, "growth": max_growth is None,
            "time": time_scale is None,
        }  # fmt: skip
        self.register_buffer("components", basis)
        self.register_buffer("mean", _vector("mean", mean, count, 0.0, dtype))
        self.register_buffer("scale", _vector("scale", scale, d, 1.0, dtype))
        if not (self.scale > 0).all():
            raise InputError("scale above 0", "a scale of 0 or below", "drop that component")
        self.register_buffer("growth", torch.tensor(growth, dtype=dtype))
        self.register_buffer("time_scale", torch.tensor(duration, dtype=dtype))
        self.network = Networks(
            d + time,
            2 * d * d + d,
            hidden,
            per_target=False,
            activation="silu",
            seed=seed,
            dtype=dtype,
        )
        with torch.no_grad():
            self.network.weights[-1].mul_(0.01)  # A ≈ 0 and b ≈ 0 at the start

    @property
    def component_count(self) -> int | None:
        """d if it is below G; else z is a change of coordinates of all genes."""
        return self.latent if self.latent < len(self.genes) else None

    @property
    def missing_components(self) -> int:
        """d until the components are known, then 0."""
        return self.latent if bool(self.components.isnan().any()) else 0

    @torch.no_grad()
    def set_components_(self, components: Tensor) -> None:
        """Set V, [genes, latent], with orthonormal columns."""
        count, missing = len(self.genes), self.missing_components
        if missing:
            self.components.copy_(_basis(components, count, missing, self.components.dtype))

    def encode(self, x: Tensor) -> Tensor:
        """Return the latent state z, [..., latent]."""
        return (x - self.mean) @ self.components / self.scale

    def lift(self, z: Tensor) -> Tensor:
        """Return a latent displacement or velocity in expression units, [..., genes]."""
        return (z * self.scale) @ self.components.mT

    def local_affine(self, x: Tensor, t: Time = None) -> tuple[Tensor, Tensor]:
        """Return A [..., latent, latent] and b [..., latent] of the affine law around x."""
        return self._affine_at(self.encode(x), t)

    def forward(self, t: Time, x: Tensor) -> Tensor:
        """Return V diag(sd) (A z + b), [..., genes]."""
        z = self.encode(x)
        b, m, beta = self._parts(self.network(self._inputs(z, t)))
        # A z without A, whose B Bᵀ costs O(d³)
        inner = z + torch.einsum("...ji,...j->...i", b, z)
        outer = inner + torch.einsum("...ij,...j->...i", b, inner)
        turn = torch.einsum("...ij,...j->...i", m, z) - torch.einsum("...ji,...j->...i", m, z)
        return self.lift(self.growth * (z - outer + 0.5 * turn + beta))

    def gene_operator(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the operator that `propagate` integrates, V diag(sd) A diag(1/sd) Vᵀ.

        [..., target, source]. It does not include the change of A and b with the state; for the
        derivative of the field see `jacobian`.
        """
        return self._lift_matrix(self.local_affine(x, t)[0])

    @torch.no_grad()
    def mean_edge_weights(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the mean of `gene_operator` over states, [target, source], float64.

        V does not depend on the state, so the mean is taken of A: memory O(cells d² + G²).
        """
        total = torch.zeros((self.latent,) * 2, dtype=torch.float64, device=x.device)
        for first in range(0, len(x), _AT_ONCE):
            rows = slice(first, first + _AT_ONCE)
            times = t[rows] if isinstance(t, Tensor) and t.ndim else t
            total += self.local_affine(x[rows], times)[0].double().sum(0)
        return self._lift_matrix(total / len(x))

    def jacobian(self, x: Tensor, t: Time = None) -> Tensor:
        """Return V diag(sd) (A + (∂A/∂z) z + ∂b/∂z) diag(1/sd) Vᵀ, [..., target, source]."""
        z, d = self.encode(x), self.latent
        output, slope = self.network.value_and_jacobian(
            self._inputs(z, t), list(self.network.weights)
        )
        slope = slope[..., :d]
        parts = slope.split((d * d, d * d, d), -2)
        d_b, d_m = (part.unflatten(-2, (d, d)) for part in parts[:2])
        a, _ = self._assemble(output)
        i_plus_b = torch.eye(d, dtype=z.dtype, device=z.device) + self._parts(output)[0]
        # −(dB)(I+B)ᵀz − (I+B)(dB)ᵀz + ½(dM − dMᵀ)z + dβ, one column per latent direction
        change = -torch.einsum("...irk,...jr,...j->...ik", d_b, i_plus_b, z)
        change = change - i_plus_b @ torch.einsum("...jrk,...j->...rk", d_b, z)
        change = change + 0.5 * torch.einsum("...ijk,...j->...ik", d_m, z)
        change = change - 0.5 * torch.einsum("...jik,...j->...ik", d_m, z)
        return self._lift_matrix(a + self.growth * (change + parts[2]))

    def propagate(
        self,
        x: Tensor,
        dt: float | Tensor,
        t: Time = 0.0,
        windows: int = 1,
        return_error: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Return the state after dt, exact for the local law: z ← exp(Aτ) z + ∫₀^τ exp(As) b ds.

        Parameters
        ----------
        x
            States, [..., genes]. Components outside the span of V do not change.
        dt
            A number, or one time step per cell, [...].
        t
            Time of x: a number, or one per cell.
        windows
            Number of equal parts of dt; A and b are evaluated at the start of each. The error
            with respect to the ODE of the full field falls as 1/windows.
        return_error
            Also return an estimate of that error, [...], in expression units, by step doubling:
            2 ‖x(n windows) − x(2n windows)‖. It triples the cost.
        """
        if int(windows) != windows or windows < 1:
            raise InputError("one window or more", f"windows={windows}", "write windows=1")
        z = self.encode(x)
        coarse = self._flow(z, dt, t, windows)
        end = x + self.lift(coarse - z)
        if not return_error:
            return end
        fine = self._flow(z, dt, t, 2 * windows)
        return end, 2 * torch.linalg.vector_norm((fine - coarse) * self.scale, dim=-1)

    def kinetic(self, x: Tensor, t: Time = None) -> Tensor:
        """Return the mean of ‖ẋ‖² over states, the kinetic term of the objective, a scalar."""
        return self(t, x).square().sum(-1).mean()

    @torch.no_grad()
    def calibrate_(self, x: Tensor, velocity: Tensor | None = None) -> None:
        """Set mean, sd, and c (the largest rms rate of a latent coordinate), unless given."""
        states = x.reshape(-1, x.shape[-1])
        if self._calibrates["mean"]:
            self.mean.copy_(states.mean(0))
        if self._calibrates["scale"]:
            latent = (states - self.mean) @ self.components
            self.scale.copy_(positive_or_one(latent.std(0, correction=0)))
        if self._calibrates["growth"] and velocity is not None:
            latent_velocity = velocity.reshape(-1, x.shape[-1]) @ self.components / self.scale
            fastest = latent_velocity.square().mean(0).sqrt().max()
            self.growth.copy_(positive_or_one(fastest))

    @torch.no_grad()
    def calibrate_time_(self, last: float, longest: float) -> None:
        """Set the divisor of time to the last time, and bound growth over the longest interval."""
        if self._calibrates["time"] and last > 0:
            self.time_scale.fill_(last)
        if self._calibrates["growth"] and longest > 0:
            self.growth.clamp_(max=_MOST_GROWTH / longest)

    def _under(self, interventions: tuple[Intervention, ...], stacked: bool) -> IntervenedField:
        # z holds sums of genes: the field cannot tell one gene from those that move with it.
        if self.component_count and not all(one.is_control for one in interventions):
            raise UnsupportedError(
                "cells and predictions without perturbations, or a field whose state is the genes",
                f"the {self._title()!r} field of {self.latent:,} principal components, each of "
                "which mixes all genes",
                "keep the control cells alone, fit 'linear', 'hill' or 'logic', or take all genes: "
                f"components={len(self.genes)} (--components)",
            )
        return super()._under(interventions, stacked)

    def _flow(self, z: Tensor, dt: float | Tensor, t: Time, windows: int) -> Tensor:
        span = column(dt, z) / windows
        time = column(t, z)
        for _ in range(windows):
            a, b = self._affine_at(z, time.squeeze(-1))
            stages = _stages(a, span)
            if stages <= max(_FEW, self.latent // 5):  # else the exponential costs less
                z = _series(a, b, z, span, stages)
            else:
                z = _exponential(a, b, z, span)
            time = time + span
        return z

    def _inputs(self, z: Tensor, t: Time) -> Tensor:
        return z if self.autonomous else torch.cat((z, column(t, z) / self.time_scale), -1)

    def _affine_at(self, z: Tensor, t: Time) -> tuple[Tensor, Tensor]:
        return self._assemble(self.network(self._inputs(z, t)))

    def _parts(self, output: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """B and M, [..., d, d], and β, [..., d]."""
        d = self.latent
        b, m, beta = output.split((d * d, d * d, d), -1)
        return b.unflatten(-1, (d, d)), m.unflatten(-1, (d, d)), beta

    def _assemble(self, output: Tensor) -> tuple[Tensor, Tensor]:
        b, m, beta = self._parts(output)
        eye = torch.eye(self.latent, dtype=output.dtype, device=output.device)
        i_plus_b = eye + b
        a = eye - i_plus_b @ i_plus_b.mT + 0.5 * (m - m.mT)
        return self.growth * a, self.growth * beta

    def _lift_matrix(self, matrix: Tensor) -> Tensor:
        scale, components = self.scale.to(matrix.dtype), self.components.to(matrix.dtype)
        scaled = scale.unsqueeze(-1) * matrix / scale
        return components @ scaled @ components.mT


def _exponential(a: Tensor, b: Tensor, z: Tensor, span: Tensor) -> Tensor:
    """exp(Aτ) z + ∫₀^τ exp(As) b ds: exp([[A, b], [0, 0]] τ) contains both; O(d³)."""
    augmented = torch.cat((a, b.unsqueeze(-1)), -1) * span.unsqueeze(-1)
    flow = torch.linalg.matrix_exp(torch.nn.functional.pad(augmented, (0, 0, 0, 1)))
    return torch.einsum("...ij,...j->...i", flow[..., :-1, :-1], z) + flow[..., :-1, -1]


def _series(a: Tensor, b: Tensor, z: Tensor, span: Tensor, stages: int) -> Tensor:
    """The same by the series z + Σ_k τᵏ/k! Aᵏ⁻¹ (A z + b), in stages; O(stages · terms · d²)."""
    width = span / stages
    least = torch.finfo(z.dtype).eps / 2
    for _ in range(stages):
        term = width * (torch.einsum("...ij,...j->...i", a, z) + b)
        z = z + term
        for k in range(2, _TERMS + 1):
            term = torch.einsum("...ij,...j->...i", a, term) * (width / k)
            z = z + term
            if float(term.detach().abs().max()) <= least * float(z.detach().abs().max()):
                break
    return z


def _stages(a: Tensor, span: Tensor) -> int:
    """Equal parts of τ in which `_TERMS` terms of the series leave an error at roundoff.

    ‖A‖₂ ≤ √(‖A‖₁ ‖A‖_∞), and the bound is of Al-Mohy & Higham 2011, table 3.1.
    """
    size = a.detach().abs()
    norm = (size.sum(-1).amax(-1) * size.sum(-2).amax(-1)).sqrt()
    longest = float((norm * span.detach().squeeze(-1).abs()).max())
    return max(1, math.ceil(longest / _LONGEST[a.dtype])) if math.isfinite(longest) else _NEVER


def _basis(components: Basis, genes: int, latent: int | None, dtype: torch.dtype) -> Tensor:
    if components is None:
        d = genes if latent is None else int(latent)
        if not 1 <= d <= genes:
            raise InputError(f"latent from 1 to {genes}", f"{latent}", "choose fewer dimensions")
        return torch.eye(genes, dtype=dtype) if d == genes else torch.full(
            (genes, d), math.nan, dtype=dtype
        )  # fmt: skip
    basis = _tensor(components, torch.float64)
    if basis.ndim != 2 or basis.shape[0] != genes or latent not in (None, basis.shape[-1]):
        raise InputError(
            f"components of shape ({genes}, {latent or 'latent dimensions'})",
            str(tuple(basis.shape)),
            "give one row per gene and one column per component (transpose scikit-learn's)",
        )
    gram = basis.mT @ basis
    if not torch.allclose(gram, torch.eye(len(gram), dtype=gram.dtype), atol=1e-3):
        raise InputError(
            "components with orthonormal columns",
            "columns that are not orthonormal",
            "orthonormalise them (numpy.linalg.qr) and put their lengths into `scale`",
        )
    return basis.to(dtype)


def _vector(name: str, given: Basis, size: int, fill: float, dtype: torch.dtype) -> Tensor:
    if given is None:
        return torch.full((size,), fill, dtype=dtype)
    vector = _tensor(given, dtype)
    if vector.shape != (size,) or not vector.isfinite().all():
        raise InputError(
            f"{name} of {size} finite numbers", f"shape {tuple(vector.shape)}", f"correct {name}"
        )
    return vector


def _tensor(given: ArrayLike | Tensor, dtype: torch.dtype) -> Tensor:
    if isinstance(given, Tensor):
        return given.detach().to("cpu", dtype).clone()
    return torch.tensor(np.asarray(given), dtype=dtype)
