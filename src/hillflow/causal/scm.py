"""The structural causal model (SCM) at equilibrium (Mooij, Janzing & Schölkopf 2013, section 3).

At rest, f_i(x) = 0 can be solved for the level of gene i. With linear decay

    x_i := g_i(x) = production_i(x) / γ_i,

one structural assignment per gene. Its parents are the regulators in production, so autoregulation
is a self-loop and decay is not. do(x_i = ξ) replaces the assignment of gene i by ξ. This is the
limit κ → ∞ of adding κ (ξ − x_i) to ẋ_i. Other interventions change g_i as they change production
and decay.

The SCM describes the ODE only if the ODE comes to rest under every intervention considered, and at
one point. Both are checked by following the flow from the cells. If cells rest at several points,
there is one SCM for each basin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import pi
from typing import TYPE_CHECKING, overload

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from hillflow.causal.basins import follow_to_rest, unsettled_error
from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.equilibrium_dynamics import Dynamics
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.errors import InputError, NumericalError, listing
from hillflow.fields import VectorField
from hillflow.fields.base import as_intervention
from hillflow.findings import Finding, unique_findings
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network
from hillflow.show import Block, Facts, Shown, Table

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

MAX_ROWS, MAX_GENES = 20, 6  # genes shown of one SCM, and of a table of several


@dataclass(frozen=True, eq=False)
class EquilibriumScm(Shown):
    """The structural causal model of one stable equilibrium: x_i := production_i(x) / γ_i.

    Attributes
    ----------
    genes
        Names, in the order of all arrays.
    intervention
        The intervention under which the SCM holds.
    equilibrium
        The state that satisfies all assignments, [genes].
    slopes
        ∂g_i/∂x_j at the equilibrium, [target, source].
    leading
        Eigenvalue of the ODE's Jacobian with the largest real part, which is below 0.
    residual
        max_i |x_i − g_i(x)|.
    share
        Share of the followed states that come to rest here.
    rows
        Which of the followed states these are, [states]: row numbers.
    dynamics
        The ODE behind the SCM.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.causal import equilibrium_scm
    >>> from hillflow.fields import make_field
    >>> scm = equilibrium_scm(make_field("linear", ("A", "B"), seed=1), np.ones((5, 2))).only
    >>> scm.share, bool(np.allclose(scm.assignments(scm.equilibrium), scm.equilibrium))
    (1.0, True)
    """

    genes: tuple[str, ...]
    intervention: Intervention
    equilibrium: np.ndarray
    slopes: np.ndarray = field(repr=False)
    leading: complex
    residual: float
    share: float
    rows: np.ndarray = field(repr=False)
    dynamics: Dynamics = field(repr=False)
    _starts: Tensor = field(repr=False)

    @property
    def recovery_time(self) -> float:
        """Time in which a small disturbance falls to 1/e, −1/Re(leading), in time units."""
        return -1.0 / self.leading.real

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A note if small disturbances oscillate before they decay."""
        if abs(self.leading.imag) <= abs(self.leading.real):
            return ()
        period = self._time(2 * pi / abs(self.leading.imag))
        text = (
            f"under {self.intervention.name} disturbances oscillate with a period of about "
            f"{period} before they decay"
        )
        return (Finding("scm.damped-oscillation", text, "note"),)

    def blocks(self) -> list[Block]:
        """The equilibrium, its stability, and the regulators of each gene."""
        rows = [
            (gene, float(level), _regulators(self.genes, slopes))
            for gene, level, slopes in zip(self.genes, self.equilibrium, self.slopes, strict=True)
        ]
        more = len(rows) - MAX_ROWS
        facts = Facts(
            [("SCM under", self.intervention.name), ("Recovers in", self._time(self.recovery_time)),
             ("Reached by", f"{self.share:.0%} of the states")]
        )  # fmt: skip
        caption = f"and {more:,} more genes" if more > 0 else ""
        return [facts, Table(["gene", "level", "regulators"], rows[:MAX_ROWS], caption=caption)]

    def assignments(self, x: ArrayLike) -> np.ndarray:
        """Right-hand sides g(x) at any states [..., genes]; at the equilibrium g(x) = x."""
        states = torch.as_tensor(np.asarray(x, dtype=np.float64))
        return self.dynamics.assignments(self.intervention, states).numpy()

    def regulation(self, least: float = 1e-6) -> Network:
        """The network at the equilibrium: edges with |∂g_i/∂x_j| above `least`.

        The network is local: a regulator far from its threshold may have no edge in this basin and
        one in another.
        """
        return Network.from_matrix(
            self.genes, self.slopes, candidates=np.abs(self.slopes) > least,
            readout="equilibrium slope",
        )  # fmt: skip

    @property
    def graph(self) -> nx.DiGraph:
        """`regulation` as a networkx DiGraph: the graph of the SCM in this basin."""
        return self.regulation().to_networkx()

    def do(self, intervention: Intervention | str) -> EquilibriumScm:
        """The SCM under an intervention, in addition to the present one.

        The ODE is followed from the equilibrium and from every cell of its basin. If these do not
        all come to rest at one point, an error says so; see `basins_under`.
        """
        return self.basins_under(intervention).only

    def basins_under(self, intervention: Intervention | str) -> EquilibriumScms:
        """The SCMs under an intervention, for all equilibria that cells of this basin reach."""
        combined = self.intervention + as_intervention(intervention)
        starts = torch.cat([torch.as_tensor(self.equilibrium)[None], self._starts])
        return _solved(self.dynamics, combined, starts)

    def _time(self, value: float) -> str:
        return f"{value:.3g} {self.dynamics.time_unit}".rstrip()

    def __repr__(self) -> str:
        levels = ", ".join(
            f"{gene} {level:.3g}"
            for gene, level in zip(self.genes[:6], self.equilibrium, strict=False)
        )
        more = f", … {len(self.genes) - 6:,} more" if len(self.genes) > 6 else ""
        return (
            f"EquilibriumScm({self.intervention.name}: {levels}{more}; "
            f"recovers in {self._time(self.recovery_time)}, {self.share:.0%} of states rest here)"
        )


@dataclass(frozen=True, eq=False)
class EquilibriumScms(Sequence[EquilibriumScm], Shown):
    """The SCMs of all stable equilibria, one per basin, that of most states first.

    Attributes
    ----------
    scms
        One or more, under the same intervention.
    unsettled
        Why some states do not come to rest; None if all do.
    """

    scms: tuple[EquilibriumScm, ...]
    unsettled: str | None = None

    @property
    def only(self) -> EquilibriumScm:
        """The SCM if there is one; else an error that says how the equilibria differ."""
        if len(self) == 1:
            return self.scms[0]
        shares = ", ".join(f"{scm.share:.0%}" for scm in self.scms)
        raise NumericalError(
            f"one equilibrium for all states under {self.scms[0].intervention.name!r}",
            f"{len(self)}, which {shares} of the states reach and which differ most in "
            f"{listing(self._differing()[:3])}",
            "choose the SCM of one basin (equilibrium_scm(…)[0]), or call "
            "scm.basins_under(intervention) for all basins",
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """States without rest, whether there are several equilibria, and the notes of each SCM."""
        findings = [finding for scm in self.scms for finding in scm.findings]
        if self.unsettled is not None:
            findings.append(Finding("scm.unsettled", f"left out: {self.unsettled}"))
        if len(self) > 1:
            text = (
                f"cells come to rest at {len(self)} equilibria under "
                f"{self.scms[0].intervention.name}: each has its own SCM"
            )
            findings.append(Finding("scm.several-equilibria", text, "note"))
        return unique_findings(findings)

    def blocks(self) -> list[Block]:
        """A table of the equilibria, with the genes that differ most between them."""
        if len(self) == 1:
            return self.scms[0].blocks()
        genes = self._differing()[:MAX_GENES]
        shown = self.table()[["share", "recovery_time", *genes]].reset_index()
        rows = shown.to_numpy(object).tolist()
        name = self.scms[0].intervention.name
        return [Table(list(shown.columns), rows, f"Equilibria under {name}",
                      "genes whose levels differ most")]  # fmt: skip

    def do(self, intervention: Intervention | str) -> EquilibriumScms:
        """The SCMs under an intervention, from the states of all basins."""
        first = self.scms[0]
        combined = first.intervention + as_intervention(intervention)
        rest = torch.as_tensor(np.stack([scm.equilibrium for scm in self.scms]))
        starts = torch.cat([rest, *(scm._starts for scm in self.scms)])
        return _solved(first.dynamics, combined, starts)

    def table(self) -> pd.DataFrame:
        """One row per basin: ``share``, ``recovery_time``, ``residual``, and each gene's level."""
        import pandas as pd

        about = [(scm.share, scm.recovery_time, scm.residual) for scm in self.scms]
        head = pd.DataFrame(about, columns=["share", "recovery_time", "residual"])
        levels = np.stack([scm.equilibrium for scm in self.scms])
        table = pd.concat([head, pd.DataFrame(levels, columns=list(self.scms[0].genes))], axis=1)
        return table.rename_axis("basin")

    def _differing(self) -> list[str]:
        """Genes whose level differs between equilibria, largest difference first."""
        gap = np.ptp([scm.equilibrium for scm in self.scms], axis=0)
        return [self.scms[0].genes[k] for k in np.argsort(-gap, kind="stable") if gap[k]]

    @overload
    def __getitem__(self, index: int) -> EquilibriumScm: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[EquilibriumScm, ...]: ...
    def __getitem__(self, index: int | slice) -> EquilibriumScm | tuple[EquilibriumScm, ...]:
        return self.scms[index]

    def __len__(self) -> int:
        return len(self.scms)

    def __iter__(self) -> Iterator[EquilibriumScm]:
        return iter(self.scms)


def equilibrium_scm(
    fitted: Fitted | VectorField,
    data: Cells | ArrayLike,
    *,
    intervention: Intervention | str = "control",
    cells: int = 200,
    patience: float = 300.0,
    partial: bool = False,
) -> EquilibriumScms:
    """Build the structural causal model at each stable equilibrium that cells reach.

    Parameters
    ----------
    fitted
        A member, a fit of one member, or a field. The field needs a production/decay split with
        linear decay, and must not depend on time.
    data
        Cells, or states [cells, genes], from which the flow is followed.
    intervention
        The intervention under which the SCM is built.
    cells
        Maximal number of states to follow, evenly spaced among those given.
    patience
        Longest time to follow, in lifetimes of the longest-lived gene.
    partial
        Leave out states that do not come to rest (a limit cycle), with a finding, if others do.

    Returns
    -------
    EquilibriumScms
        One SCM per basin; ``.only`` is the SCM if there is one basin. States that do not come to
        rest are an error, unless `partial`. Cost: an adaptive solve over at most `patience`
        lifetimes, see `follow_to_rest`.

    Examples
    --------
    >>> import numpy as np
    >>> from hillflow.causal import equilibrium_scm
    >>> from hillflow.fields import make_field
    >>> scm = equilibrium_scm(make_field("linear", ("A", "B"), seed=1), np.ones((5, 2))).only
    >>> float(scm.do("A=clamp:2").equilibrium[0])
    2.0
    """
    if isinstance(fitted, VectorField):
        own: VectorField = fitted
        as_fitted: Callable[[Intervention], Intervention] = _as_given
        unit = ""
    else:
        members = members_of(fitted)
        if len(members) > 1:
            raise InputError(
                "a fit of one member",
                f"one of {len(members)}",
                "build one for each: [equilibrium_scm(member, data) for member in fit.members]",
            )
        own, as_fitted, unit = members[0].field, members[0].as_fitted, members[0].time_unit
    if cells < 1 or not patience > 0:
        raise InputError(
            "cells of at least 1 and a patience above 0",
            f"cells={cells}, patience={patience:g}", "use the defaults",
        )  # fmt: skip
    dynamics = Dynamics.of(own, as_fitted, unit, patience)
    states = _states(fitted, data, own.genes)
    even = np.unique(np.linspace(0, len(states) - 1, min(cells, len(states))).round().astype(int))
    starts = torch.as_tensor(states[even])
    return _solved(dynamics, as_intervention(intervention), starts, partial)


def _regulators(genes: Sequence[str], slopes: np.ndarray, most: int = 4) -> str:
    """The regulators of a gene with the sign of their slope, the steepest first: ``+A, −B``."""
    strongest = np.argsort(-np.abs(slopes), kind="stable")[:most]
    return ", ".join(f"{'+' if slopes[k] > 0 else '−'}{genes[k]}" for k in strongest if slopes[k])


def _solved(
    dynamics: Dynamics, intervention: Intervention, starts: Tensor, partial: bool = False
) -> EquilibriumScms:
    """The SCM of each equilibrium that the starts reach; an error if some do not come to rest."""
    acting = dynamics.under(intervention)
    basins = follow_to_rest(acting, starts, patience=dynamics.patience)
    unsettled = None
    if bool((basins.reached < 0).any()):
        error = unsettled_error(acting, basins, dynamics.time_unit, dynamics.patience)
        if not partial or not len(basins.states):
            raise error
        unsettled = error.found
    scms = []
    for index, (state, leading) in enumerate(zip(basins.states, basins.leading, strict=True)):
        here = basins.reached == index
        scms.append(
            EquilibriumScm(
                dynamics.field.genes, intervention, state.numpy(),
                dynamics.slopes(intervention, state).numpy(), complex(leading),
                float((dynamics.assignments(intervention, state) - state).abs().max()),
                float(here.double().mean()), here.nonzero().squeeze(-1).numpy(), dynamics,
                starts[here],
            )
        )  # fmt: skip
    return EquilibriumScms(tuple(scms), unsettled)


def _states(
    fitted: Fitted | VectorField, data: Cells | ArrayLike, genes: tuple[str, ...]
) -> np.ndarray:
    """States to follow, [cells, genes], float64."""
    if not isinstance(fitted, VectorField) and isinstance(data, Snapshots | Trajectories):
        return members_of(fitted)[0].denoise(checked_cells(fitted, data).x).astype(np.float64)
    if isinstance(data, Snapshots | Trajectories):
        if data.genes != genes:
            raise InputError(
                f"the field's {len(genes):,} genes in order", f"{len(data.genes):,} genes",
                "call data.select_genes(field.genes)",
            )  # fmt: skip
        data = data.x
    states = np.asarray(data, dtype=np.float64)
    if states.ndim != 2 or states.shape[1] != len(genes) or not len(states):
        raise InputError(
            f"states [cells, {len(genes)}] to follow the flow from", f"shape {states.shape}",
            "pass observed cells, such as run.data",
        )  # fmt: skip
    if not np.isfinite(states).all():
        raise InputError("finite states", "NaN or infinite entries", "remove those rows")
    return states


def _as_given(intervention: Intervention) -> Intervention:
    return intervention
