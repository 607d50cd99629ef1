"""Boolean systems of our own simulator, on which ranking edges was settled (see `networks`).

Like BoolODE's, they are rules that act through unmeasured proteins, with noise, and every gene
can be knocked out. They branch, once or twice, as the published benchmark systems do. mRNA is slow
here and all cells of a time have the same age; `asynchronous_systems` are otherwise.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.data import Snapshots
from hillflow.systems import simulate
from hillflow.systems.boolean import BooleanSystem
from hillflow.systems.noise import Noise

TIMES = (0, 10, 20, 32, 48)
CELLS = 200  # of each population
HIGH = 0.05  # a start above it is spread widely

# name: rules, and the levels genes start at (the rest at 0)
SYSTEMS: dict[str, tuple[dict[str, str], dict[str, float]]] = {
    "fork": (
        {
            "R": "not (A or B)",
            "A": "(R or A2) and not B",
            "B": "(R or B2) and not A",
            "A2": "A and not B2",
            "B2": "B and not A2",
            "C": "A2 and not D",
            "D": "A2 and not C",
            "E": "B2 and not F",
            "F": "B2 and not E and not C",
        },
        {"R": 0.9},
    ),
    "casc": (
        {
            "S": "S and not T",
            "X": "(S or X) and not Y",
            "Y": "(S or Y) and not X",
            "T": "X or Y",
            "U": "X and not V and not W",
            "V": "T and not U",
            "W": "(Y or W) and not U",
            "Z": "V and W",
            "Q": "Z and not S",
        },
        {"S": 0.9},
    ),
    "spinal": (
        {
            "Pax6": "not Nkx22",
            "Nkx22": "not (Pax6 or Olig2 or Irx3)",
            "Nkx61": "not (Dbx1 or Dbx2)",
            "Irx3": "not (Olig2 or Nkx22)",
            "Olig2": "not (Nkx22 or Irx3 or Dbx1)",
            "Dbx1": "not (Olig2 or Dbx2 or Nkx61)",
            "Dbx2": "not (Nkx61 or Nkx22)",
        },
        {"Pax6": 0.3, "Dbx1": 0.3},
    ),
    "branch": (
        {
            "g1": "not g6 and not g7",
            "g2": "g1",
            "g3": "g2 and not g8",
            "g4": "(g3 or g4) and not g5",
            "g5": "(g3 or g5) and not g4",
            "g6": "g4",
            "g7": "g5",
            "g8": "g6 or g7",
        },
        {"g1": 0.9},
    ),
}


def boolean_cells(name: str, seed: int) -> tuple[Snapshots, pd.DataFrame]:
    """Cells of the wild type and of every knockout, and the true edges."""
    rules, levels = SYSTEMS[name]
    start = np.array([levels.get(gene, 0.0) for gene in rules])
    system = BooleanSystem(
        rules, exponent=4.0, leak=0.02, decay=np.full(len(rules), 0.35),
        protein_rate=np.full(len(rules), 0.2), start=start,
        spread=np.where(start > HIGH, 0.1, 0.03), noise=Noise("sqrt", 0.14), step=0.1,
    )  # fmt: skip
    cells = simulate(system, TIMES, CELLS, [f"{gene}=ko" for gene in rules], seed=seed)
    truth = pd.DataFrame(system.edges(), columns=["source", "target", "sign"])
    return Snapshots.from_anndata(cells.to_anndata()), truth
