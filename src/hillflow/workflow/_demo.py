"""The whole story on simulated blood cells, from snapshots to a page.

Simulate the haematopoietic network with knockouts, fit one law to the cells with one knockout kept
back, compare the fates it gives with those measured, predict the knockout it has not seen, read the
network off it, knock out every gene in silico, find the law's stable states, validate the network
against the truth (and against TRRUST, if it has been fetched), and export: velocities, Cytoscape,
SBML, and one page to read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import pl
from hillflow.causal import ScmResult, screen
from hillflow.data import Snapshots
from hillflow.errors import InputError, NumericalError, listing
from hillflow.evaluate import Validation, ValidationSetting, validate
from hillflow.files import check_output_folder
from hillflow.findings import Finding, unique_findings
from hillflow.model import Fit
from hillflow.networks import Network, load_prior
from hillflow.networks.download import available_offline
from hillflow.page import report
from hillflow.results import KnockoutTables, Run
from hillflow.run_files import BUILDING, MANIFEST
from hillflow.seeds import check_seed
from hillflow.show import Block, Shown, Table, Text
from hillflow.symbolic import Laws
from hillflow.systems.to_file import simulate_to_file
from hillflow.workflow._export import export
from hillflow.workflow._fit import fit
from hillflow.workflow._graph import graph
from hillflow.workflow._laws import laws as laws_of
from hillflow.workflow._scm import scm
from hillflow.workflow._velocity import velocity
from hillflow.workflow.demo_words import (
    cells_in_words,
    in_words,
    published_in_words,
    states_in_words,
)

if TYPE_CHECKING:
    import pandas as pd

KNOCKOUTS = ("GATA1", "SPI1", "CEBPA", "GFI1")
KEPT_BACK = "FLI1"  # a knockout whose cells the fit does not see
TIMES = (0.0, 8.0, 16.0, 32.0, 64.0)
PUBLISHED = "trrust-human"
DRAWN = 30  # edges in the exported network: the number that the truth has
FILES = ("data.h5ad", "populations.png", "fates.png", "run", "history.png", "prediction.png",
         "velocity.h5ad", "laws.xml", "network.cx2", "report.html")  # fmt: skip

Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoSize:
    """How large a demo is.

    Attributes
    ----------
    cells, members, effort
        Cells of each population; members of the fit, and the factor on their steps.
    jobs
        Processes.
    """

    cells: int
    members: int
    effort: float
    jobs: int = 2


FULL = DemoSize(400, 2, 1.0)
QUICK = DemoSize(120, 2, 0.05)


@dataclass(frozen=True)
class DemoResult(Shown):
    """What the demo made: files by name, cells by condition and time, scores, and the words."""

    files: dict[str, Path]
    populations: pd.DataFrame
    metrics: dict[str, float]
    sentences: tuple[str, ...]
    noted: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What must be said of the fit and of the predictions."""
        return self.noted

    def blocks(self) -> list[Block]:
        """The cells, then what was found and where it lies."""
        rows = [
            (str(condition), *(int(count) for count in row))
            for condition, row in self.populations.iterrows()
        ]
        heads = ("condition", *map(str, self.populations.columns))
        told, found = self.sentences[:-3], self.sentences[-3:]
        folder = self.files["report.html"].parent
        return [
            Table(heads, rows, "Cells by condition and time"),
            Text("\n".join([*told, f"Wrote {folder}: {', '.join(self.files)}"])),
            Text("\n".join(found)),
            Text(
                f"Report      {self.files['report.html']} (open it in a browser)\n"
                f"Cytoscape   {self.files['network.cx2']} (File > Import > Network from File)"
            ),
        ]

    def to_json(self) -> dict[str, Any]:
        """What the command line prints as JSON."""
        return {
            "files": {name: str(path) for name, path in self.files.items()},
            "populations": self.populations.to_dict(orient="index"),
            "metrics": self.metrics,
            "sentences": list(self.sentences),
        }


def demo(
    out: str | Path = "demo", *, quick: bool = False, seed: int = 0, say: Say = lambda _: None
) -> DemoResult:
    """Run the demo: simulate cells, fit one law, compare, knock out, validate, export.

    Parameters
    ----------
    out
        Folder for the files; it is created if it does not exist.
    quick
        Fewer cells, members and steps: a minute instead of several, for a first look.
    seed
        Determines the simulated cells and the fit.
    say
        Called with a line before each stage.

    Returns
    -------
    DemoResult
        The files, the metrics, and what was found, in sentences.

    Examples
    --------
    >>> from hillflow.workflow import demo
    >>> result = demo("demo", quick=True)  # doctest: +SKIP
    >>> print(result)  # doctest: +SKIP
    """
    size = QUICK if quick else FULL
    seed, out = check_seed(seed), check_output_folder(out)
    _check_no_other_files(out)
    out.mkdir(parents=True, exist_ok=True)
    files = {name: out / name for name in FILES}
    published = load_prior(PUBLISHED) if available_offline(PUBLISHED) else None

    conditions = f"control and {len(KNOCKOUTS) + 1} knockouts"
    say(f"Simulating {size.cells} cells at {len(TIMES)} times, {conditions}")
    simulated = simulate_to_file(
        "hematopoiesis", files["data.h5ad"], cells=size.cells, times=TIMES,
        knockouts=(*KNOCKOUTS, KEPT_BACK), seed=seed,
    )  # fmt: skip
    say("Reading them back as hillflow reads your data")
    snapshots = Snapshots.from_anndata(files["data.h5ad"])

    say(f"Fitting {size.members} laws to them, with the knockout of {KEPT_BACK} kept back")
    run = fit(
        snapshots, files["run"], ensemble=size.members, seed=seed, jobs=size.jobs,
        effort=size.effort, leave_out_perturbation=KEPT_BACK, overwrite=files["run"].exists(),
    )  # fmt: skip
    say("Reading the network off the law, with a confidence for each edge")
    network, laws, fitted = graph(run), laws_of(run), run.data
    assert isinstance(fitted, Snapshots)
    say("Comparing the fates it gives with those that were measured")
    fates = run.fates
    assert fates is not None
    say("Knocking out every gene in silico")
    knockouts = screen(run.fit, fitted, cells=200, graph=network, seed=seed)
    run.keep(
        "knockouts", KnockoutTables(knockouts.ranking, knockouts.effects, fates=knockouts.fates)
    )
    say("Looking for the law's stable states, and what leads from one to another")
    stable = _stable_states(run)
    say("Validating the network against the truth")
    validation = validate(network, "hematopoiesis", data=fitted)
    run.keep("validation", validation.to_json())
    beside = None
    if published is not None:
        say(f"Validating it against {PUBLISHED}, which knows a part of the truth")
        beside = _against(network, published, seed)
        files["trrust.json"] = beside.save(out / "trrust.json")
    say("Drawing and exporting")
    _draw(files, run.fit, fitted, fates)
    _export(files, run, network, laws)
    report(run, files["report.html"])
    metrics = _metrics(run.fit, validation)
    sentences = (
        *cells_in_words(snapshots, simulated.network, fates),
        published_in_words(beside, network, simulated.network, files["run"]),
        states_in_words(stable),
        *in_words(network, simulated.network, knockouts, run, laws, metrics, validation),
    )
    noted = unique_findings([*run.findings, *knockouts.findings, *getattr(stable, "findings", ())])
    return DemoResult(files, snapshots.describe(), metrics, sentences, noted)


def _stable_states(run: Run) -> ScmResult | None:
    """The stable states, under the measured knockouts; None if the law has none."""
    try:
        return scm(run, do=KNOCKOUTS, max_genes=1)
    except NumericalError:  # a sketch of a law may not come to rest
        return None


def _check_no_other_files(out: Path) -> None:
    """Refuse a folder in which files that no demo wrote have the names of a demo's."""
    run = out / "run"
    others = [name for name in FILES if (out / name).exists()]
    if others and not ((run / MANIFEST).is_file() or (run / BUILDING).is_dir()):
        raise InputError(
            "a new folder for the demo, or that of an earlier one", f"{out} with {listing(others)}",
            "name another folder",
        )  # fmt: skip


def _against(network: Network, published: Network, seed: int) -> Validation:
    # the simple guesses were made above, and against the whole truth
    return validate(network, published, setting=ValidationSetting(baselines=(), seed=seed))


def _metrics(models: Fit, validation: Validation) -> dict[str, float]:
    """Mean losses of the members, as the report has them, and the score against the truth."""
    metrics = models.metrics
    if validation.scores is not None:  # as it is where no prior was used
        metrics |= {"average_precision": validation.scores.ap,
                    "base_rate": validation.scores.base_rate}  # fmt: skip
    return metrics


def _draw(files: dict[str, Path], models: Fit, snapshots: Snapshots, fates: pd.DataFrame) -> None:
    drawn: dict[str, Any] = {
        "populations.png": pl.populations(snapshots), "fates.png": pl.fate_comparison(fates),
        "history.png": pl.history(models[0].history),
        "prediction.png": pl.prediction(snapshots, _rolled_out(models, snapshots)),
    }  # fmt: skip
    for name, axes in drawn.items():
        pl.figure_of(axes).savefig(files[name])


def _export(files: dict[str, Path], run: Run, network: Network, laws: Laws) -> None:
    """Velocities for scVelo and CellRank, the network for Cytoscape, the laws for COPASI."""
    velocity(run, files["velocity.h5ad"], overwrite=True)
    export(network.select(top=DRAWN), "cx2", files["network.cx2"], overwrite=True)
    export(laws, "sbml", files["laws.xml"], overwrite=True)


def _rolled_out(models: Fit, snapshots: Snapshots) -> Snapshots:
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
