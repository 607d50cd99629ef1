"""`laws_from_data`: formulas from measurements, without a fitted field.

For trajectories, velocities are estimated (`derivatives`) or not needed (`weak_form`). For
snapshots they must be given, for example as RNA velocities. Decay rates that are not given are
estimated together with a non-negative production of Hill terms.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import numpy as np

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import GeneNameError, InputError, UnsupportedError, did_you_mean
from hillflow.interventions import Intervention
from hillflow.networks.network import Network
from hillflow.symbolic.agreement import first_cells
from hillflow.symbolic.candidates import (
    Also,
    by_importance,
    candidate_parents,
    check_candidates,
    wanted_genes,
)
from hillflow.symbolic.decay import estimated_decay
from hillflow.symbolic.derivatives import METHODS, slopes
from hillflow.symbolic.engine import Progress, SymbolicEngine, constant_law
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.registry import usable_engine
from hillflow.symbolic.weak_form import WeakForm, refit, weak_form
from hillflow.tasks import SERIAL, Workers

_OWN = ("knockout", "knockdown", "overexpression", "clamp", "degradation")


def laws_from_data(
    data: Trajectories | Snapshots,
    graph: Network | None = None,
    genes: Sequence[str] | None = None,
    engine: str | SymbolicEngine = "template",
    *,
    velocity: np.ndarray | None = None,
    method: str = "weak",
    decay: Mapping[str, float] | None = None,
    parents: int = 4,
    also: Also = (),
    seed: int = 0,
    workers: Workers = SERIAL,
    progress: Progress | None = None,
) -> Laws:
    """Find a formula for each gene from trajectories, or from states and their velocities.

    Parameters
    ----------
    data
        Trajectories; or snapshots, together with `velocity`.
    graph
        The network that gives the candidate regulators; by default the candidates are the genes
        that best predict a gene's velocity (`by_importance`).
    genes, engine, parents, also, seed, workers, progress
        As in `distill`.
    velocity
        dx/dt of each row of `data`, [rows, genes], in the units of the data.
    method
        For trajectories without `velocity`: "weak" proposes formulas from smoothed slopes, then
        fits and ranks them by the weak form; "spline" and "difference" use slopes alone.
    decay
        Known decay rates γ by gene, which the laws keep; the others are estimated. Decay cannot
        be distinguished from a linear autoregulation, and is underestimated if series fluctuate
        more than they change systematically.

    Returns
    -------
    Laws
        In the time unit of the data. The law of a gene is fitted without the rows in which this
        gene was perturbed. The targets of a gene under a `cut_outgoing` or `cut_edge` action see
        the share of its level that remains.

    Examples
    --------
    >>> import numpy as np
    >>> import hillflow as hf
    >>> from hillflow.symbolic import laws_from_data
    >>> times = np.linspace(0, 3, 12)
    >>> level = 0.5 + np.exp(-times) * np.array([[1.0], [2.0], [3.0]])  # dx/dt = 0.5 - x
    >>> data = hf.Trajectories.from_arrays(level[..., None], times, ["A"])
    >>> laws_from_data(data, decay={"A": 1.0}, parents=0)["A"].best.text(digits=2)
    'dA/dt = 0.5 - 1*A'
    """
    x, rates, of_row, conditions = _states(data, velocity, method)
    wanted = wanted_genes(data.genes, genes, "data")
    check_candidates(parents, also, data.genes)
    for gene in decay or {}:
        _among([gene], data.genes)
    chosen = usable_engine(engine)

    problems: list[LawProblem] = []
    constants: dict[str, ParetoFront] = {}
    for target in wanted:
        i = data.genes.index(target)
        seen, rows = _seen(x, of_row, conditions, data.genes, target)
        known = _candidates(graph, data.genes, target, parents, also, seen, rates[rows], seed)
        columns = [data.genes.index(parent) for parent in known]
        gamma = (decay or {}).get(target)
        if gamma is None:
            gamma = estimated_decay(seen[:, columns], seen[:, i], rates[rows, i])
        problem = LawProblem(
            target, tuple(known), seen[:, columns], rates[rows, i] + gamma * seen[:, i],
            decay=float(gamma),
        )  # fmt: skip
        if known and not problem.is_constant:
            problems.append(problem)
        else:
            constants[target] = ParetoFront(target, [constant_law(problem, chosen.name)])
    fronts = chosen.fit(problems, seed=seed, workers=workers, progress=progress) if problems else []
    fronts_by_gene = {front.gene: front for front in fronts} | constants
    if isinstance(data, Trajectories) and velocity is None and method == "weak":
        weak_of = functools.cache(functools.partial(weak_form, data))  # genes share series
        fronts_by_gene = {
            gene: _weakly(front, weak_of(_unperturbed(data, gene)), gene in (decay or {}))
            for gene, front in fronts_by_gene.items()
        }
    about = {
        "engine": chosen.name, "method": "velocity" if velocity is not None else method,
        "seed": seed,
    }  # fmt: skip
    start = first_cells(data, len(data.x)).mean(0).tolist()
    return Laws(
        {gene: fronts_by_gene[gene] for gene in wanted}, data.time_unit,
        initial=dict(zip(data.genes, start, strict=True)), about=about,
    )  # fmt: skip


def _states(
    data: Trajectories | Snapshots, velocity: np.ndarray | None, method: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[Intervention, ...]]:
    """States, velocities, index of each row's condition, and the conditions."""
    if not isinstance(data, Trajectories | Snapshots):
        raise InputError(
            "Trajectories, or Snapshots with velocity=…", type(data).__name__,
            "build them with Trajectories.from_arrays(x, times, genes)",
        )  # fmt: skip
    of_row = data.condition if isinstance(data, Snapshots) else data.series
    if velocity is not None:
        given = np.asarray(velocity, dtype=float)
        if given.shape != data.x.shape or not np.isfinite(given).all():
            raise InputError(
                f"finite velocities of shape {data.x.shape}, the shape of the states",
                f"shape {given.shape}" + ("" if np.isfinite(given).all() else " with NaN"),
                "give dx/dt of each row and gene; leave out genes without a velocity",
            )
        return data.x.astype(float), given, of_row, data.conditions
    if isinstance(data, Snapshots):
        raise UnsupportedError(
            "Trajectories, or a velocity for each cell", "Snapshots alone, in which no cell is "
            "measured twice", "pass velocity=…, or fit a field and distill the fit",
        )  # fmt: skip
    if method not in METHODS:
        raise InputError("a method", repr(method), did_you_mean(method, METHODS))
    estimate = slopes(data, "spline" if method == "weak" else method)
    return estimate.x, estimate.velocity, estimate.series, data.conditions


def _seen(
    x: np.ndarray, of_row: np.ndarray, conditions: Sequence[Intervention],
    genes: Sequence[str], target: str,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """States as seen by the target, and the rows in which the target was not perturbed."""
    seen, holds = x.copy(), np.ones(len(x), dtype=bool)
    for index, condition in enumerate(conditions):
        rows = of_row == index
        for action in condition:
            own_edge = action.target == action.gene  # decay sees the level, production does not
            if action.gene == target and (action.kind in _OWN or own_edge):
                holds &= ~rows
            else:
                seen[rows, genes.index(action.gene)] *= action.share_seen_by(target)
    if not holds.any():
        raise InputError(
            f"rows in which {target!r} was not perturbed", "none", "leave this gene out (genes=…)"
        )
    return seen[holds], np.flatnonzero(holds)


def _candidates(
    graph: Network | None, genes: Sequence[str], target: str, most: int, also: Also,
    x: np.ndarray, velocity: np.ndarray, seed: int,
) -> tuple[str, ...]:  # fmt: skip
    if graph is not None:
        return candidate_parents(graph, target, most, also)
    ranked = by_importance(x, velocity, genes.index(target), most, seed) if most else []
    extra = also.get(target, ()) if isinstance(also, Mapping) else also
    return tuple(dict.fromkeys([*(genes[k] for k in ranked), *_among(extra, genes)]))


def _unperturbed(data: Trajectories, gene: str) -> tuple[str, ...]:
    """Names of the series in which the gene's equation holds for the observed levels."""
    return tuple(
        name
        for name, condition in zip(data.names, data.conditions, strict=True)
        if all(action.gene != gene and action.share_seen_by(gene) == 1.0 for action in condition)
    )


def _weakly(front: ParetoFront, weak: WeakForm, known_decay: bool) -> ParetoFront:
    """The same formulas, with constants and BIC from the weak form."""
    return ParetoFront(front.gene, [refit(law, weak, known_decay=known_decay) for law in front])


def _among(wanted: Sequence[str], genes: Sequence[str]) -> tuple[str, ...]:
    for gene in wanted:
        if gene not in genes:
            raise GeneNameError("genes of the data", repr(gene), did_you_mean(gene, list(genes)))
    return tuple(wanted)
