"""What a fit takes: snapshots, whose cells are seen once, or trajectories, which are followed."""

from __future__ import annotations

from typing import TypeAlias

from hillflow.data.snapshots import Snapshots
from hillflow.data.trajectories import Trajectories
from hillflow.errors import GeneNameError, InputError

Cells: TypeAlias = Snapshots | Trajectories


def check_kind(cells: object) -> None:
    """Refuse what is neither snapshots nor trajectories, and say how to get there."""
    if isinstance(cells, Snapshots | Trajectories):
        return
    fix = "build them with Snapshots.from_anndata(adata) or Snapshots.from_arrays(x, time, genes)"
    if hasattr(cells, "to_anndata"):
        fix = "write Snapshots.from_anndata(data.to_anndata())"
    raise InputError("Snapshots or Trajectories", type(cells).__name__, fix)


def check_genes(cells: Cells, genes: tuple[str, ...]) -> None:
    """Refuse cells whose genes are not the fit's, in its order; say in what they differ."""
    if cells.genes == genes:
        return
    absent = [gene for gene in genes if gene not in set(cells.genes)]
    if absent:
        raise GeneNameError(
            f"the fit's {len(genes):,} genes, in its order",
            f"{len(cells.genes):,} genes, without {absent[0]!r}"
            + (f" and {len(absent) - 1:,} more" if len(absent) > 1 else ""),
            "give the cells that were fitted, or cells with the same genes",
        )
    found = f"{len(cells.genes):,} genes"
    if len(cells.genes) == len(genes):
        place = next(k for k, gene in enumerate(genes) if cells.genes[k] != gene)
        found = f"the same genes in another order, first {cells.genes[place]!r} at {place}"
    raise GeneNameError(
        f"the fit's {len(genes):,} genes, in its order", found,
        "call snapshots.select_genes(fit.genes)",
    )  # fmt: skip
