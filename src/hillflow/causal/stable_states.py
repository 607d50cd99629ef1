"""`stable_states`: the stable states of a fitted law, and what moves it between them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.control_cells import spread_of
from hillflow.causal.fate import FateMap
from hillflow.causal.rests import Levels, rests
from hillflow.causal.rollouts import coordinates
from hillflow.causal.scm import EquilibriumScm, EquilibriumScms, equilibrium_scm
from hillflow.causal.scm_result import Outcomes, ScmResult, StableState, rounded
from hillflow.causal.support import Support
from hillflow.causal.switches import switches
from hillflow.causal.total_effects import total_effects
from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError, NumericalError, UnsupportedError
from hillflow.findings import Finding, unique_findings
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of

CONTROL = Intervention.control()
MOST_GENES = 200  # Newton steps and eigenvalues of total effects are O(genes³) and O(genes⁴)
MOST_STATES = 6  # described, those of most cells
SAME = 0.5  # root mean square difference, in standard deviations, up to which states are the same
HELD = 5.0  # times the longest recovery time: how long interventions that switch are held
FEWEST = 3  # measured cells from which the support is known


def stable_states(
    fitted: Fitted,
    data: Cells,
    interventions: Sequence[Intervention | str] = (),
    *,
    cells: int = 200,
    max_genes: int = 2,
    members: int = 5,
) -> ScmResult:
    """Find where control cells come to rest, the causal graph there, and what moves them on.

    The stable states are those of the first member's path without noise, see `equilibrium_scm`.
    They are compared with the states of the other members: one is the same if it differs by at
    most `SAME` standard deviations in the root mean square over genes.

    Parameters
    ----------
    fitted
        A fit, or one of its members, of at most `MOST_GENES` genes.
    data
        The cells, of which control cells are followed; all, if none is a control.
    interventions
        What is done to each state, see `hillflow.causal.rests.rests`.
    cells
        Maximal number of control cells to follow, evenly spaced.
    max_genes
        Number of genes in the largest set that is tried to move the law from one state to another
        (see `hillflow.causal.switches.switches`); 0 for no search.
    members
        Maximal number of members whose states are compared.

    Returns
    -------
    ScmResult
        Cost: for each member `equilibrium_scm`; for each state `total_effects`; for each
        intervention a solve of as many paths as there are states; and `switches`.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import stable_states
    >>> cells = hf.simulate("toggle", cells=30, times=[0, 2, 4], seed=1)
    >>> run = hf.fit(cells, field="hill", effort=0.02)
    >>> result = stable_states(run.fit, run.data, ["A=ko"], max_genes=0)
    >>> sorted(result.levels.index)
    ['A', 'B']
    """
    all_members, cells_of = members_of(fitted), checked_cells(fitted, data)
    first, size = all_members[0], len(all_members[0].genes)
    if size > MOST_GENES:
        raise UnsupportedError(
            f"a panel of at most {MOST_GENES} genes, since stable states cost O(genes³) a step",
            f"{size:,} genes", "fit fewer, such as the regulators and their main targets",
        )  # fmt: skip
    if cells < 1 or members < 1 or max_genes < 0:
        raise InputError(
            "cells=… and members=… of at least 1 and max_genes=… of at least 0",
            f"{cells}, {members} and {max_genes}", "use the defaults",
        )  # fmt: skip
    done = [_read(one).check(first.genes) for one in interventions]
    control = _control(cells_of)
    rows = np.unique(np.linspace(0, len(control) - 1, min(cells, len(control))).round().astype(int))
    scms = _states(first, control[rows])
    spread, compared = spread_of(control), all_members[:members]
    kept = scms.scms[:MOST_STATES]
    shared = _shared(kept, [_others(one, control[rows]) for one in compared[1:]], spread)
    levels = np.stack([scm.equilibrium for scm in kept])
    states = _described(first, cells_of, kept, shared, spread)
    held = HELD * max(scm.recovery_time for scm in kept)
    dynamics = kept[0].dynamics
    moved = rests(dynamics, levels, done)
    outcomes = tuple(
        Outcomes(one.intervention.name, one.start + 1, one.outcome, _number(one.to),
                 None if one.levels is None else tuple(one.levels.tolist()))
        for one in moved
    )  # fmt: skip
    found = switches(first, dynamics, levels, cells_of, held, max_genes) if max_genes else []
    switching = tuple(
        {"state": one.start + 1, "to": one.to + 1, "intervention": one.intervention.name,
         "genes": len(one.intervention), "distance": one.distance}
        for one in found
    )  # fmt: skip
    settled = sum(len(scm.rows) for scm in scms)
    unit = "" if first.at_rest else first.time_unit  # a screen at rest tells no rate
    result = ScmResult(
        first.genes, unit, spread, states, outcomes, switching, len(rows),
        len(rows) - settled, len(compared), held,
    )  # fmt: skip
    proteins = first.heads.protein is not None
    return _noted(result, scms, len(all_members), max_genes, proteins)


def _read(given: Intervention | str) -> Intervention:
    return given if isinstance(given, Intervention) else Intervention.parse(given)


def _number(index: int | None) -> int | None:
    return None if index is None else index + 1


def _control(cells: Cells) -> Levels:
    """Measured control cells, [cells, genes]; all cells if none is one."""
    if isinstance(cells, Snapshots):
        rows = cells.rows(condition=CONTROL) if CONTROL in cells.conditions else ...
    else:
        rows = np.array([one.is_control for one in cells.conditions])[cells.series]
        rows = rows if rows.any() else ...
    return np.asarray(cells.x[rows], dtype=np.float64)


def _states(member: Member, x: Levels) -> EquilibriumScms:
    """The SCMs of a member; an error where no cell comes to rest."""
    try:
        return equilibrium_scm(member, member.denoise(x), cells=len(x), partial=True)
    except NumericalError as error:
        raise NumericalError(
            "a law under which some cells come to rest", error.found,
            "fit a field that is bounded, such as the default ('logic') or 'hill', or with more "
            "effort; an oscillator has no stable state",
        ) from error  # fmt: skip


def _others(member: Member, x: Levels) -> list[Levels]:
    """The stable states of another member; none if it has none."""
    try:
        scms = equilibrium_scm(member, member.denoise(x), cells=len(x), partial=True)
    except NumericalError:
        return []
    return [scm.equilibrium for scm in scms]


def _shared(
    scms: Sequence[EquilibriumScm], others: Sequence[Sequence[Levels]], spread: Levels
) -> list[int]:
    """How many members have each state, the first included."""

    def near(state: Levels, of_member: Sequence[Levels]) -> bool:
        gaps = (np.sqrt((((one - state) / spread) ** 2).mean()) for one in of_member)
        return any(gap <= SAME for gap in gaps)

    return [1 + sum(near(scm.equilibrium, one) for one in others) for scm in scms]


def _described(
    member: Member, cells: Cells, scms: Sequence[EquilibriumScm], shared: Sequence[int],
    spread: Levels,
) -> tuple[StableState, ...]:  # fmt: skip
    points = coordinates(member, member.denoise(cells.x))
    at = coordinates(member, np.stack([scm.equilibrium for scm in scms]))
    labels: list[str | None] = [None] * len(scms)
    if isinstance(cells, Snapshots) and cells.labels is not None:
        fates = FateMap.of(points, cells.labels)
        labels = [fates.labels[int(vote.argmax())] for vote in fates.votes(at)]
    inside = Support.of(points).holds(at) if len(points) >= FEWEST else np.zeros(len(at), bool)
    scale = spread[None, :] / spread[:, None]
    states = []
    for scm, label, members, supported in zip(scms, labels, shared, inside, strict=True):
        rates = scm.dynamics.field.decay_rate()
        assert rates is not None
        total = total_effects(scm.slopes, rates.detach().numpy())
        states.append(
            StableState(
                len(scm.rows), scm.recovery_time, _period(scm.leading),
                label if supported else None, members, bool(supported), scm.equilibrium,
                rounded(scm.slopes * scale), rounded(total * scale),
            )
        )  # fmt: skip
    return tuple(states)


def _period(leading: complex) -> float | None:
    """Period of the oscillation that is seen while a disturbance decays."""
    oscillates = abs(leading.imag) > abs(leading.real)
    return 2 * math.pi / abs(leading.imag) if oscillates else None


def _noted(
    result: ScmResult, scms: EquilibriumScms, members: int, max_genes: int, proteins: bool
) -> ScmResult:
    """The result with what must be said of it."""
    findings = [one for one in scms.findings if one.code != "scm.several-equilibria"]
    states, count = result.table, len(result.states)
    outside = ", ".join(map(str, states.loc[~states["in_support"], "state"]))
    if outside:
        text = f"no cell was measured near state {outside}: the law extrapolates"
        findings.append(Finding("scm.outside-support", text))
    fewer = states[states["members"] < result.compared].itertuples()
    differing = ", ".join(f"state {row.state} in {row.members}" for row in fewer)
    if differing:
        text = f"of {result.compared} members, {differing}: the others rest elsewhere"
        findings.append(Finding("scm.members-differ", text))
    if result.compared == 1:
        text = "the states are those of one member: nothing says whether another fit has them"
        text += " (raise members=…)" if members > 1 else ""
        findings.append(Finding("scm.one-member", text, "note"))
    if len(scms) > count:
        text = f"cells reach {len(scms)} stable states; the {count} of most cells are described"
        findings.append(Finding("scm.more-states", text, "note"))
    if np.isnan([state.total for state in result.states]).any():
        text = "some total effects are empty: with that gene held, the others leave the state"
        findings.append(Finding("scm.no-total-effect", text, "note"))
    pairs = count * (count - 1)
    missing = pairs - len(result.switches[["state", "to"]].drop_duplicates())
    if max_genes and missing:
        text = (
            f"for {missing} of {pairs} ways from one state to another, no set of up to "
            f"{max_genes} gene{'s' * (max_genes > 1)} was found that leads there"
        )
        findings.append(Finding("scm.no-switch", text, "note"))
    if proteins:
        text = (
            "proteins are taken to be at rest with their mRNA: their delay moves no state, but can "
            "change which cells reach it and whether it is stable"
        )
        findings.append(Finding("scm.proteins", text, "note"))
    text = (
        "stable states are those of the path without noise: cells spread around them, and noise "
        "can take a cell from one to another"
    )
    findings.append(Finding("scm.without-noise", text, "note"))
    return replace(result, noted=unique_findings(findings))
