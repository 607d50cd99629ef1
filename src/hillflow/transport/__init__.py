"""Optimal-transport couplings of populations, and divergences between populations."""

from __future__ import annotations

from hillflow.transport.couple import fit_plan
from hillflow.transport.coupling import Coupling
from hillflow.transport.debiased_sinkhorn import sinkhorn_divergence
from hillflow.transport.divergences import (
    DIVERGENCES,
    DivergenceEntry,
    make_divergence,
    register_divergence,
)
from hillflow.transport.earth_mover import w1, w2, wasserstein
from hillflow.transport.energy import energy_distance
from hillflow.transport.exact import ExactOT
from hillflow.transport.fates import ancestor_shares, descendant_shares
from hillflow.transport.given import Given
from hillflow.transport.independent import Independent
from hillflow.transport.maps import transport_maps, write_transport_maps
from hillflow.transport.mean_discrepancy import mmd
from hillflow.transport.moslin import Moslin
from hillflow.transport.pairs import DrawnPairs, Interval, Pairs
from hillflow.transport.plan import Plan
from hillflow.transport.registry import (
    COUPLINGS,
    CouplingEntry,
    make_coupling,
    register,
)
from hillflow.transport.schrodinger import Schrodinger
from hillflow.transport.sinkhorn import Sinkhorn
from hillflow.transport.sliced import sliced_wasserstein
from hillflow.transport.unbalanced import Unbalanced
from hillflow.transport.wfr import WassersteinFisherRao
from hillflow.transport.within_batches import WithinBatches

__all__ = [
    "COUPLINGS",
    "DIVERGENCES",
    "Coupling",
    "CouplingEntry",
    "DivergenceEntry",
    "DrawnPairs",
    "ExactOT",
    "Given",
    "Independent",
    "Interval",
    "Moslin",
    "Pairs",
    "Plan",
    "Schrodinger",
    "Sinkhorn",
    "Unbalanced",
    "WassersteinFisherRao",
    "WithinBatches",
    "ancestor_shares",
    "descendant_shares",
    "energy_distance",
    "fit_plan",
    "make_coupling",
    "make_divergence",
    "mmd",
    "register",
    "register_divergence",
    "sinkhorn_divergence",
    "sliced_wasserstein",
    "transport_maps",
    "w1",
    "w2",
    "wasserstein",
    "write_transport_maps",
]
