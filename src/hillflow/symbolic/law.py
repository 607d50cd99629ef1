"""A law: the formula of a gene's regulation, with its errors and caveats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from sympy import Add, Expr, Float, S

from hillflow.errors import InputError, did_you_mean
from hillflow.show import Block, Shown
from hillflow.show import to_text as to_plain
from hillflow.symbolic.boolean import BooleanRule
from hillflow.symbolic.expression import ordered, sum_terms, symbol
from hillflow.symbolic.mathml import to_mathml
from hillflow.symbolic.member_intervals import interval_kind
from hillflow.symbolic.numeric import Evaluate, Library, compiled
from hillflow.symbolic.parameter import Parameter
from hillflow.symbolic.parse import parse
from hillflow.symbolic.printing import latex_name, to_latex, to_text
from hillflow.symbolic.show_laws import law_blocks
from hillflow.symbolic.truth_table import truth_table

_DIGITS = 4


@dataclass(frozen=True)
class Law(Shown):
    """ẋ_gene = production(parents) − decay · x_gene.

    Errors are root mean square deviations divided by the standard deviation of production: 1 for
    predicting the mean, and 1 − error² is R².

    Attributes
    ----------
    gene
        The regulated gene.
    production
        A formula of the parents' levels (`expression.symbol`), with the values of its constants.
    parents
        The regulators in the formula.
    decay
        Decay rate γ; None if it is unknown.
    parameters
        The constants with a biological meaning, for engines that name them.
    family, engine
        Kind of formula, and the engine that found it.
    complexity
        Nodes of the expression tree (`expression.complexity`).
    error, error_off, error_left_out
        Error on the fitted states, outside the range of the cells, and on left-out cells; None if
        not computed.
    bic
        n log(mean square deviation) + k log n for k constants (Schwarz 1978); comparable between
        laws of the same gene and states, from any engine.
    agreement
        Share of the members of a fit in which the best law has the same structure.
    flags
        Caveats, as sentences.
    signs
        +1 (activates) or −1 (represses) for each parent; empty if unknown.
    rule
        The Boolean reading of a logic law; None for other laws.
    members
        Number of members of the fit of whose first member this is the law; 0 for a law that was
        not read from a member.
    in_members
        In how many of the members each parent regulates the gene; empty if unknown.
    """

    gene: str
    production: Expr
    parents: tuple[str, ...]
    decay: float | None
    parameters: tuple[Parameter, ...]
    family: str
    engine: str
    complexity: int
    error: float
    error_off: float | None
    error_left_out: float | None
    bic: float
    agreement: float | None = None
    flags: tuple[str, ...] = ()
    signs: tuple[int, ...] = ()
    rule: BooleanRule | None = None
    members: int = 0
    in_members: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        names = {level.name for level in self.production.free_symbols}
        if unknown := sorted(names - set(self.parents)):
            raise InputError(
                f"a formula of the parents of {self.gene!r}", f"{unknown[0]!r} in it",
                did_you_mean(unknown[0], self.parents),
            )  # fmt: skip
        if self.signs and len(self.signs) != len(self.parents):
            raise InputError(
                "one sign per parent, or none",
                f"{len(self.signs)} for {len(self.parents)} parents",
                "give +1 or -1 for each",
            )  # fmt: skip

    @property
    def interval(self) -> str:
        """What the intervals of `parameters` are: the range of the members if these are few."""
        return interval_kind(self.members)

    @property
    def structure(self) -> str:
        """Family and signed regulators, to compare laws of different fits: ``additive +A -B``."""
        signs = self.signs or (0,) * len(self.parents)
        named = sorted(zip(self.parents, signs, strict=True))
        return " ".join([self.family, *(f"{' +-'[sign]}{name}".strip() for name, sign in named)])

    def evaluate(self, x: np.ndarray, genes: Sequence[str]) -> np.ndarray:
        """Production at the states x [n, genes], [n]."""
        return compiled(self.production, genes)(x)

    def callable(self, library: Library = "numpy") -> Evaluate:
        """The production [...] as a function of the parents' levels [..., parents]."""
        return compiled(self.production, self.parents, library)

    def rate(self) -> Expr:
        """The whole right-hand side, production − decay · x; production alone if γ is unknown."""
        if not self.decay:
            return self.production
        terms = [*Add.make_args(self.production), -Float(self.decay) * symbol(self.gene)]
        number = terms.pop(0) if terms[0].is_Number else S.Zero
        return ordered(Add, number, terms)

    def terms(self) -> list[tuple[int, Expr]]:
        """The terms of the right-hand side as written, decay last: the sign, and the term."""
        decay = [(-1, self.decay * symbol(self.gene))] if self.decay else []
        return sum_terms(self.production) + decay

    def text(self, digits: int | None = _DIGITS) -> str:
        """The formula in one line, as text; `print(law)` also shows its flags."""
        return f"d{self.gene}/dt = {to_text(self.rate(), digits)}"

    def latex(self, digits: int = _DIGITS) -> str:
        r"""The law as LaTeX, with each gene as ``\mathrm{gene}``."""
        rate = rf"\frac{{d\,{latex_name(self.gene)}}}{{dt}}"
        return f"{rate} = {to_latex(self.rate(), digits)}"

    def mathml(self) -> str:
        """The right-hand side as content MathML, at full precision."""
        return to_mathml(self.rate())

    def __str__(self) -> str:
        """The formula, followed by its flags; of many regulators, their truth table first."""
        table = truth_table(self)
        first = [] if table is None else [to_plain([table]), ""]
        return "\n".join([*first, self.text(), *(f"    Flag: {flag}" for flag in self.flags)])

    def blocks(self) -> list[Block]:
        """The formula with its regulators, errors and flags; of many regulators, a table first."""
        return law_blocks(self)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: the formula as text that `from_json` reads back exactly."""
        written = {
            "gene": self.gene, "formula": to_text(self.production), "text": self.text(),
            "latex": self.latex(), "rule": None if self.rule is None else self.rule.to_json(),
            "parameters": [
                {name: _finite(value) for name, value in asdict(parameter).items()}
                for parameter in self.parameters
            ],
        }  # fmt: skip
        others = [part.name for part in fields(self) if part.name not in (*written, "production")]
        return written | {name: _finite(getattr(self, name)) for name in others}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Law:
        """Read the values that `to_json` returns; formulas are read by `parse`."""
        return cls(
            gene=data["gene"],
            production=parse(data["formula"]),
            parents=tuple(data["parents"]),
            decay=data["decay"],
            parameters=tuple(
                Parameter(part["name"], part["value"], _number(part["low"]),
                          _number(part["high"]), part["unit"])
                for part in data["parameters"]
            ),
            family=data["family"],
            engine=data["engine"],
            complexity=data["complexity"],
            error=_number(data["error"]),
            error_off=data["error_off"],
            error_left_out=data["error_left_out"],
            bic=_number(data["bic"]),
            agreement=data["agreement"],
            flags=tuple(data["flags"]),
            signs=tuple(data["signs"]),
            rule=BooleanRule.from_json(data["rule"]) if data.get("rule") else None,
            members=data.get("members", 0),
            in_members=tuple(data.get("in_members", ())),
        )  # fmt: skip


def _finite(value: Any) -> Any:
    """A JSON value; None for NaN and infinity."""
    if isinstance(value, tuple):
        return list(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)
