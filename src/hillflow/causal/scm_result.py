"""The stable states of a law, and what follows from them: the result of ``hillflow.scm``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hillflow.causal.show_scm import scm_blocks
from hillflow.errors import InputError
from hillflow.files import check_output_file
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.networks.network import Network
from hillflow.networks.paths import signed_paths
from hillflow.records import read_record, write_record
from hillflow.run_files import SCM
from hillflow.schemas import ScmRecord
from hillflow.show import Block, Shown

if TYPE_CHECKING:
    from typing import Self

    from hillflow.causal.rests import Outcome

LEAST = 1e-6  # size of a direct effect from which it is an edge
LEVELS = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StableState:
    """A stable state of the law without perturbation.

    Attributes
    ----------
    cells
        How many of the followed cells come to rest here.
    recovery_time
        Time in which a small disturbance falls to 1/e.
    period
        Period of the oscillation by which it does, if one is seen before it decays; else None.
    label
        Label of most measured cells next to it; None without labels, or without such cells.
    members
        How many of the compared members of the fit have a stable state here, this one included.
    in_support
        Whether it lies where cells were measured.
    levels
        [genes].
    direct, total
        Effects in standard deviations of the target, for one of the source, [target, source]:
        ∂g_i/∂x_j, and `total_effects` (NaN where the others leave the state).
    """

    cells: int
    recovery_time: float
    period: float | None
    label: str | None
    members: int
    in_support: bool
    levels: LEVELS = field(repr=False)
    direct: LEVELS = field(repr=False)
    total: LEVELS = field(repr=False)


@dataclass(frozen=True)
class Outcomes:
    """What one intervention does to one state.

    Attributes
    ----------
    intervention, state
        Its text, and the number of the state it begins at, from 1.
    outcome, to
        What becomes of it, and the number of the state to which the law goes once the intervention
        ends; None if that is no listed state. See `hillflow.causal.rests.Rest`.
    levels
        Where the law rests under the intervention; None if it does not.
    """

    intervention: str
    state: int
    outcome: Outcome
    to: int | None
    levels: tuple[float, ...] | None = field(repr=False)


@dataclass(frozen=True, eq=False)
class ScmResult(Shown):
    """The stable states of a law, the causal graph at each, and what moves it between them.

    States are numbered from 1, that of most cells first.

    Attributes
    ----------
    genes, time_unit
        Those of the fit.
    spread
        Standard deviation of each gene over the control cells, [genes]: the unit of effects.
    states
        The states.
    outcomes
        What each intervention does to each state.
    switching
        Rows of `switches`.
    followed, unsettled
        Cells that were followed, and those of them that do not come to rest.
    compared
        Members of the fit whose states were compared.
    held
        For how long the interventions of `switches` are held.
    asked
        The options, as plain JSON values.
    noted
        Findings, see `findings`.

    Examples
    --------
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 2, 4], seed=1)
    >>> result = hf.scm(hf.fit(cells, field="hill", effort=0.02), max_genes=0)
    >>> list(result.table.columns[:3])
    ['state', 'cells', 'share']
    """

    genes: tuple[str, ...]
    time_unit: str
    spread: LEVELS = field(repr=False)
    states: tuple[StableState, ...]
    outcomes: tuple[Outcomes, ...] = field(repr=False)
    switching: tuple[dict[str, Any], ...] = field(repr=False)
    followed: int
    unsettled: int
    compared: int
    held: float
    asked: Mapping[str, Any] = field(default_factory=dict, repr=False)
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be known to read the states."""
        return self.noted

    # Tables --------------------------------------------------------------------------------

    @property
    def table(self) -> pd.DataFrame:
        """One row per state: ``state, cells, share, label, members, in_support, …``.

        ``share`` is of the followed cells; ``recovery_time`` and ``period`` are in time units.
        """
        rows = [
            (number, state.cells, state.cells / self.followed, state.label, state.members,
             state.in_support, state.recovery_time, state.period)
            for number, state in enumerate(self.states, 1)
        ]  # fmt: skip
        names = ["state", "cells", "share", "label", "members", "in_support", "recovery_time",
                 "period"]  # fmt: skip
        table = pd.DataFrame(rows, columns=names)
        return table.astype({"period": float, "label": object})

    @property
    def levels(self) -> pd.DataFrame:
        """The level of each gene (rows) in each state (columns, by number)."""
        levels = np.stack([state.levels for state in self.states], axis=1)
        columns = pd.RangeIndex(1, len(self.states) + 1, name="state")
        return pd.DataFrame(levels, pd.Index(self.genes, name="gene"), columns)

    @property
    def effects(self) -> pd.DataFrame:
        """One row per state and pair of genes with an effect: ``state, source, target, …``.

        ``direct`` and ``total`` are in standard deviations of the target for one of the source,
        strongest total effects first. A self-edge has a direct effect alone.
        """
        tables = []
        names = np.array(self.genes, dtype=object)
        for number, state in enumerate(self.states, 1):
            total = np.where(np.eye(len(names), dtype=bool), np.nan, state.total)
            listed = (np.abs(state.direct) > LEAST) | (np.abs(np.nan_to_num(total)) > LEAST)
            target, source = np.nonzero(listed)
            table = pd.DataFrame(
                {"state": number, "source": names[source], "target": names[target],
                 "direct": state.direct[target, source], "total": total[target, source]}
            )  # fmt: skip
            order = np.argsort(-np.abs(table["total"].fillna(0.0)), kind="stable")
            tables.append(table.iloc[order])
        return pd.concat(tables, ignore_index=True)

    @property
    def interventions(self) -> pd.DataFrame:
        """One row per intervention and state: ``intervention, state, outcome, to, shift, …``.

        ``shift`` is the length of the change of all other genes, in standard deviations, and
        ``strongest`` the gene that changes most; empty where the law does not come to rest.
        """
        rows = []
        for one in self.outcomes:
            shift, strongest = np.nan, None
            if one.levels is not None:
                change = (np.array(one.levels) - self.states[one.state - 1].levels) / self.spread
                perturbed = Intervention.parse(one.intervention).perturbed
                change[[self.genes.index(gene) for gene in perturbed]] = 0.0
                change[np.abs(change) < LEAST] = 0.0  # rounding
                shift, at = float(np.linalg.norm(change)), int(np.abs(change).argmax())
                strongest = self.genes[at] if change[at] else None
            rows.append((one.intervention, one.state, one.outcome, one.to, shift, strongest))
        names = ["intervention", "state", "outcome", "to", "shift", "strongest"]
        return pd.DataFrame(rows, columns=names).astype({"to": "Int64", "strongest": object})

    @property
    def leading_elsewhere(self) -> pd.DataFrame:
        """The rows of `interventions` that switch the law and move other genes as well."""
        return self.interventions.query("outcome == 'switches' and shift > 0")

    @property
    def switches(self) -> pd.DataFrame:
        """One row per smallest set that moves the law: ``state, to, intervention, genes, …``.

        ``distance`` from the wanted state when the intervention ends, as in
        `minimal_interventions`.
        """
        names = ["state", "to", "intervention", "genes", "distance"]
        return pd.DataFrame(list(self.switching), columns=names)

    def network(self, state: int = 1) -> Network:
        """The causal graph at a state: direct effects, in standard deviations.

        It is local: a regulator far from its threshold may have no edge at one state and one at
        another.
        """
        direct = self._state(state).direct
        return Network.from_matrix(
            self.genes, direct, candidates=np.abs(direct) > LEAST, readout="equilibrium slope"
        )

    def paths(
        self, source: str, target: str, state: int = 1, *, max_length: int = 4, limit: int = 20
    ) -> pd.DataFrame:
        """The strongest paths from one gene to another in the causal graph at a state.

        Parameters
        ----------
        source, target
            Two different genes.
        state
            The number of the state.
        max_length, limit
            Largest number of edges of a path, and of paths.

        Returns
        -------
        pandas.DataFrame
            ``path``, its ``sign``, its ``effect`` (the product of its direct effects, Wright 1934),
            ``length``, and its ``weakest`` edge with that edge's ``strength``, by which paths are
            ordered. Where nothing feeds back, the effects of all paths sum to the total effect.
        """
        direct = self._state(state).direct
        place = {gene: k for k, gene in enumerate(self.genes)}
        rows = []
        for path in signed_paths(self.network(state), source, target, max_length, limit):
            steps = zip(path.genes[1:], path.genes[:-1], strict=True)
            effect = float(np.prod([direct[place[to], place[of]] for to, of in steps]))
            weakest = " to ".join(path.weakest)
            rows.append((str(path), path.sign, effect, len(path), weakest, path.strength))
        names = ["path", "sign", "effect", "length", "weakest", "strength"]
        return pd.DataFrame(rows, columns=names)

    def asked_paths(self) -> list[tuple[int, pd.DataFrame]]:
        """State and paths between the genes that were asked for; empty if none were."""
        source, target = self.asked.get("source"), self.asked.get("target")
        if source is None or target is None:
            return []
        numbers = range(1, len(self.states) + 1)
        return [(number, self.paths(source, target, number)) for number in numbers]

    def differing(self, most: int) -> pd.DataFrame:
        """`levels` of the genes that differ most between states, in standard deviations, first.

        Of one state, of the first genes; at most so many.
        """
        gap = np.ptp(self.levels.to_numpy(), axis=1) / self.spread
        return self.levels.iloc[np.argsort(-gap, kind="stable")[:most]]

    def _state(self, number: int) -> StableState:
        if not 1 <= number <= len(self.states):
            raise InputError(
                f"a state from 1 to {len(self.states)}", f"state={number}",
                "choose one of result.table",
            )  # fmt: skip
        return self.states[number - 1]

    # Display and files ---------------------------------------------------------------------

    def blocks(self) -> list[Block]:
        """The states, what differs between them, and what the interventions do."""
        return scm_blocks(self)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain JSON values."""
        return {
            "genes": list(self.genes), "time_unit": self.time_unit,
            "spread": self.spread.tolist(),
            "states": [_state_json(state) for state in self.states],
            "outcomes": [
                asdict(one) | {"levels": None if one.levels is None else list(one.levels)}
                for one in self.outcomes
            ],
            "switches": [dict(row) for row in self.switching],
            "followed": self.followed, "unsettled": self.unsettled, "compared": self.compared,
            "held": self.held, "asked": dict(self.asked),
            "findings": [finding.to_json() for finding in self.findings],
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read what `to_json` gives."""
        outcomes = (
            one | {"levels": None if one["levels"] is None else tuple(one["levels"])}
            for one in value["outcomes"]
        )
        return cls(
            tuple(value["genes"]), value["time_unit"], np.array(value["spread"], dtype=float),
            tuple(_state_of(one) for one in value["states"]),
            tuple(Outcomes(**one) for one in outcomes), tuple(value["switches"]),
            value["followed"], value["unsettled"], value["compared"], value["held"],
            value["asked"], tuple(Finding(**one) for one in value["findings"]),
        )  # fmt: skip

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write `to_json` to a .json file."""
        path = check_output_file(path, ".json", own=SCM)
        write_record(path, self.to_json(), ScmRecord)
        return path

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what `save` wrote."""
        fix = "write it again with `hillflow scm`"
        return cls.from_json(read_record(Path(path), ScmRecord, fix=fix))

    def __repr__(self) -> str:
        count = len(self.states)
        return f"ScmResult({count} stable state{'s' * (count > 1)} of {len(self.genes):,} genes)"


def _state_json(state: StableState) -> dict[str, Any]:
    matrices = {name: _rows(getattr(state, name)) for name in ("direct", "total")}
    plain = {name: getattr(state, name) for name in state.__dataclass_fields__}
    return plain | {"levels": state.levels.tolist()} | matrices


def _rows(matrix: LEVELS) -> list[list[float | None]]:
    return [[None if np.isnan(value) else float(value) for value in row] for row in matrix]


def _state_of(value: Mapping[str, Any]) -> StableState:
    arrays = {name: np.array(value[name], dtype=float) for name in ("levels", "direct", "total")}
    return StableState(**(dict(value) | arrays))


def rounded(values: LEVELS, digits: int = 6) -> LEVELS:
    """Values with so many digits, which a file holds exactly."""
    return np.array([float(f"{value:.{digits}g}") for value in values.flat]).reshape(values.shape)
