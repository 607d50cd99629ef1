"""The consensus of two views of the same cells: neither ranks edges best everywhere.

    w = w_fit / mean |w_fit| + w_line / mean |w_line|,    scaled to a strongest edge of 1

``fitted`` is the fit by the readout that "auto" stands for; ``linear`` is a linear law by
regression half way to each cell's mean descendant (`ridge_midway`), in closed form. A neural field
finds thresholds, and takes chance patterns for them; a linear law sees slopes alone, and is hard
to mislead. Where their mistakes differ their mean makes fewer, as was found of many methods and
networks (Marbach et al. 2012). That there are two, with equal shares, was settled on simulated
systems, three of BoolODE's and four of our own, where it is better than either in the mean and not
on each; on another (hsc) it is no better than the regression alone (`benchmarks networks`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hillflow.causal.regulatory_graph import RegulatoryGraph
from hillflow.data import Snapshots, Trajectories

CONSENSUS = "consensus"
DESCRIPTION = "mean of the fit by its own readout and of a linear regression; 1: the strongest edge"
_WHY = "as asked; the two make different mistakes"


def consensus(base: RegulatoryGraph, data: Snapshots | Trajectories) -> RegulatoryGraph:
    """The rows of a fit's graph, ranked anew by the mean of two views.

    Parameters
    ----------
    base
        What `graph` reads off the fit.
    data
        The cells it was fitted to.

    Returns
    -------
    RegulatoryGraph
        ``weight`` between −1 and 1; the views stand beside it as ``fitted`` and ``linear``, scaled
        to a mean size of 1. Columns about single edges (``confidence``, ``turns``, other readouts)
        remain those of the fit. Cost: an entropic plan and one regression.
    """
    # Here, since `evaluate` reads the graphs of this package.
    from hillflow.evaluate.baselines.ridge_lag import midway_weights

    fitted, linear = (_scaled(w) for w in (base.matrix().to_numpy().T, midway_weights(data)))
    weight = fitted + linear
    weight /= np.abs(weight).max() or 1.0
    place = {gene: k for k, gene in enumerate(base.genes)}
    source, target = (base.edges[end].map(place).to_numpy() for end in ("source", "target"))
    size = weight[target, source]
    edges = base.edges.assign(
        weight=size, sign=np.sign(size).astype(int),
        fitted=fitted[target, source], linear=linear[target, source],
    )  # fmt: skip
    order = np.argsort(-np.abs(size), kind="stable")
    about = base.about | {"readout": CONSENSUS, "description": DESCRIPTION, "why": _WHY}
    return replace(
        base, edges=edges.iloc[order].reset_index(drop=True), readout=CONSENSUS, about=about
    )


def _scaled(weight: np.ndarray) -> np.ndarray:
    """Divided by the mean size off the diagonal."""
    others = ~np.eye(len(weight), dtype=bool)
    return weight / (np.abs(weight[others]).mean() or 1.0)
