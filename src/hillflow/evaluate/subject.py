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
from hillflow.findings import Finding
from hillflow.genes import check_gene_names
from hillflow.model import Fit, members_of
from hillflow.networks.about_file import CHANGED
from hillflow.networks.as_network import as_network
from hillflow.networks.network import Network
from hillflow.networks.network_files import read_network

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member

Inferred: TypeAlias = "Fit | Member | Network | Subject | pd.DataFrame | str | os.PathLike[str]"
EDGES = "edges.csv"
_PRIOR_UNKNOWN = Finding(
    "validation.prior-unknown",
    "edges alone do not say whether their model was given a prior network; if it was, name it "
    "with prior=… (--prior), so that its edges do not count as found",
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
    network
        Its edges; its genes are the panel: all that an edge was looked for between.
    data
        The cells it was inferred from, where known: for baselines.
    prior
        The edges that the model was given, where it was given any.
    findings
        What must be said of it.
    refits, no_refits
        The networks of single fits to cells drawn anew, for an interval over cells; or why there
        are none.
    """

    words: str
    network: Network
    data: Snapshots | Trajectories | None = None
    prior: Network | None = None
    findings: tuple[Finding, ...] = ()
    refits: tuple[Network, ...] = field(default=(), repr=False)
    no_refits: str = _ONE_NETWORK

    @property
    def genes(self) -> tuple[str, ...]:
        """The panel."""
        return self.network.genes


def subject_of(
    network: Inferred,
    genes: Sequence[str] | None = None,
    data: Snapshots | Trajectories | None = None,
    prior: Network | None = None,
) -> Subject:
    """Take the network apart.

    Parameters
    ----------
    network
        A fit (with `data`), a `Network`, a table or a file of edges (`read_network`), or a subject.
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
        edges = read_network(network, inferred=True)
        return _of_edges(Path(network).name, edges, genes, data, prior)
    if isinstance(network, Network):
        unknown = () if prior is not None else (_PRIOR_UNKNOWN,)
        return Subject("a graph", as_network(network), data, prior, unknown)
    if hasattr(network, "columns"):
        edges = as_network(cast("pd.DataFrame", network))
        return _of_edges("a table of edges", edges, genes, data, prior)
    return _of_fit(network, data, prior)


def _of_fit(fitted: Any, data: Any, prior: Network | None) -> Subject:
    """A fit, whose network is read now."""
    return subject_of_fit(Fit(members_of(fitted)), cells_of(fitted, data), prior)


def subject_of_fit(
    fit: Fit, cells: Cells, prior: Network | None = None, saved: Network | None = None,
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
    kinds, findings = fit.fields, []
    used = prior_used(fit.members, prior)
    if saved is not None:
        network = saved
        origin += _history(network)
        pairs = int(candidates(fit.field).sum())
        if len(network.edges) < pairs:
            findings.append(
                Finding(
                    "validation.part-of-the-edges",
                    f"{EDGES} lists {len(network.edges):,} of {pairs:,} pairs, and the others "
                    "count as not found: write it anew with `hillflow graph`, without --top or "
                    "--confidence",
                )
            )
    else:
        network = graph(fit, cells, "auto" if len(kinds) == 1 else CONSENSUS)
        origin = f"the graph by its {network.readout!r} readout"
    count = network.about.get("members", len(fit))
    named = " and ".join(map(repr, network.about.get("fields", kinds)))
    model = f"a {named} field" if count == 1 else f"{count} {named} fields"
    refits, why = refits_of(fit.members, network, cells)
    words = origin if network.about.get(CHANGED) else f"{origin}, of {model}"
    return Subject(words, as_network(network), cells, used, tuple(findings), refits, why)


def _history(network: Network) -> str:
    """Which runs a saved network is of, where others joined, and whether it is as it was saved."""
    changed = ", changed since it was written" if network.about.get(CHANGED) else ""
    what = ", a consensus" if "tables" in network.edges else ""
    runs = network.about.get("runs")
    if runs:
        return f"{what or ', a mean'} of the runs {' and '.join(runs)}"
    unsaid = " that other runs may have joined" if what and "readout" not in network.about else ""
    return what + unsaid + changed


def _of_edges(
    words: str,
    network: Network,
    genes: Sequence[str] | None,
    data: Any,
    prior: Network | None,
) -> Subject:
    named = tuple(sorted(network.genes))
    findings = []
    if genes is None and data is not None:
        genes = data.genes
    if genes is None:
        findings.append(
            Finding(
                "validation.panel-unknown",
                f"the panel is taken to be the {len(named):,} genes that the table names; "
                "give genes=… (--genes FILE) if more were measured",
            )
        )
    panel = check_gene_names(list(named if genes is None else genes))
    alien = sorted(set(named) - set(panel))
    if alien:
        raise GeneNameError(
            "edges between the genes of the panel", f"{listing(alien)} in the table alone",
            "give every measured gene, or leave genes=… out",
        )  # fmt: skip
    if prior is None:
        findings.append(_PRIOR_UNKNOWN)
    return Subject(words, replace(network, genes=panel), data, prior, tuple(findings))


def check_data(subject: Subject) -> None:
    """Refuse cells of other genes than the network's, before baselines are computed on them."""
    if subject.data is not None and set(subject.data.genes) != set(subject.genes):
        raise InputError(
            f"cells of the network's {len(subject.genes):,} genes",
            f"cells of {len(subject.data.genes):,}",
            "call .select_genes(genes) on them, or leave data=… out",
        )
