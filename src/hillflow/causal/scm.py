"""The structural causal model at equilibrium (Mooij, Janzing & Schölkopf 2013, section 3).

Where the flow rests, f_i(x) = 0 can be solved for the gene it belongs to. With linear decay

    x_i := g_i(x) = production_i(x) / γ_i,

one structural assignment a gene: its parents are what production reads, so decay gives no
self-loop and autoregulation does. do(x_i = ξ) replaces the assignment of gene i by ξ; it is the
limit κ → ∞ of adding κ (ξ − x_i) to ẋ_i, and the other interventions change g_i as they change
production and decay. All this speaks of the ODE only if it comes to rest under every
intervention asked for, and at one point: both are checked by following the flow from the cells.
Where cells rest at several points there is one model a basin.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast, overload

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from hillflow.causal.basins import follow_to_rest, unsettled_error
from hillflow.causal.fitted import cells_of
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.errors import InputError, NumericalError, UnsupportedError, listing
from hillflow.fields import IntervenedField, VectorField
from hillflow.fields.base import as_intervention
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


@dataclass(frozen=True, eq=False)
class _Law:
    """The ODE behind the models: a field in float64, and how interventions act in it."""

    field: VectorField
    as_fitted: Callable[[Intervention], Intervention]
    time_unit: str
    patience: float

    def under(self, intervention: Intervention) -> VectorField:
        return self.field.do(self.as_fitted(intervention.check(self.field.genes)))

    @torch.no_grad()
    def assignments(self, intervention: Intervention, x: Tensor) -> Tensor:
        """g(x), [..., genes]; the level of clamped genes."""
        acting = self.under(intervention)
        rate = cast(Tensor, acting.decay_rate())
        held = rate == 0  # only clamped genes: the field's own rates are above 0
        made = acting.production(x) / torch.where(held, torch.ones_like(rate), rate)
        return torch.where(held, acting.admit(x), made)

    @torch.no_grad()
    def slopes(self, intervention: Intervention, x: Tensor) -> Tensor:
        """∂g_i/∂x_j at one state, [target, source]: 0 into clamped genes, not out of them."""
        actions = tuple(self.as_fitted(intervention))
        clamped = [a.gene for a in actions if a.kind == "clamp"]
        acting = self.field.do(Intervention(tuple(a for a in actions if a.kind != "clamp")))
        rate = cast(Tensor, acting.decay_rate())
        slopes = acting.jacobian(x[None])[0] / rate[:, None] + torch.eye(len(x), dtype=x.dtype)
        slopes[[self.field.genes.index(gene) for gene in clamped]] = 0.0
        return slopes


@dataclass(frozen=True, eq=False)
class EquilibriumScm:
    """Assignments x_i := production_i(x) / γ_i, and the stable state in which all hold.

    Attributes
    ----------
    genes
        Names, in the order of all arrays.
    intervention
        Under which it stands.
    equilibrium
        The state, [genes].
    slopes
        ∂g_i/∂x_j there, [target, source].
    leading
        Eigenvalue of the ODE's Jacobian with the largest real part, which is below 0.
    residual
        max_i |x_i − g_i(x)|.
    share
        Of the states that were followed, those that rest here.
    """

    genes: tuple[str, ...]
    intervention: Intervention
    equilibrium: np.ndarray
    slopes: np.ndarray = field(repr=False)
    leading: complex
    residual: float
    share: float
    _law: _Law = field(repr=False)
    _starts: Tensor = field(repr=False)

    @property
    def recovery_time(self) -> float:
        """How long a small disturbance takes to fall to 1/e, −1/Re(leading), in time units."""
        return -1.0 / self.leading.real

    def assignments(self, x: ArrayLike) -> np.ndarray:
        """Right-hand sides g(x) at any states [..., genes]; at the equilibrium g(x) = x."""
        states = torch.as_tensor(np.asarray(x, dtype=np.float64))
        return self._law.assignments(self.intervention, states).numpy()

    def regulation(self, least: float = 1e-6) -> Network:
        """Who depends on whom *here*: edges with |∂g_i/∂x_j| above `least`.

        Dependence is local: a regulator far from its threshold may have no edge in this basin
        and one in another.
        """
        seen = np.abs(self.slopes) > least
        return Network.from_matrix(
            self.genes, self.slopes, candidates=seen, readout="equilibrium slope"
        )

    @property
    def graph(self) -> nx.DiGraph:
        """`regulation` as a networkx DiGraph: the graph of the SCM in this basin."""
        return self.regulation().to_networkx()

    def do(self, intervention: Intervention | str) -> EquilibriumScm:
        """The model under an intervention, on top of its own: the state that the ODE goes to.

        Followed from the equilibrium and from every cell of its basin; if these do not all
        come to rest at one point, it is refused.
        """
        return self.basins_under(intervention).only

    def basins_under(self, intervention: Intervention | str) -> EquilibriumScms:
        """As `do`, where the basin may fall apart."""
        together = self.intervention + as_intervention(intervention)
        starts = torch.cat([torch.as_tensor(self.equilibrium)[None], self._starts])
        return _solved(self._law, together, starts)

    def __repr__(self) -> str:
        levels = ", ".join(
            f"{gene} {level:.3g}"
            for gene, level in zip(self.genes[:6], self.equilibrium, strict=False)
        )
        more = f", … {len(self.genes) - 6:,} more" if len(self.genes) > 6 else ""
        time = f"{self.recovery_time:.3g} {self._law.time_unit}".rstrip()
        return (
            f"EquilibriumScm({self.intervention.name}: {levels}{more}; "
            f"recovers in {time}, {self.share:.0%} of states rest here)"
        )


@dataclass(frozen=True, eq=False)
class EquilibriumScms(Sequence[EquilibriumScm]):
    """One model a basin, that of most states first."""

    models: tuple[EquilibriumScm, ...]

    @property
    def only(self) -> EquilibriumScm:
        """The model where there is but one; else an error that says where the states part."""
        if len(self) == 1:
            return self.models[0]
        gap = np.ptp([model.equilibrium for model in self.models], axis=0)
        widest = [self.models[0].genes[k] for k in np.argsort(-gap, kind="stable")[:3] if gap[k]]
        shares = ", ".join(f"{model.share:.0%}" for model in self.models)
        raise NumericalError(
            f"one equilibrium for all states under {self.models[0].intervention.name!r}",
            f"{len(self)}, which {shares} of the states reach and which differ most in "
            f"{listing(widest)}",
            "take one model a basin: index the models (equilibrium_scm(…)[0]), or ask "
            "scm.basins_under(intervention) for all of them",
        )

    def do(self, intervention: Intervention | str) -> EquilibriumScms:
        """All basins under an intervention, from the states of all basins."""
        first = self.models[0]
        together = first.intervention + as_intervention(intervention)
        rest = torch.as_tensor(np.stack([model.equilibrium for model in self.models]))
        starts = torch.cat([rest, *(model._starts for model in self.models)])
        return _solved(first._law, together, starts)

    def table(self) -> pd.DataFrame:
        """A row a basin: ``share``, ``recovery_time``, ``residual``, then every gene's level."""
        import pandas as pd

        about = [(m.share, m.recovery_time, m.residual) for m in self.models]
        head = pd.DataFrame(about, columns=["share", "recovery_time", "residual"])
        levels = np.stack([model.equilibrium for model in self.models])
        table = pd.concat([head, pd.DataFrame(levels, columns=list(self.models[0].genes))], axis=1)
        return table.rename_axis("basin")

    @overload
    def __getitem__(self, index: int) -> EquilibriumScm: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[EquilibriumScm, ...]: ...
    def __getitem__(self, index: int | slice) -> EquilibriumScm | tuple[EquilibriumScm, ...]:
        return self.models[index]

    def __len__(self) -> int:
        return len(self.models)

    def __iter__(self) -> Iterator[EquilibriumScm]:
        return iter(self.models)


def equilibrium_scm(
    fitted: Fitted | VectorField,
    data: Cells | ArrayLike | None = None,
    *,
    intervention: Intervention | str = "control",
    cells: int = 200,
    patience: float = 300.0,
) -> EquilibriumScms:
    """The structural causal model at each stable equilibrium that cells come to rest at.

    >>> from hillflow.fields import make_field
    >>> import numpy as np
    >>> field = make_field("linear", ("A", "B"), seed=1)
    >>> scm = equilibrium_scm(field, np.ones((5, 2))).only
    >>> float(scm.do("A=clamp:2").equilibrium[0])
    2.0

    Parameters
    ----------
    fitted
        A model, a run of one model, or a field with a production/decay split and linear decay
        that does not depend on time.
    data
        Cells, or states [cells, genes], from which the flow is followed; a run has its own.
    intervention
        Under which to begin.
    cells
        At most so many states are followed, taken evenly from those given.
    patience
        How long to follow, in lifetimes of the longest-lived gene.

    Returns
    -------
    EquilibriumScms
        One a basin; ``.only`` where there is but one. States that do not come to rest (a limit
        cycle) are an error.
    """
    if isinstance(fitted, VectorField):
        own: VectorField = fitted
        as_fitted: Callable[[Intervention], Intervention] = _as_given
        unit = ""
    else:
        models = members_of(fitted)
        if len(models) > 1:
            raise InputError(
                "one model",
                f"an ensemble of {len(models)}",
                "ask each: [equilibrium_scm(member, data) for member in fit.members]",
            )
        own, as_fitted, unit = models[0].field, models[0].as_fitted, models[0].time_unit
    if cells < 1 or not patience > 0:
        raise InputError(
            "cells of at least 1 and a patience above 0",
            f"cells={cells}, patience={patience:g}", "leave them out",
        )  # fmt: skip
    _check_field(own)
    law = _Law(copy.deepcopy(own).cpu().double(), as_fitted, unit, patience)
    states = _states(fitted, data, own.genes)
    kept = np.unique(np.linspace(0, len(states) - 1, min(cells, len(states))).round().astype(int))
    return _solved(law, as_intervention(intervention), torch.as_tensor(states[kept]))


def _solved(law: _Law, intervention: Intervention, starts: Tensor) -> EquilibriumScms:
    """Follow, refuse what does not rest, and set up the assignments at every resting point."""
    acting = law.under(intervention)
    basins = follow_to_rest(acting, starts, patience=law.patience)
    if bool((basins.reached < 0).any()):
        raise unsettled_error(acting, basins, law.time_unit, law.patience)
    models = []
    for index, (state, leading) in enumerate(zip(basins.states, basins.leading, strict=True)):
        here = basins.reached == index
        models.append(
            EquilibriumScm(
                law.field.genes, intervention, state.numpy(),
                law.slopes(intervention, state).numpy(), complex(leading),
                float((law.assignments(intervention, state) - state).abs().max()),
                float(here.double().mean()), law, starts[here],
            )
        )  # fmt: skip
    return EquilibriumScms(tuple(models))


def _check_field(field: VectorField) -> None:
    if isinstance(field, IntervenedField):
        raise InputError(
            "a field on which nothing is done yet", field.name,
            "pass field.base, and intervention=… (or scm.do(…) afterwards)",
        )  # fmt: skip
    rate = field.decay_rate()
    if not field.has_split or rate is None or field.state_size != len(field.genes):
        raise UnsupportedError(
            "a field of first order with production and linear decay for an equilibrium SCM",
            f"the {field._title()} field, which has none",
            "fit a field that has one, for example 'hill', 'sparse' or 'linear'",
        )
    if not field.autonomous:
        raise UnsupportedError(
            "a field that does not depend on time for an equilibrium SCM",
            f"the {field._title()} field, which does",
            "fit it without time: a law that changes has no equilibrium",
        )
    still = [gene for gene, value in zip(field.genes, rate.tolist(), strict=True) if not value > 0]
    if still:
        raise NumericalError(
            "decay rates above 0, which an equilibrium needs",
            f"0 for {listing(still)}",
            "fit a field whose rates stay positive ('hill', or 'hill-dense' with "
            "multiplier='softplus')",
        )


def _states(
    fitted: Fitted | VectorField, data: Cells | ArrayLike | None, genes: tuple[str, ...]
) -> np.ndarray:
    """States to follow, [cells, genes], float64."""
    if not isinstance(fitted, VectorField) and (
        data is None or isinstance(data, Snapshots | Trajectories)
    ):
        return members_of(fitted)[0].denoise(cells_of(fitted, data).x).astype(np.float64)
    if isinstance(data, Snapshots | Trajectories):
        if data.genes != genes:
            raise InputError(
                f"the field's {len(genes):,} genes, in its order", f"{len(data.genes):,} genes",
                "call data.select_genes(field.genes)",
            )  # fmt: skip
        data = data.x
    states = np.asarray(data if data is not None else [], dtype=np.float64)
    if states.ndim != 2 or states.shape[1] != len(genes) or not len(states):
        raise InputError(
            f"states [cells, {len(genes)}] to follow the flow from", f"shape {states.shape}",
            "give observed cells, for example data=snapshots",
        )  # fmt: skip
    if not np.isfinite(states).all():
        raise InputError("finite states", "NaN or infinite entries", "remove those rows")
    return states


def _as_given(intervention: Intervention) -> Intervention:
    return intervention
