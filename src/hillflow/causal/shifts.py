"""The work behind knockouts and screens: rollouts of every member, brought to a few numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from hillflow.causal.fate import FateMap
from hillflow.causal.rollouts import coordinates, roll_out
from hillflow.causal.support import Support
from hillflow.causal.wild_type import WildType
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.progress import ProgressCallback

CONTROL = Intervention.control()


@dataclass(frozen=True, eq=False)
class FateShares:
    """Share of each fate at the last time, rolled out without and with each intervention.

    Attributes
    ----------
    control, treated
        [members, fates] and [members, interventions, fates].
    """

    labels: tuple[str, ...]
    control: np.ndarray
    treated: np.ndarray

    @property
    def shift(self) -> np.ndarray:
        """How each share changes, [members, interventions, fates]; adds up to 0 over fates."""
        return self.treated - self.control[:, None]


@dataclass(frozen=True, eq=False)
class Shifts:
    """What each member says of each intervention.

    Attributes
    ----------
    mean
        mean(b) − mean(a) of the rollouts with and without it,
        [members, interventions, times, genes]; NaN where a cell ran away.
    in_support
        Share of the cells b(t) that are where data are, [interventions, times].
    control_in_support
        The same of the cells a(t), [times]: where it is low, the model strays unperturbed.
    fates
        None where cells carry no labels.
    """

    mean: np.ndarray
    in_support: np.ndarray
    control_in_support: np.ndarray
    fates: FateShares | None


def all_shifts(
    models: Sequence[Member],
    wild_type: WildType,
    interventions: Sequence[Intervention],
    *,
    steps: int,
    seed: int,
    skip_lost: bool,
    tell: ProgressCallback,
) -> Shifts:
    """Roll the same cells out under every intervention, by every member."""
    data, total = wild_type.data, len(models) * len(interventions)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        tell("knockouts", done, total)

    labels = np.array([], dtype=str) if data.labels is None else data.labels
    labelled = np.flatnonzero(labels != "")
    means, inside, untouched, before, after = [], [], [], [], []
    for model in models:
        measured = coordinates(model, model.denoise(data.x))
        follow = partial(
            roll_out, model, wild_type.start, wild_type.moments, weights=wild_type.weights,
            steps=steps,
        )  # fmt: skip
        left = follow([CONTROL])
        right = follow(interventions, skip_lost=skip_lost, done=count)
        means.append(right.mean - left.mean)
        support = Support.of(measured, seed)
        inside.append(support.share(right.seen))
        untouched.append(support.share(left.seen[0]))
        if len(labelled):
            fates = FateMap.of(measured[labelled], labels[labelled], seed)
            before.append(fates.shares(left.seen[0, -1]))
            after.append(fates.shares(right.seen[:, -1]))
    shares = None
    if before:
        shares = FateShares(fates.labels, np.stack(before), np.stack(after))
    return Shifts(np.stack(means), np.mean(inside, axis=0), np.mean(untouched, axis=0), shares)
