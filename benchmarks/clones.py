"""Fates of clones: are the descendants of a cell foretold by cells that are no relatives?

Blood progenitors with barcodes on days 2, 4 and 6 (LARRY, Weinreb et al. 2020; the 781 cells of
CoSpar's test file). A method sees times and expression, never barcodes, and gives each cell of an
earlier day the probabilities of the labels on a later one. They are scored on the clone's own later
cells: `log_score` is the mean logarithm of the probability of their labels (1 % of every
probability is spread evenly, so that none is 0), `probability` its mean; every clone counts alike.
`gain` is the log score beyond that of `exact` optimal transport, `error` its standard error by
bootstrap over clones. 21 clones begin on day 2, so that differences below .2 mean little there; 113
are on days 4 and 6.

`shares` gives every cell the shares of labels on the later day. `nearest` are the labels, on the
later day, of the 15 cells nearest to the cell itself. `exact`, `sinkhorn` and `unbalanced` (which
lets cells multiply and die) are couplings of hillflow with 20 principal components of all genes, at
their defaults; two intervals are chained. `law` is `hillflow.fit` at its defaults of the 60 most
variable genes, `growing` the same genes by the method `wfr-fm`, which learns growth: 50 paths from
each cell, labelled by the 15 nearest cells measured on that day, weighed by the growth on the way.

From day 2, couplings say less than the shares of labels do; the law hardly says more. From day 4 it
says more than both.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

import hillflow as hf
from benchmarks.reference_data import data_file
from benchmarks.table import Claim, Table
from hillflow.data import LinearBasis, Snapshots, select_variable_genes
from hillflow.transport import fit_plan

Array = NDArray[np.float64]
COMPONENTS, NEIGHBOURS, PATHS, PANEL = 20, 15, 50, 60
EVEN = 0.1  # share of the probability that is that of the labels on the day
DRAWS = 1000  # bootstraps over clones
SPANS = ((2.0, 4.0), (2.0, 6.0), (4.0, 6.0))
COUPLINGS = ("exact", "sinkhorn", "unbalanced")
YARDSTICK = "exact"


def run(quick: bool, seed: int) -> Table:
    table = Table.resumable("clones", quick, seed)
    adata = hf_cells()
    methods: dict[str, Callable[[], dict[str, list[float]]]] = {
        name: (lambda name=name: scored(adata, name, quick, seed))  # type: ignore[misc]
        for name in METHODS
    }
    found = {name: table.once(work, method=name) for name, work in methods.items()}
    for begin in (2.0, 4.0):
        spans = [f"{a:g}–{b:g}" for a, b in SPANS if a == begin]
        for name, rows in found.items():
            own = by_clone(rows, spans)
            gain = own["log"] - by_clone(found[YARDSTICK], spans)["log"]
            table.add(
                from_day=begin, method=name, clones=len(own), probability=own["p"].mean(),
                log_score=own["log"].mean(), gain=gain.mean(), error=bootstrap(gain, seed),
                cpu_seconds=rows["cpu_seconds"],
            )  # fmt: skip
    scores = {(row["from_day"], row["method"]): row for row in table.rows}
    for begin in (2.0, 4.0):
        law = scores[begin, "law"]["log_score"]
        for others in (COUPLINGS, ("shares",)):
            best = max(scores[begin, name]["log_score"] for name in others)
            text = f"from day {begin:g}: log score of the law beyond {' and '.join(others)}"
            table.claims.append(Claim(text, law - best, 0.0, at_least=True))
    return table


def hf_cells() -> Any:
    import anndata

    return anndata.read_h5ad(data_file("larry_clones/expression.h5ad"))


def scored(adata: Any, method: str, quick: bool, seed: int) -> dict[str, Any]:
    """Of each descendant: its clone, the days, and the probability of its label."""
    start = time.process_time()
    cells = Snapshots.from_anndata(adata)
    labels = sorted(set(cells.labels))
    hot = np.array([[label == one for one in labels] for label in cells.labels], dtype=float)
    foretold = METHODS[method](cells, hot, quick, seed)
    rows: dict[str, Any] = {"clone": [], "span": [], "p": []}
    clones = adata.obs["clone"].astype(str).to_numpy()
    for (begin, end), shares in foretold.items():
        shares = (1 - EVEN) * shares + EVEN * hot[cells.time == end].mean(axis=0)
        earlier = np.flatnonzero(cells.time == begin)
        for row in np.flatnonzero(cells.time == end):
            parents = clones[earlier] == clones[row]
            if parents.any():
                rows["clone"].append(clones[row])
                rows["span"].append(f"{begin:g}–{end:g}")
                rows["p"].append(float(shares[parents].mean(axis=0) @ hot[row]))
    return rows | {"cpu_seconds": time.process_time() - start}


def by_clone(rows: dict[str, Any], spans: list[str]) -> pd.DataFrame:
    """Mean probability, and mean logarithm, of each clone's descendants."""
    frame = pd.DataFrame({name: rows[name] for name in ("clone", "span", "p")})
    frame = frame[frame["span"].isin(spans)].assign(log=lambda one: np.log(one["p"]))
    return frame.groupby("clone")[["p", "log"]].mean()


def bootstrap(values: pd.Series, seed: int) -> float:
    drawn = np.random.default_rng(seed).integers(len(values), size=(DRAWS, len(values)))
    return float(values.to_numpy()[drawn].mean(axis=1).std())


Foretold = dict[tuple[float, float], Array]  # of each span: [cells of the earlier day, labels]


def by_shares(cells: Snapshots, hot: Array, quick: bool, seed: int) -> Foretold:
    return {
        (a, b): np.tile(hot[cells.time == b].mean(axis=0), (int((cells.time == a).sum()), 1))
        for a, b in SPANS
    }


def by_nearest(cells: Snapshots, hot: Array, quick: bool, seed: int) -> Foretold:
    z = LinearBasis.fit(cells.x, COMPONENTS).project(cells.x)
    return {
        (a, b): voted(z[cells.time == b], hot[cells.time == b], z[cells.time == a])
        for a, b in SPANS
    }


def by_coupling(name: str) -> Callable[..., Foretold]:
    def foretell(cells: Snapshots, hot: Array, quick: bool, seed: int) -> Foretold:
        first, second = fit_plan(cells.with_basis(COMPONENTS), name, seed=seed)
        later = np.zeros(hot.shape)
        later[second.start.rows] = second.barycentric(hot)
        return {
            (2.0, 4.0): first.barycentric(hot),
            (2.0, 6.0): first.barycentric(later),
            (4.0, 6.0): later[second.start.rows],
        }

    return foretell


def by_fit(**options: Any) -> Callable[..., Foretold]:
    def foretell(cells: Snapshots, hot: Array, quick: bool, seed: int) -> Foretold:
        paths, size = (2, 10) if quick else (PATHS, PANEL)
        panel = select_variable_genes(replace(cells, labels=None), size)
        fit = hf.fit(panel, seed=seed, effort=0.001 if quick else 1.0, **options).fit
        basis = LinearBasis.fit(panel.x, min(COMPONENTS, size))
        seen = {b: (basis.project(panel.x[cells.time == b]), hot[cells.time == b]) for b in (4, 6)}
        foretold: Foretold = {}
        for begin, days in ((2.0, [2.0, 4.0, 6.0]), (4.0, [4.0, 6.0])):
            start = panel.x[cells.time == begin]
            fine = np.unique(np.concatenate([np.linspace(a, a + 2, 9) for a in days[:-1]]))
            path = fit.simulate(np.repeat(start, paths, axis=0), fine, seed=seed)
            mass = fit[0].mass_along(path, fine)
            for day in days[1:]:
                at = int(np.flatnonzero(fine == day)[0])
                votes = voted(*seen[int(day)], basis.project(path[at]))
                weight = mass[at].reshape(len(start), paths, 1)
                each = votes.reshape(len(start), paths, -1)
                foretold[begin, day] = (weight * each).sum(axis=1) / weight.sum(axis=1)
        return foretold

    return foretell


def voted(points: Array, hot: Array, asked: Array) -> Array:
    """Shares of labels among the nearest points, [asked, labels]."""
    trees = NearestNeighbors(n_neighbors=min(NEIGHBOURS, len(points)), algorithm="brute")
    near = trees.fit(points).kneighbors(asked, return_distance=False)
    return np.asarray(hot[near].mean(axis=1))


METHODS: dict[str, Callable[..., Foretold]] = {
    "shares": by_shares,
    "nearest": by_nearest,
    **{name: by_coupling(name) for name in COUPLINGS},
    "law": by_fit(),
    "growing": by_fit(method="wfr-fm"),
}
