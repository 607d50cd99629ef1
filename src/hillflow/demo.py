"""The whole story on simulated blood cells; each room of hillflow adds its chapter.

Simulate the haematopoietic network with knockouts, fit an ensemble to the cells, read the network
off it, write the laws, knock out every gene in silico, hold all of it against the truth (and
against TRRUST, where it is at hand), and hand it on: velocities, Cytoscape, SBML, and one page
to read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hillflow.data import Snapshots
from hillflow.demo_words import cells_in_words, in_words, published_in_words
from hillflow.files import check_output_folder
from hillflow.seeds import check_seed

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.evaluate import Validation
    from hillflow.model import Ensemble
    from hillflow.networks import Network, PriorNetwork
    from hillflow.symbolic import Laws

KNOCKOUTS = ("GATA1", "SPI1", "CEBPA", "GFI1")
TIMES = (0.0, 8.0, 16.0, 32.0, 64.0)
FIELD, METHOD = "sparse", "network"  # a small network a gene, fitted for the regulators it finds
PUBLISHED = "trrust-human"
DRAWN = 30  # edges in the exported network: the number that the truth has
FILES = ("data.h5ad", "populations.png", "fates.png", "run", "history.png", "prediction.png",
         "velocity.h5ad", "laws.xml", "network.cx2", "report.html")  # fmt: skip

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """What the demo made: files by name, cells by condition and time, scores, and the words."""

    files: dict[str, Path]
    populations: pd.DataFrame
    metrics: dict[str, float]
    sentences: tuple[str, ...]


def run_demo(
    out: str | Path = "demo", *, quick: bool = False, seed: int = 0, say: Say = lambda _: None
) -> DemoResult:
    """Run the demo into the folder `out`, which is made if need be.

    Parameters
    ----------
    quick
        Fewer cells, members and steps: a minute instead of several, for a first look.
    say
        Called with a line before each chapter.
    """
    from hillflow.causal import graph, screen
    from hillflow.evaluate import validate
    from hillflow.networks import at_hand, load_prior
    from hillflow.page import report
    from hillflow.symbolic import Sampling, distill
    from hillflow.systems import simulate_to_file
    from hillflow.train import Setting, fit_ensemble

    seed, out = check_seed(seed), check_output_folder(out)
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / name for name in FILES}
    run = files["run"]
    published = load_prior(PUBLISHED) if at_hand(PUBLISHED) else None

    cells = 150 if quick else 400
    say(f"Simulating {cells} cells at {len(TIMES)} times, wild type and {len(KNOCKOUTS)} knockouts")
    simulated = simulate_to_file(
        "hematopoiesis", files["data.h5ad"], cells=cells, times=TIMES, knockouts=KNOCKOUTS,
        seed=seed,
    )  # fmt: skip
    say("Reading them back as hillflow reads your data")
    snapshots = Snapshots.from_anndata(files["data.h5ad"])

    members = 3 if quick else 5
    say(f"Fitting {members} {FIELD!r} fields to all {len(snapshots):,} cells, knockouts included")
    models = fit_ensemble(
        FIELD, snapshots, METHOD, members=members, seed=seed, jobs=2,
        setting=Setting(effort=0.2 if quick else 1.0), out=run, overwrite=run.exists(),
    )  # fmt: skip
    say("Reading the network off them, with a confidence for each edge")
    network = graph(models, snapshots)
    network.save(run / "edges.csv")
    say("Writing each gene's law as a formula")
    sampling = Sampling(states=200, members=0) if quick else Sampling(members=3)
    laws = distill(
        models, network, snapshots, parents=2 if quick else 3, sampling=sampling, seed=seed, jobs=2
    )
    laws.save(run / "laws.json")
    say("Knocking out every gene in silico")
    knockouts = screen(models, snapshots, cells=200, graph=network, seed=seed)
    knockouts.save(run / "knockouts.csv")
    say("Holding the network against the truth")
    validation = validate(network, "hematopoiesis", data=snapshots)
    validation.save(run / "validation.json")
    beside = None
    if published is not None:
        say(f"Holding it against {PUBLISHED}, which knows a part of the truth")
        beside = _against(network, published, seed)
        files["trrust.json"] = beside.save(out / "trrust.json")
    say("Drawing, and handing it on")
    _draw(files, models, snapshots)
    _hand_on(files, models, snapshots, network, laws)
    report(run, files["report.html"])
    metrics = _metrics(models, validation)
    sentences = (
        *cells_in_words(snapshots, simulated.network),
        published_in_words(beside, network, simulated.network, run),
        *in_words(network, simulated.network, knockouts, metrics, validation),
    )
    return DemoResult(files, snapshots.describe(), metrics, sentences)


def _against(network: Network, published: PriorNetwork, seed: int) -> Validation:
    from hillflow.evaluate import ValidationSetting, validate

    # the simple guesses were made above, and against the whole truth
    return validate(network, published, setting=ValidationSetting(baselines=(), seed=seed))


def _metrics(models: Ensemble, validation: Validation) -> dict[str, float]:
    """Mean errors of the members, as the report has them, and the score against the truth."""
    names = ("landing_error", "standstill_error")
    metrics = {name: float(np.mean([one.metrics[name] for one in models])) for name in names}
    if validation.scores is not None:  # as it is where no prior was used
        metrics |= {"average_precision": validation.scores.ap,
                    "base_rate": validation.scores.base_rate}  # fmt: skip
    return metrics


def _draw(files: dict[str, Path], models: Ensemble, snapshots: Snapshots) -> None:
    from hillflow.pl import plot_history, plot_labels, plot_populations, plot_prediction

    plot_populations(snapshots).savefig(files["populations.png"])
    plot_labels(snapshots).savefig(files["fates.png"])
    plot_history(models.models[0].history).savefig(files["history.png"])
    plot_prediction(snapshots, _rolled_out(models, snapshots)).savefig(files["prediction.png"])


def _hand_on(
    files: dict[str, Path], models: Ensemble, snapshots: Snapshots, network: Network,
    laws: Laws,
) -> None:  # fmt: skip
    """Velocities for scVelo and CellRank, the network for Cytoscape, the laws for COPASI."""
    from hillflow.files import replacing
    from hillflow.model import add_velocity
    from hillflow.networks.formats import write_cx2
    from hillflow.symbolic import write_sbml

    adata = snapshots.to_anndata()
    add_velocity(adata, *models.models)
    with replacing(files["velocity.h5ad"]) as draft:
        adata.write_h5ad(draft)
    write_cx2(network.select(top=DRAWN), files["network.cx2"])
    write_sbml(laws, files["laws.xml"])


def _rolled_out(models: Ensemble, snapshots: Snapshots) -> Snapshots:
    """Control cells of the first time, simulated under every condition to all later times."""
    rolled = [models.predict(snapshots, one, absolute=True) for one in snapshots.conditions]
    return Snapshots.from_arrays(
        np.concatenate([part.x for part in rolled]),
        np.concatenate([part.time for part in rolled]),
        snapshots.genes,
        [part.conditions[0] for part in rolled for _ in range(len(part))],
        unit=snapshots.time_unit,
        scale=snapshots.scale,
    )
