"""The likelihood of cells under a fit, by the change of density along its flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import ArrayLike

from hillflow.errors import InputError, TimeError, UnsupportedError
from hillflow.solve import flow_with_log_density

if TYPE_CHECKING:
    from hillflow.model.member import Member

LogDensity = Callable[[np.ndarray], np.ndarray]


def log_density(
    member: Member, x: ArrayLike, t: float, log_start: LogDensity, steps: int = 40
) -> np.ndarray:
    """Return log p_t(x) of each cell, [cells], given the density at the first time.

    A cell is followed back along ẋ = f to its state x₀ at the first time, t₀, and

        log p_t(x) = log p_{t₀}(x₀) − ∫ div f(x(τ), τ) dτ from t₀ to t.

    With a score, f is the probability flow, whose populations are those of the random paths.

    Source: Chen et al. 2018, eq. 8; Song et al. 2021, eq. 39. Cost: `steps` · 4 Jacobians a cell.

    Parameters
    ----------
    member
        A fit without growth, learned noise or proteins, in which cells were coupled in all
        directions of expression.
    x
        States, [cells, genes].
    t
        Their time.
    log_start
        log p at the first time of the fit: a function of states, [cells, genes] → [cells].
    steps
        Runge–Kutta steps.
    """
    heads = member.heads
    moved = [name for name in ("growth", "noise", "protein") if getattr(heads, name) is not None]
    if heads.score is None and heads.diffusion is not None:
        moved.append("diffusion")
    if moved:
        raise UnsupportedError(
            "a fit whose cells follow a flow", f"heads: {', '.join(moved)}",
            "fit with 'sf2m', 'sb-cfm', 'ot-cfm' or 'default'",
        )  # fmt: skip
    if member.noise_basis is not None:
        raise UnsupportedError(
            f"cells coupled in all {len(member.genes):,} directions, in which they have a density",
            f"{len(member.noise_basis.T):,} principal components",
            "fit fewer genes, or with Setting(basis=…) of as many",
        )
    first = member.times[0]
    if not (np.isfinite(t) and t >= first):
        raise TimeError(f"a time of {first:g} or later", f"{t:g}", "give the time of the cells")
    start, change = [], []
    with torch.no_grad():
        for _, states in member._blocks(x):
            if t == first:
                x0, log = states, states.new_zeros(len(states))
            else:
                x0, log = flow_with_log_density(
                    member.field, states, states.new_zeros(len(states)), first - t, t0=t,
                    steps=steps,
                )  # fmt: skip
            start.append(x0.double().numpy(force=True))
            change.append(log.double().numpy(force=True))
    known = np.asarray(log_start(np.concatenate(start)), dtype=np.float64)
    change_of_all = np.concatenate(change)
    if known.shape != change_of_all.shape:
        raise InputError(
            f"one log density for each of {len(change_of_all):,} states from log_start",
            f"shape {known.shape}", "return an array [cells] for states [cells, genes]",
        )  # fmt: skip
    return known - change_of_all
