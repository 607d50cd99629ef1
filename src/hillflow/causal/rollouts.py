"""Many interventions on the same cells: one batched solve instead of one solve each.

States are [interventions, cells, genes] under ``field.do_each``. Only means and a few cells are
kept, and cells go through in chunks: what moves at once should stay in the processor's cache
(3 to 4 times faster than all 500 cells of 200 interventions at once, in a fifth of the memory).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from hillflow.errors import NumericalError
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.solve import trajectory

TOGETHER = 64  # interventions in one solve
NUMBERS_AT_ONCE = 1 << 19  # interventions × cells × genes in one solve
LOOKED_AT = 200  # cells of each intervention whose states are kept, in the basis


@dataclass(frozen=True, eq=False)
class Rolled:
    """Where cells come to under each intervention.

    Attributes
    ----------
    mean
        Weighted mean over the cells, [interventions, times, genes]; NaN where it ran away.
    seen
        Coordinates of the first cells, [interventions, times, cells, coordinates].
    """

    mean: np.ndarray
    seen: np.ndarray


def roll_out(
    model: Member,
    start: np.ndarray,
    moments: Sequence[float],
    interventions: Sequence[Intervention],
    *,
    weights: np.ndarray | None = None,
    steps: int = 10,
    skip_lost: bool = False,
    done: Callable[[int], None] = lambda count: None,
) -> Rolled:
    """Roll the same cells out under every intervention.

    Parameters
    ----------
    start
        Measured cells at ``moments[0]``, [cells, genes]; they are denoised first.
    weights
        What each cell counts, adding up to 1; all the same unless given.
    skip_lost
        Give NaN for an intervention under which a cell runs away, instead of an error.
    done
        Told how many interventions are done.

    Returns
    -------
    Rolled
        Cost: cells × interventions rollouts, in the memory of `NUMBERS_AT_ONCE` of them.
    """
    x0 = torch.as_tensor(model.denoise(start), dtype=model.field.dtype)
    shares = np.full(len(x0), 1 / len(x0)) if weights is None else weights
    blocks = []
    for block in _blocks(interventions, len(model.genes)):
        blocks.append(_block(model, x0, moments, block, shares, steps, skip_lost))
        done(len(block))
    return Rolled(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))


def _blocks(interventions: Sequence[Intervention], genes: int) -> Iterator[list[Intervention]]:
    size = max(1, min(TOGETHER, NUMBERS_AT_ONCE // genes))
    for first in range(0, len(interventions), size):
        yield list(interventions[first : first + size])


def _block(
    model: Member, x0: torch.Tensor, moments: Sequence[float], block: list[Intervention],
    shares: np.ndarray, steps: int, skip_lost: bool,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """One stack; where it runs away, one by one, to say which intervention did."""
    try:
        return _solved(model, x0, moments, block, shares, steps)
    except NumericalError as error:
        if len(block) > 1:
            each = [_block(model, x0, moments, [one], shares, steps, skip_lost) for one in block]
            mean, seen = (np.concatenate(parts) for parts in zip(*each, strict=True))
            return mean, seen
        if skip_lost and not block[0].is_control:
            times, looked = len(moments) - 1, min(LOOKED_AT, len(x0))
            size = len(model.genes) if model.basis is None else model.basis.size
            lost = np.full((1, times, len(model.genes)), np.nan)
            return lost, np.full((1, times, looked, size), np.nan)
        raise NumericalError(
            f"a model that stays finite under {block[0].name}", error.found,
            f"leave this intervention out, end earlier (times=…), or {error.fix}",
        ) from error  # fmt: skip


def _solved(
    model: Member, x0: torch.Tensor, moments: Sequence[float], block: list[Intervention],
    shares: np.ndarray, steps: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    genes = len(model.genes)
    acting = model.field.do_each([model.as_fitted(one) for one in block])
    mean = np.zeros((len(block), len(moments) - 1, genes))
    seen: list[np.ndarray] = []
    first, size = 0, max(1, NUMBERS_AT_ONCE // (len(block) * genes))
    for chunk in x0.to(model.field._like().device).split(size):
        stack = chunk.expand(len(block), -1, -1)
        with torch.no_grad():
            path = trajectory(acting, stack, moments, steps=steps)[1:, ..., :genes]
        states = path.numpy(force=True).swapaxes(0, 1)  # [interventions, times, cells, genes]
        mean += np.einsum("itcg,c->itg", states, shares[first : first + len(chunk)])
        left = LOOKED_AT - first
        if left > 0:
            seen.append(coordinates(model, states[:, :, :left]))
        first += len(chunk)
    return mean, np.concatenate(seen, axis=2)


def coordinates(model: Member, x: np.ndarray) -> np.ndarray:
    """States in the basis that cells were coupled in; as they are where there is none."""
    return x if model.basis is None else model.basis.project(x)
