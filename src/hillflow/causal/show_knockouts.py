"""Predicted perturbations as a table, and the findings about them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hillflow.errors import listing
from hillflow.findings import Finding
from hillflow.interventions import Intervention
from hillflow.show import Table

if TYPE_CHECKING:
    from hillflow.causal.knockout_result import KnockoutResult

MOST_ROWS = 15  # rows of the ranking that are shown
BELOW = 0.05  # standard deviations below 0 from which a mean is named
MOST_NAMED = 5  # levels in one sentence
FAR = 2.0  # times the largest measured level of a gene, above which a level is far from the data
MOSTLY = 0.5  # least share of the simulated cells within the support of the measured cells
SHORT = {
    "knockout": "ko", "knockdown": "kd", "overexpression": "oe", "degradation": "deg",
    "cut_outgoing": "cut", "cut_edge": "cut",
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
    return [*findings, *_far_levels(result), *_below_zero(result)]


def _below_zero(result: KnockoutResult) -> list[Finding]:
    """Means below 0, which are not clipped, so that they agree with the effects."""
    if (result.controls.measured.x < 0).any():
        return []
    below = result.predicted_means.mean(axis=0) < -BELOW * result.controls.spread
    if not below.any():
        return []
    names = [name for name, one in zip(result.names, below, strict=True) if one.any()]
    text = (
        f"{_means(int(below.sum()))} below 0 (under {listing(names)}): the shift is "
        "larger than what control cells express. Tables are not clipped; single cells "
        "(result.predicted, `hillflow predict`) are"
    )
    return [Finding("knockout.below-zero", text, "note")]


def _means(count: int) -> str:
    return "1 predicted mean lies" if count == 1 else f"{count:,} predicted means lie"


def _far_levels(result: KnockoutResult) -> list[Finding]:
    """Clamps and overexpressions beyond twice what was measured of their gene in any cell.

    There the field has seen no data, however well it fits those it has; its own terms may be flat
    there, or grow without bound.
    """
    top = dict(zip(result.genes, result.controls.data.x.max(axis=0).tolist(), strict=True))
    reached = dict(zip(result.names, result.predicted_means.mean(axis=0).max(axis=1), strict=True))
    far = []
    for intervention in result.interventions:
        levels = dict(zip(result.genes, reached[intervention.name].tolist(), strict=True))
        for action in intervention:
            if action.kind not in ("clamp", "overexpression"):
                continue
            level = levels[action.gene]
            if level > FAR * max(top[action.gene], 0.0):
                far.append(
                    f"{action.gene} at {level:.3g} in {short_name(intervention)} (measured: up to "
                    f"{top[action.gene]:.3g})"
                )
    if not far:
        return []
    more = len(far) - MOST_NAMED
    named = "; ".join([*far[:MOST_NAMED], *([f"{more:,} more"] if more > 0 else [])])
    text = (
        f"levels far beyond those measured: {named}. There the fit extrapolates by its form alone: "
        "choose a level that cells have"
    )
    return [Finding("knockout.far-level", text)]


def ranking_table(result: KnockoutResult) -> Table:
    """The perturbations of largest effect, with intervals if the fit has several members.

    Where cells of some were measured at that time, the measured effect stands beside the predicted.
    """
    several, fates = len(result.members) > 1, result.fates is not None
    known = bool(result.ranking["measured_effect"].notna().any())
    last = f"{result.controls.times[-1]:g} {result.controls.data.time_unit}".strip()
    heads = ["perturbation", "effect", *(["95 %"] if several else [])]
    heads += [*(["measured"] if known else []), "in support"]
    heads.append("fate" if fates else "strongest effect on")
    short = {intervention.name: short_name(intervention) for intervention in result.interventions}
    rows = []
    for row in result.ranking.head(MOST_ROWS).to_dict("records"):
        cells = [short[row["perturbation"]], f"{row['effect']:.3g}"]
        if several:
            cells.append(f"{row['low']:.3g} to {row['high']:.3g}")
        if known:
            cells.append(_measured(row))
        rows.append([*cells, f"{row['in_support']:.0%}", _fate(row) if fates else row["strongest"]])
    more = len(result) - MOST_ROWS
    words = [f"and {more:,} more"] if more > 0 else []
    words += [_about_measured(result)] if known else []
    return Table(
        heads, rows, f"Predicted effects at {last}, in standard deviations of the control",
        "; ".join(words),
    )  # fmt: skip


def combinations_table(result: KnockoutResult) -> Table | None:
    """Combinations beside the sum of their single effects; None without one."""
    if "additive" not in result.ranking:
        return None
    short = {intervention.name: short_name(intervention) for intervention in result.interventions}
    rows = []
    for row in result.ranking.dropna(subset="additive").to_dict("records"):
        low, high = row["interaction_low"], row["interaction_high"]
        span = "" if math.isnan(low) else f" ({low:.2g} to {high:.2g})"
        rows.append(
            [short[row["perturbation"]], f"{row['effect']:.3g}", f"{row['additive']:.3g}",
             f"{row['interaction']:.2g}{span}"]
        )  # fmt: skip
    more = len(rows) - MOST_ROWS
    return Table(
        ["combination", "effect", "sum of singles", "deviation"], rows[:MOST_ROWS],
        "Combinations beside the sum of their single effects",
        f"and {more:,} more" if more > 0 else "",
    )  # fmt: skip


def _measured(row: Mapping[Any, Any]) -> str:
    """``2.1 (r 0.93)``: the measured effect, and its shift's correlation with the predicted one."""
    effect, correlation = row["measured_effect"], row["measured_correlation"]
    if math.isnan(effect):
        return "–"
    return f"{effect:.3g}" + ("" if math.isnan(correlation) else f" (r {correlation:.2f})")


def _about_measured(result: KnockoutResult) -> str:
    """What the measured effects are, and whether the fit has seen their cells."""
    ranking = result.ranking
    names = set(ranking["perturbation"][ranking["measured_effect"].notna()])
    seen = {condition.name for member in result.members for condition in member.conditions}
    new = [one for one in result.interventions if one.name in names - seen]
    caveat = "the fit was trained on these cells, so this is no test of it"
    if new:
        caveat = f"the fit was not trained on the cells of {', '.join(map(short_name, new))}"
    return (
        "measured: the effect in cells with that perturbation, and the correlation r of its shift "
        f"with the predicted one; {caveat}"
    )


def short_name(intervention: Intervention) -> str:
    """``GATA1=ko, SPI1=oe:2``: parses to the same intervention as the full name, but is shorter."""
    parts = []
    for action in intervention:
        rest = str(action).removeprefix(f"{action.gene}={action.kind}")
        parts.append(f"{action.gene}={SHORT.get(action.kind, action.kind)}{rest}")
    return ", ".join(parts)


def _fate(row: Mapping[Any, Any]) -> str:
    """The share of cells that change fate, and the fate that gains most."""
    toward = f", most to {row['fate_toward']}" if row["fate_toward"] else ""
    return f"{row['fate_shift']:.0%} change{toward}"
