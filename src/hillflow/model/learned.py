"""What a fit learned beside its field, in words: noise, proteins, splicing, units of time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hillflow.model.member import Member

Range = tuple[float, float, float]


def learned_facts(members: Sequence[Member]) -> list[tuple[str, str]]:
    """Labels and texts of noise, proteins, splicing and the time of velocities, if there are.

    At rest a gene that is made at a constant rate has the variance ν times its mean, and a protein
    loses half of a change of its mRNA in log 2 / γ_p. Ranges are over genes and members.
    """
    first, facts = members[0], []
    noise, rate = head_range(members, "noise"), head_range(members, "protein")
    if noise is not None:
        scale = "" if first.scale == "unknown" else f" ({first.scale})"
        facts.append(
            ("Noise", f"ν {_over_genes(noise, members)}, in units of "
             f"expression{scale}: at rest, the variance of a gene is about ν times its mean; "
             "simulated cells follow random paths with it")
        )  # fmt: skip
    spread = head_range(members, "diffusion")
    if spread is not None:
        facts.append(("Noise", f"σ = {_span(spread)} in dx = b dt + σ dW{_how(first)}"))
    if rate is not None:
        unit = first.time_unit or "time unit"
        half_lives = sorted(math.log(2) / value for value in rate)
        facts.append(
            ("Proteins", f"rates γ_p {_over_genes(rate, members, f' per {unit}')}: regulators act "
             "through proteins, which follow their mRNA with "
             f"half-lives of {_span(half_lives)} {unit}{'s' * (not first.time_unit)}")
        )  # fmt: skip
    splicing = head_range(members, "splicing")
    if splicing is not None:
        unit = f" per {first.time_unit or 'time unit'}"
        facts.append(
            ("Splicing", f"rates β {_over_genes(splicing, members, unit)}: levels are of spliced "
             "mRNA s, made from unspliced mRNA u, ds/dt = β u − γ s, du/dt = production − β u")
        )  # fmt: skip
    scales = [m.metrics["velocity_scale"] for m in members if "velocity_scale" in m.metrics]
    if scales:
        unit = first.time_unit or "time unit"
        facts.append(
            ("RNA velocities", f"dx/dt = {_span(sorted(scales))} v: so many units of the time of "
             f"the velocities are one {unit} of the data")
        )  # fmt: skip
    return facts


def _how(member: Member) -> str:
    """In what unit σ is, and what moves with it."""
    unit = f", in expression per √{member.time_unit or 'time unit'}"
    if member.heads.score is None:
        return f"{unit}; simulated cells follow random paths with it"
    return (
        f"{unit}, with b = f + σ²/2 × the learned score; simulated cells follow random paths, "
        "those under an intervention the flow f"
    )


def learned_in_brief(member: Member) -> str:
    """``, noise 0.01 to 0.2, protein rates 0.1 to 1.2 1/h``; "" if nothing was learned."""
    noise, rate = head_range([member], "noise"), head_range([member], "protein")
    splicing = head_range([member], "splicing")
    text = "" if noise is None else f", noise {_span(noise)}"
    unit = f" 1/{member.time_unit}" if member.time_unit else ""
    text += "" if splicing is None else f", splicing rates {_span(splicing)}{unit}"
    return text if rate is None else f"{text}, protein rates {_span(rate)}{unit}"


def head_range(members: Sequence[Member], name: str) -> Range | None:
    """Lowest, middle and highest number of a head with one a gene; None without it."""
    heads = [getattr(member.heads, name) for member in members]
    if any(head is None for head in heads):
        return None
    values = [value for head in heads for value in head().detach().tolist()]
    return min(values), float(np.median(values)), max(values)


def _over_genes(values: Range, members: Sequence[Member], unit: str = "") -> str:
    """``from 0.1 to 0.4 per h over the genes of 3 members (median 0.2)``, or ``= 0.1 per h``."""
    span = _span(values)
    if " to " not in span:
        return f"= {span}{unit}"
    of = f" of {len(members)} members" * (len(members) > 1)
    return f"from {span}{unit} over the genes{of} (median {values[1]:.2g})"


def _span(values: Sequence[float]) -> str:
    low, high = (f"{value:.2g}" for value in (values[0], values[-1]))
    return low if low == high else f"{low} to {high}"
