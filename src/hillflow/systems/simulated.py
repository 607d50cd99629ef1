"""The result of a simulation, and its conversion to AnnData."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hillflow import keys
from hillflow._version import __version__
from hillflow.errors import InputError
from hillflow.files import check_output_file, replacing
from hillflow.interventions import Intervention
from hillflow.systems.hill import Array
from hillflow.systems.measurement import Measurement
from hillflow.systems.sde import Solver
from hillflow.systems.system import RegulatorySystem

if TYPE_CHECKING:
    from anndata import AnnData

    from hillflow.networks.network import Network

TIME_UNIT = "h"


@dataclass(frozen=True, eq=False)
class Population:
    """Simulated cells of one condition at one time.

    Attributes
    ----------
    intervention, time
        The condition and the time.
    observed
        Measured expression, [cells, genes].
    unspliced
        Measured levels of unspliced mRNA, [cells, genes]; None for a system without it.
    state
        True state (mRNA, then protein or unspliced mRNA if the system has it), [cells, states].
    velocity
        Noise-free dx/dt at the true state, [cells, genes].
    labels
        Fate of each cell, [cells], or None.
    depth
        Sequencing depth, [cells], or None without counts.
    growth, log_mass
        Net growth rate and its integral along the path, [cells], or None without growth.
    relative_size
        Size of the population over its size at time 0.
    """

    intervention: Intervention
    time: float
    observed: Array
    unspliced: Array | None
    state: Array
    velocity: Array
    labels: np.ndarray | None
    depth: Array | None
    growth: Array | None
    log_mass: Array | None
    relative_size: float

    def __len__(self) -> int:
        return len(self.state)


@dataclass(frozen=True, eq=False)
class SimulatedData:
    """Simulated cells with their true states, velocities and network.

    Attributes
    ----------
    system
        The system, without intervention.
    populations
        One for each condition and time, in the order of the conditions, then by time.
    measurement, solver, seed
        Settings of the simulation.
    is_series
        Whether row i is the same cell at all times of a condition.
    """

    system: RegulatorySystem
    populations: tuple[Population, ...]
    measurement: Measurement
    solver: Solver
    seed: int
    is_series: bool

    def population(self, intervention: Intervention | str, time: float) -> Population:
        """Return the cells of one condition at one time."""
        if isinstance(intervention, str):
            intervention = Intervention.parse(intervention)
        for population in self.populations:
            if population.intervention == intervention and population.time == time:
                return population
        raise InputError(
            "a simulated condition and time",
            f"{intervention.name!r} at {time:g}",
            "choose one of `data.populations`",
        )

    @property
    def network(self) -> Network:
        """The true network."""
        return self.system.network()

    @cached_property
    def expression(self) -> Array:
        """True expression of all cells, [cells, genes]."""
        return self.system.expression(self._joined("state"))

    def to_anndata(self) -> AnnData:
        """Return the cells as AnnData, with the truth in layers and in ``uns``."""
        import anndata
        import pandas as pd

        first = self.populations[0]
        rows = [(p.intervention.name, p.time, len(p)) for p in self.populations]
        lengths = [length for *_, length in rows]
        names = np.repeat([name for name, *_ in rows], lengths)
        order = list(dict.fromkeys(name for name, *_ in rows))
        obs = pd.DataFrame(
            {
                keys.TIME: np.repeat([time for _, time, _ in rows], lengths),
                keys.PERTURBATION: pd.Categorical(names, categories=order),
            },
            index=[f"cell{i}" for i in range(sum(lengths))],
        )
        if first.labels is not None:
            obs[keys.LABEL] = pd.Categorical(self._joined("labels"))
        if self.is_series:
            numbers = np.concatenate([np.arange(length) for length in lengths]).astype(str)
            series = np.char.add(np.char.add(names.astype(str), "/"), numbers)
            obs[keys.SERIES] = pd.Categorical(series, categories=pd.unique(series))
        if first.growth is not None:
            obs[keys.TRUE_GROWTH] = self._joined("growth")
        if first.depth is not None:
            obs[keys.TRUE_DEPTH] = self._joined("depth")
        state = self._joined("state")
        layers = {
            keys.TRUE_VELOCITY: self._joined("velocity").astype(np.float32),
            keys.TRUE_EXPRESSION: self.system.expression(state).astype(np.float32),
        }
        protein = self.system.protein(state)
        if protein is not None:
            layers[keys.PROTEIN] = protein.astype(np.float32)
        if first.unspliced is not None:
            layers[keys.SPLICED] = self._joined("observed").astype(np.float32)
            layers[keys.UNSPLICED] = self._joined("unspliced").astype(np.float32)
        return anndata.AnnData(
            X=self._joined("observed").astype(np.float32),
            obs=obs,
            var=pd.DataFrame(index=list(self.system.genes)),
            layers=layers,
            uns={
                keys.UNS: {
                    keys.TRUTH: self.network.edges[["source", "target", "sign"]],
                    keys.SIMULATION: self._record(),
                    keys.TIME_UNIT: TIME_UNIT,
                    keys.SCALE: "counts" if self.measurement.counts else "unknown",
                }
            },
        )

    def write_h5ad(self, path: str | Path) -> Path:
        """Write the AnnData file atomically, and return its path."""
        path = check_output_file(path, ".h5ad")
        with replacing(path) as draft:
            self.to_anndata().write_h5ad(draft)
        return path

    def _joined(self, attribute: str) -> Array:
        """Return one attribute of all populations, concatenated."""
        return np.concatenate([getattr(population, attribute) for population in self.populations])

    def _record(self) -> dict[str, Any]:
        """Return all settings needed to repeat the simulation, in types that a file can hold."""
        system = self.system
        return {
            "name": system.name,
            "parameters": {
                **system.parameters,
                "noise": asdict(system.noise),
                "measurement": asdict(self.measurement),
                "solver": {
                    "method": self.solver.method,
                    "step": self.solver.step or system.step,
                    "rtol": self.solver.rtol,
                    "atol": self.solver.atol,
                },
                "decay": system.decay,
            },
            "seed": self.seed,
            "version": __version__,
            "is_series": self.is_series,
            "relative_size": np.array([p.relative_size for p in self.populations]),
        }
