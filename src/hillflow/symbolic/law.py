"""A gene's regulation as a formula, with what is known about how well it holds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from sympy import Add, Expr, Float

from hillflow.errors import FileFormatError, InputError, did_you_mean
from hillflow.show import Block, Shown
from hillflow.symbolic.expression import ordered, sum_terms, symbol
from hillflow.symbolic.mathml import to_mathml
from hillflow.symbolic.numeric import Evaluate, Library, compiled
from hillflow.symbolic.parse import parse
from hillflow.symbolic.printing import latex_name, to_latex, to_text
from hillflow.symbolic.show_laws import law_formula

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
class Law(Shown):
    """ẋ_gene = production(parents) − decay · x_gene.

    Errors are root mean square deviations over the standard deviation of the target, so that
    1 is what the mean would reach and 1 − error² is R².

    Attributes
    ----------
    gene
        Whose production it is.
    production
        A formula of the parents' levels (`expression.symbol`), numbers filled in.
    parents
        The regulators it names.
    decay
        Rate γ; None where it is not known.
    parameters
        The constants, where the engine's formulas have ones with a meaning.
    family, engine
        Which kind of formula, and who found it.
    complexity
        Nodes of the expression tree (`expression.complexity`).
    error, error_off, error_held
        On the states fitted; beyond the data's support; on left-out cells. None: not asked.
    bic
        n log(mean square deviation) + k log n for k constants (Schwarz 1978): comparable
        between laws of the same gene and states, whatever the engine.
    agreement
        Share of an ensemble's members in which the same structure came out.
    flags
        Caveats, in words.
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
        names = {level.name for level in self.production.free_symbols}
        if unknown := sorted(names - set(self.parents)):
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
        number, rest = self.production.as_coeff_Add()
        decay = -Float(self.decay) * symbol(self.gene)
        return ordered(Add, number, [*Add.make_args(rest), decay])

    def terms(self) -> list[tuple[int, Expr]]:
        """The terms of the right-hand side as they are written, decay last: sign, and the rest."""
        decay = [(-1, self.decay * symbol(self.gene))] if self.decay else []
        return sum_terms(self.production) + decay

    def text(self, digits: int | None = _DIGITS) -> str:
        """The formula in one line, as one would type it; `print(law)` shows its flags as well."""
        return f"d{self.gene}/dt = {to_text(self.rate(), digits)}"

    def latex(self, digits: int = _DIGITS) -> str:
        r"""The law for a paper, each gene as ``\mathrm{gene}``."""
        rate = rf"\frac{{d\,{latex_name(self.gene)}}}{{dt}}"
        return f"{rate} = {to_latex(self.rate(), digits)}"

    def mathml(self) -> str:
        """The right-hand side as content MathML, at full precision."""
        return to_mathml(self.rate())

    def __str__(self) -> str:
        """The formula, and below it its flags."""
        return "\n".join([self.text(), *(f"    Flag: {flag}" for flag in self.flags)])

    def blocks(self) -> list[Block]:
        """The formula with its regulators, errors and flags."""
        return [law_formula(self)]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: the formula as text that `from_json` reads back exactly."""
        written = {
            "gene": self.gene, "formula": to_text(self.production), "text": self.text(),
            "latex": self.latex(),
            "parameters": [
                {name: _finite(value) for name, value in asdict(parameter).items()}
                for parameter in self.parameters
            ],
        }  # fmt: skip
        others = [part.name for part in fields(self) if part.name not in (*written, "production")]
        return written | {name: _finite(getattr(self, name)) for name in others}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Law:
        """Read what `to_json` wrote; the formula passes `parse` and nothing else."""
        with reading("a law as hillflow writes it", "one"):
            return cls(
                gene=str(data["gene"]),
                production=parse(data["formula"]),
                parents=tuple(map(str, data["parents"])),
                decay=_optional(data["decay"]),
                parameters=tuple(
                    Parameter(str(part["name"]), float(part["value"]), _number(part["low"]),
                              _number(part["high"]), str(part["unit"]))
                    for part in data["parameters"]
                ),
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
            )  # fmt: skip


@contextmanager
def reading(expected: str, found: str) -> Iterator[None]:
    """One error for whatever is wrong with JSON values that are being read."""
    try:
        yield
    except InputError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        absent = not isinstance(error, ValueError)
        raise FileFormatError(
            expected, f"{found} without a usable {error}" if absent else f"{found} with {error}",
            "write it anew with `hillflow laws`",
        ) from None  # fmt: skip


def _finite(value: Any) -> Any:
    """A JSON value; None for a number that JSON has not."""
    if isinstance(value, tuple):
        return list(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _optional(value: Any) -> float | None:
    return None if value is None else float(value)
