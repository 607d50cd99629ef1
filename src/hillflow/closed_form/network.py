"""A network straight from the cells, with signs and confidences, in one pass.

    size_ij = ½ |l_ij(0)| + ½ |r_ij(0)| + |t_ij(0)| + s_j Σ_{γ ∈ {1, 4}/Δ} (|l_ij(γ)| + |t_ij(γ)|)
              + (.3 + .6 s) (|r_ij*| + |t_ij*|)

each view divided by its mean size; the sign is that of the signed sum. The views explain the
production p of each gene at a decay rate γ (see `steps`; Δ the median gap between times):

r   slopes of a linear law, ridge λ = .01 (`linear`)
l   the same with λ = .001, relative to the target's strongest regulator
t   truth tables of at most three regulators (`tables`)

γ = 0 asks how a gene's velocity follows its regulators, and needs cells on their way; γ = 4/Δ how
its level does, which cells at rest can tell, if perturbations have moved them. So late views count
in full for a regulator that some condition perturbs, s_j = 1, and for the others by the share s of
genes that are perturbed.

All of these are of steps to the mean descendant of each cell, where noise is averaged away. Views
with a star are of steps to single descendants: they are noisier, and keep what distinguishes cells
of one population. Where noise is small, they are the better ones.

Sums are kept for sixteen blocks of the cells, from which every bootstrap follows (see `sums`). The
confidence is the calibrated stability of an edge over these bootstraps. It holds what other cells
of the same populations would have changed, not another experiment.

Views and shares were chosen on systems of three kinds, none of which is scored in `benchmarks
closed_form`: Boolean rules of two regimes (four of ours, and four drawn by chance), Hill functions
on small random graphs, and li, cn5 and fn4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hillflow.closed_form.confidence import confidences
from hillflow.closed_form.coupled import Coupled, coupled
from hillflow.closed_form.halves import found_again, split_in_halves
from hillflow.closed_form.invariance import invariance as share_of_well_ranked
from hillflow.closed_form.linear import linear_weights
from hillflow.closed_form.one_pass import one_pass, readable
from hillflow.closed_form.steps import Array, Levels, Steps, perturbed_in
from hillflow.closed_form.sums import AllSums, bootstrap_counts, bounds_within, target_groups
from hillflow.closed_form.tables import PANEL, table_weights
from hillflow.data import Cells
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback
from hillflow.seeds import check_seed
from hillflow.tasks import SERIAL, Workers

FAITHFUL, STEEP = 0.01, 0.001  # penalties of the linear views
LATE = (1.0, 4.0)  # decay rates of the late views, over the median gap
SINGLE = 0.15  # share of each view on single descendants, of all others together
BOOTSTRAPS = 20
MOST_ROWS = 20_000  # of truth tables of more than `PANEL` regulators
MOST_ROWS_OF_FEW = 100_000  # and of others
TARGETS = 100  # whose tables are a piece of the work
READOUT = "closed-form"
DESCRIPTION = "mean of linear laws and truth tables in closed form, relative to the strongest edge"


def closed_form_network(
    data: Cells,
    *,
    regulators: tuple[str, ...] | None = None,
    within: NDArray[np.bool_] | None = None,
    bootstraps: int = BOOTSTRAPS,
    invariance: bool = False,
    seed: int = 0,
    workers: Workers = SERIAL,
    progress: ProgressCallback | None = None,
) -> Network:
    """Infer a network from snapshots or series without fitting a field.

    Parameters
    ----------
    data
        Cells, as they were measured; the units of genes do not matter.
    regulators
        Genes that may act on others; by default all.
    within
        Which pairs may be edges, [genes as targets, genes as sources]; by default all.
    bootstraps
        Resamplings of the cells, two or more, for the confidence; 0 leaves it out.
    invariance
        Whether to add the column ``invariance`` (`hillflow.closed_form.invariance`).
    seed
        Seed of the coupling, the blocks and the bootstraps.
    workers
        Who couples the cells and solves the tables; the bytes of the result do not depend on it.
    progress
        Called with (what, how many are done, of how many).

    Returns
    -------
    Network
        A row for each pair of a regulator and another gene, strongest first, with ``confidence``,
        ``selection`` and ``agreement`` over the bootstraps, and the parts ``linear`` and
        ``tables``. Self-edges are not listed: decay and autoregulation cannot be told apart here.
        Cost: an entropic plan, then O(cells · regulators · genes) and O(cells) a target.

    Examples
    --------
    >>> from hillflow.closed_form import closed_form_network
    >>> import hillflow as hf
    >>> cells = hf.simulate("toggle", cells=100, times=[0, 1, 2, 4])
    >>> network = closed_form_network(hf.Snapshots.from_anndata(cells))
    >>> network.edges["sign"].tolist()  # both genes repress each other
    [-1, -1]
    """
    seed, genes = check_seed(seed), data.genes
    acting = np.arange(len(genes))
    if regulators is not None:
        place = {gene: k for k, gene in enumerate(genes)}
        acting = np.array(sorted(place[gene] for gene in regulators), dtype=np.int64)
    listed = np.zeros((len(genes), len(genes)), dtype=bool)
    listed[:, acting] = True
    np.fill_diagonal(listed, False)
    if within is not None:
        listed &= within
    views = closed_form_views(
        coupled(data, seed), acting, listed[:, acting], bootstraps, seed, workers, progress
    )
    at = np.ix_(np.arange(len(genes)), acting)

    def full(part: Array) -> Array:
        matrix = np.zeros(listed.shape)
        matrix[at] = part
        return matrix

    columns: dict[str, Any] = {name: full(part) for name, part in views.parts.items()}
    if invariance:
        columns["invariance"] = full(
            share_of_well_ranked(views.sample, acting, listed[:, acting], views.whole)
        )
    probability = None
    about: dict[str, Any] = {
        "readout": READOUT, "description": DESCRIPTION, "bootstraps": bootstraps,
        "why": "no fit: regressions on coupled cells",
    }  # fmt: skip
    if bootstraps:
        of_pairs, stable = confidences(views.resampled, listed[:, acting])
        probability = full(of_pairs)
        columns |= {"selection": full(stable.selection), "agreement": full(stable.agreement)}
        about["confidence"] = (
            f"{bootstraps} bootstraps of the cells; how steady an edge is among them, calibrated "
            "on simulated systems"
        )
        halves = split_in_halves(data, seed)
        if halves is not None:
            about["halves"] = _in_halves(halves, acting, listed[:, acting], seed, workers, progress)
    weight = full(views.whole)
    weight /= np.abs(weight).max(initial=0.0) or 1.0
    network = Network.from_matrix(
        genes, weight, candidates=listed, confidence=probability, readout=READOUT, **columns
    )
    network.about.update(about)
    return network


def _in_halves(
    halves: tuple[Cells, Cells],
    regulators: NDArray[np.int64],
    listed: NDArray[np.bool_],
    seed: int,
    workers: Workers,
    progress: ProgressCallback | None,
) -> dict[str, float]:
    """What the networks of two halves share; without tables where they take long."""
    network = partial(
        closed_form_views, regulators=regulators, listed=listed, seed=seed,
        tables=len(regulators) <= PANEL,
    )  # fmt: skip
    with ExitStack() as files:
        sources = [
            files.enter_context(readable(coupled(half, seed, blocks=1), workers)) for half in halves
        ]
        found = []
        for views in workers.each(network, sources):
            found.append(views.whole)
            if progress is not None:
                progress("halves of the cells", len(found), len(halves))
    return found_again(np.stack(found), listed)


@dataclass(frozen=True, eq=False)
class Views:
    """The signed sums of the views, [targets, regulators] each.

    Attributes
    ----------
    whole
        Of all cells.
    resampled
        Of each bootstrap, [bootstraps, targets, regulators].
    parts
        Of which the whole consists: linear laws and tables.
    sample
        The steps that the tables saw.
    """

    whole: Array
    resampled: Array
    parts: dict[str, Array]
    sample: Steps


def closed_form_views(
    source: Coupled,
    regulators: NDArray[np.int64],
    listed: NDArray[np.bool_],
    bootstraps: int = 0,
    seed: int = 0,
    workers: Workers = SERIAL,
    progress: ProgressCallback | None = None,
    *,
    tables: bool = True,
) -> Views:
    """All views of the cells, summed; those of tables on request. Unlisted pairs are 0."""
    counts = bootstrap_counts(source.blocks, bootstraps, seed)
    acted_on = perturbed_in(source.conditions, source.genes)
    perturbed = float(acted_on.any(axis=0).mean())
    late_share = np.where(acted_on[:, regulators].any(axis=0), 1.0, perturbed)
    gap = source.gap
    size = np.zeros((len(counts), *listed.shape))
    signed = np.zeros_like(size)
    parts = {"linear": np.zeros(listed.shape), "tables": np.zeros(listed.shape)}

    def add(name: str, view: Array, share: float | Array) -> None:
        scaled = share * _scaled(view, listed)
        size[:] += np.abs(scaled)
        signed[:] += scaled
        parts[name] += scaled[0]

    rates = (0.0, *(late / gap for late in LATE)) if perturbed else (0.0,)
    kept = MOST_ROWS if len(regulators) > PANEL else MOST_ROWS_OF_FEW
    passed = one_pass(source, regulators, acted_on, rates, kept, workers, progress)
    steep, faithful = _linear(passed.sums[0], listed, counts)
    add("linear", _relative(steep), 0.5)
    add("linear", faithful, 0.5)

    done = 0

    def solved(count: int) -> None:
        nonlocal done
        done += count
        if progress is not None:
            progress("truth tables", done, (len(rates) + 1) * len(listed))

    def add_tables(steps: Steps, states: tuple[Levels, Levels], share: float | Array) -> None:
        if tables:
            found = _tables(steps, states, gap, regulators, listed, counts, workers, solved)
            add("tables", found, share)

    sample = passed.sample
    add_tables(sample, sample.at(0.0), 1.0)
    for rate, sums in zip(rates[1:], passed.sums[1:], strict=True):
        steep, _ = _linear(sums, listed, counts)
        add("linear", _relative(steep), late_share)
        add_tables(sample, sample.at(rate), late_share)
    singles = passed.singles
    pairs, (states, production) = (
        AllSums.empty(regulators, acted_on, source.blocks),
        singles.at_start(),
    )
    pairs.add(states, gap * production, singles.condition, singles.bounds)
    _, faithful = _linear(pairs, listed, counts)
    single = SINGLE * (2 + 2 * len(LATE) * perturbed)
    add("linear", faithful, single)
    add_tables(singles, singles.at_start(), single)
    total = np.sign(signed) * size
    return Views(total[0], total[1:], parts, sample)


def _linear(sums: AllSums, listed: NDArray[np.bool_], counts: Array) -> Array:
    """Both linear views, [2, members, targets, regulators]."""
    out = np.zeros((2, len(counts), *listed.shape))
    for group in sums.groups():
        found = linear_weights(group, counts, (STEEP, FAITHFUL))
        out[:, :, group.targets] = found * listed[group.targets]
    return out


def _tables(
    steps: Steps,
    states_and_production: tuple[Levels, Levels],
    gap: float,
    regulators: NDArray[np.int64],
    listed: NDArray[np.bool_],
    counts: Array,
    workers: Workers,
    solved: Callable[[int], None],
) -> Array:
    """The view of truth tables, [members, targets, regulators]."""
    states, production = states_and_production
    production *= np.float32(gap)  # so that the unit of time does not matter
    out = np.zeros((len(counts), *listed.shape))
    # In pieces of the same size, since what all of them need is sent with each.
    pieces = [
        [
            _Targets(
                rows, targets, states[np.ix_(rows, targets)], production[np.ix_(rows, targets)]
            )
            for rows, targets in piece
        ]
        for piece in _pieces(steps)
    ]
    solve = partial(
        _tables_of, states[:, regulators], steps.bounds, steps.observations, regulators, listed,
        counts,
    )  # fmt: skip
    for piece, found in zip(pieces, workers.each(solve, pieces), strict=True):
        for one, weights in zip(piece, found, strict=True):
            out[:, one.targets] = weights
        solved(sum(len(one.targets) for one in piece))
    return out


@dataclass(frozen=True, eq=False)
class _Targets:
    """Targets that no condition perturbs in these rows, their levels and productions there."""

    rows: NDArray[np.bool_]
    targets: NDArray[np.int64]
    own: Levels
    production: Levels


def _pieces(steps: Steps) -> Iterator[list[tuple[NDArray[np.bool_], NDArray[np.int64]]]]:
    """About `TARGETS` targets a piece, by the rows in which they are not perturbed."""
    piece: list[tuple[NDArray[np.bool_], NDArray[np.int64]]] = []
    for group in target_groups(steps.perturbed):
        rows = ~steps.perturbed[steps.condition, group[0]]
        if rows.sum() < 3:
            continue
        for targets in np.array_split(group, -(-len(group) // TARGETS)):
            piece.append((rows, targets))
            if sum(len(one) for _, one in piece) >= TARGETS:
                yield piece
                piece = []
    if piece:
        yield piece


def _tables_of(
    levels: Levels,
    bounds: NDArray[np.int64],
    observations: float,
    regulators: NDArray[np.int64],
    listed: NDArray[np.bool_],
    counts: Array,
    piece: list[_Targets],
) -> list[Array]:
    """Weights of the tables of some targets, [members, targets, regulators] each."""
    return [
        table_weights(
            levels if one.rows.all() else levels[one.rows], one.own, one.production, regulators,
            one.targets, bounds_within(one.rows, bounds), counts, observations * one.rows.mean(),
            listed[one.targets],
        )
        for one in piece
    ]  # fmt: skip


def _relative(view: Array) -> Array:
    """Divided by each target's strongest, [members, targets, regulators]."""
    strongest = np.abs(view).max(axis=-1, keepdims=True, initial=0.0)
    return view / np.where(strongest > 0, strongest, 1.0)


def _scaled(view: Array, listed: NDArray[np.bool_]) -> Array:
    """Divided by the mean size over the listed pairs, member by member."""
    mean = np.abs(view[:, listed]).mean(axis=1) if listed.any() else np.ones(len(view))
    return np.asarray(view / np.where(mean > 0, mean, 1.0)[:, None, None])
