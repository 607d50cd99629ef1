"""scVelo, CellRank and decoupler on what hillflow wrote; hillflow itself is not needed here.

    python check_scverse.py FOLDER

FOLDER holds velocity.h5ad, predicted.h5ad, network.csv and activity.h5ad of one run, and
cells.h5ad, the simulated cells that were fitted, with their true velocities: see check_scverse.sh.
A line is printed for each client; the first that fails stops the check.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("MPLBACKEND", "Agg")

import anndata
import cellrank
import decoupler
import numpy as np
import pandas as pd
import scanpy
import scvelo
from matplotlib.collections import LineCollection

SEED = 0


def require(holds: object, what: str) -> None:
    """Stop unless it holds: ``assert`` would be silent under ``python -O``."""
    if not holds:
        sys.exit(f"FAILED: {what}")


def shuffled(adata: anndata.AnnData) -> anndata.AnnData:
    """The same cells, each with the velocity of some other: what chance gives."""
    other = adata.copy()
    order = np.random.default_rng(SEED).permutation(adata.n_obs)
    other.layers["velocity"] = adata.layers["velocity"][order]
    return other


def check_scvelo(adata: anndata.AnnData) -> None:
    """Velocities point to cells that are there, as their neighbours' do, and can be drawn."""
    cosine, confidence = {}, {}
    for name, each in (("fitted", adata), ("shuffled", shuffled(adata))):
        scvelo.tl.velocity_graph(each, n_jobs=1, show_progress_bar=False)
        toward = each.uns["velocity_graph"].max(axis=1).toarray()
        require(np.isfinite(toward).all(), "scVelo finds finite cosines in every row")
        cosine[name] = float(toward.mean())
        scvelo.tl.velocity_confidence(each)
        confidence[name] = float(each.obs["velocity_confidence"].mean())
    require(cosine["fitted"] > cosine["shuffled"] + 0.05, f"cosine above chance: {cosine}")
    require(confidence["fitted"] > confidence["shuffled"] + 0.1, f"confidence: {confidence}")
    scanpy.pp.pca(adata, n_comps=5)
    for basis in ("pca", "hillflow"):
        axes = scvelo.pl.velocity_embedding_stream(adata, basis=basis, color="time", show=False)
        require(np.isfinite(adata.obsm[f"velocity_{basis}"]).all(), f"finite arrows in {basis}")
        lines = [one for one in axes.collections if isinstance(one, LineCollection)]
        require(lines and lines[0].get_segments(), f"scVelo draws streams in {basis}")
    print(
        f"scVelo {scvelo.__version__}: mean cosine {cosine['fitted']:.2f} (shuffled "
        f"{cosine['shuffled']:.2f}), confidence {confidence['fitted']:.2f} (shuffled "
        f"{confidence['shuffled']:.2f}), streams in pca and hillflow"
    )


def check_cellrank(adata: anndata.AnnData, truth: anndata.AnnData) -> None:
    """Transitions are probabilities, and lead where the simulated cells truly went."""
    true = truth[adata.obs_names, adata.var_names].layers["true_velocity"]
    states, along = adata.layers["Ms"], {}
    for name, each in (("fitted", adata), ("shuffled", shuffled(adata))):
        kernel = cellrank.kernels.VelocityKernel(
            each, attr="layers", xkey="Ms", vkey="velocity"
        ).compute_transition_matrix(show_progress_bar=False)
        matrix = kernel.transition_matrix
        require(np.isfinite(matrix.data).all() and matrix.min() >= 0, "transitions are ≥ 0")
        off = float(np.abs(np.asarray(matrix.sum(axis=1)) - 1).max())
        require(off < 1e-6, f"each cell's transitions sum to 1, off by {off:.1e}")
        step = matrix @ states - states
        lengths = np.linalg.norm(step, axis=1) * np.linalg.norm(true, axis=1)
        along[name] = float(((step * true).sum(axis=1) / np.maximum(lengths, 1e-12)).mean())
    require(along["fitted"] > along["shuffled"] + 0.05, f"steps along the truth: {along}")
    print(
        f"CellRank {cellrank.__version__}: rows of {matrix.shape[0]:,} cells sum to 1, cosine of "
        f"a step with the true velocity {along['fitted']:.2f} (shuffled {along['shuffled']:.2f})"
    )


def check_decoupler(adata: anndata.AnnData, network: pd.DataFrame) -> None:
    """Every regulator of some targets gets a score, and a knockout's is lower without it."""
    targets = network.groupby("source").size()
    enough = 2
    decoupler.mt.ulm(adata, net=network, tmin=enough)
    scores = adata.obsm["score_ulm"]
    require(set(scores) == set(targets.index[targets >= enough]), f"scores of {list(scores)}")
    require(np.isfinite(scores.to_numpy()).all(), "finite scores")
    late = adata.obs["time"] == adata.obs["time"].max()
    means = scores[late]["GATA1"].groupby(adata.obs["perturbation"][late].astype(str)).mean()
    with_it, without = means["control"], means["GATA1=knockout"]
    require(without < with_it, f"the activity of GATA1 falls without it: {dict(means)}")
    print(
        f"decoupler {decoupler.__version__}: scores of {scores.shape[1]} regulators in "
        f"{len(scores):,} cells, GATA1's {without:.2f} in its knockout, {with_it:.2f} in control"
    )


def check_activity(ours: anndata.AnnData, network: pd.DataFrame) -> None:
    """The scores of ``hillflow activity`` are decoupler's own, of the same cells and network."""
    decoupler_own = anndata.AnnData(ours.X, obs=ours.obs[[]], var=ours.var[[]])
    decoupler.mt.ulm(decoupler_own, net=network, tmin=2)
    off = {}
    for key in ("score_ulm", "padj_ulm"):
        table, own = ours.obsm[key], decoupler_own.obsm[key]
        require(set(table) == set(own), f"the same regulators: {list(table)}, {list(own)}")
        off[key] = float(np.abs(table - own[list(table)]).to_numpy().max())
    require(max(off.values()) < 1e-6, f"activities agree to 1e-6: {off}")
    print(f"decoupler {decoupler.__version__}: hillflow's activities differ by {off}")


def check_prediction(predicted: anndata.AnnData) -> None:
    """A predicted population reads, and says where it comes from."""
    about = predicted.uns["hillflow"]["prediction"]
    require(about["perturbation"] == "GATA1=knockout", f"the perturbation in {about}")
    require(np.isfinite(predicted.X).all(), "finite expression")
    print(
        f"anndata {anndata.__version__}: {predicted.n_obs} predicted cells under "
        f"{about['perturbation']}, from {about['start_cells']} at {about['start_time']:g} h"
    )


def main(folder: Path) -> None:
    """Every check, on fresh copies of the files."""
    scvelo.settings.verbosity = 0
    check_prediction(anndata.read_h5ad(folder / "predicted.h5ad"))
    check_scvelo(anndata.read_h5ad(folder / "velocity.h5ad"))
    truth = anndata.read_h5ad(folder / "cells.h5ad")
    check_cellrank(anndata.read_h5ad(folder / "velocity.h5ad"), truth)
    network = pd.read_csv(folder / "network.csv")
    check_decoupler(anndata.read_h5ad(folder / "velocity.h5ad"), network)
    check_activity(anndata.read_h5ad(folder / "activity.h5ad"), network)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
