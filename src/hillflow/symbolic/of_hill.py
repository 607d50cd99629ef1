"""The edge-wise Hill field as laws: what was fitted is already a formula, gene by gene."""

from __future__ import annotations

from typing import Any

import sympy
import torch

from hillflow.fields.hill_edges import HillField
from hillflow.symbolic.expression import complexity, symbol
from hillflow.symbolic.law import Law, Parameter

NAN = float("nan")


@torch.no_grad()
def laws_of_hill(field: HillField, unit: str = "") -> dict[str, Law]:
    """Each gene's law, with the field's own numbers.

    production_i = b_i + Σ_j w_ij x_jⁿ / (Kⁿ + x_jⁿ) for w > 0, |w_ij| Kⁿ / (Kⁿ + x_jⁿ) for
    w < 0. Edges with w = 0 are left out. The field sees levels below its `floor` as that
    floor; the formula does not.

    Parameters
    ----------
    unit
        Of time, written beside rates.
    """
    rate = f"1/{unit}" if unit else ""
    basal, decay = field.basal().tolist(), field.decay_rate().tolist()
    rows: dict[str, list[dict[str, Any]]] = {gene: [] for gene in field.genes}
    for row in field.law_parameters():
        rows[str(row["target"])].append(row)
    return {
        gene: _law(gene, rows[gene], basal[i], decay[i], rate) for i, gene in enumerate(field.genes)
    }


def _law(gene: str, edges: list[dict[str, Any]], basal: float, decay: float, rate: str) -> Law:
    production: sympy.Expr = sympy.Float(basal)
    parameters = [Parameter("basal", basal, unit=rate)]
    for edge in edges:
        source, weight = edge["source"], float(edge["w"])
        power = symbol(source) ** sympy.Float(edge["n"])
        half = sympy.Float(edge["K"]) ** sympy.Float(edge["n"])
        production += abs(weight) * (power if weight > 0 else half) / (half + power)
        parameters += [
            Parameter(f"{name}_{source}", float(edge[name]), unit=rate if name == "w" else "")
            for name in ("w", "K", "n")
        ]
    return Law(
        gene=gene, production=production, parents=tuple(str(edge["source"]) for edge in edges),
        decay=decay, parameters=tuple(parameters), family="additive", engine="hill field",
        complexity=complexity(production), error=NAN, error_off=None, error_held=None, bic=NAN,
        signs=tuple(1 if edge["w"] > 0 else -1 for edge in edges),
    )  # fmt: skip
