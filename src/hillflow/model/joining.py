"""Checks before members of several fits are joined into one (`Fit.of`)."""

from __future__ import annotations

from collections.abc import Sequence

from hillflow.errors import GeneNameError, InputError, TimeError
from hillflow.fields import FIELDS
from hillflow.model.describe import describe_field
from hillflow.model.member import Member


def check_joinable(members: Sequence[Member]) -> None:
    """Refuse members of different data, and members that are the same fit twice."""
    if not members:
        raise InputError("fits to take members from", "none", "pass fits, or run.fit of runs")
    if len({id(member) for member in members}) < len(members):
        raise InputError(
            "each fit once", "one of them twice",
            "leave it out: counted twice, it would make the ensemble look too certain",
        )  # fmt: skip
    for other in members[1:]:
        _check_same_data(members[0], other)
    # Only registered fields: name, options and tensors do not determine a field of the user.
    registered = {entry.cls for entry in FIELDS.values()}
    fields = [member.field for member in members if type(member.field) in registered]
    descriptions = [describe_field(field) for field in fields]
    if any(text in descriptions[:number] for number, text in enumerate(descriptions)):
        raise InputError(
            "fits that differ", "two with the same numbers, such as a run and its copy",
            "leave one out, or fit it with another seed: together they would look too certain",
        )  # fmt: skip


def _check_same_data(first: Member, other: Member) -> None:
    if other.genes != first.genes:
        raise GeneNameError(
            f"fits of the same genes in the same order ({len(first.genes):,})",
            f"another of {len(other.genes):,} genes" if len(other.genes) != len(first.genes)
            else "another with different genes, or in a different order",
            "fit them to the same cells",
        )  # fmt: skip
    if other.time_unit != first.time_unit:
        raise TimeError(
            f"fits in the same unit of time ({first.time_unit or 'none'})",
            f"another in {other.time_unit or 'none'}", "fit them to the same cells",
        )  # fmt: skip
    if other.scale != first.scale:
        raise InputError(
            f"fits to the same scale of expression ({first.scale})",
            f"another to {other.scale}", "fit them to the same cells",
        )  # fmt: skip
