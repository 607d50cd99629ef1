"""From a fitted field to causes: graphs, structural models, knockouts and how sure they are."""

from __future__ import annotations

from hillflow.causal.control import ControlSearch, minimal_interventions
from hillflow.causal.fate import terminal_states
from hillflow.causal.graph import graph
from hillflow.causal.knockout import knockout
from hillflow.causal.knockout_result import KnockoutResult
from hillflow.causal.null import null_graph
from hillflow.causal.perturbation_score import perturbation_score
from hillflow.causal.probe import Probe
from hillflow.causal.readouts import READOUTS, Readout
from hillflow.causal.scm import EquilibriumScm, EquilibriumScms, equilibrium_scm
from hillflow.causal.screen import screen

__all__ = [
    "READOUTS",
    "ControlSearch",
    "EquilibriumScm",
    "EquilibriumScms",
    "KnockoutResult",
    "Probe",
    "Readout",
    "equilibrium_scm",
    "graph",
    "knockout",
    "minimal_interventions",
    "null_graph",
    "perturbation_score",
    "screen",
    "terminal_states",
]
