"""What a perturbation would do to cells that were only ever measured untouched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hillflow.causal.knockout_result import KnockoutResult
from hillflow.causal.shifts import all_shifts
from hillflow.causal.wild_type import WildType
from hillflow.data import Cells
from hillflow.errors import InterventionError, listing
from hillflow.interventions import Intervention
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback, progress_callback

if TYPE_CHECKING:
    from rich.progress import Progress

REDUCING = ("knockout", "knockdown", "degradation", "cut_outgoing")


def knockout(
    fitted: Fitted,
    interventions: Iterable[Intervention | str],
    data: Cells | None = None,
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
) -> KnockoutResult:
    """Predict each intervention from control cells alone.

    With a(t) and b(t) the rollouts of the same control cells without and with the
    intervention, the mean of the population is predicted as

        E x(t | do) = E x(t | control, measured) + E[b(t) − a(t)],

    clipped at 0 where `fit.predict` is, with clamped genes at their level. What the model
    gets wrong about the wild type cancels. The shift of means needs no optimal plan, so that
    many interventions are one batched solve; `KnockoutResult.predicted` gives whole
    populations, cell by cell, at the price of a plan each (see `hillflow.model.predict`).

    Parameters
    ----------
    fitted
        A model, an ensemble (which gives intervals), or a run.
    interventions
        Such as ``Intervention.knockout("GATA1")``, ``"GATA1=ko,SPI1=oe:2"``, or bare genes,
        which are read as `kind` (with `value`): ``"GATA1"``, ``"GATA1+SPI1"``.
    data
        Snapshots with control cells; those of the run unless given. Measured cells of
        perturbations are only compared with.
    times
        Measured times of the control; all after the start unless given.
    start
        The control's time from which cells are rolled out; the first unless given.
    cells
        How many of them, drawn with `seed`; all unless given.
    graph
        To count direct targets in, beside the effects.
    steps
        Of the solver between two times.
    progress
        A rich display, or a function told (what, done, in all).

    Returns
    -------
    KnockoutResult
        Cost: (1 + interventions) × cells rollouts a member.
    """
    wild_type = WildType.of(fitted, data, times, start=start, cells=cells, seed=seed)
    wanted = read_interventions(interventions, wild_type.data.genes, kind, value)
    silent = silenced(wanted, wild_type)
    if silent:
        gene = next(iter(silent.values()))
        raise InterventionError(
            "genes that the control cells express",
            f"{gene!r}, 0 in all {len(wild_type.control):,} of them, so that taking it away has "
            "no effect by construction",
            f"leave {listing(one.name for one in silent)} out, or ask what its presence would "
            f"do: {gene}=clamp:1",
        )
    return carried_out(fitted, wild_type, wanted, graph, steps, seed, False, progress)


def carried_out(
    fitted: Fitted,
    wild_type: WildType,
    interventions: Sequence[Intervention],
    graph: Network | None,
    steps: int,
    seed: int,
    skip_lost: bool,
    progress: Progress | ProgressCallback | None,
) -> KnockoutResult:
    """The rollouts of checked interventions."""
    models = members_of(fitted)
    shifts = all_shifts(
        models, wild_type, interventions, steps=steps, seed=seed, skip_lost=skip_lost,
        tell=progress_callback(progress),
    )  # fmt: skip
    return KnockoutResult(tuple(models), tuple(interventions), wild_type, shifts, graph, steps)


def read_interventions(
    given: Iterable[Intervention | str], genes: Sequence[str], kind: str, value: float | None
) -> list[Intervention]:
    """Each once, of genes that the model has; texts of bare genes are read as `kind`."""
    several = [given] if isinstance(given, str | Intervention) else list(given)
    read = [
        Intervention.parse(one, kind, value) if isinstance(one, str) else one for one in several
    ]
    for one in read:
        if not isinstance(one, Intervention):
            raise InterventionError(
                "interventions, or their text", repr(one), "write for example 'GATA1=ko,SPI1=oe:2'"
            )
        if one.is_control:
            raise InterventionError(
                "interventions that change something", "the control", "leave it out"
            )
        one.check(genes)
    if not read:
        raise InterventionError("one intervention or more", "none", "name genes, such as 'GATA1'")
    return list(dict.fromkeys(read))


def silenced(interventions: Sequence[Intervention], wild_type: WildType) -> dict[Intervention, str]:
    """Those that take away a gene which no control cell expresses, and that gene."""
    never = set(wild_type.never_expressed())
    return {
        one: action.gene
        for one in interventions
        for action in one
        if action.kind in REDUCING and action.gene in never
    }
