"""What is to be validated, whichever way it is given: a run, a model, a graph, a table, a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from hillflow.causal.consensus import CONSENSUS
from hillflow.causal.fitted import cells_of
from hillflow.causal.graph import candidates, graph
from hillflow.data import Cells
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.evaluate.over_cells import HOW_TO_GET
from hillflow.evaluate.prior_use import prior_used
from hillflow.evaluate.refits import refits_of
from hillflow.genes import check_gene_names
from hillflow.model import Fit, members_of
from hillflow.networks import Network
from hillflow.networks.about_file import CHANGED
from hillflow.networks.edge_table import edge_table
from hillflow.networks.read_edges import read_edges

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member
    from hillflow.networks import Network, PriorNetwork

Inferred: TypeAlias = "Fit | Member | Network | Subject | pd.DataFrame | str | os.PathLike[str]"
EDGES = "edges.csv"
_PRIOR_UNSAID = (
    "edges alone do not say whether their model was given a prior network; if it was, name it "
    "with prior=… (--prior), so that its edges do not count as found"
)
_ONE_NETWORK = (
    "no interval over cells: one network says nothing of other cells; to get one, "
    f"{HOW_TO_GET}, and validate the run"
)


@dataclass(frozen=True, eq=False)
class Subject:
    """An inferred network, and what is known of where it came from.

    Attributes
    ----------
    words
        What it is, for the reader.
    table
        source, target, weight.
    genes
        The panel: every gene that an edge was looked for between.
    data
        The cells it was inferred from, where known: for baselines.
    prior
        The edges that the model was given, where it was given any.
    notes
        What the reader should know of it.
    refits, no_refits
        The networks of single fits to cells drawn anew, for an interval over cells; or why there
        are none.
    """

    words: str
    table: pd.DataFrame
    genes: tuple[str, ...]
    data: Snapshots | Trajectories | None = None
    prior: PriorNetwork | None = None
    notes: tuple[str, ...] = ()
    refits: tuple[pd.DataFrame, ...] = field(default=(), repr=False)
    no_refits: str = _ONE_NETWORK


def subject_of(
    network: Inferred,
    genes: Sequence[str] | None = None,
    data: Snapshots | Trajectories | None = None,
    prior: PriorNetwork | None = None,
) -> Subject:
    """Take the network apart.

    Parameters
    ----------
    network
        A fit (with `data`), a `Network`, a table or a file of edges (`read_edges`), or a subject.
    genes
        The panel of a bare table; the genes that it names unless given.
    data
        The cells, where the network does not bring its own.
    prior
        What the model was given as a prior, in the names of its genes; found by itself where the
        model carries its candidate edges.
    """
    if isinstance(network, Subject):
        return network
    if isinstance(network, str | os.PathLike):
        return _of_table(Path(network).name, read_edges(network), genes, data, prior)
    if hasattr(network, "columns"):
        return _of_table("a table of edges", cast("pd.DataFrame", network), genes, data, prior)
    if hasattr(network, "edges") and hasattr(network, "genes"):
        found = _of_graph("a graph", cast("Network", network), data, prior)
        return found if prior is not None else replace(found, notes=(_PRIOR_UNSAID,))
    return _of_fit(network, data, prior)


def _of_fit(fitted: Any, data: Any, prior: PriorNetwork | None) -> Subject:
    """A fit, whose network is read now."""
    return subject_of_fit(Fit(members_of(fitted)), cells_of(fitted, data), prior)


def subject_of_fit(
    fit: Fit, cells: Cells, prior: PriorNetwork | None = None, saved: Network | None = None,
    origin: str = "",
) -> Subject:  # fmt: skip
    """A fit with the cells it was fitted to.

    Parameters
    ----------
    saved
        The network that was read off it and saved; read now unless given.
    origin
        What `saved` is, in words.
    """
    kinds, notes = fit.fields, []
    used = prior_used(fit.members, prior)
    if saved is not None:
        network = saved
        origin += _history(network)
        pairs = int(candidates(fit.field).sum())
        if len(network.edges) < pairs:
            notes.append(
                f"{EDGES} lists {len(network.edges):,} of {pairs:,} pairs, and the others count as "
                "not found: write it anew with `hillflow graph`, without --top or --confidence"
            )
    else:
        network = graph(fit, cells, "auto" if len(kinds) == 1 else CONSENSUS)
        origin = f"the graph by its {network.readout!r} readout"
    count = network.about.get("members", len(fit))
    named = " and ".join(map(repr, network.about.get("fields", kinds)))
    model = f"a {named} field" if count == 1 else f"{count} {named} fields"
    refits, why = refits_of(fit.members, network, cells)
    words = origin if network.about.get(CHANGED) else f"{origin}, of {model}"
    subject = _of_graph(words, network, cells, used)
    return replace(subject, notes=tuple(notes), refits=refits, no_refits=why)


def _history(found: Network) -> str:
    """Which runs a saved network is of, where others joined, and whether it is as it was saved."""
    changed = ", changed since it was written" if found.about.get(CHANGED) else ""
    what = ", a consensus" if "tables" in found.edges else ""
    runs = found.about.get("runs")
    if runs:
        return f"{what or ', a mean'} of the runs {' and '.join(runs)}"
    unsaid = " that other runs may have joined" if what and "readout" not in found.about else ""
    return what + unsaid + changed


def _of_graph(words: str, graph: Network, data: Any, prior: PriorNetwork | None) -> Subject:
    return Subject(words, edge_table(graph), graph.genes, data, prior)


def _of_table(
    words: str,
    table: pd.DataFrame,
    genes: Sequence[str] | None,
    data: Any,
    prior: PriorNetwork | None,
) -> Subject:
    edges = edge_table(table)
    named = tuple(sorted({*edges["source"], *edges["target"]}))
    notes = []
    if genes is None and data is not None:
        genes = data.genes
    if genes is None:
        notes.append(
            f"the panel is taken to be the {len(named):,} genes that the table names; "
            "give genes=… (--genes FILE) if more were measured"
        )
    panel = check_gene_names(list(named if genes is None else genes))
    alien = sorted(set(named) - set(panel))
    if alien:
        raise GeneNameError(
            "edges between the genes of the panel", f"{listing(alien)} in the table alone",
            "give every measured gene, or leave genes=… out",
        )  # fmt: skip
    if prior is None:
        notes.append(_PRIOR_UNSAID)
    return Subject(words, edges, panel, data, prior, tuple(notes))


def check_data(subject: Subject) -> None:
    """Refuse cells of other genes than the network's, before baselines are computed on them."""
    if subject.data is not None and set(subject.data.genes) != set(subject.genes):
        raise InputError(
            f"cells of the network's {len(subject.genes):,} genes",
            f"cells of {len(subject.data.genes):,}",
            "call .select_genes(genes) on them, or leave data=… out",
        )
