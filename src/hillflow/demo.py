"""The whole story on simulated blood cells; each room of hillflow adds its chapter.

Simulate the haematopoietic network with knockouts, draw the populations, fit a law of motion
to them, hold its simulations against the cells, and write the velocities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots, format_time
from hillflow.files import check_output_folder
from hillflow.seeds import check_seed

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.fit import Model

KNOCKOUTS = ("GATA1", "SPI1", "CEBPA", "GFI1")
TIMES = (0.0, 8.0, 16.0, 32.0, 64.0)
FIELD = "sparse"  # a small network a gene, which finds its own regulators
FILES = ("data.h5ad", "populations.png", "fates.png", "run", "history.png", "prediction.png",
         "velocity.h5ad")  # fmt: skip


@dataclass(frozen=True)
class DemoResult:
    """What the demo made: files by name, cells by condition and time, the fit, and the words."""

    files: dict[str, Path]
    populations: pd.DataFrame
    metrics: dict[str, float]
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
        Fewer cells and steps: half a minute instead of minutes, for a first look.
    say
        Called with a line before each chapter.
    """
    from hillflow.export import add_velocity
    from hillflow.fit import Setting, fit
    from hillflow.fit.files import replacing
    from hillflow.report import plot_history, plot_labels, plot_populations, plot_prediction
    from hillflow.simulate import simulate_to_file

    seed, out = check_seed(seed), check_output_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / name for name in FILES}

    cells = 200 if quick else 500
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

    say(f"Fitting the {FIELD!r} field to all {len(snapshots):,} cells, knockouts included")
    model = fit(
        FIELD, snapshots, seed=seed, setting=Setting(effort=0.3 if quick else 1.0),
        out=files["run"], overwrite=files["run"].exists(),
    )  # fmt: skip
    plot_history(model.history).savefig(files["history.png"])
    say("Simulating each condition from 0 h, and drawing it over the cells")
    plot_prediction(snapshots, _rolled_out(model, snapshots)).savefig(files["prediction.png"])
    say("Writing velocities for scVelo and CellRank")
    adata = snapshots.to_anndata()
    add_velocity(adata, model)
    with replacing(files["velocity.h5ad"]) as draft:
        adata.write_h5ad(draft)
    sentences = *_sentences(snapshots, simulated.network), _how_good(model)
    return DemoResult(files, snapshots.describe(), model.metrics, sentences)


def _rolled_out(model: Model, snapshots: Snapshots) -> Snapshots:
    """Control cells of the first time, simulated under every condition to all later times."""
    rolled = [model.predict(snapshots, one, absolute=True) for one in snapshots.conditions]
    return Snapshots.from_arrays(
        np.concatenate([part.x for part in rolled]),
        np.concatenate([part.time for part in rolled]),
        snapshots.genes,
        [part.conditions[0] for part in rolled for _ in range(len(part))],
        unit=snapshots.time_unit,
        scale=snapshots.scale,
    )


def _how_good(model: Model) -> str:
    error, still = (model.metrics[f"{name}_error"] for name in ("landing", "standstill"))
    return (
        f"Simulated from one time to the next, cells land {error:.2g} (energy distance) from "
        f"measured ones that were held back from training; left where they were, {still:.2g}. "
        f"The law takes {1 - error / still:.0%} off."
    )


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
    """``61% monocyte, 39% erythrocyte``, the commonest first."""
    kinds, counts = np.unique(labels, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return ", ".join(f"{_percent(counts[k] / counts.sum())} {kinds[k]}" for k in order)


def _percent(share: float) -> str:
    return "<1%" if share < 0.01 else f"{share:.0%}"
