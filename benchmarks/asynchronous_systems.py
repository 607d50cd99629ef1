"""Published Boolean systems in the regime of the benchmark, by our own simulator.

The systems of `boolean_systems` were simulated otherwise than those we are measured on: their mRNA
is slow, and all cells of a time have the same age. Here, as with BoolODE's defaults (Pratapa et
al. 2020), mRNA decays ten times as fast as protein, Hill functions are steep (n = 10), noise is
of the size √x, and a cell is taken at a random moment of its course, whose fifth is its time.
Rules are those of models published with BoolODE or before it, without hsc, tf and li (which are
among the data), without those that name a gene twice, and without the chain of 18 genes. As
there, a gene that is on at the start is not knocked out, where few are.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.data import Snapshots
from hillflow.systems import simulate
from hillflow.systems.boolean import BooleanSystem
from hillflow.systems.hill import Array
from hillflow.systems.noise import Noise

CELLS = 1000  # of each condition, over all ages
AGES, TIMES = 25, 5  # ages that cells are taken at, pooled into so many times
TOP = 2.0  # level of a gene that is on; our systems have 1
ON, OFF = 0.5, 0.005  # of the top, at the start

_CONVERGING = {
    "g1": "not g9",
    "g2": "g1",
    "g3": "g2",
    "g4": "(g3 or g4) and not (g5 or g8)",
    "g5": "(g3 or g5) and not (g4 or g8)",
    "g6": "g4",
    "g7": "g5",
    "g8": "g6 or g7 or g8",
    "g9": "g8",
    "g10": "g9",
}

# name: rules, the genes that are on at the start (none: all), and the last age
PUBLISHED: dict[str, tuple[dict[str, str], tuple[str, ...], float]] = {
    "cortical area": (  # Giacomantonio & Goodhill 2010
        {
            "Fgf8": "Fgf8 and Sp8 and not Emx2",
            "Emx2": "Coup and not (Fgf8 or Pax6 or Sp8)",
            "Pax6": "Sp8 and not (Emx2 or Coup)",
            "Sp8": "Fgf8 and not Emx2",
            "Coup": "not (Fgf8 or Sp8)",
        },
        ("Fgf8",),
        5.0,
    ),
    "spinal cord": (  # Lovrics et al. 2014
        {
            "Nkx61": "not Dbx2",
            "Nkx62": "not (Nkx61 or Dbx1)",
            "Nkx22": "not (Pax6 or Dbx2)",
            "Pax6": "not Nkx22",
            "Dbx1": "not (Nkx62 or Nkx61)",
            "Dbx2": "not (Nkx61 or Olig2 or Nkx22)",
            "Olig2": "not (Irx3 or Nkx22)",
            "Irx3": "not (Olig2 or Nkx22)",
        },
        (),
        5.0,
    ),
    "cycle": (
        {
            "g1": "not g5",
            "g2": "not g1",
            "g3": "not g2",
            "g4": "g3",
            "g5": "g4",
            "g6": "g1",
        },
        ("g1", "g2", "g3"),
        8.0,
    ),
    "converging": (_CONVERGING | {"g11": "g10"}, ("g1",), 8.0),
    "bifurcating": (
        {
            "g1": "not (g4 or g6)",
            "g2": "g1",
            "g3": "g2",
            "g4": "(g3 or g4) and not g6",
            "g6": "(g3 or g6) and not g4",
            "g7": "g4",
            "g8": "not g4",
        },
        ("g1",),
        8.0,
    ),
    "bifurcating converging": (_CONVERGING, ("g1",), 8.0),
    "bifurcating loop": (
        {
            "g1": "not g9",
            "g2": "g1",
            "g3": "g2",
            "g4": "(g3 or g4) and not (g5 or g7 or g10)",
            "g5": "(g3 or g5) and not (g4 or g10)",
            "g6": "g4",
            "g7": "(g6 or g7 or g8) and not (g5 or g10)",
            "g8": "g7",
            "g9": "g7",
            "g10": "g9",
            "g11": "g5",
        },
        ("g1",),
        8.0,
    ),
    "bifurcating twice": (
        {
            "g1": "g1",
            "g2": "g1",
            "g3": "(g2 or g3) and not g4",
            "g4": "(g2 or g4) and not g3",
            "g5": "g3",
            "g6": "g5 or (g6 and not (g4 or g7))",
            "g7": "g5 or (g7 and not (g4 or g6))",
            "g8": "g7",
            "g9": "g6",
            "g10": "g4",
        },
        ("g1",),
        8.0,
    ),
}


def asynchronous_cells(name: str, seed: int) -> tuple[Snapshots, pd.DataFrame]:
    """Cells of the wild type and of the knockouts, on BoolODE's scale, and the true edges."""
    rules, first, last = PUBLISHED[name]
    genes = tuple(rules)
    started = first or genes
    system = BooleanSystem(
        rules, exponent=10.0, decay=10.0, protein_rate=1.0, spread=0.0, step=0.01,
        start=np.array([ON if gene in started else OFF for gene in genes]), noise=_Molecules(),
    )  # fmt: skip
    ages = (np.arange(AGES) + 0.5) * last / AGES
    knocked = [f"{gene}=ko" for gene in genes if gene not in first]
    adata = simulate(system, ages, CELLS // AGES, knocked, seed=seed).to_anndata()
    adata.X = adata.X * TOP
    adata.obs["time"] = np.floor(adata.obs["time"].to_numpy(dtype=float) * TIMES / last)
    truth = pd.DataFrame(system.edges(), columns=["source", "target", "sign"])
    return Snapshots.from_anndata(adata), truth


class _Molecules(Noise):
    """√x dW for the levels of BoolODE, whose tops are 2 (mRNA) and 20 (protein); 1 in ours."""

    def __init__(self) -> None:
        super().__init__("sqrt", 1.0)

    def amplitude(self, state: Array) -> Array:
        top = np.repeat([TOP, 10 * TOP], state.shape[1] // 2)
        return np.sqrt(np.maximum(state, 0.0) / top)
