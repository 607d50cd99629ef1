"""Laws of the 'hill' field, whose equations are Hill laws already."""

from __future__ import annotations

from typing import Any

import sympy
import torch

from hillflow.fields.hill_edges import HillField
from hillflow.symbolic.expression import complexity, symbol
from hillflow.symbolic.law import Law
from hillflow.symbolic.parameter import Parameter

NAN = float("nan")


@torch.no_grad()
def laws_of_hill(field: HillField, unit: str = "") -> dict[str, Law]:
    """Write a fitted 'hill' field as laws, with its own parameters.

    production_i = b_i + Σ_j w_ij x_jⁿ / (Kⁿ + x_jⁿ) for w > 0, |w_ij| Kⁿ / (Kⁿ + x_jⁿ) for
    w < 0. Edges with w = 0 are left out. The field raises levels below its `floor` to the floor;
    the formulas do not.

    Parameters
    ----------
    field
        The field.
    unit
        Time unit, for the units of the rates.

    Returns
    -------
    dict
        A `Law` for each gene.

    Examples
    --------
    >>> from hillflow.fields import make_field
    >>> from hillflow.symbolic import laws_of_hill
    >>> laws = laws_of_hill(make_field("hill", ["GATA1", "SPI1"]), unit="h")
    >>> laws["GATA1"].family, laws["GATA1"].parents
    ('additive', ('GATA1', 'SPI1'))
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
        complexity=complexity(production), error=NAN, error_off=None, error_left_out=None, bic=NAN,
        signs=tuple(1 if edge["w"] > 0 else -1 for edge in edges),
    )  # fmt: skip
