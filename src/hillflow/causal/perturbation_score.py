"""Whether a perturbation goes with the flow of the cells or against it.

In the spirit of the perturbation score of CellOracle (Kamimoto et al. 2023), which multiplies a
simulated shift with a pseudotime gradient on a grid; here both are in gene space and of one
fitted law. Each control cell x is followed for a span τ without and with the perturbation,

    v = (a(τ) − x) / τ,    Δv = (b(τ) − a(τ)) / τ,    score = Σ_cells ⟨Δv, v⟩ / Σ_cells ‖v‖²,

in standard deviations, without the perturbed genes. Δv is the mean shift of velocity over the
span (at its first instant a knockout has moved nothing but its own gene). −1 says that the
perturbation takes all of the flow back, 0.2 that it adds a fifth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from hillflow.causal.effects import false_discovery_rate, interval
from hillflow.causal.knockout import read_interventions
from hillflow.causal.rewired import Rewired, regulators_of, shuffled
from hillflow.causal.rollouts import NUMBERS_AT_ONCE, TOGETHER
from hillflow.causal.wild_type import WildType
from hillflow.data import Cells
from hillflow.errors import InputError
from hillflow.fields import VectorField
from hillflow.interventions import Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.progress import ProgressCallback, progress_callback
from hillflow.solve import integrate

if TYPE_CHECKING:
    from rich.progress import Progress

CONTROL = Intervention.control()


def perturbation_score(
    fitted: Fitted,
    interventions: Iterable[Intervention | str],
    data: Cells | None = None,
    *,
    span: float | None = None,
    cells: int = 100,
    networks: int = 100,
    kind: str = "knockout",
    steps: int = 10,
    seed: int = 0,
    progress: Progress | ProgressCallback | None = None,
) -> pd.DataFrame:
    """Score each intervention against the fitted flow, and against random networks.

    Parameters
    ----------
    span
        τ; the shortest wait between two times of the control unless given.
    cells
        How many control cells of all times, drawn with `seed`.
    networks
        How many times the regulators are permuted (see `rewired`) and the shift computed anew;
        the flow stays the fitted one. 0 for no null.
    fitted, interventions, data, kind, steps, progress
        As in `knockout`.

    Returns
    -------
    pandas.DataFrame
        ``perturbation, score, low, high, p, fdr``: the interval over the members of an
        ensemble; p is the share of random networks whose score is as large or larger in size,
        (1 + n) / (1 + networks), and fdr over the perturbations. Cost: (1 + networks) ×
        (1 + interventions) × cells rollouts over τ, for each member.
    """
    models = members_of(fitted)
    wild_type = WildType.of(fitted, data, seed=seed)
    wanted = read_interventions(interventions, wild_type.data.genes, kind, None)
    if networks < 0 or cells < 1:
        raise InputError(
            "one cell or more and no negative number of networks",
            f"cells={cells}, networks={networks}", "write cells=100, networks=100",
        )  # fmt: skip
    gaps = np.diff(wild_type.control.times)
    length = float(gaps.min()) if span is None else span
    if not length > 0:
        raise InputError("a span above 0", f"{length}", "give it in the unit of the times")
    control = wild_type.control
    random = np.random.default_rng(seed)
    rows = np.sort(random.choice(len(control), min(cells, len(control)), replace=False))
    x, time = control.x[rows], control.time[rows]
    orders = _orders(models, networks, random)
    tell, found = progress_callback(progress), []
    follow = [_Followed(model, wild_type, wanted, x, time, length, steps) for model in models]
    for count, order in enumerate([None, *orders]):
        found.append([one.scores(order) for one in follow])
        tell("networks", count, networks)
    scores = np.array(found)  # [1 + networks, members, interventions]
    low, high = interval(scores[0])
    mean = scores.mean(axis=1)
    as_large = (np.abs(mean[1:]) >= np.abs(mean[0]) * (1 - 1e-9)).sum(axis=0)
    p = (1 + as_large) / (1 + networks) if networks else np.full(len(wanted), np.nan)
    return pd.DataFrame(
        {"perturbation": [one.name for one in wanted], "score": mean[0], "low": low,
         "high": high, "p": p, "fdr": false_discovery_rate(p)}
    )  # fmt: skip


def _orders(
    models: Sequence[Member], networks: int, random: np.random.Generator
) -> list[np.ndarray]:
    genes = len(models[0].genes)
    among = np.unique(np.concatenate([regulators_of(model.field) for model in models]))
    return [shuffled(among, genes, random) for _ in range(networks)]


class _Followed:
    """One member, the cells it follows, and their flow without perturbation."""

    def __init__(
        self, model: Member, wild_type: WildType, wanted: Sequence[Intervention],
        x: np.ndarray, time: np.ndarray, span: float, steps: int,
    ) -> None:  # fmt: skip
        self.model, self.span, self.steps = model, span, steps
        self.acting = [model.as_fitted(one) for one in wanted]
        self.spread = wild_type.spread
        self.centre = wild_type.control.x.mean(axis=0, dtype=np.float64)
        like = model.field._like()
        self.x = torch.as_tensor(model.denoise(x), dtype=model.field.dtype, device=like.device)
        self.time = torch.as_tensor(time, dtype=model.field.dtype, device=like.device)
        self.others = np.ones((len(wanted), len(model.genes)))
        for row, one in enumerate(wanted):
            self.others[row, wild_type.columns(one)] = 0.0
        (end,) = self._ends(model.field, [CONTROL])
        self.flow = (end - self.x.numpy(force=True)) / self.spread

    def scores(self, order: np.ndarray | None) -> np.ndarray:
        """Of every intervention, in the fitted network or with its regulators permuted."""
        field = self.model.field
        if order is not None:
            field = Rewired(field, order, self.centre, self.spread)
        (left,) = self._ends(field, [CONTROL])
        found = []
        for first in range(0, len(self.acting), TOGETHER):
            block = self.acting[first : first + TOGETHER]
            shift = (self._ends(field, block) - left) / self.spread
            others = self.others[first : first + len(block)]
            along = np.einsum("icg,cg,ig->i", shift, self.flow, others)
            size = np.einsum("cg,ig->i", self.flow**2, others)
            found.append(along / np.where(size > 0, size, 1.0))
        return np.concatenate(found)

    def _ends(self, field: VectorField, block: Sequence[Intervention]) -> np.ndarray:
        """Every cell a span later, [interventions, cells, genes]."""
        acting = field.do_each(block)
        size = max(1, NUMBERS_AT_ONCE // (len(block) * len(field.genes)))
        parts = []
        for x, time in zip(self.x.split(size), self.time.split(size), strict=True):
            stack = x.expand(len(block), -1, -1)
            start = time.expand(len(block), -1)
            with torch.no_grad():
                end = integrate(acting, stack, self.span, t0=start, steps=self.steps)
            parts.append(end.numpy(force=True))
        return np.concatenate(parts, axis=1)
