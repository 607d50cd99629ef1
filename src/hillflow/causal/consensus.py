"""The consensus of three views of the same cells: none ranks edges best everywhere.

    size_ij = Σ_v s_v |w_ij^v| / mean |w^v|,    sign_ij = sign Σ_v s_v w_ij^v / mean |w^v|

with the strongest edge at 1, and shares s of 2 for each kind of fit and 1 for each other view.

``fitted`` is the fit by the readout that "auto" stands for; of fits of several kinds of field,
the same sum over the kinds at equal shares, which counts 2 for each. ``linear`` is a linear law by
regression half way to each cell's mean descendant (`ridge_midway`), ``tables`` truth tables of few
regulators by the same differences (`truth_tables`), both in closed form. A neural field finds
thresholds, and takes chance patterns for them; a linear law sees slopes alone, and is hard to
mislead; tables know that regulators are few and act together. Where their mistakes differ their
mean makes fewer, as was found of many methods and networks (Marbach et al. 2012). A kind of fit
counts as much as the other two together, since those are regressions of the same differences and
share what is wrong with them. Which views, and their shares, was settled on simulated systems;
what each reaches there and elsewhere stands in `benchmarks networks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hillflow.data import Snapshots, Trajectories
from hillflow.networks.network import Network

CONSENSUS = "consensus"
DESCRIPTION = "mean of fits (twice each), a linear law and truth tables; 1: the strongest edge"
SHARES = {"fitted": 2.0, "linear": 1.0, "tables": 1.0}
_WHY = "as asked; the three make different mistakes"


def consensus(
    base: Network,
    data: Snapshots | Trajectories,
    others: Sequence[Network] = (),
) -> Network:
    """The rows of a fit's graph, ranked anew by the mean of three views, fits counted twice.

    Parameters
    ----------
    base
        What `graph` reads off the fit.
    data
        The cells it was fitted to.
    others
        The same of fits of other kinds of field.

    Returns
    -------
    Network
        ``weight`` between −1 and 1 of pairs of different genes; of self-edges ``linear`` is
        minus the decay, and ``tables`` 0. The views stand beside it as ``fitted``, ``linear`` and
        ``tables``, scaled to a mean size of 1 over the pairs listed. Columns about single edges
        (``confidence``, ``agreement``, ``turns``, other readouts) remain those of `base`, and
        ``disputed`` marks edges whose sign is the opposite of that of `base`. Cost: an entropic
        plan and the two regressions.
    """
    from hillflow.baselines.differences import mean_differences
    from hillflow.baselines.ridge_lag import midway_slopes
    from hillflow.baselines.truth_tables import table_weights

    moved = mean_differences(data)
    place = {gene: k for k, gene in enumerate(base.genes)}
    source, target = (base.edges[end].map(place).to_numpy() for end in ("source", "target"))
    different = source != target
    fits = [_scaled(_matrix(one)[target, source], different) for one in (base, *others)]
    views = {
        "fitted": _scaled(_sum(fits, [1.0] * len(fits)), different),
        "linear": _scaled(midway_slopes(moved)[target, source], different),
        "tables": _scaled(table_weights(moved)[target, source], different),
    }
    shares = SHARES | {"fitted": SHARES["fitted"] * len(fits)}
    size = _sum([*views.values()], [shares[name] for name in views])
    size /= np.abs(size[different]).max(initial=0.0) or 1.0
    sign = np.sign(size).astype(int)
    disputed = sign * np.sign(base.edges["weight"]) < 0
    edges = base.edges.assign(weight=size, sign=sign, **views, disputed=disputed)
    about = base.about | {"readout": CONSENSUS, "description": DESCRIPTION, "why": _WHY}
    return replace(base, edges=edges, about=about)


def _matrix(found: Network) -> np.ndarray:
    """Weights [target, source]; 0 of pairs that are not listed."""
    return found.matrix().to_numpy().T


def _sum(views: Sequence[np.ndarray], shares: Sequence[float]) -> np.ndarray:
    """Sizes are added, so that views which disagree on the sign alone still name the edge."""
    shared = np.array([share * view for share, view in zip(shares, views, strict=True)])
    return np.abs(shared).sum(axis=0) * np.sign(shared.sum(axis=0))


def _scaled(weight: np.ndarray, different: np.ndarray) -> np.ndarray:
    """Weights of the listed pairs over the mean size of those between different genes."""
    return weight / (np.abs(weight[different]).mean() if weight[different].any() else 1.0)
