"""Known stochastic regulatory systems, simulated as cells, to test methods against the truth.

Written in NumPy and SciPy and independent of `hillflow.fields`, so that errors there are found.

>>> from hillflow.systems import build_system, simulate
>>> data = simulate(build_system("toggle"), times=(0, 1, 2), cells=50, interventions=["A"])
>>> data.to_anndata().shape
(300, 2)
"""

from __future__ import annotations

from hillflow.systems.boolean import BooleanSystem, Rule
from hillflow.systems.growth import Growth
from hillflow.systems.hematopoiesis import Hematopoiesis
from hillflow.systems.hill_terms import Factor, HillTermSystem, Term, activates, represses
from hillflow.systems.linear import Linear
from hillflow.systems.measurement import Measurement
from hillflow.systems.noise import Noise
from hillflow.systems.registry import SYSTEMS, SystemEntry, build_system
from hillflow.systems.repressilator import Repressilator
from hillflow.systems.sampling import simulate, simulate_trajectories
from hillflow.systems.scale_free import ScaleFree
from hillflow.systems.sde import Solver
from hillflow.systems.simulated import Population, SimulatedData
from hillflow.systems.six_gene import SixGene
from hillflow.systems.splicing import Splicing
from hillflow.systems.system import RegulatorySystem
from hillflow.systems.toggle import Toggle

__all__ = [
    "SYSTEMS",
    "BooleanSystem",
    "Factor",
    "Growth",
    "Hematopoiesis",
    "HillTermSystem",
    "Linear",
    "Measurement",
    "Noise",
    "Population",
    "RegulatorySystem",
    "Repressilator",
    "Rule",
    "ScaleFree",
    "SimulatedData",
    "SixGene",
    "Solver",
    "Splicing",
    "SystemEntry",
    "Term",
    "Toggle",
    "activates",
    "build_system",
    "represses",
    "simulate",
    "simulate_trajectories",
]
