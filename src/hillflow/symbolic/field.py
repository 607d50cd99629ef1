"""Laws as a vector field, which can be simulated and perturbed like any other field."""

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
    """ẋ_i = max(0, production_i(x)) − γ_i x_i, with one law per gene.

    Production is never negative: formulas that could become negative outside the range of the cells
    are clipped at 0 (see `clipped`), so that x ≥ 0 holds. A law without decay (γ is None) is the
    whole velocity and is not clipped.

    The field has nothing to train. To save it, save its laws (`Laws.save`).

    Parameters
    ----------
    laws
        A law for each gene by name, in the order of the columns of x; or `Laws`, of which the best
        law of each gene is used.
    floor
        Level of each gene to which lower levels are raised in productions; none by default.

    Attributes
    ----------
    laws
        The law of each gene.
    clipped
        Genes whose production is clipped at 0, because the formula could become negative.
    """

    name = "symbolic"

    rate: Tensor
    least: Tensor

    def __init__(
        self,
        laws: Mapping[str, Any],
        *,
        floor: Mapping[str, float] | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
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
        self.floor = {gene: level for gene, level in (floor or {}).items() if gene in chosen}
        least = [self.floor.get(gene, 0.0) for gene in chosen]
        self.register_buffer("least", torch.tensor(least, dtype=dtype))

    def production(self, x: Tensor, t: Time = None) -> Tensor:
        """Production by the law of each gene, [..., genes]."""
        if self.floor:
            x = torch.maximum(x, self.least)
        values = []
        for used, function, cut in self._functions:
            value = function(x[..., used])
            values.append(value.clamp_min(0.0) if cut else value)
        return torch.stack(values, dim=-1)

    def decay(self, x: Tensor, t: Time = None) -> Tensor:
        """γ ⊙ x, [..., genes]."""
        return self.rate * x

    def decay_rate(self) -> Tensor:
        """γ, [genes]; 0 for a law without decay."""
        return self.rate


def is_never_negative(production: Expr) -> bool:
    """Whether the structure of a formula implies values ≥ 0 for all levels > 0.

    True for sums, products, quotients and powers of positive parts, such as Hill terms with
    positive constants. Differences are not analysed.
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
        raise InputError("a law for at least one gene", "none", "distill a fit first")
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
            "a law for each regulator, so that all can be simulated",
            f"none for {listing(missing)}",
            "distill all genes (`hillflow laws RUN` without --genes), or add laws for these",
        )
    for gene, law in laws.items():
        if law.decay is not None and not (math.isfinite(law.decay) and law.decay >= 0):
            raise InputError(
                "a finite decay rate of 0 or more", f"{law.decay} for {gene!r}", "correct the law"
            )
