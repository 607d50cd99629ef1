"""Real cells and series with a known network: expression, tested regulators, their true edges.

A set has rows that were measured (`x`), what hillflow fits (`cells`), and for some an own matrix
for activities: the two arrays of yeast averaged, the single samples of B. subtilis added, means
over the populations of a screen. The priors are motifs, or for B. subtilis the known edges
themselves, of which those onto the scored gene and 15 genes on each side never count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anndata
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.reference_data import data_file
from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.networks import Network

Array = NDArray[np.float64]
OPERONS = 15  # genes on each side that are left out together, in bacteria


@dataclass(frozen=True, eq=False)
class Truth:
    """What rankings are scored against.

    Attributes
    ----------
    assay
        How the edges were found.
    regulators
        Tested, and measured themselves.
    edges, judged
        True edges, and pairs that count, [regulators, genes].
    hubs
        How many tested regulators have a true edge on each gene, measured or not, [genes].
    """

    assay: str
    regulators: tuple[str, ...]
    edges: NDArray[np.bool_] = field(repr=False)
    judged: NDArray[np.bool_] = field(repr=False)
    hubs: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True, eq=False)
class RealData:
    """What a method sees, and the truths it is scored against.

    Attributes
    ----------
    name, genes, x
        The folder, names of the columns, and expression as measured, [rows, genes].
    cells
        Snapshots or trajectories of it.
    truths
        One for each assay.
    prior
        Known targets.
    samples
        What activities are read from, [samples, genes].
    neighbours, order
        As in `hillflow.activities.left_out`.
    known_is_truth
        Whether the prior holds the scored edges, so that a pair's own must never count.
    state
        The `regulator_state` of `activity_network`; chosen on half of the regulators.
    """

    name: str
    genes: tuple[str, ...]
    x: Array = field(repr=False)
    cells: Cells = field(repr=False)
    truths: tuple[Truth, ...]
    prior: Network
    samples: Array = field(repr=False)
    neighbours: int = 0
    order: NDArray[np.int64] | None = None
    known_is_truth: bool = False
    state: str = "activity"

    @property
    def regulators(self) -> tuple[str, ...]:
        """Those of any assay, in the order of the genes."""
        tested = {name for truth in self.truths for name in truth.regulators}
        return tuple(gene for gene in self.genes if gene in tested)

    @property
    def columns(self) -> NDArray[np.int64]:
        """Where these stand among the genes."""
        return np.flatnonzero(np.isin(self.genes, self.regulators))


def yeast() -> RealData:
    """Cell cycle, two arrays (Pramila et al. 2006); ChIP, deletions, or both; motifs as prior."""
    adata, x = _expression("yeast_pramila")
    times = adata.obs["time"].to_numpy()
    samples = np.stack([x[times == time].mean(axis=0) for time in np.unique(times)])
    cells = Trajectories.from_anndata(adata)
    assays = ("chip", "kd", "both")
    return _data("yeast_pramila", assays, x, cells, _motifs("yeast_pramila"), samples)


def dendritic() -> RealData:
    """Dendritic cells under LPS (Shalek et al. 2014); ChIP, perturbed cells, or both; motifs."""
    adata, x = _expression("mdc_lps")
    cells = Snapshots.from_anndata(adata)
    return _data("mdc_lps", ("chip", "kd", "both"), x, cells, _motifs("mdc_lps"), x)


def bacillus() -> RealData:
    """B. subtilis (Nicolas et al. 2012); literature; its own edges elsewhere as prior."""
    adata, series = _expression("bsubtilis")
    steady = anndata.read_h5ad(data_file("bsubtilis/steady.h5ad"))[:, adata.var_names]
    x = np.concatenate([series, _dense(steady.X)])
    truth = pd.read_csv(data_file("bsubtilis/truth.csv"))
    truth = truth[truth["source"] != truth["target"]]
    known = Network.from_columns(truth["source"], truth["target"], name="known edges")
    order = np.argsort(np.array(adata.var_names, dtype=str), kind="stable")
    return _data(
        "bsubtilis", ("known",), x, Trajectories.from_anndata(adata), known, x,
        neighbours=OPERONS, order=order, known_is_truth=True, state="both",
    )  # fmt: skip


def stem_cells() -> RealData:
    """Human iPS cells, CRISPR knockouts (Ishikawa et al. 2023); ChIP; JASPAR motifs as prior."""
    adata, x = _expression("hipsc_renge")
    groups = adata.obs.groupby(["perturbation", "time"], observed=True).indices
    samples = np.stack([x[rows].mean(axis=0) for rows in groups.values()])
    motifs = pd.read_csv(data_file("motif_human/jaspar.csv.gz"))
    prior = Network.from_columns(motifs.iloc[:, 0], motifs.iloc[:, 1], name="JASPAR motifs")
    return _data("hipsc_renge", ("chip",), x, Snapshots.from_anndata(adata), prior, samples)


SETS: dict[str, Callable[[], RealData]] = {
    "yeast_pramila": yeast, "bsubtilis": bacillus, "mdc_lps": dendritic, "hipsc_renge": stem_cells,
}  # fmt: skip


def irma() -> tuple[Trajectories, NDArray[np.bool_]]:
    """Five genes built into yeast (Cantone et al. 2009): nine series, and their edges."""
    adata, _ = _expression("irma_yeast")
    truth = pd.read_csv(data_file("irma_yeast/truth.csv"))
    genes = tuple(map(str, adata.var_names))
    return Trajectories.from_anndata(adata), _matrix(truth, np.array(genes, dtype=object), genes)


def _expression(name: str) -> tuple[anndata.AnnData, Array]:
    adata = anndata.read_h5ad(data_file(f"{name}/expression.h5ad"))
    return adata, _dense(adata.X)


def _dense(x: Any) -> Array:
    return np.asarray(x.toarray() if hasattr(x, "toarray") else x, dtype=float)


def _motifs(name: str) -> Network:
    table = pd.read_csv(data_file(f"{name}/prior.csv"))
    return Network.from_columns(table["source"], table["target"], name="motifs")


def _data(
    name: str, assays: tuple[str, ...], x: Array, cells: Cells, prior: Network, samples: Array,
    **more: Any,
) -> RealData:  # fmt: skip
    truths = tuple(_truth(name, assay, cells.genes) for assay in assays)
    return RealData(name, cells.genes, x, cells, truths, prior, samples, **more)


def _truth(name: str, assay: str, genes: tuple[str, ...]) -> Truth:
    tested = pd.read_csv(data_file(f"{name}/tested_sources.csv"))
    tested = tested["source"][tested["assay"] == assay].to_numpy(dtype=object)
    edges = pd.read_csv(data_file(f"{name}/truth.csv"))
    if assay in edges:
        edges = edges[edges[assay] == 1]
    every = _matrix(edges, tested, genes)
    measured = np.isin(tested, genes)
    judged = tested[measured][:, None] != np.array(genes, dtype=object)
    return Truth(assay, tuple(tested[measured]), every[measured], judged, every.sum(axis=0))


def _matrix(
    edges: pd.DataFrame, sources: NDArray[np.object_], genes: tuple[str, ...]
) -> NDArray[np.bool_]:
    """Edges between two genes as [sources, genes]."""
    row, column = ({name: k for k, name in enumerate(names)} for names in (sources, genes))
    matrix = np.zeros((len(sources), len(genes)), dtype=bool)
    for source, target in zip(edges["source"], edges["target"], strict=True):
        if source in row and target in column and source != target:
            matrix[row[source], column[target]] = True
    return matrix
