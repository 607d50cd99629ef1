"""A gene's regulation as a formula, with what is known about how well it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy
from sympy import Expr

from hillflow.errors import FileFormatError, InputError, did_you_mean
from hillflow.symbolic.arithmetic import parse, symbol, to_text
from hillflow.symbolic.mathml import to_mathml
from hillflow.symbolic.numeric import Evaluate, Library, compiled

_DIGITS = 4


@dataclass(frozen=True)
class Parameter:
    """A constant of a law with its 95 % interval; NaN limits where none was estimated."""

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    unit: str = ""


@dataclass(frozen=True)
class Law:
    """ẋ_gene = production(parents) − decay · x_gene.

    Errors are root mean square deviations over the standard deviation of the target, so that
    1 is what the mean would reach and 1 − error² is R².

    Attributes
    ----------
    gene
        Whose production it is.
    production
        A formula of the parents' levels (`arithmetic.symbol`), numbers filled in.
    parents
        The regulators it names.
    decay
        Rate γ; None where it is not known.
    parameters
        The constants, where the engine's formulas have ones with a meaning.
    family, engine
        Which kind of formula, and who found it.
    complexity
        Nodes of the expression tree (`arithmetic.complexity`).
    error, error_off, error_held
        On the states fitted; beyond the data's support; on left-out cells. None: not asked.
    bic
        n log(mean square deviation) + k log n for k constants (Schwarz 1978): comparable
        between laws of the same gene and states, whatever the engine.
    agreement
        Share of an ensemble's members in which the same structure came out.
    flags
        What a reader must know before believing it, in words.
    signs
        +1 (activates) or −1 (represses) a parent; empty where the formula does not say.
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
    error_held: float | None
    bic: float
    agreement: float | None = None
    flags: tuple[str, ...] = ()
    signs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        names = {one.name for one in self.production.free_symbols}
        unknown = sorted(names - set(self.parents))
        if unknown:
            raise InputError(
                f"a formula of the parents of {self.gene!r}", f"{unknown[0]!r} in it",
                did_you_mean(unknown[0], self.parents),
            )  # fmt: skip
        if self.signs and len(self.signs) != len(self.parents):
            raise InputError(
                "one sign a parent, or none", f"{len(self.signs)} for {len(self.parents)} parents",
                "give +1 or -1 for each",
            )  # fmt: skip

    @property
    def structure(self) -> str:
        """Family and signed regulators, what two fits can agree on: ``additive +A -B``."""
        signs = self.signs or (0,) * len(self.parents)
        named = sorted(zip(self.parents, signs, strict=True))
        return " ".join([self.family, *(f"{' +-'[sign]}{name}".strip() for name, sign in named)])

    def evaluate(self, x: np.ndarray, genes: Sequence[str]) -> np.ndarray:
        """Production at the states x [n, genes], [n]."""
        return compiled(self.production, genes)(x)

    def callable(self, library: Library = "numpy") -> Evaluate:
        """A function of the parents' levels [..., parents] that gives production [...]."""
        return compiled(self.production, self.parents, library)

    def rate(self) -> Expr:
        """The whole right-hand side, production − decay · x; production alone if γ is unknown."""
        if not self.decay:
            return self.production
        return self.production - sympy.Float(self.decay) * symbol(self.gene)

    def text(self, digits: int | None = _DIGITS) -> str:
        """The formula in one line, as one would type it; `print(law)` shows its flags as well."""
        return f"d{self.gene}/dt = {to_text(self.rate(), digits)}"

    def __str__(self) -> str:
        """The formula, and below it what must be known before believing it."""
        return "\n".join([self.text(), *(f"    Flag: {flag}" for flag in self.flags)])

    def latex(self, digits: int = _DIGITS) -> str:
        r"""The law for a paper, each gene as ``\mathrm{gene}``."""
        names = {symbol(name): _latex_name(name) for name in (*self.parents, self.gene)}
        formula = sympy.latex(_rounded(self.rate(), digits), symbol_names=names)
        return rf"\frac{{d\,{_latex_name(self.gene)}}}{{dt}} = {formula}"

    def mathml(self) -> str:
        """The right-hand side as content MathML, at full precision."""
        return to_mathml(self.rate())

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: the formula as text that `from_json` reads back exactly."""
        return {
            "gene": self.gene,
            "formula": to_text(self.production),
            "text": self.text(),
            "latex": self.latex(),
            "parents": list(self.parents),
            "signs": list(self.signs),
            "decay": self.decay,
            "parameters": [
                {"name": p.name, "value": p.value, "low": _finite(p.low), "high": _finite(p.high),
                 "unit": p.unit}
                for p in self.parameters
            ],
            "family": self.family,
            "engine": self.engine,
            "complexity": self.complexity,
            "error": _finite(self.error),
            "error_off": _finite(self.error_off),
            "error_held": _finite(self.error_held),
            "bic": _finite(self.bic),
            "agreement": self.agreement,
            "flags": list(self.flags),
        }  # fmt: skip

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Law:
        """Read what `to_json` wrote; the formula passes `arithmetic.parse` and nothing else."""
        try:
            parameters = tuple(
                Parameter(str(p["name"]), float(p["value"]), _number(p["low"]), _number(p["high"]),
                          str(p["unit"]))
                for p in data["parameters"]
            )  # fmt: skip
            return cls(
                gene=str(data["gene"]),
                production=parse(data["formula"]),
                parents=tuple(map(str, data["parents"])),
                decay=_optional(data["decay"]),
                parameters=parameters,
                family=str(data["family"]),
                engine=str(data["engine"]),
                complexity=int(data["complexity"]),
                error=_number(data["error"]),
                error_off=_optional(data["error_off"]),
                error_held=_optional(data["error_held"]),
                bic=_number(data["bic"]),
                agreement=_optional(data["agreement"]),
                flags=tuple(map(str, data["flags"])),
                signs=tuple(map(int, data["signs"])),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise FileFormatError(
                "a law as hillflow writes it", f"one without a usable {error}",
                "write it anew with `hillflow laws`",
            ) from None  # fmt: skip
        except ValueError as error:
            if isinstance(error, InputError):
                raise
            raise FileFormatError(
                "a law as hillflow writes it", f"{error}", "write it anew with `hillflow laws`"
            ) from None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)


def _rounded(formula: Expr, digits: int) -> Expr:
    numbers = {one: sympy.Float(one, digits) for one in formula.atoms(sympy.Float)}
    return formula.xreplace(numbers)


def _latex_name(gene: str) -> str:
    special = {"\\": r"\backslash{}", "~": r"\sim{}", "^": r"\hat{}"}
    escaped = "".join(
        special.get(letter, "\\" + letter if letter in "&%$#_{} " else letter) for letter in gene
    )
    return rf"\mathrm{{{escaped}}}"
