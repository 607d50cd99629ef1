"""Which few interventions bring cells to a wanted state: the smallest sets that do, ranked.

Sets grow one gene at a time. All single interventions are rolled out as one batch, then pairs,
and so on; where there are too many, only the best sets of one size grow to the next (a beam). A
set stays in the answer only if it comes closer than every smaller set within it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from hillflow.causal.fitted import cells_of
from hillflow.causal.rollouts import roll_out
from hillflow.data import Cells, Snapshots
from hillflow.errors import GeneNameError, InputError, TimeError, did_you_mean, listing
from hillflow.interventions import Action, Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.model.predict import never_below_zero

if TYPE_CHECKING:
    import pandas as pd

CONTROL = Intervention.control()
KINDS = ("knockout", "overexpression")
_HIGH = 0.99  # of a gene's observed levels, where nothing else is said of its overexpression
_AT_ONCE = 256  # interventions rolled out before only their means are kept


@dataclass(frozen=True)
class ControlSearch:
    """How `minimal_interventions` searches.

    Attributes
    ----------
    kinds
        What may be done to a gene: "knockout", "overexpression" (a clamp).
    levels
        At which overexpressed genes are held; the 0.99 quantile of the observed unless given.
    start
        The control's time whose cells are rolled out; the first unless given.
    cells
        At most so many of them, taken evenly.
    tries
        Sets of one size to roll out; beyond, only the best smaller sets grow.
    least_gain
        A larger set must come closer than its parts by this share of the control's distance.
    steps
        Of the solver between two measured times.
    """

    kinds: tuple[str, ...] = KINDS
    levels: Mapping[str, float] | None = None
    start: float | None = None
    cells: int = 50
    tries: int = 2000
    least_gain: float = 0.02
    steps: int = 10

    def __post_init__(self) -> None:
        wrong = [kind for kind in self.kinds if kind not in KINDS]
        if wrong or not self.kinds:
            raise InputError(
                f"kinds among {listing(KINDS)}", listing(wrong) or "none", "name one or both"
            )
        if min(self.cells, self.tries, self.steps) < 1 or not 0 <= self.least_gain < 1:
            raise InputError(
                "cells, tries and steps of at least 1 and a least_gain from 0 to below 1",
                f"{self.cells}, {self.tries}, {self.steps} and {self.least_gain:g}",
                "leave them out",
            )


def minimal_interventions(
    fitted: Fitted,
    data: Cells | None,
    wanted: Mapping[str, float] | str,
    *,
    max_genes: int = 2,
    genes: Sequence[str] | None = None,
    until: float | None = None,
    search: ControlSearch | None = None,
) -> pd.DataFrame:
    """Sets of interventions ranked by how near they bring the mean cell to a wanted state.

    With m(I) the mean of the rollout under I and s_i the observed standard deviation,

        distance(I) = sqrt( mean over wanted genes of ((m_i(I) + o_i − wanted_i) / s_i)² ),

    where o = (measured − rolled-out control mean) if control cells were measured at `until`,
    so that what the model gets wrong about the control cancels, else 0. Clamped genes stand at
    their level.

    Parameters
    ----------
    fitted, data
        A model, an ensemble or a run, and its snapshots (None for those of a run).
    wanted
        Levels of some genes, or a label of cells, whose mean state is wanted.
    max_genes
        Genes of the largest set.
    genes
        That may be acted on, such as the transcription factors; all unless given. Genes that
        were never seen above 0 are left out.
    until
        When cells are compared; the last measured time unless given. A late one asks for the
        long run.
    search
        See `ControlSearch`.

    Returns
    -------
    DataFrame
        A row a set, nearest first: ``intervention``, ``genes`` (how many), ``distance``,
        ``spread`` (its standard deviation over the models of an ensemble, NaN of one) and
        ``reached``, 1 − distance / distance of the control: 1 is there, 0 is nothing gained.
        Empty where nothing helps. Cost: at most max_genes · tries rollouts of `cells` cells.
    """
    search = search or ControlSearch()
    models, snapshots = members_of(fitted), _snapshots(fitted, data)
    if max_genes < 1:
        raise InputError("a max_genes of at least 1", f"{max_genes}", "write max_genes=2")
    task = _Task.of(models, snapshots, wanted, until, search)
    actions = _actions(models[0], snapshots, genes, search)
    tried = task.distances([CONTROL])
    best = [CONTROL]
    for _ in range(max_genes):
        best = best[: max(1, search.tries // len(actions))]
        larger = list(_grown(best, actions))
        if not larger:
            break
        tried |= task.distances(larger)
        # Where a cell ran away the distance is NaN, and the set does not grow.
        finite = [one for one in larger if np.isfinite(tried[one]).all()]
        best = sorted(finite, key=lambda one: (float(tried[one].mean()), one.name))
    return _table(tried, search.least_gain)


@dataclass(frozen=True, eq=False)
class _Task:
    """From where to where, for every model."""

    models: tuple[Member, ...]
    start: np.ndarray  # measured cells, [cells, genes]
    moments: tuple[float, ...]
    steps: int
    wanted: np.ndarray  # NaN where a gene may be at any level, [genes]
    unit: np.ndarray
    missed: np.ndarray  # measured control mean less the rolled-out one, [models, genes]
    floored: tuple[bool, ...]  # whether no level falls below 0, by model

    @classmethod
    def of(
        cls, models: tuple[Member, ...], snapshots: Snapshots, wanted: Mapping[str, float] | str,
        until: float | None, search: ControlSearch,
    ) -> _Task:  # fmt: skip
        control = snapshots.take(snapshots.rows(condition=CONTROL))
        times = control.times
        begin = float(times[0]) if search.start is None else control.nearest_time(search.start)
        end = float(times[-1]) if until is None else float(until)
        if not (math.isfinite(end) and end > begin):
            raise TimeError(
                f"a finite time after the start, {begin:g} {snapshots.time_unit}".rstrip(),
                f"{end:g}", "name a later time (until=…), or an earlier start",
            )  # fmt: skip
        rows = control.rows(begin)
        kept = np.linspace(0, len(rows) - 1, min(search.cells, len(rows))).round().astype(int)
        seen = models[0].denoise(snapshots.x)
        spread = seen.std(axis=0)
        varied = spread[spread > 0]
        task = cls(
            models, control.x[rows[np.unique(kept)]], _moments(times, begin, end), search.steps,
            _wanted(models[0], snapshots, wanted),
            np.where(spread > 0, spread, np.median(varied) if len(varied) else 1.0),
            np.zeros((len(models), len(models[0].genes))),
            tuple(never_below_zero(model, control) for model in models),
        )  # fmt: skip
        measured = np.isclose(times, end)
        if measured.any():
            mean = models[0].denoise(control.x[control.time == times[measured][0]]).mean(axis=0)
            task = replace(task, missed=mean - task.means([CONTROL])[:, 0])
        return task

    def means(self, interventions: Sequence[Intervention]) -> np.ndarray:
        """Mean state at the end under each, [models, interventions, genes]; NaN if it ran away."""
        return np.stack(
            [
                roll_out(
                    model, self.start, self.moments, interventions, steps=self.steps, skip_lost=True
                ).mean[:, -1]
                for model in self.models
            ]
        )

    def distances(self, interventions: Sequence[Intervention]) -> dict[Intervention, np.ndarray]:
        """How far from the wanted state each ends, by model, [models]."""
        asked = np.isfinite(self.wanted)
        found = {}
        for first in range(0, len(interventions), _AT_ONCE):
            block = interventions[first : first + _AT_ONCE]
            ends = self.means(block) + self.missed[:, None]
            for row, intervention in enumerate(block):
                end = self._possible(ends[:, row], intervention)
                away = ((end - self.wanted) / self.unit)[:, asked]
                found[intervention] = np.sqrt((away**2).mean(axis=1))
        return found

    def _possible(self, ends: np.ndarray, intervention: Intervention) -> np.ndarray:
        """Corrected means [models, genes], not below 0 where none can be; clamps at their level."""
        for model, end, bounded in zip(self.models, ends, self.floored, strict=True):
            if bounded:
                np.maximum(end, 0.0, out=end)
            for action in model.as_fitted(intervention):
                if action.kind == "clamp":
                    end[model.genes.index(action.gene)] = action.value
        return ends


def _moments(times: np.ndarray, begin: float, end: float) -> tuple[float, ...]:
    """The measured times from begin to end; beyond the last, times as far apart as they are."""
    within = times[(times > begin) & (times < end) & ~np.isclose(times, end)]
    last = float(within[-1]) if len(within) else begin
    gap = float(np.median(np.diff(times))) if len(times) > 1 else end - begin
    pieces = max(1, math.ceil((end - last) / gap - 1e-9))
    return (begin, *within.tolist(), *np.linspace(last, end, pieces + 1)[1:].tolist())


def _snapshots(fitted: Fitted, data: Cells | None) -> Snapshots:
    cells = cells_of(fitted, data)
    if not isinstance(cells, Snapshots) or CONTROL not in cells.conditions:
        raise InputError(
            "Snapshots with control cells, from which a rollout starts",
            f"{type(cells).__name__} without",
            "add untreated cells as snapshots (Snapshots.from_anndata)",
        )
    return cells


def _wanted(model: Member, cells: Snapshots, wanted: Mapping[str, float] | str) -> np.ndarray:
    """The wanted level of each gene, NaN where none is asked for, [genes]."""
    levels = np.full(len(model.genes), np.nan)
    if isinstance(wanted, str):
        labels = [] if cells.labels is None else sorted({str(label) for label in cells.labels})
        if wanted not in labels:
            raise InputError("a label of the cells", repr(wanted), did_you_mean(wanted, labels))
        return model.denoise(cells.x[cells.labels == wanted]).mean(axis=0).astype(np.float64)
    for gene, level in wanted.items():
        levels[_column(gene, model.genes)] = level
    if not wanted or not np.isfinite([*wanted.values()]).all():
        raise InputError(
            "finite levels of one gene or more", repr(dict(wanted)),
            "write for example {'GATA1': 2.0}, or a label of the cells",
        )  # fmt: skip
    return levels


def _actions(
    model: Member, cells: Snapshots, genes: Sequence[str] | None, search: ControlSearch
) -> tuple[Action, ...]:
    """Everything that may be done to one gene."""
    candidates = tuple(model.genes if genes is None else dict.fromkeys(genes))
    columns = [_column(gene, model.genes) for gene in candidates]
    seen = model.denoise(cells.x)
    quantiles = np.quantile(seen[:, columns], _HIGH, axis=0)
    # Three digits are enough for a level, and make a name that can be read.
    high = {gene: float(f"{q:.3g}") for gene, q in zip(candidates, quantiles, strict=True)}
    alive = [g for g, k in zip(candidates, columns, strict=True) if (cells.x[:, k] > 0).any()]
    for gene in search.levels or {}:
        _column(gene, model.genes)
    held = {**high, **(search.levels or {})}
    actions = []
    for gene in alive:
        if "knockout" in search.kinds:
            actions.append(Action(gene, "knockout"))
        if "overexpression" in search.kinds and held[gene] > 0:
            actions.append(Action(gene, "clamp", held[gene]))
    if not actions:
        raise InputError(
            "genes to act on that are expressed", listing(candidates) or "none",
            "name genes that some cell has above 0",
        )  # fmt: skip
    return tuple(actions)


def _column(gene: str, genes: tuple[str, ...]) -> int:
    if gene not in genes:
        raise GeneNameError("a gene of the model", repr(gene), did_you_mean(gene, genes))
    return genes.index(gene)


def _grown(sets: Sequence[Intervention], actions: Sequence[Action]) -> Iterator[Intervention]:
    """Each set with one action more, on another gene; each result once."""
    found = set()
    for smaller in sets:
        for action in actions:
            if action.gene not in smaller.genes:
                larger = Intervention((*smaller.actions, action))
                if larger not in found:
                    found.add(larger)
                    yield larger


def _table(tried: Mapping[Intervention, np.ndarray], least_gain: float) -> pd.DataFrame:
    """The minimal sets: nearer than all their parts that were tried, the control included."""
    import pandas as pd

    mean = {one: float(distances.mean()) for one, distances in tried.items()}
    away = mean[CONTROL]
    rows = []
    for one, distances in tried.items():
        parts = (Intervention(p) for k in range(len(one)) for p in combinations(one.actions, k))
        nearest = min((mean[p] for p in parts if np.isfinite(mean.get(p, math.nan))), default=0.0)
        if mean[one] < nearest - least_gain * away:
            spread = float(distances.std(ddof=1)) if len(distances) > 1 else math.nan
            rows.append((one.name, len(one), mean[one], spread, 1 - mean[one] / away))
    columns = ["intervention", "genes", "distance", "spread", "reached"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["distance", "genes"], kind="stable", ignore_index=True)
