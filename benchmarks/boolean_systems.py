"""Boolean systems of our own simulator, on which ranking edges was settled (see `networks`).

Like BoolODE's, they are rules that act through unmeasured proteins, with noise, and every gene
can be knocked out. Four are written out; they branch, once or twice, as the published benchmark
systems do. Ten are drawn by chance: of the first thirty, those in which six of the eight genes or
more vary (a standard deviation of .15 over 60 wild-type cells a time) and three or more are above
half of their top in a fifth to four fifths of the cells at the last two times.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from hillflow.data import Snapshots
from hillflow.simulate import simulate
from hillflow.simulate.boolean import BooleanSystem
from hillflow.simulate.noise import Noise

TIMES = (0, 10, 20, 32, 48)
CELLS = 200  # of each population
HIGH = 0.05  # a start above it is spread widely
RANDOM = tuple(f"random-{k}" for k in (4, 7, 8, 11, 17, 18, 20, 26, 28, 29))
GENES = 8  # of a random system

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
    rules, levels = SYSTEMS[name] if name in SYSTEMS else _random_rules(int(name.split("-")[1]))
    start = np.array([levels.get(gene, 0.0) for gene in rules])
    system = BooleanSystem(
        rules, exponent=4.0, leak=0.02, decay=np.full(len(rules), 0.35),
        protein_rate=np.full(len(rules), 0.2), start=start,
        spread=np.where(start > HIGH, 0.1, 0.03), noise=Noise("sqrt", 0.14), step=0.1,
    )  # fmt: skip
    cells = simulate(system, TIMES, CELLS, [f"{gene}=ko" for gene in rules], seed=seed)
    truth = pd.DataFrame(system.edges(), columns=["source", "target", "sign"])
    return Snapshots.from_anndata(cells.to_anndata()), truth


def _random_rules(seed: int) -> tuple[dict[str, str], dict[str, float]]:
    """Each gene has one to three regulators: any or all of its activators, and no repressor."""
    random = np.random.default_rng(1000 + seed)
    genes = [f"g{k}" for k in range(GENES)]
    rules = {}
    for gene in genes:
        sources = [genes[k] for k in random.choice(GENES, random.integers(1, 4), replace=False)]
        active = [one for one in sources if random.random() < 0.55]
        against = [one for one in sources if one not in active]
        if not active and random.random() < 0.5 and against:
            active = [against.pop()]
        parts = []
        if active:
            parts.append(f"({(' or ' if random.random() < 0.6 else ' and ').join(active)})")
        if against:
            parts.append(f"not ({' or '.join(against)})")
        rules[gene] = " and ".join(parts)
    return rules, {genes[k]: 0.8 for k in random.choice(GENES, 2, replace=False)}
