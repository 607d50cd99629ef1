"""The states at which a fitted field is evaluated, their times, and the scales of both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from hillflow.causal.regulation import Regulation
from hillflow.data import Snapshots, Trajectories
from hillflow.errors import InputError
from hillflow.fields import JacobianStatistic, VectorField, jacobian_statistic
from hillflow.model import Member

LOW = 1.0  # percentile of a gene's levels that stands for its absence


@dataclass(frozen=True, eq=False)
class Probe:
    """A fitted field and the states from which its network is inferred.

    Attributes
    ----------
    field
        The fitted field.
    x, t
        States, [cells, genes], preprocessed as in training, and the time of each, [cells]; None
        for a field that does not depend on time.
    source_spread
        sd(x_j), [genes]; 0 for a gene that never varies, since no cell shows its effect.
    target_spread
        sd(ẋ_i), [genes], in expression per time unit; 1 for a gene whose velocity never varies.
    mean
        The mean state, [genes].
    absent
        The level that stands for the absence of a regulator, [genes]: the lowest percentile of its
        levels. This is about 0 for a gene that is off in some cells, and the lower end of its
        levels for one that is always on.
    """

    field: VectorField
    x: Tensor
    t: Tensor | None
    source_spread: np.ndarray
    target_spread: np.ndarray
    mean: Tensor
    absent: Tensor

    @property
    def regulation(self) -> Regulation:
        """The field without its decay."""
        return Regulation(self.field)

    @cached_property
    def slopes(self) -> JacobianStatistic:
        """Statistics of the regulation's Jacobian over all states, shared by three readouts."""
        return jacobian_statistic(self.regulation, self.x, self.t)

    def take(self, rows: np.ndarray) -> Probe:
        """Some of the states (indices or a mask), with the scales of all, so groups compare."""
        at = torch.as_tensor(np.asarray(rows), device=self.x.device)
        return replace(self, x=self.x[at], t=None if self.t is None else self.t[at])


@torch.no_grad()
def probe(member: Member, x: np.ndarray, time: np.ndarray) -> Probe:
    """The probe of a member at measured states x, [cells, genes], with times, [cells]."""
    field = member.field
    states = member._tensor(x if field.state_size != x.shape[1] else member.denoise(x))
    moments = None if field.autonomous else member._tensor(time)
    velocity = field(moments, field.admit(states))[:, -len(field.genes) :]
    return Probe(
        field, states, moments, _spread(states), _spread(velocity, constant=1.0),
        states.mean(0), torch.quantile(states, LOW / 100, dim=0),
    )  # fmt: skip


def rows_to_probe(data: Snapshots | Trajectories, most: int) -> np.ndarray:
    """At most `most` rows, sorted, with equal shares of all populations as far as they reach.

    Equal shares keep a large control from outweighing small knockouts. Cells of weight 0 are left
    out. The draw is always the same.
    """
    if most < 1:
        raise InputError("at least one state to probe", f"states={most}", "write states=500")
    populations = _populations(data)
    random = np.random.default_rng(0)
    remaining, chosen = most, []
    for index, rows in enumerate(sorted(populations, key=len)):
        share = -(-remaining // (len(populations) - index))
        sample = rows if len(rows) <= share else random.choice(rows, share, replace=False)
        chosen.append(sample[:remaining])
        remaining -= len(chosen[-1])
    return np.sort(np.concatenate(chosen))


def _populations(data: Snapshots | Trajectories) -> list[np.ndarray]:
    if isinstance(data, Trajectories):
        return [np.flatnonzero(data.time == time) for time in data.times]
    rows = [population.rows for population in data.populations()]
    if data.weights is not None:
        positive = data.weights > 0
        rows = [population[positive[population]] for population in rows]
    return [population for population in rows if len(population)]


def _spread(values: Tensor, constant: float = 0.0) -> np.ndarray:
    """Standard deviation of each column; `constant` for a column that does not vary."""
    sd = values.double().std(0, correction=0).numpy(force=True)
    return np.where(sd > 1e-12, sd, constant)
