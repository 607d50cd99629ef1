"""The whole story on simulated blood cells; each room of hillflow adds its chapter.

At this stage: simulate the haematopoietic network with knockouts, describe what was made,
and draw the populations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots, format_time
from hillflow.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

KNOCKOUTS = ("GATA1", "SPI1", "CEBPA", "GFI1")
TIMES = (0.0, 8.0, 16.0, 32.0, 64.0)


@dataclass(frozen=True)
class DemoResult:
    """What the demo made: files by what they show, cells by condition and time, and the words."""

    files: dict[str, Path]
    populations: pd.DataFrame
    sentences: tuple[str, ...]


def run_demo(
    out: str | Path = "demo",
    *,
    quick: bool = False,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> DemoResult:
    """Run the demo into the folder `out`, which is made if need be.

    Parameters
    ----------
    quick
        Fewer cells: seconds instead of minutes, for a first look and for tests.
    say
        Called with a line before each chapter.
    """
    from hillflow.report import plot_labels, plot_populations
    from hillflow.simulate import simulate_to_file

    out = Path(out)
    if out.exists() and not out.is_dir():
        raise InputError("a folder to write the demo into", f"the file {out}", "name another")
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / name for name in ("data.h5ad", "populations.png", "fates.png")}

    cells = 200 if quick else 1000
    say(f"Simulating {cells} cells at {len(TIMES)} times, wild type and {len(KNOCKOUTS)} knockouts")
    simulated = simulate_to_file(
        "hematopoiesis",
        files["data.h5ad"],
        cells=cells,
        times=TIMES,
        knockouts=KNOCKOUTS,
        seed=seed,
    )

    say("Reading them back as hillflow reads your data")
    snapshots = Snapshots.from_anndata(files["data.h5ad"])
    say("Drawing the populations")
    plot_populations(snapshots).savefig(files["populations.png"])
    plot_labels(snapshots).savefig(files["fates.png"])
    return DemoResult(files, snapshots.describe(), _sentences(snapshots, simulated.network))


def _sentences(snapshots: Snapshots, network: pd.DataFrame) -> tuple[str, ...]:
    labels = snapshots.labels
    if labels is None:
        raise ValueError("the haematopoietic system labels its cells")
    last = float(snapshots.times[-1])
    when = format_time(last, snapshots.time_unit)
    first = f"The true network has {len(network)} signed edges among {len(snapshots.genes)} genes."
    others = (
        f"{condition.name} at {when}: {_shares(labels[snapshots.rows(last, condition)])}."
        for condition in snapshots.conditions
    )
    return (first, *others)


def _shares(labels: np.ndarray) -> str:
    """``61% monocyte, 39% erythroid``, the commonest first."""
    kinds, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{counts[k] / counts.sum():.0%} {kinds[k]}" for k in order)
