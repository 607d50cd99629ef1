"""Predicted perturbations as a table, and what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Table

if TYPE_CHECKING:
    from hillflow.causal.knockout_result import KnockoutResult

MOST_ROWS = 15  # of the ranking are shown
MOSTLY = 0.5  # share of the cells that must stay within what was measured
SHORT = {
    "knockout": "ko", "knockdown": "kd", "overexpression": "oe", "degradation": "deg",
    "cut_outgoing": "cut",
}  # fmt: skip


def knockout_findings(result: KnockoutResult) -> list[Finding]:
    """What these predictions rest on, and where they leave what was measured."""
    findings = []
    if len(result.models) == 1:
        findings.append(
            Finding(
                "knockout.one-member",
                "one member cannot say how sure it is: low, high, p and fdr are empty; fit with "
                "ensemble=5 (`hillflow fit --ensemble 5`) for them",
                "note",
            )
        )
    if result.graph is None:
        findings.append(
            Finding(
                "knockout.no-graph",
                "no network in the run: direct targets are not counted (`hillflow graph`)",
                "note",
            )
        )
    outside = int((result.ranking["in_support"] < MOSTLY).sum())
    own = float(result.shifts.control_in_support[-1])
    if own < MOSTLY:
        findings.append(
            Finding(
                "knockout.control-leaves-support",
                f"unperturbed, the fit already takes {1 - own:.0%} of the cells to where none was "
                "measured, so in_support says little of a perturbation; fit for longer, or with "
                "another field",
            )
        )
    elif outside:
        findings.append(
            Finding(
                "knockout.leaves-support",
                f"{outside:,} of {len(result):,} perturbations take most cells to where no cell "
                f"was measured (in_support below {MOSTLY:g}; {own:.0%} without perturbation): "
                "there the fit extrapolates",
            )
        )
    return findings


def ranking_table(result: KnockoutResult) -> Table:
    """The strongest perturbations, with intervals where there are members."""
    sure, fates = len(result.models) > 1, result.fates is not None
    last = f"{result.wild_type.times[-1]:g} {result.wild_type.data.time_unit}".strip()
    heads = ["perturbation", "effect", *(["95 %"] if sure else []), "in support"]
    heads.append("fate" if fates else "strongest effect on")
    short = {one.name: short_name(one) for one in result.interventions}
    rows = []
    for row in result.ranking.head(MOST_ROWS).to_dict("records"):
        cells = [short[row["perturbation"]], f"{row['effect']:.3g}"]
        if sure:
            cells.append(f"{row['low']:.3g} to {row['high']:.3g}")
        rows.append([*cells, f"{row['in_support']:.0%}", _fate(row) if fates else row["strongest"]])
    more = len(result) - MOST_ROWS
    return Table(
        heads, rows, f"Predicted effects at {last}, in standard deviations of the control",
        f"and {more:,} more" if more > 0 else "",
    )  # fmt: skip


def short_name(intervention: Intervention) -> str:
    """``GATA1=ko, SPI1=oe:2``: it means the same as the full name, and fits the screen."""
    written = []
    for action in intervention:
        _, colon, value = str(action).removeprefix(f"{action.gene}=").partition(":")
        written.append(f"{action.gene}={SHORT.get(action.kind, action.kind)}{colon}{value}")
    return ", ".join(written)


def _fate(row: Mapping[Any, Any]) -> str:
    """Where the share of cells that change fate goes."""
    return f"{row['fate_shift']:.0%} {row['fate_toward']}".rstrip()
