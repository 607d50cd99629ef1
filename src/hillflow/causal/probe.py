"""Where a model is looked at: measured states, their times, and the scales of both."""

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

LOW = 1.0  # percentile of a gene's levels that counts as its absence


@dataclass(frozen=True, eq=False)
class Probe:
    """A fitted field and the states at which its network is read.

    Attributes
    ----------
    field
        The fitted field.
    x, t
        States, [cells, genes], as the model saw them in training, and the time of each, [cells];
        None for a field that ignores time.
    source_spread
        sd(x_j), [genes]; 0 of a gene that never varies, whose effect no cell tells of.
    target_spread
        sd(ẋ_i), [genes], in expression a time unit; 1 where it never varies.
    mean
        The mean state, [genes].
    absent
        The level that stands for "this regulator is not there": the lowest percentile of its
        levels, which is about 0 where it is ever off, and within the data where it never is.
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
        """Jacobians of the regulation over all states: three readouts share them."""
        return jacobian_statistic(self.regulation, self.x, self.t)

    def take(self, rows: np.ndarray) -> Probe:
        """Some of the states (indices or a mask); scales stay those of all, so groups compare."""
        at = torch.as_tensor(np.asarray(rows), device=self.x.device)
        return replace(self, x=self.x[at], t=None if self.t is None else self.t[at])


@torch.no_grad()
def probe(model: Member, x: np.ndarray, time: np.ndarray) -> Probe:
    """Probe at a model from measured states x, [cells, genes], taken at times, [cells]."""
    field = model.field
    seen = x if field.state_size != x.shape[1] else model.denoise(x)
    states = model._tensor(seen)
    moments = None if field.autonomous else model._tensor(time)
    velocity = field(moments, field.admit(states))[:, -len(field.genes) :]
    return Probe(
        field, states, moments, _spread(states), _spread(velocity, still=1.0),
        states.mean(0), torch.quantile(states, LOW / 100, dim=0),
    )  # fmt: skip


def rows_to_probe(data: Snapshots | Trajectories, most: int) -> np.ndarray:
    """At most so many rows, in order; each population gives as many as it can of an equal share.

    So a large wild type does not drown small knockouts. Cells of weight 0 are left out. The
    draw is always the same.
    """
    if most < 1:
        raise InputError("at least one state to look at", f"states={most}", "write states=500")
    populations = _populations(data)
    random = np.random.default_rng(0)
    left, chosen = most, []
    for place, rows in enumerate(sorted(populations, key=len)):
        share = -(-left // (len(populations) - place))
        kept = rows if len(rows) <= share else random.choice(rows, share, replace=False)
        chosen.append(kept[:left])
        left -= len(chosen[-1])
    return np.sort(np.concatenate(chosen))


def _populations(data: Snapshots | Trajectories) -> list[np.ndarray]:
    if isinstance(data, Trajectories):
        return [np.flatnonzero(data.time == time) for time in data.times]
    rows = [population.rows for population in data.populations()]
    if data.weights is not None:
        counting = data.weights > 0
        rows = [some[counting[some]] for some in rows]
    return [some for some in rows if len(some)]


def _spread(values: Tensor, still: float = 0.0) -> np.ndarray:
    """Standard deviation by column, `still` where there is none."""
    sd = values.double().std(0, correction=0).numpy(force=True)
    return np.where(sd > 1e-12, sd, still)
