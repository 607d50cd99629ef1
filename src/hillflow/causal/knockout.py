"""`knockout`: the predicted effect of perturbations, from control cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.interaction import with_singles
from hillflow.causal.knockout_result import KnockoutResult
from hillflow.causal.shifts import all_shifts
from hillflow.data import Cells
from hillflow.errors import InterventionError, listing
from hillflow.fields.logic import LogicField
from hillflow.findings import warn
from hillflow.interventions import CUTS, Action, Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.tasks import SERIAL, Workers

if TYPE_CHECKING:
    from rich.progress import Progress

REDUCING = ("knockout", "knockdown", "degradation", *CUTS)


def knockout(
    fitted: Fitted,
    interventions: Iterable[Intervention | str],
    data: Cells,
    times: Sequence[float] | None = None,
    *,
    start: float | None = None,
    cells: int | None = None,
    kind: str = "knockout",
    value: float | None = None,
    graph: Network | None = None,
    steps: int = 10,
    seed: int = 0,
    progress: Progress | ProgressCallback | None = None,
    workers: Workers = SERIAL,
) -> KnockoutResult:
    """Predict the effect of each perturbation from control cells.

    With a(t) and b(t) the simulations of the same control cells without and with the
    intervention, the predicted mean of the population is

        E x(t | do) = E x(t | control, measured) + E[b(t) − a(t)],

    with clamped genes at their level. Errors that the fit makes on the control cancel. Of
    combinations, each action alone is predicted too, so that the sum of their effects stands
    beside that of all together. The shift of the means needs no optimal plan, so many
    interventions are solved in one batch. `KnockoutResult.predicted` gives whole populations, cell
    by cell, at the cost of one plan per population (see `hillflow.model.predict`).

    Parameters
    ----------
    fitted
        A fit, or one of its members. A fit of several members gives intervals.
    interventions
        Such as ``Intervention.knockout("GATA1")`` or ``"GATA1=ko,SPI1=oe:2"``, or one edge,
        ``"GATA1=cut@SPI1"``. Bare genes, such as ``"GATA1"`` or ``"GATA1+SPI1"``, are perturbed by
        `kind` (with `value`).
    data
        Snapshots with control cells. Measured cells of perturbations serve only for comparison.
    times
        Times at which control cells were measured; by default all after the start.
    start
        Time of the control cells from which simulations start; by default the first.
    cells
        Number of these cells, drawn with `seed`; by default all.
    kind, value
        The perturbation of bare genes: "knockout"; "knockdown" with a fraction; "overexpression"
        with a factor; "clamp" with a level; "degradation" with an added rate; "cut_outgoing".
    graph
        The network in which direct targets are counted, for comparison with the effects.
    steps
        Solver steps between two times.
    seed
        Seed of the draw of cells and of the simulated noise, which each member draws anew.
    progress
        A rich progress display, or a function of (task, steps done, steps in all).
    workers
        Who simulates; the numbers do not depend on it.

    Returns
    -------
    KnockoutResult
        Cost: (1 + interventions) × cells simulations per member; cut edges cost twice as much.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import knockout
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> result = knockout(run.fit, ["A", "B=clamp:2"], run.data)
    >>> result.names
    ['A=knockout', 'B=clamp:2']
    """
    controls = ControlCells.of(fitted, data, times, start=start, cells=cells, seed=seed)
    requested = with_singles(read_interventions(interventions, controls.data.genes, kind, value))
    silent = on_silent_genes(requested, controls)
    if silent:
        gene = next(iter(silent.values()))
        raise InterventionError(
            "genes that the control cells express",
            f"{gene!r}, which is 0 in all {len(controls.measured):,} of them, so its removal has "
            "no effect by construction",
            f"leave out {listing(intervention.name for intervention in silent)}, or predict the "
            f"effect of its presence: {gene}=clamp:1",
        )
    return simulate_interventions(
        fitted, controls, requested, graph, steps, seed, False, progress, workers
    )


def _say_what_acts_on_nothing(
    members: Sequence[Member], interventions: Sequence[Intervention]
) -> None:
    """Of laws: an effect of 0 is then the law's form, and no measure of how sure it is."""
    fields = [one.field for one in members if isinstance(one.field, LogicField)]
    if len(fields) < len(members):
        return
    if all(one.without_regulation for one in fields):
        warn(
            "in this law no gene regulates another, so a perturbation changes the perturbed gene "
            "alone: more steps (effort), times or knockouts may show who regulates whom",
            "knockout.no-regulation",
        )
        return
    acting = frozenset[str]().union(*(one.acting for one in fields))
    edges = frozenset[tuple[str, str]]().union(*(one.regulations for one in fields))

    def acts(action: Action) -> bool:
        if action.target is None:
            return action.gene in acting
        return (action.gene, action.target) in edges

    silent = [one.name for one in interventions if not any(map(acts, one))]
    if silent:
        warn(
            f"in this law nothing depends on what {listing(silent)} perturbs, so that the effect "
            "on other genes is 0, and so is its interval. That is no evidence that there is none: "
            "hillflow.check shows what measured perturbations do", "knockout.no-path",
        )  # fmt: skip


def simulate_interventions(
    fitted: Fitted,
    controls: ControlCells,
    interventions: Sequence[Intervention],
    graph: Network | None,
    steps: int,
    seed: int,
    skip_diverged: bool,
    progress: Progress | ProgressCallback | None,
    workers: Workers,
) -> KnockoutResult:
    """Simulate interventions that were checked already."""
    members = members_of(fitted)
    _say_what_acts_on_nothing(members, interventions)
    shifts = all_shifts(
        members, controls, interventions, steps=steps, seed=seed, skip_diverged=skip_diverged,
        tell=progress_callback(progress), workers=workers,
    )  # fmt: skip
    return KnockoutResult(tuple(members), tuple(interventions), controls, shifts, graph, steps)


def read_interventions(
    given: Iterable[Intervention | str], genes: Sequence[str], kind: str, value: float | None
) -> list[Intervention]:
    """The interventions without repetition, checked against the genes.

    Texts of bare genes are read as perturbations of the given `kind`.
    """
    if isinstance(given, Mapping):
        raise InterventionError(
            "names of genes, or interventions as text", f"a {type(given).__name__}",
            "write for example ['GATA1=kd:0.5', 'SPI1=ko']",
        )  # fmt: skip
    texts = [given] if isinstance(given, str | Intervention) else list(given)
    interventions = [
        Intervention.parse(text, kind, value) if isinstance(text, str) else text for text in texts
    ]
    for intervention in interventions:
        if not isinstance(intervention, Intervention):
            raise InterventionError(
                "interventions, or their text", repr(intervention),
                "write for example 'GATA1=ko,SPI1=oe:2'",
            )  # fmt: skip
        if intervention.is_control:
            raise InterventionError(
                "interventions that change something", "the control", "leave it out"
            )
        intervention.check(genes)
    if not interventions:
        raise InterventionError("one intervention or more", "none", "name genes, such as 'GATA1'")
    return list(dict.fromkeys(interventions))


def on_silent_genes(
    interventions: Sequence[Intervention], controls: ControlCells
) -> dict[Intervention, str]:
    """Interventions that reduce a gene which no control cell expresses, with that gene."""
    silent = set(controls.never_expressed())
    return {
        intervention: action.gene
        for intervention in interventions
        for action in intervention
        if action.kind in REDUCING and action.gene in silent
    }
