"""The network to validate, from a fit, a network, a table or a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from hillflow.causal.checked_cells import checked_cells
from hillflow.causal.consensus import CONSENSUS
from hillflow.causal.graph import candidates, graph
from hillflow.closed_form.network import READOUT as CLOSED_FORM
from hillflow.data import Cells
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.evaluate.over_cells import HOW_TO_GET
from hillflow.evaluate.prior_use import prior_used
from hillflow.evaluate.refits import refits_of
from hillflow.findings import Finding
from hillflow.genes import check_gene_names
from hillflow.model import Fit
from hillflow.model.fit import members_of
from hillflow.networks.about_file import CHANGED
from hillflow.networks.as_network import as_network
from hillflow.networks.network import Network
from hillflow.networks.network_files import read_network

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.data import Snapshots, Trajectories
    from hillflow.model import Member

NetworkLike: TypeAlias = (
    "Fit | Member | Network | InferredNetwork | pd.DataFrame | str | os.PathLike[str]"
)
EDGES = "edges.csv"
_PRIOR_UNKNOWN = Finding(
    "validation.prior-unknown",
    "a list of edges does not show whether a prior network was used to infer it; if so, name the "
    "prior with prior=… (--prior), so that its edges do not count as inferred",
)
_ONE_NETWORK = (
    "no interval over cells: a single network does not show the variation between cells; to get "
    f"one, {HOW_TO_GET}, and validate the run"
)


@dataclass(frozen=True, eq=False)
class InferredNetwork:
    """An inferred network, with what is known about its inference.

    Attributes
    ----------
    description
        What it is, in words.
    network
        Its edges. Its genes are the panel: all genes between which edges were inferred.
    data
        The cells it was inferred from, for baselines; None if unknown.
    prior
        The edges that the fit was given as a prior; None without a prior.
    findings
        Warnings and notes about it.
    refits, no_refits
        The networks of refits to resampled cells, for an interval over cells; or the reason why
        there are none.
    """

    description: str
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


def inferred_network(
    network: NetworkLike,
    genes: Sequence[str] | None = None,
    data: Snapshots | Trajectories | None = None,
    prior: Network | None = None,
) -> InferredNetwork:
    """The network to validate, with its panel, cells and prior.

    Parameters
    ----------
    network
        A fit (with `data`), a `Network`, a table or a file of edges (`read_network`), or an
        `InferredNetwork`.
    genes
        The panel of a table of edges; by default the genes in the table.
    data
        The cells from which it was inferred.
    prior
        The prior network of the fit, with its gene names. By default it is taken from the fit,
        which stores its candidate edges.
    """
    if isinstance(network, InferredNetwork):
        return network
    if isinstance(network, str | os.PathLike):
        edges = read_network(network, inferred=True)
        return _of_edges(Path(network).name, edges, genes, data, prior)
    if isinstance(network, Network):
        without = network.about.get("readout") == CLOSED_FORM  # which never has a prior
        unknown = () if without or prior is not None else (_PRIOR_UNKNOWN,)
        return InferredNetwork("a network", as_network(network), data, prior, unknown)
    if hasattr(network, "columns"):
        edges = as_network(cast("pd.DataFrame", network))
        return _of_edges("a table of edges", edges, genes, data, prior)
    return _of_fit(network, data, prior)


def _of_fit(fitted: Any, data: Any, prior: Network | None) -> InferredNetwork:
    """The network of a fit, which is inferred now."""
    return inferred_from_fit(Fit(members_of(fitted)), checked_cells(fitted, data), prior)


def inferred_from_fit(
    fit: Fit, cells: Cells, prior: Network | None = None, saved: Network | None = None,
    origin: str = "",
) -> InferredNetwork:  # fmt: skip
    """The network of a fit, with the cells that were fitted.

    Parameters
    ----------
    fit, cells
        The fit and its cells.
    prior
        The prior network of the fit, if the fit does not store it.
    saved
        The saved network of the fit; by default it is inferred now.
    origin
        Description of `saved`.
    """
    kinds, findings = fit.fields, []
    used = prior_used(fit.members, prior)
    if saved is not None:
        network = saved
        origin += _history(network)
        pairs = int(candidates(fit.members).sum())
        if len(network.edges) < pairs:
            text = (
                f"{EDGES} lists {len(network.edges):,} of {pairs:,} pairs, and the others count as "
                "not inferred: write it again with `hillflow graph`, without --top or --confidence"
            )
            findings.append(Finding("validation.part-of-the-edges", text))
    else:
        network = graph(fit, cells, "auto" if len(kinds) == 1 else CONSENSUS)
        origin = f"the network by the readout {network.readout!r}"
    count = network.about.get("members", len(fit))
    names = " and ".join(map(repr, network.about.get("fields", kinds)))
    fields = f"a {names} field" if count == 1 else f"{count} {names} fields"
    refits, reason = refits_of(fit.members, network, cells)
    description = origin if network.about.get(CHANGED) else f"{origin}, of {fields}"
    return InferredNetwork(
        description, as_network(network), cells, used, tuple(findings), refits, reason
    )


def _history(network: Network) -> str:
    """The runs that a saved network combines, and whether it was changed since it was saved."""
    changed = ", changed since it was written" if network.about.get(CHANGED) else ""
    kind = ", a consensus" if "tables" in network.edges else ""
    runs = network.about.get("runs")
    if runs:
        return f"{kind or ', a mean'} of the runs {' and '.join(runs)}"
    unknown = " that may include other runs" if kind and "readout" not in network.about else ""
    return kind + unknown + changed


def _of_edges(
    description: str,
    network: Network,
    genes: Sequence[str] | None,
    data: Any,
    prior: Network | None,
) -> InferredNetwork:
    named = tuple(sorted(network.genes))
    findings = []
    if genes is None and data is not None:
        genes = data.genes
    if genes is None:
        findings.append(
            Finding(
                "validation.panel-unknown",
                f"the panel is assumed to be the {len(named):,} genes in the table; pass genes=… "
                "(--genes FILE) if more were measured",
            )
        )
    panel = check_gene_names(list(named if genes is None else genes))
    unknown = sorted(set(named) - set(panel))
    if unknown:
        raise GeneNameError(
            "edges between the genes of the panel", f"{listing(unknown)} only in the table",
            "pass all measured genes, or leave genes=… out",
        )  # fmt: skip
    if prior is None:
        findings.append(_PRIOR_UNKNOWN)
    return InferredNetwork(description, replace(network, genes=panel), data, prior, tuple(findings))


def check_data(inferred: InferredNetwork) -> None:
    """Raise an error if the cells have other genes than the network, before baselines need them."""
    if inferred.data is not None and set(inferred.data.genes) != set(inferred.genes):
        raise InputError(
            f"cells of the network's {len(inferred.genes):,} genes",
            f"cells of {len(inferred.data.genes):,}",
            "call .select_genes(genes) on them, or leave data=… out",
        )
