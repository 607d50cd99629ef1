"""Predicted perturbations as a table, and the findings about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Table

if TYPE_CHECKING:
    from hillflow.causal.knockout_result import KnockoutResult

MOST_ROWS = 15  # rows of the ranking that are shown
MOSTLY = 0.5  # least share of the simulated cells within the support of the measured cells
SHORT = {
    "knockout": "ko", "knockdown": "kd", "overexpression": "oe", "degradation": "deg",
    "cut_outgoing": "cut",
}  # fmt: skip


def knockout_findings(result: KnockoutResult) -> list[Finding]:
    """What is missing from these predictions, and where they extrapolate."""
    findings = []
    if len(result.members) == 1:
        findings.append(
            Finding(
                "knockout.one-member",
                "a fit of one member gives no intervals: low, high, p and fdr are empty; fit with "
                "ensemble=5 (`hillflow fit --ensemble 5`) to get them",
                "note",
            )
        )
    if result.graph is None:
        findings.append(
            Finding(
                "knockout.no-graph",
                "direct targets are not counted, since there is no network; infer one with "
                "hillflow.graph (`hillflow graph`)",
                "note",
            )
        )
    outside = int((result.ranking["in_support"] < MOSTLY).sum())
    own = float(result.shifts.control_in_support[-1])
    if own < MOSTLY:
        findings.append(
            Finding(
                "knockout.control-leaves-support",
                f"the fit takes {1 - own:.0%} of the cells to states where no cell was measured "
                "even without perturbation, so in_support says little about a perturbation; "
                "raise effort, or fit another field",
            )
        )
    elif outside:
        findings.append(
            Finding(
                "knockout.leaves-support",
                f"{outside:,} of {len(result):,} perturbations take most cells to states where no "
                f"cell was measured (in_support below {MOSTLY:g}; {own:.0%} without perturbation): "
                "the fit extrapolates there",
            )
        )
    return findings


def ranking_table(result: KnockoutResult) -> Table:
    """The perturbations of largest effect, with intervals if the fit has several members."""
    several, fates = len(result.members) > 1, result.fates is not None
    last = f"{result.controls.times[-1]:g} {result.controls.data.time_unit}".strip()
    heads = ["perturbation", "effect", *(["95 %"] if several else []), "in support"]
    heads.append("fate" if fates else "strongest effect on")
    short = {intervention.name: short_name(intervention) for intervention in result.interventions}
    rows = []
    for row in result.ranking.head(MOST_ROWS).to_dict("records"):
        cells = [short[row["perturbation"]], f"{row['effect']:.3g}"]
        if several:
            cells.append(f"{row['low']:.3g} to {row['high']:.3g}")
        rows.append([*cells, f"{row['in_support']:.0%}", _fate(row) if fates else row["strongest"]])
    more = len(result) - MOST_ROWS
    return Table(
        heads, rows, f"Predicted effects at {last}, in standard deviations of the control",
        f"and {more:,} more" if more > 0 else "",
    )  # fmt: skip


def short_name(intervention: Intervention) -> str:
    """``GATA1=ko, SPI1=oe:2``: parses to the same intervention as the full name, but is shorter."""
    parts = []
    for action in intervention:
        _, colon, value = str(action).removeprefix(f"{action.gene}=").partition(":")
        parts.append(f"{action.gene}={SHORT.get(action.kind, action.kind)}{colon}{value}")
    return ", ".join(parts)


def _fate(row: Mapping[Any, Any]) -> str:
    """The share of cells that change fate, and the fate that gains most."""
    toward = f", most to {row['fate_toward']}" if row["fate_toward"] else ""
    return f"{row['fate_shift']:.0%} change{toward}"
