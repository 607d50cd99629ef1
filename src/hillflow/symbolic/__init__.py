"""Each gene's regulation as a formula: laws, the engines that find them, fields made of them."""

from __future__ import annotations

from hillflow.symbolic.agreement import Agreement, agreement
from hillflow.symbolic.arithmetic import complexity, parse, symbol, to_text
from hillflow.symbolic.distill import distill
from hillflow.symbolic.engine import SymbolicEngine, constant_law, information, scored_law
from hillflow.symbolic.field import SymbolicField
from hillflow.symbolic.from_data import laws_from_data
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.law import Law, Parameter
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.of_hill import laws_of_hill
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.registry import ENGINES, EngineEntry, make_engine
from hillflow.symbolic.sampling import Sampling

__all__ = [
    "ENGINES",
    "Agreement",
    "EngineEntry",
    "Law",
    "LawProblem",
    "Laws",
    "Parameter",
    "ParetoFront",
    "Sampling",
    "SymbolicEngine",
    "SymbolicField",
    "agreement",
    "complexity",
    "constant_law",
    "distill",
    "information",
    "laws_from_data",
    "laws_of_hill",
    "make_engine",
    "parse",
    "scored_law",
    "symbol",
    "to_text",
]
