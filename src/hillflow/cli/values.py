"""What the values of the data say before anything is fitted to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hillflow.cli.app import console, rich_escape
from hillflow.errors import InputError, listing

if TYPE_CHECKING:
    from hillflow.data import Snapshots, Trajectories


def remark_on_values(data: Snapshots | Trajectories) -> None:
    """Refuse data that never change; say which genes do not, and which go below 0."""
    lowest, highest = data.x.min(axis=0), data.x.max(axis=0)
    still = [gene for gene, one in zip(data.genes, lowest == highest, strict=True) if one]
    below = [gene for gene, one in zip(data.genes, lowest < 0, strict=True) if one]
    if len(still) == len(data.genes):
        raise InputError(
            "cells that differ", f"{len(data.x):,} alike",
            "check which matrix is meant (--layer) and which genes (--genes)",
        )  # fmt: skip
    if still:
        _note(
            f"the same value in every cell: {listing(still)}. Nothing can be learnt of what such "
            "a gene does, or of what acts on it; --genes FILE names the genes to fit."
        )
    if below:
        _note(
            f"values down to {lowest.min():.3g}, in {listing(below)}: neither counts nor their "
            "logs go below 0. Is it the right --layer?"
        )


def _note(text: str) -> None:
    console.print(f"[yellow]Note:[/] {rich_escape(text)}")
