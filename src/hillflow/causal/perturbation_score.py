"""`perturbation_score`: whether a perturbation moves cells along their flow or against it.

The score resembles the perturbation score of CellOracle (Kamimoto et al. 2023), which multiplies a
simulated shift with a pseudotime gradient on a grid. Here both are in gene space and come from one
fitted law. Each control cell x is simulated over a span τ without (a) and with (b) the
perturbation,

    v = (a(τ) − x) / τ,    Δv = (b(τ) − a(τ)) / τ,    score = Σ_cells ⟨Δv, v⟩ / Σ_cells ‖v‖²,

in standard deviations, without the perturbed genes. Δv is the mean shift of the velocity over the
span; at its first instant a knockout changes only its own gene. A score of −1 means that the
perturbation cancels the flow, 0.2 that it adds a fifth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.effects import false_discovery_rate, interval
from hillflow.causal.knockout import read_interventions
from hillflow.causal.rewired import Rewired, regulators_of, shuffled
from hillflow.causal.rollouts import NUMBERS_AT_ONCE, TOGETHER
from hillflow.data import Cells
from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.model.at_rest import check_moving
from hillflow.model.fit import Fitted, members_of
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.show import Block, Shown, Table
from hillflow.solve import integrate

if TYPE_CHECKING:
    from rich.progress import Progress

CONTROL = Intervention.control()
MAX_ROWS = 15  # perturbations that are shown


@dataclass(frozen=True, eq=False)
class PerturbationScores(Shown):
    """The scores of `perturbation_score`.

    Attributes
    ----------
    table
        One row per perturbation: ``perturbation, score, low, high, p, fdr``. ``low`` and ``high``
        are the 95 % interval over the members; p is the share of random networks whose score is at
        least as large in size, (1 + n) / (1 + networks); fdr is p adjusted over the perturbations.
    span
        τ, in time units.
    members, networks
        Numbers of members and of random networks.
    """

    table: pd.DataFrame = field(repr=False)
    span: float
    members: int
    networks: int

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Notes about intervals and p values that are missing."""
        findings = []
        if self.members == 1:
            text = "low and high are empty, since the fit has one member"
            findings.append(Finding("score.one-member", text, "note"))
        if not self.networks:
            text = "p and fdr are empty, since no random networks were requested (networks=100)"
            findings.append(Finding("score.no-null", text, "note"))
        elif self.networks < 19:
            text = (
                f"p cannot fall below {1 / (1 + self.networks):.2g} with {self.networks} networks"
            )
            findings.append(Finding("score.few-networks", text, "note"))
        return tuple(findings)

    def blocks(self) -> list[Block]:
        """The scores as a table."""
        shown = self.table.head(MAX_ROWS)
        more = len(self) - len(shown)
        title = f"Perturbation scores over a span of {self.span:g}"
        caption = "below 0: against the flow" + (f"; and {more:,} more" if more > 0 else "")
        return [Table(list(shown.columns), shown.to_numpy(object).tolist(), title, caption)]

    def __len__(self) -> int:
        return len(self.table)


def perturbation_score(
    fitted: Fitted,
    interventions: Iterable[Intervention | str],
    data: Cells,
    *,
    span: float | None = None,
    cells: int = 100,
    networks: int = 100,
    kind: str = "knockout",
    steps: int = 10,
    seed: int = 0,
    progress: Progress | ProgressCallback | None = None,
) -> PerturbationScores:
    """Score each perturbation along the fitted flow, and compare it with random networks.

    Parameters
    ----------
    fitted, interventions, data, kind, steps, progress
        As in `knockout`.
    span
        τ; by default the shortest interval between two times of the control.
    cells
        Number of control cells of all times, drawn with `seed`.
    networks
        Number of random networks, in which regulators are permuted (see `rewired`) and the shift is
        computed again, with the flow of the fitted law. 0: no p values.
    seed
        Seed of the cells and of the permutations.

    Returns
    -------
    PerturbationScores
        ``.table`` has one row per perturbation. Cost: (1 + networks) × (1 + interventions) × cells
        simulations over τ, for each member.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import perturbation_score
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> scores = perturbation_score(run.fit, ["A", "B"], run.data, networks=0)
    >>> scores.table["perturbation"].tolist()
    ['A=knockout', 'B=knockout']
    """
    members = members_of(fitted)
    check_moving(members[0], "a score along the flow")
    controls = ControlCells.of(fitted, data, seed=seed)
    requested = read_interventions(interventions, controls.data.genes, kind, None)
    if networks < 0 or cells < 1:
        raise InputError(
            "at least one cell, and 0 or more networks",
            f"cells={cells}, networks={networks}", "write cells=100, networks=100",
        )  # fmt: skip
    control = controls.measured
    length = float(np.diff(control.times).min()) if span is None else span
    if not length > 0:
        raise InputError("a span above 0", f"{length}", "give it in the unit of the times")
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(len(control), min(cells, len(control)), replace=False))
    x, time = control.x[rows], control.time[rows]
    orders = _orders(members, networks, random)
    tell = progress_callback(progress)
    simulations = [
        _Simulation(member, controls, requested, x, time, length, steps) for member in members
    ]
    by_network = []
    for count, order in enumerate([None, *orders]):
        by_network.append([simulation.scores(order) for simulation in simulations])
        tell("networks", count, networks)
    scores = np.array(by_network)  # [1 + networks, members, interventions]
    low, high = interval(scores[0])
    mean = scores.mean(axis=1)
    as_large = (np.abs(mean[1:]) >= np.abs(mean[0]) * (1 - 1e-9)).sum(axis=0)
    p = (1 + as_large) / (1 + networks) if networks else np.full(len(requested), np.nan)
    table = pd.DataFrame(
        {"perturbation": [intervention.name for intervention in requested], "score": mean[0],
         "low": low, "high": high, "p": p, "fdr": false_discovery_rate(p)}
    )  # fmt: skip
    return PerturbationScores(table, length, len(members), networks)


def _orders(
    members: Sequence[Member], networks: int, random: np.random.Generator
) -> list[np.ndarray]:
    """A permutation of the regulators for each random network."""
    genes = len(members[0].genes)
    regulators = np.unique(np.concatenate([regulators_of(member.field) for member in members]))
    return [shuffled(regulators, genes, random) for _ in range(networks)]


class _Simulation:
    """One member, the cells that it simulates, and their flow without perturbation."""

    def __init__(
        self, member: Member, controls: ControlCells, interventions: Sequence[Intervention],
        x: np.ndarray, time: np.ndarray, span: float, steps: int,
    ) -> None:  # fmt: skip
        self.field, self.span, self.steps = member.field, span, steps
        self.acting = [member.as_fitted(intervention) for intervention in interventions]
        self.spread = controls.spread
        self.centre = controls.measured.x.mean(axis=0, dtype=np.float64)
        like = member.field._like()
        self.x = torch.as_tensor(member.denoise(x), dtype=member.field.dtype, device=like.device)
        self.time = torch.as_tensor(time, dtype=member.field.dtype, device=like.device)
        self.others = np.ones((len(interventions), len(member.genes)))
        for row, intervention in enumerate(interventions):
            self.others[row, controls.columns(intervention)] = 0.0
        (end,) = self._ends(self.field, [CONTROL])
        self.flow = (end - self.x.numpy(force=True)) / self.spread

    def scores(self, order: np.ndarray | None) -> np.ndarray:
        """The score of every intervention, in the fitted network or with regulators permuted."""
        field = self.field
        if order is not None:
            field = Rewired(field, order, self.centre, self.spread)
        (control,) = self._ends(field, [CONTROL])
        scores = []
        for first in range(0, len(self.acting), TOGETHER):
            block = self.acting[first : first + TOGETHER]
            shift = (self._ends(field, block) - control) / self.spread
            others = self.others[first : first + len(block)]
            along = np.einsum("icg,cg,ig->i", shift, self.flow, others)
            size = np.einsum("cg,ig->i", self.flow**2, others)
            scores.append(along / np.where(size > 0, size, 1.0))
        return np.concatenate(scores)

    def _ends(self, field: VectorField, block: Sequence[Intervention]) -> np.ndarray:
        """The state of every cell after the span, [interventions, cells, genes]."""
        acting = field.do_each(block)
        size = max(1, NUMBERS_AT_ONCE // (len(block) * len(field.genes)))
        parts = []
        for x, time in zip(self.x.split(size), self.time.split(size), strict=True):
            stack = x.expand(len(block), -1, -1)
            start = time.expand(len(block), -1)
            with torch.no_grad():
                end = integrate(acting, stack, self.span, t0=start, steps=self.steps)
            parts.append(end.numpy(force=True))
        return np.concatenate(parts, axis=1)
