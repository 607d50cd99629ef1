"""Each gene's regulation as a formula: laws, the engines that find them, fields made of them."""

from __future__ import annotations

from hillflow.symbolic.agreement import Agreement, agreement
from hillflow.symbolic.boolean import BooleanNetwork, BooleanRule
from hillflow.symbolic.distill import distill
from hillflow.symbolic.engine import SymbolicEngine, bic, constant_law, scored_law
from hillflow.symbolic.expression import complexity, symbol
from hillflow.symbolic.field import SymbolicField
from hillflow.symbolic.formats import (
    LAW_FORMATS,
    LawFormat,
    write_bnet,
    write_latex,
    write_markdown,
    write_mathml,
    write_sbml,
    write_sbml_qual,
)
from hillflow.symbolic.from_data import laws_from_data
from hillflow.symbolic.front import ParetoFront
from hillflow.symbolic.hill_field_laws import laws_of_hill
from hillflow.symbolic.law import Law
from hillflow.symbolic.laws import Laws
from hillflow.symbolic.logic_field_laws import laws_of_logic
from hillflow.symbolic.over_conditions import errors_by_condition
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.parse import parse
from hillflow.symbolic.presentation import equation
from hillflow.symbolic.printing import to_text
from hillflow.symbolic.problem import LawProblem
from hillflow.symbolic.read_laws import read_laws
from hillflow.symbolic.registry import ENGINES, EngineEntry, make_engine
from hillflow.symbolic.sampling import Sampling

__all__ = [
    "ENGINES",
    "LAW_FORMATS",
    "Agreement",
    "BooleanNetwork",
    "BooleanRule",
    "EngineEntry",
    "Law",
    "LawFormat",
    "LawProblem",
    "Laws",
    "Parameter",
    "ParetoFront",
    "Sampling",
    "SymbolicEngine",
    "SymbolicField",
    "agreement",
    "bic",
    "complexity",
    "constant_law",
    "distill",
    "equation",
    "errors_by_condition",
    "laws_from_data",
    "laws_of_hill",
    "laws_of_logic",
    "make_engine",
    "parse",
    "read_laws",
    "scored_law",
    "symbol",
    "to_text",
    "write_bnet",
    "write_latex",
    "write_markdown",
    "write_mathml",
    "write_sbml",
    "write_sbml_qual",
]
