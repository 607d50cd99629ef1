"""The network of a logic law beside the cells it was fitted to.

    size_ij = |law_ij| / mean |law| + |closed_ij| / mean |closed|

``law`` is the effect of j on i in the law (readout `weight`; 0 where the law does without it),
``closed_form`` the weight of the network in closed form (`hillflow.closed_form`). The law says
which few regulators suffice, and of two that would do equally well it has one; regressions rank the
rest. On the systems by which methods were chosen, the sum ranks true edges higher than either does
alone. The sign is that in the law, if it has the edge.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hillflow.closed_form import closed_form_network
from hillflow.data import Cells
from hillflow.networks.network import Network
from hillflow.progress import ProgressCallback

LAW = "law"
WHY = "the law's own effects, and regressions on the same cells for what it leaves out"
DESCRIPTION = "effect in the law plus weight in closed form, relative to the strongest edge"


def law_network(
    base: Network,
    data: Cells,
    within: np.ndarray | None = None,
    share: np.ndarray | None = None,
    regulators: tuple[str, ...] | None = None,
    progress: ProgressCallback | None = None,
) -> Network:
    """Join a law's own network with that of its cells.

    Parameters
    ----------
    base
        The network of the field `logic`, by the readout `weight`.
    data
        The cells that were fitted.
    within
        Which pairs may be edges, [target, source], if a prior said so; by default all.
    share
        Share of the members whose law has the edge, [target, source]; None for one member.

    regulators
        Genes that may act, if the fit was told; by default all.
    progress
        Is told of the steps in closed form.

    Returns
    -------
    Network
        Every pair that either has, with the columns ``law`` and ``closed_form``; ``in_law`` is
        True for edges of the law (with several members: of half of them), and
        ``selection``, ``agreement`` and ``confidence`` are those of the bootstraps in closed form.
        Self-edges are the law's alone and have no confidence.
    """
    genes = list(base.genes)
    law = base.matrix().loc[genes, genes].to_numpy().T
    closed = closed_form_network(data, within=within, regulators=regulators, progress=progress)
    other = closed.matrix().loc[genes, genes].to_numpy().T
    different = ~np.eye(len(genes), dtype=bool)
    in_law = law != 0 if share is None else share >= 0.5
    size = _scaled(law, different) + np.where(different, _scaled(other, different), 0.0)
    size /= size[different].max(initial=0.0) or 1.0
    sign = np.sign(np.where(in_law, law, np.where(different, other, law)))
    sign = np.where(sign == 0, np.sign(law), sign)
    may = np.isin(genes, genes if regulators is None else regulators)
    listed = (law != 0) | (different & may if within is None else different & may & within)
    columns = {name: _column(closed, name, genes) for name in ("selection", "agreement")}
    if share is not None:
        columns["members"] = share
    network = Network.from_matrix(
        genes, sign * size, candidates=listed, confidence=_column(closed, "confidence", genes),
        readout=LAW, law=law, closed_form=other, in_law=in_law, **columns,
    )  # fmt: skip
    turns = base.edges[["source", "target", "turns"]] if "turns" in base.edges else None
    edges = network.edges
    if turns is not None:
        edges = edges.merge(turns, on=["source", "target"], how="left")
        edges["turns"] = edges["turns"].eq(True)
    about = base.about | {
        "readout": LAW, "description": DESCRIPTION, "why": WHY,
        "confidence": closed.about["confidence"],
    }  # fmt: skip
    if "halves" in closed.about:  # said of the closed form, which ranks what the law leaves out
        about["halves"] = closed.about["halves"]
    return replace(network, edges=edges, groups=base.groups, about=about)


def _scaled(weight: np.ndarray, different: np.ndarray) -> np.ndarray:
    """Sizes, divided by the mean size of those between different genes."""
    return np.asarray(np.abs(weight) / (np.abs(weight[different]).mean() or 1.0))


def _column(network: Network, name: str, genes: list[str]) -> np.ndarray:
    """A column as a matrix [target, source]; NaN for pairs that are not listed."""
    place = {gene: k for k, gene in enumerate(genes)}
    matrix = np.full((len(genes),) * 2, np.nan)
    source, target = (network.edges[end].map(place).to_numpy() for end in ("source", "target"))
    matrix[target, source] = network.edges[name].to_numpy()
    return matrix
