"""The likelihood of measured cells under a model that has a density."""

from __future__ import annotations

import torch
from torch import Tensor

from hillflow.errors import InputError
from hillflow.transport.divergences import DENSITY, register_divergence


@register_divergence(
    name="likelihood",
    formula="−E_y log p(y), p the density of the model",
    source="Chen et al. 2018; Grathwohl et al. 2019 (FFJORD)",
    cost="time and memory O(n), beside the density of the model",
    when_not="cells lie on fewer dimensions than they have coordinates, where p has no bound",
    compares=DENSITY,
)
def negative_log_likelihood(log_p: Tensor, wy: Tensor | None = None) -> Tensor:
    """Return −Σ_j w_j log p(y_j) / Σ_j w_j, a scalar in nats.

    Its least value over all densities is the entropy of the population, so that a difference
    between two models of the same cells has a meaning and the value itself has none.

    Parameters
    ----------
    log_p
        log p of each measured cell under the model, [m].
    wy
        Masses of the measured cells, [m]; None: all the same.

    Returns
    -------
    Tensor
        A scalar, differentiable in `log_p`.

    Examples
    --------
    >>> import torch
    >>> from hillflow.transport import make_divergence
    >>> likelihood = make_divergence("likelihood", compares="density")
    >>> likelihood(torch.tensor([-1.0, -2.0])).item()
    1.5
    """
    if log_p.ndim != 1 or not len(log_p) or (wy is not None and wy.shape != log_p.shape):
        shapes = [tuple(one.shape) for one in (log_p, wy) if one is not None]
        raise InputError(
            "one log density, and one mass if any, for each measured cell",
            f"shapes {', '.join(map(str, shapes))}", "give log_p [m] and wy [m]",
        )  # fmt: skip
    return -log_p.mean() if wy is None else -torch.dot(wy / wy.sum(), log_p)
