"""`distill`: formulas from a fitted field, for each gene.

The production of the field is evaluated at the cells and at states in a wider range (`sampling`).
An engine fits formulas of the candidate regulators (`candidates`) to it. Decay is the decay of the
field. The result states how well the formulas, simulated together, follow the fit (`agreement`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch

from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.graph import graph as read_graph
from hillflow.data import Cells
from hillflow.errors import GeneNameError, UnsupportedError
from hillflow.fields import VectorField
from hillflow.findings import warn
from hillflow.model import Member
from hillflow.model.fit import Fitted, members_of
from hillflow.networks.network import Network
from hillflow.symbolic.agreement import Agreement, agreement, first_cells
from hillflow.symbolic.candidates import Also, candidate_parents, check_candidates, wanted_genes
from hillflow.symbolic.engine import Progress, SymbolicEngine, constant_law
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.learned import mean_learned
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.registry import usable_engine
from hillflow.symbolic.sampling import Sampling, split_cells, widened
from hillflow.tasks import SERIAL, Workers


def distill(
    fitted: Fitted,
    data: Cells,
    graph: Network | None = None,
    genes: Sequence[str] | None = None,
    engine: str | SymbolicEngine = "template",
    *,
    parents: int = 4,
    also: Also = (),
    sampling: Sampling | None = None,
    seed: int = 0,
    workers: Workers = SERIAL,
    progress: Progress | None = None,
) -> Laws:
    """Find a formula for each gene's production in a fitted field.

    For a fit of several members, the mean production over the members is distilled (with the mean
    of their decay, noise and rates of proteins), and each member separately: ``law.agreement`` is
    the share of the members whose best law has the same structure (family, regulators and signs).

    Parameters
    ----------
    fitted
        The fit, or one of its members. Its field needs a production/decay split.
    data
        The cells at which the field is evaluated.
    graph
        The network that gives the candidate regulators; by default it is inferred from `fitted`.
    genes
        Genes to find laws for; by default all.
    engine
        The name of an engine (see `ENGINES`), or an engine object.
    parents
        Number of candidate regulators per gene: the strongest ones of the network.
    also
        Further candidates, for every gene or by gene.
    sampling
        Number and range of the states; see `Sampling`.
    seed
        Seed of the random states and of the engine.
    workers
        Who searches, a gene at a time, for engines that run in parallel.
    progress
        Called with the name of the task, the genes that are done, and all genes.

    Returns
    -------
    Laws
        A gene without candidates has a constant production. Cost: one evaluation of the field at
        the widened states of each gene, plus the engine's search.

    Examples
    --------
    >>> import hillflow as hf
    >>> from hillflow.symbolic import Sampling, distill
    >>> run = hf.fit(hf.simulate("toggle", cells=20, times=[0, 1, 2]), field="linear", effort=0.02)
    >>> few = Sampling(states=50, members=0)
    >>> laws = distill(run.fit, run.data, genes=["A"], parents=1, sampling=few)
    >>> list(laws), laws["A"].best.engine
    (['A'], 'template')
    """
    models = members_of(fitted)
    fields = [model.field for model in models]
    _check_fields(fields)
    cells = checked_cells(fitted, data)
    wanted = wanted_genes(models[0].genes, genes, "model")
    check_candidates(parents, also, models[0].genes)
    chosen = usable_engine(engine)
    sampling = sampling or Sampling()
    network = read_graph(fitted, data) if graph is None else graph
    if network.genes != models[0].genes and set(wanted) - set(network.genes):
        raise GeneNameError(
            "a graph over the genes of the model", f"a graph of {len(network.genes)} genes",
            "infer it from the same fit (hillflow.causal.graph)",
        )  # fmt: skip

    reader = _Reader(models, cells, sampling, seed)
    members = min(len(models), sampling.members) if len(models) > 1 else 0
    means: list[LawProblem] = []
    by_member: list[LawProblem] = []
    for target in wanted:
        known = candidate_parents(network, target, parents, also)
        problem, own = reader.problems(target, known, members)
        means.append(problem)
        by_member += own
    fronts = _fit([*means, *by_member], chosen, seed, workers, progress)
    fronts_by_gene = dict(zip(wanted, fronts, strict=False))
    if members:
        rest = fronts[len(means) :]
        for k, target in enumerate(wanted):
            alike = [front.best.structure for front in rest[k * members : (k + 1) * members]]
            fronts_by_gene[target] = _with_agreement(fronts_by_gene[target], alike)
    start = models[0].denoise(first_cells(cells, len(cells.x))).mean(0).tolist()
    laws = Laws(
        fronts_by_gene, models[0].time_unit, initial=dict(zip(models[0].genes, start, strict=True)),
        about={
            "engine": chosen.name, "field": fields[0].name, "readout": network.readout,
            "candidates": {problem.gene: list(problem.parents) for problem in means},
            "states": sampling.states, "widen": sampling.widen,
            "tolerance": sampling.tolerance, "members": len(models), "parents": parents,
            "also": _plain(also), "seed": seed, "scale": models[0].scale,
        },
        proteins=mean_learned(models, "protein"), noise=mean_learned(models, "noise"),
    )  # fmt: skip
    if tuple(fronts_by_gene) != models[0].genes:
        return laws  # a part of the system cannot be simulated
    compared = agreement(laws, fitted, cells)
    # Cells of one time have no later one to which laws and fit could be simulated.
    return replace(laws, agreement=compared if _finite(compared) else None)


def _plain(also: Also) -> list[str] | dict[str, list[str]]:
    """The same as plain JSON values."""
    if isinstance(also, Mapping):
        return {target: list(names) for target, names in also.items()}
    return list(also)


class _Reader:
    """Evaluates the production of each member, and makes problems for an engine."""

    def __init__(
        self, models: Sequence[Member], cells: Cells, sampling: Sampling, seed: int
    ) -> None:
        self.fields = [model.field for model in models]
        self.sampling, self.seed = sampling, seed
        self.genes = models[0].genes
        self.states, self.times = models[0].denoise(cells.x), np.asarray(cells.time)
        random = np.random.default_rng(seed)
        self.fitted, self.left_out = split_cells(len(self.states), sampling, random)
        self.on_cells = self._production(self.states[self.fitted], self.times[self.fitted])
        self.on_left_out = self._production(self.states[self.left_out], self.times[self.left_out])

    def problems(
        self, target: str, parents: Sequence[str], members: int
    ) -> tuple[LawProblem, list[LawProblem]]:
        """The problem of the mean over all members, and of each of the first `members`."""
        i = self.genes.index(target)
        columns = np.array([self.genes.index(parent) for parent in parents], dtype=int)
        random = np.random.default_rng([self.seed, i])
        wide, y_wide = self._beyond(columns, i, random)
        off, y_off = self._beyond(columns, i, random)
        y = np.concatenate([self.on_cells[..., i], y_wide], axis=1)
        asked = LawProblem(
            target, tuple(parents),
            x=np.concatenate([self.states[self.fitted], wide])[:, columns], y=y.mean(0),
            x_off=off[:, columns], y_off=y_off.mean(0),
            x_left_out=self.states[self.left_out][:, columns],
            y_left_out=self.on_left_out[..., i].mean(0),
            noise=self.sampling.tolerance * float(y.mean(0).std()),
        )  # fmt: skip
        rates = self._decay(i)
        own = [
            replace(
                asked, y=y[m], y_off=y_off[m], y_left_out=self.on_left_out[m, :, i],
                noise=self.sampling.tolerance * float(y[m].std()),
                decay=None if rates is None else float(rates[m]),
            )
            for m in range(members)
        ]  # fmt: skip
        return replace(asked, decay=None if rates is None else float(rates.mean())), own

    def _beyond(
        self, columns: np.ndarray, i: int, random: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Widened states, [n, genes], and the production of gene i there, [members, n]."""
        x, rows = widened(
            self.states[self.fitted], columns, self.sampling.widen, self.sampling.states, random,
            positive=self.fields[0].keeps_orthant or bool((self.states >= 0).all()),
        )  # fmt: skip
        return x, self._production(x, self.times[self.fitted][rows])[..., i]

    @torch.no_grad()
    def _production(self, x: np.ndarray, times: np.ndarray) -> np.ndarray:
        """Production, [members, n, genes]; the whole velocity if decay is not rate × level."""
        values = []
        for field in self.fields:
            like = field._like()
            states = torch.as_tensor(x).to(like)
            t = None if field.autonomous else torch.as_tensor(times).to(like)
            whole = field.decay_rate() is None
            value = field(t, states) if whole else field.production(states, t)
            values.append(value.double().numpy(force=True))
        return np.stack(values)

    @torch.no_grad()
    def _decay(self, i: int) -> np.ndarray | None:
        """γ of the gene in each member; None if decay is not rate × level."""
        rates = [field.decay_rate() for field in self.fields]
        if any(rate is None for rate in rates):
            return None
        return np.array([float(rate[i]) for rate in rates if rate is not None])


def _fit(
    problems: Sequence[LawProblem], engine: SymbolicEngine, seed: int, workers: Workers,
    progress: Progress | None,
) -> list[ParetoFront]:  # fmt: skip
    """A front for each problem; without regulators or variation, production is constant."""
    simple = [not problem.parents or problem.is_constant for problem in problems]
    hard = [problem for problem, plain in zip(problems, simple, strict=True) if not plain]
    fitted = iter(engine.fit(hard, seed=seed, workers=workers, progress=progress) if hard else ())
    return [
        ParetoFront(problem.gene, [constant_law(problem, engine.name)]) if plain else next(fitted)
        for problem, plain in zip(problems, simple, strict=True)
    ]


def _with_agreement(front: ParetoFront, structures: Sequence[str]) -> ParetoFront:
    """The front with the share of members whose best law has each law's structure."""
    return ParetoFront(
        front.gene,
        [
            replace(
                law, agreement=sum(law.structure == other for other in structures) / len(structures)
            )
            for law in front
        ],
    )


def _check_fields(fields: Sequence[VectorField]) -> None:
    for field in fields:
        if not field.has_split:
            raise UnsupportedError(
                "a field with a production/decay split",
                f"the {field._title()} field, which has none",
                "fit a field that has one, for example 'hill', 'sparse' or 'linear'",
            )
    if not fields[0].autonomous:
        warn(
            f"The {fields[0]._title()} field depends on time, laws do not: each law describes the "
            "mean over the times of the cells.",
            "laws.time-dependent-field",
        )


def _finite(compared: Agreement) -> bool:
    return compared.trajectory is None or math.isfinite(compared.trajectory)
