"""Simulate a system by its name, and write the cells to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hillflow.errors import InputError, TimeError
from hillflow.files import check_output_file
from hillflow.findings import warn
from hillflow.interventions import Intervention
from hillflow.seeds import check_seed
from hillflow.systems.measurement import Measurement
from hillflow.systems.registry import SYSTEMS, build_system
from hillflow.systems.sampling import StepCallback, check_times, simulate
from hillflow.systems.simulated import SimulatedData

LEAST_CELLS = 10  # default of min_cells when snapshots are read


def simulate_to_file(
    network: str,
    out: str | Path,
    *,
    cells: int = 500,
    times: Sequence[float] | None = None,
    knockouts: Sequence[str] | str = (),
    measurement: Measurement | None = None,
    genes: int | None = None,
    seed: int = 0,
    progress: StepCallback | None = None,
) -> SimulatedData:
    """Simulate snapshots of a named system and write them as AnnData.

    Parameters
    ----------
    network
        A name in :data:`~hillflow.systems.registry.SYSTEMS`.
    out
        The .h5ad file; its folder must exist.
    cells
        Number of cells at each time of each condition.
    times
        At least two; by default those of the system.
    knockouts
        Genes to knock out one by one (``"A+B"`` for both at once), or ``"all"``.
    measurement
        Measurement error.
    genes
        Number of genes of a random network (``scale-free``, ``linear``).
    seed
        Seed of the network, if it is random, and of the cells.
    progress
        Called after every step with the number of steps done and the total.

    Returns
    -------
    SimulatedData
    """
    out = check_output_file(out, ".h5ad")
    data = simulate_named(
        network, cells=cells, times=times, knockouts=knockouts, measurement=measurement,
        genes=genes, seed=seed, progress=progress,
    )  # fmt: skip
    data.write_h5ad(out)
    return data


def simulate_named(
    network: str,
    *,
    cells: int = 500,
    times: Sequence[float] | None = None,
    knockouts: Sequence[str] | str = (),
    measurement: Measurement | None = None,
    genes: int | None = None,
    seed: int = 0,
    progress: StepCallback | None = None,
) -> SimulatedData:
    """Simulate snapshots of a named system; parameters as in `simulate_to_file`."""
    entry = SYSTEMS[network]
    seed = check_seed(seed)
    checked = check_times(entry.times if times is None else times)
    if len(checked) < 2:
        raise TimeError(
            "two times or more, because one alone shows no change",
            f"only {checked[0]:g}",
            f"give for example 0,{checked[0] or 1:g}",
        )
    options = {"seed": seed} if "seed" in entry.options else {}
    if genes is not None:
        if "genes" not in entry.options:
            raise InputError(
                "a number of genes for random networks only (scale-free, linear)",
                f"{genes} for {network!r}",
                "leave it out",
            )
        options["genes"] = genes
    system = build_system(network, **options)
    texts = system.genes if knockouts == "all" else knockouts
    if isinstance(texts, str):
        texts = [texts]
    data = simulate(
        system,
        checked,
        cells,
        [Intervention.parse(text) for text in texts],
        seed=seed,
        measurement=measurement,
        progress=progress,
    )
    if cells < LEAST_CELLS:
        warn(
            f"populations of {cells} cells are small: `hillflow fit` refuses fewer than "
            f"{LEAST_CELLS}, and Snapshots.from_anndata reads them only with min_cells={cells}",
            "simulate.small-populations",
        )
    return data
