"""Growth rates of cells from genes of division and of death, as Waddington-OT estimates them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hillflow import keys
from hillflow.data.times import per_unit
from hillflow.errors import GeneNameError, InputError, listing
from hillflow.findings import note

if TYPE_CHECKING:
    import anndata

FASTEST, SLOWEST = 1.7, 0.3  # per day, of division and of death alike
CENTRES, WIDTHS = (0.25, 0.1), (0.5, 0.2)  # of the scores of division and death
_MOST_Z = 5.0


def add_growth_rates(
    adata: anndata.AnnData,
    birth: Sequence[str],
    death: Sequence[str],
    *,
    unit: str = "d",
    layer: str | None = None,
) -> str:
    """Write birth less death rates of cells into ``obs["growth_rate"]``, from two sets of genes.

    The score of a set is the mean over its genes of z-scores over all cells, cut at ±5. A score s
    gives the rate 0.3 + 1.4 / (1 + exp(−4 (s − c) / w)) per day, with c = 0.25 and w = 0.5 for
    birth, c = 0.1 and w = 0.2 for death. These numbers are those that Waddington-OT used for
    reprogrammed mouse fibroblasts; they set the scale of growth by assumption, not by measurement.

    `Snapshots.from_anndata` reads the column. A cell then sends exp(rate · Δ) times its mass in a
    coupling over Δ, and simulated cells weigh as much as that.

    Source: Schiebinger et al. 2019 (Waddington-OT), methods. Cost: one pass over the genes.

    Parameters
    ----------
    adata
        Log-normalised cells, of all genes.
    birth, death
        Genes of proliferation and of apoptosis, such as MSigDB's hallmark sets.
    unit
        Unit of the times of the data, in which rates are written: s, min, h, d or week.
    layer
        Which matrix; None: X.

    Returns
    -------
    str
        The name of the column.

    Examples
    --------
    >>> import anndata
    >>> import numpy as np
    >>> from hillflow.data import add_growth_rates
    >>> adata = anndata.AnnData(np.array([[0.0, 1.0], [2.0, 0.0]]))
    >>> adata.var_names = ["MKI67", "CASP3"]
    >>> add_growth_rates(adata, ["MKI67"], ["CASP3"])
    'growth_rate'
    >>> adata.obs["growth_rate"].round(2).tolist()
    [-1.4, 1.4]
    """
    factor = per_unit(1.0, "d", unit)
    rates = [
        _rate(_score(adata, genes, layer, what), centre, width)
        for genes, what, centre, width in zip(
            (birth, death), ("birth", "death"), CENTRES, WIDTHS, strict=True
        )
    ]
    adata.obs[keys.GROWTH] = factor * (rates[0] - rates[1])
    return keys.GROWTH


def _rate(score: np.ndarray, centre: float, width: float) -> np.ndarray:
    return SLOWEST + (FASTEST - SLOWEST) / (1 + np.exp(-4 * (score - centre) / width))


def _score(
    adata: anndata.AnnData, genes: Sequence[str], layer: str | None, what: str
) -> np.ndarray:
    """Mean z-score of the genes of a set that are in the data, [cells]."""
    if isinstance(genes, str):
        raise InputError(f"a list of genes of {what}", repr(genes), f"write [{genes!r}]")
    measured = set(adata.var_names)
    here = [gene for gene in dict.fromkeys(genes) if gene in measured]
    if not here:
        raise GeneNameError(
            f"genes of {what} that are in the data", listing(genes, 3) if len(genes) else "none",
            "use the gene names of the data, and all genes rather than a panel",
        )  # fmt: skip
    if len(here) < len(set(genes)):
        note(
            f"{len(here):,} of {len(set(genes)):,} genes of {what} are in the data",
            "growth.genes-missing",
        )
    x = adata[:, here].X if layer is None else adata[:, here].layers[layer]
    x = np.asarray(x.toarray() if hasattr(x, "toarray") else x, dtype=np.float64)
    spread = x.std(axis=0)
    z = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.asarray(z.clip(-_MOST_Z, _MOST_Z).mean(axis=1))
