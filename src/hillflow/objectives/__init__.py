"""Training objectives in four families, and the named methods that combine them."""

from __future__ import annotations

from hillflow.objectives.base import Objective, Terms, Training
from hillflow.objectives.equilibrium import Equilibrium
from hillflow.objectives.flow_score import FlowScore
from hillflow.objectives.heads import Diffusion, Heads, StateFunction
from hillflow.objectives.lagrangian import (
    LAGRANGIANS,
    Lagrangian,
    make_lagrangian,
    register_lagrangian,
)
from hillflow.objectives.lagrangian_density import Density
from hillflow.objectives.lagrangian_growth import Growth
from hillflow.objectives.lagrangian_kinetic import Kinetic
from hillflow.objectives.lagrangian_metric import Riemannian
from hillflow.objectives.lagrangian_potential import Potential
from hillflow.objectives.lagrangian_velocity import PriorVelocity
from hillflow.objectives.likelihood import Likelihood
from hillflow.objectives.match import Match, Shooting
from hillflow.objectives.method import Method
from hillflow.objectives.metric import Metric
from hillflow.objectives.paths import Arrival, Bridge, BrownianBridge, Linear, Path
from hillflow.objectives.problem import PairBatch, Problem, snapshot_problem, trajectory_problem
from hillflow.objectives.registry import METHODS, make_method, register
from hillflow.objectives.rollout import Rollout
from hillflow.objectives.stage import Stage
from hillflow.objectives.teach import Teach
from hillflow.objectives.variational import Variational
from hillflow.objectives.velocity import Velocity, WithVelocity
from hillflow.objectives.wfr_dirac import WFRDirac
from hillflow.objectives.with_prior import WithPrior

__all__ = [
    "LAGRANGIANS", "METHODS", "Arrival", "Bridge", "BrownianBridge", "Density", "Diffusion",
    "Equilibrium", "FlowScore", "Growth", "Heads", "Kinetic", "Lagrangian", "Likelihood", "Linear",
    "Match", "Method", "Metric", "Objective", "PairBatch", "Path", "Potential", "PriorVelocity",
    "Problem", "Riemannian", "Rollout", "Shooting", "Stage", "StateFunction", "Teach", "Terms",
    "Training", "Variational", "Velocity", "WFRDirac", "WithPrior", "WithVelocity",
    "make_lagrangian", "make_method", "register", "register_lagrangian", "snapshot_problem",
    "trajectory_problem",
]  # fmt: skip
