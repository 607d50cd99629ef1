"""`minimal_interventions`: the smallest sets of interventions that bring cells to a wanted state.

Sets grow one gene at a time. All single interventions are simulated as one batch, then pairs, and
so on. If there are too many sets of one size, only the best smaller sets are extended (beam
search). A set is listed only if it comes closer to the wanted state than every smaller set within
it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.rollouts import roll_out
from hillflow.data import Cells, Snapshots
from hillflow.data.times import same_time
from hillflow.errors import GeneNameError, InputError, TimeError, did_you_mean, listing
from hillflow.findings import Finding
from hillflow.interventions import Action, Intervention
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.model.predict import never_below_zero
from hillflow.show import Block, Shown, Table

CONTROL = Intervention.control()
KINDS = ("knockout", "overexpression")
MAX_ROWS = 15  # sets that are shown
_HIGH = 0.99  # quantile of a gene's observed levels at which it is overexpressed by default
_PIECES = 20  # in which a state is simulated, each of `steps` steps
_AT_ONCE = 256  # interventions simulated before only their means are kept


@dataclass(frozen=True)
class InterventionSearch:
    """Options of the search in `minimal_interventions`.

    Parameters
    ----------
    kinds
        What may be done to a gene: "knockout", "overexpression" (a clamp at a high level).
    levels
        Levels of overexpressed genes; by default the 0.99 quantile of the observed levels.
    start
        Time of the control cells from which simulations start; by default the first.
    cells
        Maximal number of these cells, evenly spaced.
    tries
        Maximal number of sets of one size; beyond it only the best smaller sets are extended.
    least_gain
        A larger set must be closer to the wanted state than its subsets by at least this share of
        the control's distance.
    steps
        Solver steps between two measured times.
    """

    kinds: tuple[str, ...] = KINDS
    levels: Mapping[str, float] | None = None
    start: float | None = None
    cells: int = 50
    tries: int = 2000
    least_gain: float = 0.02
    steps: int = 10

    def __post_init__(self) -> None:
        unknown = [kind for kind in self.kinds if kind not in KINDS]
        if unknown or not self.kinds:
            raise InputError(
                f"kinds among {listing(KINDS)}", listing(unknown) or "none", "name one or both"
            )
        if min(self.cells, self.tries, self.steps) < 1 or not 0 <= self.least_gain < 1:
            raise InputError(
                "cells, tries and steps of at least 1 and a least_gain from 0 to below 1",
                f"{self.cells}, {self.tries}, {self.steps} and {self.least_gain:g}",
                "use the defaults",
            )


@dataclass(frozen=True, eq=False)
class MinimalInterventions(Shown):
    """The sets of interventions that `minimal_interventions` found, nearest first.

    Attributes
    ----------
    table
        One row per set: ``intervention``, ``genes`` (how many), ``distance`` to the wanted state,
        ``spread`` (standard deviation of the distance over the members; NaN for one member) and
        ``reached``, 1 − distance / distance of the control: 1 at the wanted state, 0 if nothing is
        gained. Empty if no set helps.
    control_distance
        Distance of the control to the wanted state.
    noted
        Findings of the search, see `findings`.
    """

    table: pd.DataFrame = field(repr=False)
    control_distance: float
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and notes about the search."""
        return self.noted

    def blocks(self) -> list[Block]:
        """The nearest sets as a table."""
        shown = self.table.head(MAX_ROWS)
        more = len(self) - len(shown)
        title = f"Minimal interventions; distance of the control: {self.control_distance:.3g}"
        caption = f"and {more:,} more" if more > 0 else ""
        return [Table(list(shown.columns), shown.to_numpy(object).tolist(), title, caption)]

    def __len__(self) -> int:
        return len(self.table)


def minimal_interventions(
    fitted: Fitted,
    data: Cells,
    wanted: Mapping[str, float] | str,
    *,
    max_genes: int = 2,
    genes: Sequence[str] | None = None,
    until: float | None = None,
    start: ArrayLike | None = None,
    search: InterventionSearch | None = None,
) -> MinimalInterventions:
    """Rank sets of interventions by how close they bring the mean cell to a wanted state.

    With m(I) the mean of the simulation under I and s_i the observed standard deviation,

        distance(I) = sqrt( mean over wanted genes of ((m_i(I) + o_i − wanted_i) / s_i)² ).

    The offset o = measured − simulated control mean removes errors that the fit makes on the
    control. It is 0 if no control cells were measured at `until`. Clamped genes are at their level.

    Parameters
    ----------
    fitted
        A fit, or one of its members.
    data
        Snapshots with control cells.
    wanted
        Levels of some genes; or a cell label, whose mean state is wanted.
    max_genes
        Number of genes in the largest set.
    genes
        Genes that may be perturbed, such as the transcription factors; by default all. Genes that
        no cell expresses are left out.
    until
        Time at which the states are compared; by default the last measured time. A late time
        asks for the long-term effect. With `start`, the duration, which is then required.
    start
        A state to begin at, [genes], such as one of `equilibrium_scm`, in place of the control
        cells; it is simulated without noise and without the offset.
    search
        See `InterventionSearch`.

    Returns
    -------
    MinimalInterventions
        ``.table`` lists the sets, nearest first. Cost: at most max_genes · tries simulations of
        `search.cells` cells per member.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.causal import minimal_interventions
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> sets = minimal_interventions(run.fit, run.data, {"A": 0.0}, max_genes=1)
    >>> sets.table["intervention"][0]
    'A=knockout'
    """
    search = search or InterventionSearch()
    members = members_of(fitted)
    if max_genes < 1:
        raise InputError("a max_genes of at least 1", f"{max_genes}", "write max_genes=2")
    if start is None:
        snapshots = _snapshots(fitted, data)
        cells: Cells = snapshots
        task = _Task.of(members, snapshots, wanted, until, search)
    else:
        cells = checked_cells(fitted, data)
        task = _Task.from_state(members, cells, np.asarray(start), wanted, until, search)
    actions, silent = _actions(members[0], cells, genes, search)
    tried = task.distances([CONTROL])
    best, skipped = [CONTROL], 0
    for _ in range(max_genes):
        beam = best[: max(1, search.tries // len(actions))]
        skipped += len(best) - len(beam)
        larger = list(_extended(beam, actions))
        if not larger:
            break
        tried |= task.distances(larger)
        # Where a simulation diverges the distance is NaN, and the set is not extended.
        finite = [each for each in larger if np.isfinite(tried[each]).all()]
        best = sorted(finite, key=lambda each: (float(tried[each].mean()), each.name))
    table = _table(tried, search.least_gain)
    findings = _findings(table, tried, silent, skipped)
    return MinimalInterventions(table, float(tried[CONTROL].mean()), findings)


@dataclass(frozen=True, eq=False)
class _Task:
    """The start and the wanted state, for every member."""

    members: tuple[Member, ...]
    start: np.ndarray  # measured cells, or one state, [cells, genes]
    moments: tuple[float, ...]
    steps: int
    wanted: np.ndarray  # NaN where a gene may have any level, [genes]
    unit: np.ndarray  # standard deviation of each gene, [genes]
    offset: np.ndarray  # measured minus simulated control mean, [members, genes]
    never_negative: tuple[bool, ...]  # whether levels stay at 0 or above, by member
    noise: bool = True

    @classmethod
    def of(
        cls, members: tuple[Member, ...], snapshots: Snapshots, wanted: Mapping[str, float] | str,
        until: float | None, search: InterventionSearch,
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
        even = np.linspace(0, len(rows) - 1, min(search.cells, len(rows))).round().astype(int)
        task = cls(
            members, control.measured(rows[np.unique(even)]), _moments(times, begin, end),
            search.steps, _wanted(members[0], snapshots, wanted), _spread(members[0], snapshots),
            np.zeros((len(members), len(members[0].genes))),
            tuple(never_below_zero(member, control) for member in members),
        )  # fmt: skip
        measured = same_time(times, end)
        if measured.any():
            mean = members[0].denoise(control.x[control.time == times[measured][0]]).mean(axis=0)
            task = replace(task, offset=mean - task.means([CONTROL])[:, 0])
        return task

    @classmethod
    def from_state(
        cls, members: tuple[Member, ...], cells: Cells, start: np.ndarray,
        wanted: Mapping[str, float] | str, until: float | None, search: InterventionSearch,
    ) -> _Task:  # fmt: skip
        genes = members[0].genes
        if until is None or start.shape != (len(genes),):
            raise InputError(
                f"a state of {len(genes):,} genes with a duration",
                f"the shape {start.shape}" + " without a duration" * (until is None),
                "write start=scm.equilibrium, until=10 * scm.recovery_time",
            )  # fmt: skip
        return cls(
            members, start[None], held_for(until), search.steps,
            _wanted(members[0], cells, wanted), _spread(members[0], cells),
            np.zeros((len(members), len(genes))), (False,) * len(members), noise=False,
        )  # fmt: skip

    def means(self, interventions: Sequence[Intervention]) -> np.ndarray:
        """Mean state at the end, [members, interventions, genes]; NaN if a cell diverged."""
        return np.stack(
            [
                roll_out(
                    member, self.start, self.moments, interventions, steps=self.steps,
                    skip_diverged=True, noise=self.noise,
                ).mean[:, -1]
                for member in self.members
            ]
        )  # fmt: skip

    def distances(self, interventions: Sequence[Intervention]) -> dict[Intervention, np.ndarray]:
        """Distance of each end state from the wanted state, by member, [members]."""
        constrained = np.isfinite(self.wanted)
        distances = {}
        for first in range(0, len(interventions), _AT_ONCE):
            block = interventions[first : first + _AT_ONCE]
            ends = self.means(block) + self.offset[:, None]
            for row, intervention in enumerate(block):
                end = self._possible(ends[:, row], intervention)
                gap = ((end - self.wanted) / self.unit)[:, constrained]
                distances[intervention] = np.sqrt((gap**2).mean(axis=1))
        return distances

    def _possible(self, ends: np.ndarray, intervention: Intervention) -> np.ndarray:
        """Corrected means [members, genes], clipped at 0 where needed, clamps at their level."""
        for member, end, bounded in zip(self.members, ends, self.never_negative, strict=True):
            if bounded:
                np.maximum(end, 0.0, out=end)
            for action in member.as_fitted(intervention):
                if action.kind == "clamp":
                    end[member.genes.index(action.gene)] = action.value
        return ends


def held_for(duration: float) -> tuple[float, ...]:
    """The moments at which a state is simulated that an intervention is held for a duration."""
    if not (math.isfinite(duration) and duration > 0):
        raise TimeError("a finite duration above 0", f"{duration:g}", "name one (until=…)")
    return tuple(np.linspace(0.0, duration, _PIECES + 1).tolist())


def _spread(member: Member, cells: Cells) -> np.ndarray:
    """Standard deviation of each gene, [genes]; the median of the others where it is 0."""
    spread = member.denoise(cells.x).std(axis=0)
    varied = spread[spread > 0]
    return np.where(spread > 0, spread, np.median(varied) if len(varied) else 1.0)


def _moments(times: np.ndarray, begin: float, end: float) -> tuple[float, ...]:
    """The measured times from begin to end; beyond the last, steps of the median interval."""
    within = times[(times > begin) & (times < end) & ~same_time(times, end)]
    last = float(within[-1]) if len(within) else begin
    gap = float(np.median(np.diff(times))) if len(times) > 1 else end - begin
    pieces = max(1, math.ceil((end - last) / gap - 1e-9))
    return (begin, *within.tolist(), *np.linspace(last, end, pieces + 1)[1:].tolist())


def _snapshots(fitted: Fitted, data: Cells) -> Snapshots:
    cells = checked_cells(fitted, data)
    if not isinstance(cells, Snapshots) or CONTROL not in cells.conditions:
        raise InputError(
            "Snapshots with control cells, from which simulations start",
            f"{type(cells).__name__} without",
            "add cells without a perturbation (Snapshots.from_anndata)",
        )
    return cells


def _wanted(member: Member, cells: Cells, wanted: Mapping[str, float] | str) -> np.ndarray:
    """The wanted level of each gene, [genes]; NaN for genes that may have any level."""
    levels = np.full(len(member.genes), np.nan)
    if isinstance(wanted, str):
        of_cells = getattr(cells, "labels", None)
        labels = [] if of_cells is None else sorted({str(label) for label in of_cells})
        if wanted not in labels:
            raise InputError("a label of the cells", repr(wanted), did_you_mean(wanted, labels))
        return member.denoise(cells.x[of_cells == wanted]).mean(axis=0).astype(np.float64)
    for gene, level in wanted.items():
        levels[_column(gene, member.genes)] = level
    if not wanted or not np.isfinite([*wanted.values()]).all():
        raise InputError(
            "finite levels of one gene or more", repr(dict(wanted)),
            "write for example {'GATA1': 2.0}, or a label of the cells",
        )  # fmt: skip
    return levels


def _actions(
    member: Member, cells: Cells, genes: Sequence[str] | None, search: InterventionSearch
) -> tuple[tuple[Action, ...], tuple[str, ...]]:
    """All actions on single genes, and the genes that no cell expresses, which have none."""
    candidates = tuple(member.genes if genes is None else dict.fromkeys(genes))
    columns = [_column(gene, member.genes) for gene in candidates]
    quantiles = np.quantile(member.denoise(cells.x)[:, columns], _HIGH, axis=0)
    # Three digits are enough for a level, and keep the name readable.
    high = {gene: float(f"{q:.3g}") for gene, q in zip(candidates, quantiles, strict=True)}
    silent = tuple(
        g for g, k in zip(candidates, columns, strict=True) if not (cells.x[:, k] > 0).any()
    )
    for gene in search.levels or {}:
        _column(gene, member.genes)
    levels = {**high, **(search.levels or {})}
    actions = []
    for gene in (gene for gene in candidates if gene not in silent):
        if "knockout" in search.kinds:
            actions.append(Action(gene, "knockout"))
        if "overexpression" in search.kinds and levels[gene] > 0:
            actions.append(Action(gene, "clamp", levels[gene]))
    if not actions:
        raise InputError(
            "genes to perturb that are expressed", listing(candidates) or "none",
            "name genes that some cell expresses",
        )  # fmt: skip
    return tuple(actions), silent


def _column(gene: str, genes: tuple[str, ...]) -> int:
    if gene not in genes:
        raise GeneNameError("a gene of the fit", repr(gene), did_you_mean(gene, genes))
    return genes.index(gene)


def _extended(sets: Sequence[Intervention], actions: Sequence[Action]) -> Iterator[Intervention]:
    """Each set with one more action, on another gene; without repetition."""
    known = set()
    for smaller in sets:
        for action in actions:
            if action.gene not in smaller.genes:
                larger = Intervention((*smaller.actions, action))
                if larger not in known:
                    known.add(larger)
                    yield larger


def _table(tried: Mapping[Intervention, np.ndarray], least_gain: float) -> pd.DataFrame:
    """The minimal sets: closer than all their subsets that were tried, the control included."""
    mean = {intervention: float(distances.mean()) for intervention, distances in tried.items()}
    control = mean[CONTROL]
    rows = []
    for intervention, distances in tried.items():
        actions, distance = intervention.actions, mean[intervention]
        parts = (Intervention(p) for k in range(len(actions)) for p in combinations(actions, k))
        nearest = min((mean[p] for p in parts if np.isfinite(mean.get(p, math.nan))), default=0.0)
        if distance < nearest - least_gain * control:
            spread = float(distances.std(ddof=1)) if len(distances) > 1 else math.nan
            rows.append((intervention.name, len(actions), distance, spread, 1 - distance / control))
    columns = ["intervention", "genes", "distance", "spread", "reached"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["distance", "genes"], kind="stable", ignore_index=True)


def _findings(
    table: pd.DataFrame,
    tried: Mapping[Intervention, np.ndarray],
    silent: Sequence[str],
    skipped: int,
) -> tuple[Finding, ...]:
    findings = []
    if table.empty:
        text = f"none of {len(tried) - 1:,} sets brings cells closer to the wanted state"
        findings.append(Finding("interventions.none-helps", text, "note"))
    diverged = [each.name for each, distances in tried.items() if not np.isfinite(distances).all()]
    if diverged:
        text = f"the simulation diverges under {listing(diverged)}: these sets are left out"
        findings.append(Finding("interventions.diverged", text))
    if skipped:
        text = f"only the best sets were extended, and {skipped:,} were not: raise search.tries"
        findings.append(Finding("interventions.beam-search", text, "note"))
    if silent:
        text = f"no cell expresses {listing(silent)}: not perturbed"
        findings.append(Finding("interventions.silent-genes", text, "note"))
    if len(tried[CONTROL]) == 1:
        text = "the spread is empty, since the fit has one member"
        findings.append(Finding("interventions.one-member", text, "note"))
    return tuple(findings)
