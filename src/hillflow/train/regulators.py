"""Candidate edges: for which pairs of genes a field has parameters.

In a small panel every pair that is allowed is a candidate. In one of more than `SMALL_PANEL` genes,
candidates are the edges of a prior and, of the other allowed pairs, the `CANDIDATES`
strongest regulators of each gene by the network in closed form (of cells of one time, by their
velocities): parameters, and time for each step
of a training, are then O(genes), not O(genes²). The logic field needs few in any panel.

Cost: that of `hillflow.closed_form` without bootstraps, where candidates have to be chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.baselines.truth_tables import truth_tables
from hillflow.closed_form import closed_form_network
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.errors import InputError, UnsupportedError, listing
from hillflow.fields import FIELDS, CandidateEdges
from hillflow.genes import SMALL_PANEL
from hillflow.train.velocity_regulators import strongest_by_velocity

REGULATORS = 4  # of a gene in a truth table, itself included
CANDIDATES = 10  # of a gene in a large panel, beside those of a prior
MOST_PAIRS = 4_000_000  # that are compared: all those of 2,000 genes
KILOBYTES = 0.6  # of memory for each compared pair, measured

Index = NDArray[np.integer[Any]]


def field_edges(
    field: str,
    data: Cells,
    *,
    regulators: Sequence[str] | None = None,
    prior: CandidateEdges | None = None,
    seed: int = 0,
) -> CandidateEdges | None:
    """Return the candidate edges of a field, see the module; None for all pairs.

    Parameters
    ----------
    field
        Its name. One without candidate edges takes no regulators.
    data
        Cells of which the strongest regulators are chosen, where not all are kept.
    regulators
        Genes that may act; by default all.
    prior
        Edges of a prior, and edges that are free beside it; by default all pairs.
    seed
        Seed of the coupling of the cells.
    """
    check_field(field, regulators)
    if "mask" not in FIELDS[field].prior:
        return None
    if isinstance(data, Trajectories) and data.doses is not None:
        prior = _but_into(data.doses.further, data.genes, prior)
    within = _allowed(data.genes, regulators, prior)
    if isinstance(data, Snapshots) and data.at_rest:
        return _of_perturbed(data, regulators, prior)
    if isinstance(data, Snapshots) and len(data.times) == 1:
        return _of_velocity(field, data, within, regulators, prior)
    if field == "logic":
        among = None if prior is None else within
        return candidate_regulators(data, among, regulators=regulators, seed=seed)
    if len(data.genes) <= SMALL_PANEL or (
        prior is not None and within is not None and not within.free.any()
    ):
        return within
    check_pairs(len(data.genes), regulators, within)
    source, target = _strongest(data, CANDIDATES, regulators, _free(within), seed)
    if within is None or prior is None:  # a gene may always act on itself, as among all pairs
        own = _acting(data.genes, regulators)
        return _chosen(np.append(source, own), np.append(target, own), len(data.genes))
    fixed = ~within.free.numpy()
    source = np.concatenate([within.source.numpy()[fixed], source])
    target = np.concatenate([within.target.numpy()[fixed], target])
    return CandidateEdges(source, target, len(data.genes), *_known(within, source, target))


def _but_into(
    given: Sequence[str], genes: Sequence[str], prior: CandidateEdges | None
) -> CandidateEdges:
    """All pairs, or those of a prior, but for edges into columns that are given and not predicted.

    Where the prior leaves other pairs out, doses and covariates may still act on every state.
    """
    states = [k for k, gene in enumerate(genes) if gene not in given]
    sources = list(range(len(genes)))
    if prior is not None:
        sources = [k for k in sources if k not in states]
    target, source = (part.ravel() for part in np.meshgrid(states, sources, indexing="ij"))
    if prior is None:
        return _chosen(source, target, len(genes))
    named = np.isin(prior.target.numpy(), states)
    told = np.stack([prior.source.numpy()[named], prior.target.numpy()[named]])
    source, target = np.unique(np.concatenate([told, [source, target]], axis=1), axis=1)
    return CandidateEdges(source, target, len(genes), *_known(prior, source, target))


def _of_perturbed(
    data: Snapshots, regulators: Sequence[str] | None, prior: CandidateEdges | None
) -> CandidateEdges:
    """Edges from perturbed genes (or `regulators`), and of a prior, on all genes but inputs.

    At rest, what a gene does is seen where it was perturbed; of the others it cannot be told from
    what they respond to. A gene's own edge is left out too: it cannot be told from its production.
    """
    if regulators is None:
        perturbed = {gene for condition in data.conditions for gene in condition.genes}
        regulators = [gene for gene in data.genes if gene in perturbed]
    targets = [k for k, gene in enumerate(data.genes) if gene not in data.inputs]
    target, source = np.meshgrid(targets, _acting(data.genes, regulators), indexing="ij")
    pairs = np.stack([source.ravel(), target.ravel()])[:, (source != target).ravel()]
    if prior is None:
        return _chosen(pairs[0], pairs[1], len(data.genes))
    fixed = ~prior.free.numpy()
    told = np.stack([prior.source.numpy()[fixed], prior.target.numpy()[fixed]])
    source, target = np.unique(np.concatenate([told, pairs], axis=1), axis=1)
    return CandidateEdges(source, target, len(data.genes), *_known(prior, source, target))


def _of_velocity(
    field: str, data: Snapshots, within: CandidateEdges | None, regulators: Sequence[str] | None,
    prior: CandidateEdges | None,
) -> CandidateEdges | None:  # fmt: skip
    """Edges of cells of one time: of few genes all, else those that best explain velocities."""
    logic, genes = field == "logic", len(data.genes)
    if not logic and (
        genes <= SMALL_PANEL or (within is not None and prior is not None and not within.free.any())
    ):
        return within
    check_pairs(genes, regulators, within)
    own = _acting(data.genes, regulators)
    choice = within if logic else _free(within)
    allowed = np.zeros((genes, genes), bool)  # [target, source]
    allowed[:, own] = True
    if choice is not None and prior is not None:
        allowed[:] = False
        allowed[choice.target, choice.source] = True
    np.fill_diagonal(allowed, False)
    count = REGULATORS - 1 if logic else CANDIDATES
    source, target = strongest_by_velocity(data, count, allowed)
    source, target = np.append(source, own), np.append(target, own)
    if within is None or prior is None:
        return _chosen(source, target, genes)
    if not logic:
        fixed = ~within.free.numpy()
        source = np.concatenate([within.source.numpy()[fixed], source])
        target = np.concatenate([within.target.numpy()[fixed], target])
        target, source = np.unique(np.stack([target, source]), axis=1)
    return CandidateEdges(source, target, genes, *_known(within, source, target))


def candidate_regulators(
    data: Cells,
    within: CandidateEdges | None = None,
    *,
    regulators: Sequence[str] | None = None,
    count: int = REGULATORS,
    seed: int = 0,
) -> CandidateEdges:
    """Return each gene itself and its best other regulators, by truth tables in closed form.

    In a large panel, by the whole network in closed form. Edges that are not of a prior are free.

    Parameters
    ----------
    data
        The cells.
    within
        Edges of a prior, among which to choose, with their signs; None: all pairs.
    regulators
        Genes that may act on others and themselves; None: all.
    count
        Number of candidates of a gene.
    seed
        Seed of the coupling of the cells.
    """
    genes = list(data.genes)
    own = _acting(data.genes, regulators)
    if len(genes) <= SMALL_PANEL:
        source, target = _best_by_tables(data, count, own, within, seed)
    else:
        check_pairs(len(genes), regulators, within)
        source, target = _strongest(data, count, regulators, within, seed, but_for=own)
    source, target = np.concatenate([own, source]), np.concatenate([own, target])
    if within is None:
        return _chosen(source, target, len(genes))
    return CandidateEdges(source, target, len(genes), *_known(within, source, target))


def check_field(field: str, regulators: Sequence[str] | None) -> None:
    """Refuse regulators for a field without candidate edges."""
    if regulators is None or field == "auto" or "mask" in FIELDS[field].prior:
        return
    able = [entry.name for entry in FIELDS.values() if "mask" in entry.prior]
    raise UnsupportedError(
        "a field with candidate edges, to let only some genes act",
        f"the {field!r} field, in which every gene acts on every other",
        f"choose field=… (--field) among {listing(able, 9)}, or leave regulators=… "
        "(--regulators) out",
    )


def check_pairs(
    genes: int, regulators: Sequence[str] | None, within: CandidateEdges | None = None
) -> None:
    """Refuse to compare more pairs than `MOST_PAIRS`, before any work.

    Every compared pair costs about 0.6 kB while the network in closed form is computed, so that
    those of 2,000 genes take 2.4 GB beside the cells: what a small computer has.
    """
    acting = genes if regulators is None else len(regulators)
    pairs = genes * acting if within is None else len(within)
    if pairs <= MOST_PAIRS:
        return
    raise InputError(
        f"at most {MOST_PAIRS:,} pairs of a regulator and a gene (all those of 2,000 genes)",
        f"{pairs:,}, since {acting:,} of {genes:,} genes may act: about "
        f"{pairs * KILOBYTES / 1e6:,.0f} GB of memory",
        "name the genes that may act: regulators='prior' (--regulators prior) with a prior "
        "network, or a file of transcription factors; or fit fewer genes",
    )


def _allowed(
    genes: Sequence[str], regulators: Sequence[str] | None, prior: CandidateEdges | None
) -> CandidateEdges | None:
    """The pairs that may be edges: of a prior, from regulators; None for all."""
    if regulators is None:
        return prior
    acting = _acting(genes, regulators)
    if prior is not None:
        keep = np.isin(prior.source.numpy(), acting)
        columns = (prior.source, prior.target, prior.sign, prior.free)
        source, target, sign, free = (column.numpy()[keep] for column in columns)
        return CandidateEdges(source, target, len(genes), sign, free)
    if len(genes) > SMALL_PANEL:  # too many to list: `regulators` says it
        return None
    target, source = np.meshgrid(np.arange(len(genes)), acting, indexing="ij")
    return _chosen(source, target, len(genes))


def _chosen(source: Index, target: Index, genes: int) -> CandidateEdges:
    """Edges that no prior has: all are free, so that none counts as given."""
    return CandidateEdges(source, target, genes, free=np.ones(np.size(source), bool))


def _acting(genes: Sequence[str], regulators: Sequence[str] | None) -> Index:
    """Indices of the regulators."""
    named = None if regulators is None else set(regulators)
    return np.array([k for k, gene in enumerate(genes) if named is None or gene in named], int)


def _free(within: CandidateEdges | None) -> CandidateEdges | None:
    """The free edges among candidates of a prior."""
    if within is None:
        return None
    free = within.free.numpy()
    return CandidateEdges(within.source[free], within.target[free], within.genes)


def _known(within: CandidateEdges, source: Index, target: Index) -> tuple[Index, NDArray[np.bool_]]:
    """Sign of each pair, and whether it is free, by a prior; others have no sign and are free."""
    keys = (within.target * within.genes + within.source).numpy()  # sorted, as the edges are
    pairs = target * within.genes + source
    at = np.searchsorted(keys, pairs)
    there = np.append(keys, -1)[at] == pairs
    sign = np.where(there, np.append(within.sign.numpy(), 0)[at], 0)
    return sign, np.where(there, np.append(within.free.numpy(), True)[at], True)


def _best_by_tables(
    data: Cells, count: int, own: Index, within: CandidateEdges | None, seed: int
) -> tuple[Index, Index]:
    """The strongest others of each gene by truth tables, so that with itself it has `count`."""
    genes = list(data.genes)
    weight = truth_tables(data, seed=seed).matrix().loc[genes, genes].to_numpy().T
    allowed = np.zeros(weight.shape, bool)  # [target, source]
    allowed[:, own] = True
    if within is not None:
        listed = np.zeros(weight.shape, bool)
        listed[within.target, within.source] = True
        allowed &= listed
    np.fill_diagonal(allowed, False)
    weight = np.where(allowed, np.abs(weight), -1.0)
    source, target = list[int](), list[int]()
    acts = set(own.tolist())
    for gene in range(len(genes)):
        best = np.argsort(-weight[gene], kind="stable")[: min(count, len(genes)) - (gene in acts)]
        best = best[weight[gene, best] >= 0]
        source += best.tolist()
        target += [gene] * len(best)
    return np.array(source, int), np.array(target, int)


def _strongest(
    data: Cells,
    count: int,
    regulators: Sequence[str] | None,
    within: CandidateEdges | None,
    seed: int,
    but_for: Index | None = None,
) -> tuple[Index, Index]:
    """The `count` strongest regulators of each gene in closed form; one fewer of `but_for`."""
    allowed = None
    if within is not None:
        allowed = np.zeros((len(data.genes),) * 2, bool)
        allowed[within.target, within.source] = True
    network = closed_form_network(
        data, regulators=None if regulators is None else tuple(regulators), within=allowed,
        bootstraps=0, seed=seed,
    )  # fmt: skip
    edges = network.edges.sort_values("weight", key=np.abs, ascending=False, kind="stable")
    rank = edges.groupby("target", sort=False).cumcount().to_numpy()
    place = {gene: k for k, gene in enumerate(data.genes)}
    source, target = (edges[end].map(place).to_numpy(np.int64) for end in ("source", "target"))
    most = np.full(len(data.genes), count)
    if but_for is not None:
        most[but_for] -= 1
    kept = rank < most[target]
    return source[kept], target[kept]
