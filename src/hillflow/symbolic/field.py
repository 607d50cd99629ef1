"""Laws as a vector field: simulated, intervened on and scored like any other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from sympy import Expr, exp, log
from torch import Tensor

from hillflow.errors import GeneNameError, InputError, listing
from hillflow.fields.base import Time, VectorField
from hillflow.symbolic.law import Law
from hillflow.symbolic.numeric import compiled


class SymbolicField(VectorField):
    """ẋ_i = max(0, production_i(x)) − γ_i x_i, one law a gene.

    A synthesis is never negative: a law that could go below 0, beyond the cells it was read
    off, is cut there (which ones is in `clipped`), and so x ≥ 0 is kept. A law without decay
    (γ None) stands for the whole velocity and is not cut.

    Nothing here is trained. Saved as the laws it is made of, see `Laws.save`.

    Parameters
    ----------
    laws
        A law for each gene, by its name; or `Laws`, of which the best of each front is taken.
        Their order is that of the columns of x.

    Attributes
    ----------
    laws
        One a gene.
    clipped
        Genes whose production is cut at 0, since its formula alone does not forbid less.
    """

    name = "symbolic"

    rate: Tensor

    def __init__(self, laws: Mapping[str, Any], *, dtype: torch.dtype = torch.float64) -> None:
        chosen = {gene: law if isinstance(law, Law) else law.best for gene, law in laws.items()}
        super().__init__(tuple(chosen))
        _check(chosen)
        self.laws: dict[str, Law] = chosen
        self.clipped = frozenset(
            gene for gene, law in chosen.items()
            if law.decay is not None and not is_never_negative(law.production)
        )  # fmt: skip
        self.keeps_orthant = all(law.decay is not None for law in chosen.values())
        self._functions: list[tuple[list[int], Callable[[Any], Any], bool]] = []
        column = {gene: index for index, gene in enumerate(self.genes)}
        for gene, law in chosen.items():
            used = [column[parent] for parent in law.parents]
            function = compiled(law.production, law.parents, "torch")
            self._functions.append((used, function, gene in self.clipped))
        decay = [0.0 if law.decay is None else law.decay for law in chosen.values()]
        self.register_buffer("rate", torch.tensor(decay, dtype=dtype))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Synthesis by each gene's law, [..., genes]."""
        values = []
        for used, function, cut in self._functions:
            value = function(x[..., used])
            values.append(value.clamp_min(0.0) if cut else value)
        return torch.stack(values, dim=-1)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """γ ⊙ x, [..., genes]."""
        return self.rate * x

    def decay_rate(self) -> Tensor:
        """γ, [genes]; 0 for a law that stands for the whole velocity."""
        return self.rate


def is_never_negative(production: Expr) -> bool:
    """Whether the formula's shape alone keeps it at 0 or above for all levels above 0.

    True for sums, products, quotients and powers of what is positive, such as a Hill term with
    positive numbers; a difference is not looked into.
    """
    if production.is_Number or production.is_Symbol:
        return not production.is_negative
    if production.is_Pow:
        even = production.exp.is_Integer and production.exp % 2 == 0
        return even or is_never_negative(production.base)
    if isinstance(production, log):
        number, rest = production.args[0].as_coeff_Add()
        return bool(number >= 1) and is_never_negative(rest)
    return isinstance(production, exp) or all(map(is_never_negative, production.args))


def _check(laws: Mapping[str, Law]) -> None:
    if not laws:
        raise InputError("a law for one gene at least", "none", "distill a fitted model first")
    misnamed = [gene for gene, law in laws.items() if law.gene != gene]
    if misnamed:
        raise GeneNameError(
            "each law under the name of its gene",
            f"the law of {laws[misnamed[0]].gene!r} under {misnamed[0]!r}",
            "build the mapping as {law.gene: law for law in laws}",
        )  # fmt: skip
    missing = sorted({parent for law in laws.values() for parent in law.parents} - set(laws))
    if missing:
        raise GeneNameError(
            "a law for every regulator, so that all can be simulated",
            f"none for {listing(missing)}",
            "distill all genes (`hillflow laws RUN`, without --genes), or add a law of its own for "
            "each of these",
        )
    for gene, law in laws.items():
        if law.decay is not None and not (math.isfinite(law.decay) and law.decay >= 0):
            raise InputError(
                "a finite decay rate of 0 or more", f"{law.decay} for {gene!r}", "correct the law"
            )
