"""Known stochastic regulatory systems, sampled as cells: the truth that methods are held to.

Written in NumPy and SciPy and independent of the vector fields, whose oracle it is.

>>> from hillflow.simulate import build_system, simulate
>>> data = simulate(build_system("toggle"), times=(0, 1, 2), cells=50, interventions=["A"])
>>> data.to_anndata().shape
(300, 2)
"""

from __future__ import annotations

from hillflow.simulate.boolean import BooleanSystem, Rule
from hillflow.simulate.growth import Growth
from hillflow.simulate.hematopoiesis import Hematopoiesis
from hillflow.simulate.hill_terms import Factor, HillTermSystem, Term, activates, represses
from hillflow.simulate.linear import Linear
from hillflow.simulate.measurement import Measurement
from hillflow.simulate.noise import Noise
from hillflow.simulate.registry import SYSTEMS, SystemEntry, build_system
from hillflow.simulate.repressilator import Repressilator
from hillflow.simulate.sampling import simulate, simulate_trajectories
from hillflow.simulate.scale_free import ScaleFree
from hillflow.simulate.sde import Solver
from hillflow.simulate.simulated import Population, SimulatedData
from hillflow.simulate.six_gene import SixGene
from hillflow.simulate.system import RegulatorySystem
from hillflow.simulate.to_file import simulate_to_file
from hillflow.simulate.toggle import Toggle

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
    "SystemEntry",
    "Term",
    "Toggle",
    "activates",
    "build_system",
    "represses",
    "simulate",
    "simulate_to_file",
    "simulate_trajectories",
]
