"""From a fit to networks, structural causal models and predicted perturbations."""

from __future__ import annotations

from hillflow.causal.confidence import reliability
from hillflow.causal.edge_significance import edge_significance
from hillflow.causal.fate import terminal_states
from hillflow.causal.graph import graph
from hillflow.causal.knockout import knockout
from hillflow.causal.knockout_result import KnockoutResult
from hillflow.causal.minimal_interventions import (
    InterventionSearch,
    MinimalInterventions,
    minimal_interventions,
)
from hillflow.causal.perturbation_score import PerturbationScores, perturbation_score
from hillflow.causal.probe import Probe
from hillflow.causal.readouts import READOUTS, Readout
from hillflow.causal.scm import EquilibriumScm, EquilibriumScms, equilibrium_scm
from hillflow.causal.scm_result import ScmResult
from hillflow.causal.screen import screen
from hillflow.causal.simulated_fates import simulated_fates
from hillflow.causal.stable_states import stable_states

__all__ = [
    "READOUTS",
    "EquilibriumScm",
    "EquilibriumScms",
    "InterventionSearch",
    "KnockoutResult",
    "MinimalInterventions",
    "PerturbationScores",
    "Probe",
    "Readout",
    "ScmResult",
    "edge_significance",
    "equilibrium_scm",
    "graph",
    "knockout",
    "minimal_interventions",
    "perturbation_score",
    "reliability",
    "screen",
    "simulated_fates",
    "stable_states",
    "terminal_states",
]
