"""``graph`` with regulators by their activity, or by the larger of activity and mRNA."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hillflow.activities import activity_network, regulons, samples
from hillflow.cost import Cost
from hillflow.data import Cells
from hillflow.errors import GeneNameError, did_you_mean, listing
from hillflow.findings import collect_findings, note
from hillflow.machine import memory_in_use, memory_of_machine
from hillflow.networks import Network
from hillflow.train.regulators import check_pairs
from hillflow.workflow._graph_shared import kept
from hillflow.workflow.cells import CellsLike, check_genes_are, read_cells
from hillflow.workflow.options.base import asked, named
from hillflow.workflow.options.data import DataOptions
from hillflow.workflow.options.graph import GraphOptions
from hillflow.workflow.options.prior import NetworkOptions
from hillflow.workflow.options.regulators import ALL, PRIOR, RegulatorOptions
from hillflow.workflow.options.state import StateOptions
from hillflow.workflow.priors_options import read_names, read_network
from hillflow.workflow.reading import gene_list

SECONDS = 1e-7  # for each regulator, row and gene, measured
BYTES_OF_A_PAIR, COPIES = 300, 12  # of its row in the table; of [rows, genes] at the same time


def graph_by_activity(
    cells: CellsLike,
    data: DataOptions,
    network: NetworkOptions,
    acting: RegulatorOptions,
    state: StateOptions,
    options: GraphOptions,
) -> Network | Cost:
    """The network of activities of cells; of a dry run, what it costs."""
    with collect_findings() as said:
        read = read_cells(cells, data)
        check_genes_are("a network", read.scale)
        prior = _of_regulators(read_network(network), acting)
        aliases = read_names(network.aliases)
        targets = regulons(
            prior, read.genes, tmin=state.tmin, fold_case=network.fold_case, aliases=aliases
        )
        check_pairs(len(read.genes), targets.regulators)
        rows = samples(read, options.seed)
        cost = _cost(len(rows.x), len(read.genes), len(targets))
        if options.dry_run:
            return cost
        cost.check()
        found = activity_network(
            rows.x, read.genes, prior, regulator_state=state.regulator_state, known=state.known,
            neighbours=state.neighbours, order=_order(read, state.order),
            tmin=state.tmin, fold_case=network.fold_case, aliases=aliases,
        )  # fmt: skip
        _say_what_it_is_worth()
    why = f"no fit: genes correlated with each regulator's {_WORDS[state.regulator_state]}"
    found = replace(found, about={**found.about, "rows": rows.what, "why": why})
    given = {**asked(options), **asked(state), **asked(network), **asked(acting)}
    return kept(found, read, options, given, said)


_WORDS = {"activity": "activity without them", "both": "activity without them, or mRNA"}


def _say_what_it_is_worth() -> None:
    """What `benchmarks real` found of these networks, so that users know when to take one."""
    note(
        "measured on real sets (`benchmarks real`; mean AUROC over regulators, chance .5): "
        "B. subtilis, both, 15 genes on each side left out: .87 (mRNA .70). Yeast, activity from "
        "motifs: .55 to .65, .61 to .77 with known='first', where motifs and their number at a "
        "gene reach .63 to .76. Dendritic cells: .47 to .52, at chance or next to it. Human stem "
        "cells, two regulators: .54, no more than the same hubs give. Compare with the prior alone",
        "graph.activity-measured",
    )


def _of_regulators(network: Network, acting: RegulatorOptions) -> Network:
    """The edges of the regulators that may act, in the names of the prior network."""
    given = acting.regulators
    if given is None or (isinstance(given, str) and given in (ALL, PRIOR)):
        return network
    chosen, known = gene_list(given) or (), network.regulators
    unknown = [name for name in chosen if name not in set(known)]
    if unknown or not chosen:
        raise GeneNameError(
            f"sources of the prior network in {named('regulators')}",
            listing(unknown) if unknown else "none",
            did_you_mean(unknown[0], known) if unknown else "leave it out to let all of them act",
        )  # fmt: skip
    edges = network.edges[network.edges["source"].isin(chosen)].reset_index(drop=True)
    return type(network)(network.genes, edges, network.about)


def _order(cells: Cells, order: str) -> list[int] | None:
    """Columns in the order in which genes are neighbours."""
    if order == "data":
        return None
    return [int(k) for k in np.argsort(np.array(cells.genes, dtype=str), kind="stable")]


def _cost(rows: int, genes: int, regulators: int) -> Cost:
    """Time and memory, from constants that were measured."""
    memory = BYTES_OF_A_PAIR * regulators * genes + 8 * COPIES * rows * genes
    return Cost(
        {"activities without each gene": SECONDS * regulators * rows * genes},
        memory_in_use() + memory, memory_of_machine(), "a network",
        "let fewer regulators act, regulators=… (--regulators), or name fewer genes, genes=… "
        "(--genes)",
    )  # fmt: skip
