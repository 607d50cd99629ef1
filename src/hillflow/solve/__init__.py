"""Integration of vector fields: solvers, trajectories, densities along a flow, and equilibria."""

from __future__ import annotations

from hillflow.solve.base import Solver, Stepper
from hillflow.solve.divergence import divergence, flow_with_log_density
from hillflow.solve.equilibria import Equilibria, find_equilibria
from hillflow.solve.expm_action import affine_flow, expm_action
from hillflow.solve.integrate import integrate, trajectory
from hillflow.solve.registry import SOLVERS, SolverEntry, make_solver, register
from hillflow.solve.rest import rest_state

__all__ = [
    "SOLVERS",
    "Equilibria",
    "Solver",
    "SolverEntry",
    "Stepper",
    "affine_flow",
    "divergence",
    "expm_action",
    "find_equilibria",
    "flow_with_log_density",
    "integrate",
    "make_solver",
    "register",
    "rest_state",
    "trajectory",
]
