"""The base class of all simulated systems, with the equations that they share."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.interventions import Intervention
from hillflow.systems.effects import Effects
from hillflow.systems.hill import Array
from hillflow.systems.noise import Noise

if TYPE_CHECKING:
    from hillflow.networks.network import Network

Edge = tuple[str, str, int]  # source, target, sign


class RegulatorySystem(ABC):
    """A stochastic gene regulatory system with known equations and network.

    Without protein the state is the expression x of each gene and

        dx_i = (u_i · production_i(x) − (γ_i + δ_i) x_i) dt + g(x_i) dW_i.

    With protein p the state is [x | p], regulators act through p, and

        dp_i = π_i (x_i − p_i) dt + g(p_i) dW_i,

    so that mRNA and protein have the same steady-state level. Interventions set u, δ and the
    levels that targets see: a knockout stops transcription, a clamp holds mRNA and protein, and
    ``cut_outgoing`` hides the regulator (the protein if the system has it) from every other gene,
    ``cut_edge`` from the production of one target.

    A subclass defines production, its derivatives and the edges. Instances are never changed:
    :meth:`apply` and :meth:`with_noise` return copies.

    Parameters
    ----------
    genes
        Names, in the order of the columns.
    decay
        γ, per unit of time, [genes] or one number.
    start
        Mean expression of the cells at time 0, [genes] or one number.
    spread
        Its standard deviation, of the same shape. Cells at time 0 are Gaussian, clipped at 0 if
        levels cannot be negative.
    protein_rate
        π, or None for a system without protein.
    noise
        Intrinsic noise.
    step
        Time step that resolves the fastest rate.
    nonnegative
        Whether levels cannot be negative.
    """

    name = "system"

    def __init__(
        self,
        genes: Sequence[str],
        *,
        decay: Array | Sequence[float] | float,
        start: Array | Sequence[float] | float,
        spread: Array | Sequence[float] | float,
        protein_rate: Array | Sequence[float] | float | None = None,
        noise: Noise,
        step: float,
        nonnegative: bool = True,
    ) -> None:
        self.genes = tuple(genes)
        repeated = sorted({gene for gene in self.genes if self.genes.count(gene) > 1})
        if repeated or not self.genes:
            raise GeneNameError(
                "genes with different names",
                f"{listing(repeated)} more than once" if repeated else "no gene",
                "give each gene of the system its own name",
            )
        self.decay = self._per_gene("decay", decay)
        self.start = self._per_gene("start", start, signed=True)
        self.spread = self._per_gene("spread", spread)
        self.protein_rate = (
            None if protein_rate is None else self._per_gene("protein_rate", protein_rate)
        )
        self.noise = noise
        self.step = step
        self.nonnegative = nonnegative
        self.parameters: dict[str, Any] = {}
        self.intervention = Intervention.control()
        self._set_effects(Effects.of([self.intervention], self.genes))

    # Defined by each system --------------------------------------------------------------

    @abstractmethod
    def production(self, seen: Array, own: Array) -> Array:
        """Return the production of each gene, [cells, genes].

        Parameters
        ----------
        seen
            Regulator levels as other genes see them, [cells, genes].
        own
            The actual levels, used only for autoregulation, [cells, genes].
        """

    @abstractmethod
    def production_slopes(self, seen: Array, own: Array) -> Array:
        """Return the derivatives of production, [cells, target, source].

        They are with respect to `own` on the diagonal, and to `seen` elsewhere.
        """

    @abstractmethod
    def edges(self) -> tuple[Edge, ...]:
        """Return every regulation (source, target, sign), including autoregulation."""

    def labels(self, state: Array) -> np.ndarray | None:
        """Return the type of each cell by its markers, [cells] of str; None if not defined."""
        return None

    # Shared by all systems ---------------------------------------------------------------

    @property
    def n_states(self) -> int:
        """Number of state variables of a cell."""
        return len(self.genes) * (1 if self.protein_rate is None else 2)

    def expression(self, state: Array) -> Array:
        """Return mRNA levels, [cells, genes]."""
        return state[:, : len(self.genes)]

    def protein(self, state: Array) -> Array | None:
        """Return protein levels, [cells, genes], or None for a system without protein."""
        return None if self.protein_rate is None else state[:, len(self.genes) :]

    def unspliced(self, state: Array) -> Array | None:
        """Return levels of unspliced mRNA, [cells, genes], or None for a system without it."""
        return None

    def drift(self, state: Array, t: float = 0.0) -> Array:
        """Return the noise-free rate of change, [cells, states]."""
        state = self.hold(state)
        x, regulator = self.expression(state), self._regulator(state)
        effects = self.effects
        change = np.empty_like(state)
        rate = self.expression(change)  # a view: filled in place
        np.multiply(self._production(regulator), effects.production_factor, out=rate)
        rate -= self._total_decay * x
        if self.protein_rate is not None:
            change[:, len(self.genes) :] = self.protein_rate * (x - regulator)
        return change if self._free is None else change * self._free

    def diffusion(self, state: Array) -> Array:
        """Return the amplitude g of the noise of each variable, [cells, states]."""
        amplitude = self.noise.amplitude(state)
        return amplitude if self._free is None else amplitude * self._free

    def velocity(self, state: Array) -> Array:
        """Return the noise-free dx/dt of the mRNA, [cells, genes]."""
        return self.expression(self.drift(state))

    def jacobian(self, state: Array) -> Array:
        """Return the derivative of the drift, [cells, target state, source state].

        Memory O(cells × states²). A clamped variable is constant: its row and column are 0.
        """
        state = self.hold(state)
        regulator, effects, n = self._regulator(state), self.effects, len(self.genes)
        slopes = self.production_slopes(self._seen(regulator), regulator)
        off_diagonal = ~np.eye(n, dtype=bool)
        slopes = slopes * np.where(off_diagonal, effects.visible[:, None, :], 1.0)
        for target, share in effects.edges:
            seen = self.production_slopes(self._seen(regulator) * share, regulator * share)
            outside = np.where(np.arange(n) == target, 1.0, effects.visible)
            slopes[:, target] = seen[:, target] * share * outside
        slopes = slopes * effects.production_factor[:, :, None]
        jacobian = np.zeros((len(state), self.n_states, self.n_states))
        i = np.arange(n)
        jacobian[:, :n, self.n_states - n :] = slopes
        jacobian[:, i, i] -= self._total_decay
        if self.protein_rate is not None:
            jacobian[:, n + i, i] = self.protein_rate
            jacobian[:, n + i, n + i] = -self.protein_rate
        if self._free is not None:
            jacobian *= self._free[:, :, None] * self._free[:, None, :]
        return jacobian

    def network(self) -> Network:
        """Return the true network, sorted by target and source; weights are 1 or −1."""
        from hillflow.networks.network import Network  # pandas is heavy

        edges = sorted(self.edges(), key=lambda edge: (edge[1], edge[0]))
        source, target, sign = zip(*edges, strict=True) if edges else ((), (), ())
        true = Network.from_columns(source, target, sign, name=self.name)
        return replace(true, genes=self.genes)

    def initial_states(self, cells: int, rng: np.random.Generator) -> Array:
        """Draw the cells at time 0, [cells, states]; protein starts equal to its mRNA."""
        x = rng.normal(self.start, self.spread, (cells, len(self.genes)))
        if self.nonnegative:
            x = np.maximum(x, 0.0)
        return self.hold(x if self.protein_rate is None else np.concatenate([x, x], axis=1))

    def hold(self, state: Array) -> Array:
        """Set clamped genes to their level; return the same array if no gene is clamped."""
        if self._free is None:
            return state
        return np.where(self._free == 0.0, self._tile(self.effects.level), state)

    def apply(self, intervention: Intervention | str) -> Self:
        """Return the system under an intervention, in addition to those applied before."""
        if isinstance(intervention, str):
            intervention = Intervention.parse(intervention)
        changed = copy.copy(self)
        changed.intervention = self.intervention + intervention
        changed._set_effects(Effects.of([changed.intervention], self.genes))
        return changed

    def apply_each(self, interventions: Sequence[Intervention], cells: int) -> Self:
        """Return the system for blocks of `cells` rows, one block for each intervention."""
        changed = copy.copy(self)
        combined = [self.intervention + intervention for intervention in interventions]
        changed._set_effects(Effects.of(combined, self.genes).repeat(cells))
        return changed

    def with_noise(self, noise: Noise) -> Self:
        """Return the system with other intrinsic noise."""
        changed = copy.copy(self)
        changed.noise = noise
        return changed

    # Helpers -----------------------------------------------------------------------------

    def _regulator(self, state: Array) -> Array:
        return state[:, self.n_states - len(self.genes) :]

    def _seen(self, regulator: Array) -> Array:
        return regulator * self.effects.visible if self.effects.hides else regulator

    def _production(self, regulator: Array) -> Array:
        """Production at the levels that each target sees."""
        seen = self._seen(regulator)
        made = self.production(seen, regulator)
        for target, share in self.effects.edges:
            here = self.production(seen * share, regulator * share)[:, target]
            made[:, target] = here
        return made

    def _tile(self, rows: Array) -> Array:
        return rows if self.protein_rate is None else np.concatenate([rows, rows], axis=1)

    def _set_effects(self, effects: Effects) -> None:
        self.effects = effects
        self._free = self._tile(effects.free) if effects.clamps else None
        self._total_decay = self.decay + effects.extra_decay

    def _per_gene(
        self, what: str, values: Array | Sequence[float] | float, *, signed: bool = False
    ) -> Array:
        array = np.asarray(values, dtype=float)
        if array.ndim > 1 or array.size not in (1, len(self.genes)):
            raise InputError(
                f"{what} as one number or {len(self.genes)} numbers, one per gene",
                f"shape {array.shape}",
                "give one value per gene, in the order of the genes",
            )
        wrong = ~np.isfinite(array) | ((array < 0.0) & (not signed))
        if wrong.any():
            raise InputError(
                f"{what} of finite numbers" + ("" if signed else ", none negative"),
                listing(array[wrong]),
                f"give {what} numbers that are finite" + ("" if signed else " and 0 or more"),
            )
        return np.broadcast_to(array, len(self.genes)).copy()
