"""Cells: the data a fit accepts, snapshots or trajectories, and checks of them."""

from __future__ import annotations

from typing import TypeAlias

from hillflow.data.snapshots import Snapshots
from hillflow.data.trajectories import Trajectories
from hillflow.errors import GeneNameError, InputError

Cells: TypeAlias = Snapshots | Trajectories


def check_kind(cells: object) -> None:
    """Refuse anything but snapshots and trajectories; the error says how to build them."""
    if isinstance(cells, Snapshots | Trajectories):
        return
    fix = "build them with Snapshots.from_anndata(adata) or Snapshots.from_arrays(x, time, genes)"
    if hasattr(cells, "to_anndata"):
        fix = "write Snapshots.from_anndata(data.to_anndata())"
    raise InputError("Snapshots or Trajectories", type(cells).__name__, fix)


def check_genes(cells: Cells, genes: tuple[str, ...]) -> None:
    """Refuse cells whose genes are not those of the fit in the same order."""
    if cells.genes == genes:
        return
    missing = [gene for gene in genes if gene not in set(cells.genes)]
    if missing:
        raise GeneNameError(
            f"the fit's {len(genes):,} genes, in its order",
            f"{len(cells.genes):,} genes, without {missing[0]!r}"
            + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""),
            "give the cells that were fitted, or cells with the same genes",
        )
    found = f"{len(cells.genes):,} genes"
    if len(cells.genes) == len(genes):
        first = next(k for k, gene in enumerate(genes) if cells.genes[k] != gene)
        found = f"the same genes in another order, first {cells.genes[first]!r} at {first}"
    raise GeneNameError(
        f"the fit's {len(genes):,} genes, in its order", found,
        "call snapshots.select_genes(fit.genes)",
    )  # fmt: skip
