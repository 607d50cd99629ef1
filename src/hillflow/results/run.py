"""A run: a fit, the cells it was fitted to, and what was read off it since.

On disk it is a folder that stands for itself on another machine: ``manifest.json`` says what it
is (versions, command, seed, data, method); ``model/`` holds the members; ``data.h5ad`` the cells
and genes used; ``history.csv`` and ``metrics.json`` how training went; and the commands add
``edges.csv``, ``laws.json``, ``knockouts.csv`` and ``validation.json`` (see `artifacts`). In a
notebook a run may live in memory alone; `Run.save` writes it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from hillflow.data import Cells, Snapshots, Trajectories
from hillflow.errors import InputError, MissingFileError
from hillflow.files import read_json, replacing, write_json
from hillflow.findings import Finding, each_once
from hillflow.model import Fit
from hillflow.model.describe import command, versions
from hillflow.networks import Network
from hillflow.results.artifacts import ARTIFACTS
from hillflow.results.building import building, finish_publishing
from hillflow.results.describe import run_blocks, run_findings
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.manifest import FORMAT, read_manifest
from hillflow.run_files import DATA, HISTORY, MANIFEST, METRICS, MODEL
from hillflow.run_folder import check_run
from hillflow.show import Block, Shown
from hillflow.symbolic import Laws


@dataclass(frozen=True, eq=False)
class Run(Shown):
    """A fit with its cells and results. Get one with ``hillflow.fit`` or `Run.open`.

    Attributes
    ----------
    manifest
        What it is: plain JSON values.
    path
        Its folder; None of a run in memory.
    """

    manifest: dict[str, Any] = field(repr=False)
    path: Path | None = None
    _memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Run:
        """Open a finished run, or say what is there instead.

        Examples
        --------
        >>> run = Run.open("run")  # doctest: +SKIP
        >>> run.fit.genes, run.data, run.graph  # doctest: +SKIP
        """
        path = Path(path)
        check_run(path)
        finish_publishing(path)
        return cls(read_manifest(path), path)

    @classmethod
    def of(
        cls, fit: Fit, data: Cells, request: dict[str, Any], asked: dict[str, Any], **more: Any
    ) -> Run:
        """A run in memory, of a fit and the cells it was fitted to."""
        manifest = {
            "format": FORMAT,
            "versions": versions(),
            "command": command(),
            "asked": asked,
            "request": request,
            "genes": list(data.genes),
            **more,
        }
        if isinstance(data, Snapshots) and fit.basis is not None:
            data = replace(data, basis=fit.basis)
        return cls(manifest, None, {"fit": fit, "data": data, "metrics": _metrics(fit)})

    # Parts -------------------------------------------------------------------------------

    @cached_property
    def fit(self) -> Fit:
        """What was fitted: one member or more."""
        if self.path is None:
            return self._memory["fit"]
        return Fit.load(self.path / MODEL, self.members)

    @property
    def members(self) -> int:
        """How many members the fit has."""
        return int(self.manifest["request"]["members"])

    @cached_property
    def data(self) -> Cells:
        """The cells that were fitted, as they were given."""
        if self.path is None:
            return self._memory["data"]
        about, path = self.manifest["request"]["data"], self.path / DATA
        if not path.is_file():
            raise MissingFileError(
                f"the cells of the run, {path}", "none", "copy the whole run again, or fit anew"
            )
        if about["kind"] == "snapshots":
            return Snapshots.from_anndata(
                path, scale=about["scale"], min_cells=1, dtype=about["dtype"]
            )
        return Trajectories.from_anndata(path, scale=about["scale"], dtype=about["dtype"])

    @property
    def history(self) -> pd.DataFrame:
        """Loss terms and validation loss by member, stage and step."""
        if self.path is None:
            return self.fit.history
        return pd.read_csv(self.path / HISTORY, float_precision="round_trip")

    @property
    def metrics(self) -> dict[str, Any]:
        """How well it fits, and what was scored since."""
        if self.path is None:
            return dict(self._memory["metrics"])
        return read_json(self.path / METRICS, "the metrics of a run")

    def add_metrics(self, **scores: Any) -> dict[str, Any]:
        """Put scores (plain JSON values) beside those there; the same name is replaced."""
        both = {**self.metrics, **scores}
        if self.path is None:
            self._memory["metrics"] = both
        else:
            write_json(self.path / METRICS, both)
        return both

    def note(self, findings: Iterable[Finding]) -> None:
        """Keep what was said of the cells while they were read."""
        kept = [one.to_json() for one in each_once(findings)]
        if kept != self.metrics.get("findings", []):
            self.add_metrics(findings=kept)

    # Results -----------------------------------------------------------------------------

    @property
    def graph(self) -> Network | None:
        """The network that `hillflow graph` left; None where it has not been run."""
        return self._artifact("graph")

    @property
    def laws(self) -> Laws | None:
        """The laws that `hillflow laws` left; None where it has not been run."""
        return self._artifact("laws")

    @property
    def knockouts(self) -> KnockoutTables | None:
        """The tables that `hillflow knockout` left; None where it has not been run."""
        return self._artifact("knockouts")

    @property
    def validation(self) -> dict[str, Any] | None:
        """What `hillflow validate` left, as plain values; None where it has not been run."""
        return self._artifact("validation")

    def keep(self, name: str, value: Any) -> tuple[Path, ...]:
        """Keep a result under the name of its artifact; returns the files written."""
        if self.path is None:
            self._memory[name] = value
            return ()
        return ARTIFACTS[name].save(value, self.path)

    def _artifact(self, name: str) -> Any:
        if self.path is None:
            return self._memory.get(name)
        return ARTIFACTS[name].load(self.path, self.manifest["genes"])

    def command(self, name: str, *options: str) -> str:
        """The command that adds to this run, from the folder that it lies in."""
        folder = "RUN" if self.path is None else self.path.absolute().name
        return shlex.join(["hillflow", name, folder, *options])

    @property
    def name(self) -> str:
        """The folder's name; "run" of a run in memory."""
        return "run" if self.path is None else self.path.absolute().name

    # Writing -----------------------------------------------------------------------------

    def save(self, path: str | Path, *, overwrite: bool = False) -> Run:
        """Write a run with its results into a folder, and return the run there."""
        path = Path(path)
        with building(path, self.manifest["asked"], resume=False, overwrite=overwrite) as place:
            if place is None:
                raise InputError("a new folder for the run", f"a run in {path}", "name another")
            self.fit.save(place.model)
            self.write(place.folder)
            place.publish()
        saved = Run.open(path)
        for name in ARTIFACTS:
            result = self._artifact(name)
            if result is not None:
                saved.keep(name, result)
        return saved

    def write(self, folder: Path) -> None:
        """Write everything but the members into a folder, the manifest last."""
        with replacing(folder / DATA) as draft:
            self.data.to_anndata().write_h5ad(draft)
        with replacing(folder / HISTORY) as draft:
            self.history.to_csv(draft, index=False)
        write_json(folder / METRICS, self.metrics)
        write_json(folder / MANIFEST, self.manifest)

    # Words -------------------------------------------------------------------------------

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What to be careful with: of the fit, and of what was left out and scored."""
        noted = (Finding(**one) for one in self.metrics.get("findings", ()))
        return each_once([*self.fit.findings, *run_findings(self), *noted])

    def blocks(self) -> Iterable[Block]:
        """What was fitted, on what, how well, and with what."""
        return run_blocks(self)

    def summary(self) -> str:
        """The same as text, with what to be careful with."""
        return str(self)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else repr(str(self.path))
        return f"Run({where}: {self.fit!r})"


def _metrics(fit: Fit) -> dict[str, Any]:
    return {**fit.metrics, "members": [dict(member.metrics) for member in fit.members]}
