"""The simulations behind knockouts and screens, reduced to shifts, support and fates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from hillflow.causal.control_cells import ControlCells
from hillflow.causal.fate_shares import FateShares, Labelled, fate_shares
from hillflow.causal.rollouts import coordinates, roll_out
from hillflow.causal.support import Support
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.progress import ProgressCallback
from hillflow.tasks import SERIAL, Workers

CONTROL = Intervention.control()


@dataclass(frozen=True, eq=False)
class Shifts:
    """The predicted shift under each intervention, by member.

    Attributes
    ----------
    mean
        mean(b) − mean(a) of the simulations b with and a without the intervention,
        [members, interventions, times, genes]; NaN where a simulation diverged.
    in_support
        Share of the cells b(t) that lie where cells were measured, [interventions, times].
    control_in_support
        The same for the cells a(t), [times]. If it is low, the fit leaves the data even without
        perturbation.
    fates
        None if cells have no labels.
    """

    mean: np.ndarray
    in_support: np.ndarray
    control_in_support: np.ndarray
    fates: FateShares | None


def all_shifts(
    members: Sequence[Member],
    controls: ControlCells,
    interventions: Sequence[Intervention],
    *,
    steps: int,
    seed: int,
    skip_diverged: bool,
    tell: ProgressCallback,
    workers: Workers = SERIAL,
) -> Shifts:
    """Simulate the same cells under every intervention, by every member.

    Where noise was learned, each member draws random paths of its own, and all interventions of a
    member share them. The spread over the members then holds the sampling error of finitely many
    simulated paths, which the mean over the members reduces.
    """
    data, total = controls.data, len(members) * len(interventions)
    done = 0

    def count(number: int) -> None:
        nonlocal done
        done += number
        tell("knockouts", done, total)

    labels = np.array([], dtype=str) if data.labels is None else data.labels
    # Fates are those of the last time; of one without measured cells, those of all times.
    last = data.time == controls.moments[-1]
    labelled = np.flatnonzero((labels != "") & (last | ~last.any()) if len(labels) else [])
    means, in_support, control_in_support = [], [], []
    fates: list[FateShares] = []
    own = [controls.columns(intervention) for intervention in interventions]
    for number, member in enumerate(members):
        levels = member.denoise(data.x)
        measured = coordinates(member, levels)
        simulate = partial(
            roll_out, member, controls.start, controls.moments, weights=controls.weights,
            steps=steps, seed=seed + number,
        )  # fmt: skip
        control = simulate([CONTROL])
        perturbed = simulate(
            interventions, skip_diverged=skip_diverged, done=count, workers=workers
        )
        means.append(perturbed.mean - control.mean)
        support = Support.of(measured, seed)
        in_support.append(support.share(perturbed.sample))
        control_in_support.append(support.share(control.sample[0]))
        if len(labelled):
            known = Labelled(measured[labelled], levels[labelled], labels[labelled])
            weights = controls.weights[: len(control.own[0])]
            fates.append(fate_shares(member, known, control, perturbed, own, weights, seed))
    shares = None
    if fates:
        each = ("control", "perturbed", "over_cells")
        shares = FateShares(
            fates[0].labels,
            *(np.concatenate([getattr(one, name) for one in fates]) for name in each),
        )
    return Shifts(
        np.stack(means), np.mean(in_support, axis=0), np.mean(control_in_support, axis=0), shares
    )
