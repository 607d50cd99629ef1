"""The consensus of three views of the same cells, since none ranks edges best on all systems.

    size_ij = Σ_v s_v |w_ij^v| / mean |w^v|,    sign_ij = sign Σ_v s_v w_ij^v / mean |w^v|

scaled so that the strongest edge has size 1. The shares s are 2 for each kind of fit and 1 for each
other view.

``fitted`` is the network of the fit by its default readout ("auto"); for fits of several kinds of
field it is the same sum over the kinds, with a share of 2 for each. ``linear`` is a linear law by
regression half way to each cell's mean descendant (`ridge_midway`). ``tables`` are truth tables of
few regulators, from the same differences (`truth_tables`). Both have a closed form.

A neural field finds thresholds, but may take chance patterns for them. A linear law sees slopes
only, and is hard to mislead. Truth tables assume that regulators are few and act together. Where
their errors differ, their mean makes fewer, as Marbach et al. (2012) found for many methods and
networks. A kind of fit counts as much as the other two views together, since those are regressions
of the same differences and share their errors. The views and their shares were chosen on simulated
systems; `benchmarks networks` reports what each view reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.data import Snapshots, Trajectories
from hillflow.findings import note
from hillflow.networks.network import Network

CONSENSUS = "consensus"
DESCRIPTION = (
    "mean of fits (counted twice), a linear law and truth tables, relative to the strongest edge"
)
SHARES = {"fitted": 2.0, "linear": 1.0, "tables": 1.0}
_WHY = "as requested; the errors of the three views differ"


def consensus(
    base: Network,
    data: Snapshots | Trajectories,
    others: Sequence[Network] = (),
) -> Network:
    """Rank the edges of a fit's network by the mean of three views, with fits counted twice.

    Parameters
    ----------
    base
        The network of the fit, from `graph`.
    data
        The cells that were fitted.
    others
        The networks of fits of other kinds of field.

    Returns
    -------
    Network
        ``weight`` lies between −1 and 1 for pairs of different genes. The columns ``fitted``,
        ``linear`` and ``tables`` hold the three views, scaled to a mean size of 1 over the listed
        pairs; for self-edges ``linear`` is minus the decay and ``tables`` is 0. Columns about
        single edges (``confidence``, ``agreement``, ``turns``, other readouts) are those of `base`.
        ``disputed`` marks edges whose sign is opposite to that in `base`. Cost: an entropic plan
        and the two regressions.
    """
    from hillflow.baselines.differences import mean_differences
    from hillflow.baselines.ridge_lag import midway_slopes
    from hillflow.baselines.truth_tables import table_weights

    differences = mean_differences(data)
    place = {gene: k for k, gene in enumerate(base.genes)}
    source, target = (base.edges[end].map(place).to_numpy() for end in ("source", "target"))
    different = source != target
    fits = [_scaled(_matrix(network)[target, source], different) for network in (base, *others)]
    views = {
        "fitted": _scaled(_sum(fits, [1.0] * len(fits)), different),
        "linear": _scaled(midway_slopes(differences)[target, source], different),
        "tables": _scaled(table_weights(differences)[target, source], different),
    }
    shares = SHARES | {"fitted": SHARES["fitted"] * len(fits)}
    size = _sum([*views.values()], [shares[name] for name in views])
    size /= np.abs(size[different]).max(initial=0.0) or 1.0
    sign = np.sign(size).astype(int)
    disputed = sign * np.sign(base.edges["weight"]) < 0
    if disputed.any():
        note(
            f"{disputed.sum():,} of {len(disputed):,} edges have the opposite sign in the fit "
            "alone, see the column 'disputed'",
            "graph.disputed-signs",
        )
    edges = base.edges.assign(weight=size, sign=sign, **views, disputed=disputed)
    about = base.about | {"readout": CONSENSUS, "description": DESCRIPTION, "why": _WHY}
    return replace(base, edges=edges, about=about)


def _matrix(network: Network) -> np.ndarray:
    """Weights [target, source]; 0 for pairs that are not listed."""
    return network.matrix().to_numpy().T


def _sum(views: Sequence[np.ndarray], shares: Sequence[float]) -> np.ndarray:
    """Sum of sizes, so that views which disagree only on the sign still support the edge."""
    shared = np.array([share * view for share, view in zip(shares, views, strict=True)])
    return np.abs(shared).sum(axis=0) * np.sign(shared.sum(axis=0))


def _scaled(weight: np.ndarray, different: np.ndarray) -> np.ndarray:
    """Weights divided by the mean size of those between different genes."""
    return weight / (np.abs(weight[different]).mean() if weight[different].any() else 1.0)
