"""`Run`: a fit, the cells it was fitted to, and the results computed from it since.

On disk a run is a folder, which can be copied to another machine: ``manifest.json`` has versions,
command, seed, data and method; ``model/`` the members; ``data.h5ad`` the cells and genes that were
fitted; ``history.csv`` and ``metrics.json`` the losses. Commands add ``edges.csv``, ``laws.json``,
``knockouts.csv``, ``scm.json`` and ``validation.json`` (see `hillflow.results.artifacts`). A run
can also be kept in memory; `Run.save` writes it.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hillflow.causal import ScmResult
from hillflow.causal.simulated_fates import has_fates, simulated_fates
from hillflow.data import Cells, Snapshots
from hillflow.errors import InputError
from hillflow.files import replacing
from hillflow.findings import Finding, unique_findings
from hillflow.model import Fit
from hillflow.model.describe import command, versions
from hillflow.networks import Network
from hillflow.records import check_file, damaged, difference, read_record, write_record
from hillflow.results.artifacts import ARTIFACTS
from hillflow.results.building import finish_publishing, unfinished_run
from hillflow.results.describe import run_blocks, run_findings
from hillflow.results.fitted_cells import read_cells
from hillflow.results.history import read_history
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.manifest import FORMAT, member_files, read_manifest, write_manifest
from hillflow.run_files import DATA, HISTORY, METRICS, MODEL
from hillflow.run_folder import check_run
from hillflow.schemas import MetricsRecord
from hillflow.show import Block, Shown

if TYPE_CHECKING:
    from hillflow.symbolic import Laws


@dataclass(eq=False)
class Run(Shown):
    """A fit with its cells and results, from ``hillflow.fit`` or `Run.open`.

    Attributes
    ----------
    manifest
        Versions, command, seed, data and method, as plain JSON values.
    path
        The run's folder; None if the run is in memory.
    fit
        The `hillflow.model.Fit`.
    data
        The cells that were fitted, `hillflow.Snapshots` or `hillflow.Trajectories`.
    graph, laws, knockouts, scm, validation
        Results of ``hillflow.graph`` and so on; None before they are computed. A fit of the field
        'logic' is its own laws, which are always there.
    fates
        Share of each fate at the last time, measured and simulated; None without labels.

    Examples
    --------
    >>> import hillflow as hf
    >>> adata = hf.simulate("toggle", cells=20, times=[0, 1, 2])
    >>> run = hf.fit(adata, field="linear", method="ot-cfm", effort=0.01)
    >>> run.fit.genes, run.data.times.tolist(), run.graph
    (('A', 'B'), [0.0, 1.0, 2.0], None)
    >>> run.save("toggle-run").path
    PosixPath('toggle-run')
    >>> hf.Run.open("toggle-run").fit.genes
    ('A', 'B')
    """

    manifest: dict[str, Any] = field(repr=False)
    path: Path | None = None
    _memory: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Run:
        """Open a finished run; errors describe what the path has instead."""
        path = Path(path)
        check_run(path)
        finish_publishing(path)
        return cls(read_manifest(path), path)

    @classmethod
    def of(
        cls, fit: Fit, data: Cells, request: dict[str, Any], inputs: dict[str, Any], **more: Any
    ) -> Run:
        """Build a run in memory from a fit and the cells it was fitted to."""
        manifest = {
            "format": FORMAT,
            "versions": versions(),
            "command": command(),
            "asked": inputs,
            "request": request,
            "genes": list(data.genes),
            **more,
        }
        known = {"fit": fit, "data": _with_basis(data, fit), "metrics": _metrics(fit)}
        return cls(manifest, None, known)

    # Fit and cells -----------------------------------------------------------------------

    @cached_property
    def fit(self) -> Fit:
        """The fit: one member or more."""
        if self.path is None:
            return self._memory["fit"]
        for number in range(self.members):
            for name in member_files(number):
                self._file(name)
        fit = Fit.load(self.path / MODEL, self.members)
        for number, member in enumerate(fit):
            differs = difference(self.manifest["genes"], member.genes)
            if differs:
                raise damaged(self.path / member_files(number)[0], differs)
        return fit

    @property
    def members(self) -> int:
        """Number of members of the fit."""
        return int(self.manifest["request"]["members"])

    @cached_property
    def data(self) -> Cells:
        """The cells that were fitted."""
        if self.path is None:
            return self._memory["data"]
        about = self.manifest["request"]["data"]
        return read_cells(self._file(DATA), about, self.manifest["genes"])

    @property
    def history(self) -> pd.DataFrame:
        """Loss terms and validation loss by member, stage and step."""
        if self.path is None:
            return self.fit.history
        return read_history(self._file(HISTORY))

    @property
    def metrics(self) -> dict[str, Any]:
        """Losses of the fit, and scores of left-out populations."""
        if self.path is None:
            return dict(self._memory["metrics"])
        return read_record(self.path / METRICS, MetricsRecord)

    def add_metrics(self, **scores: Any) -> dict[str, Any]:
        """Add scores (plain JSON values) to the metrics, or replace those of the same name."""
        metrics = {**self.metrics, **scores}
        if self.path is None:
            self._memory["metrics"] = metrics
        else:
            write_record(self.path / METRICS, metrics, MetricsRecord)
        return metrics

    def set_findings(self, findings: Iterable[Finding]) -> None:
        """Record the findings that were reported while the cells were read."""
        values = [finding.to_json() for finding in unique_findings(findings)]
        if values != self.metrics.get("findings", []):
            self.add_metrics(findings=values)

    # Results -----------------------------------------------------------------------------

    @property
    def graph(self) -> Network | None:
        """The network of ``hillflow.graph``; None before it is computed."""
        return self.kept("graph")

    @property
    def laws(self) -> Laws | None:
        """The laws of ``hillflow.laws``; None before they are computed.

        A fit of the field 'logic' is made of laws: unless ``hillflow.laws`` was called, they are
        read from it, at the cost of one evaluation of the laws at the cells.
        """
        kept = self.kept("laws")
        return self._laws_of_fit if kept is None else kept

    @cached_property
    def _laws_of_fit(self) -> Laws | None:
        if tuple(self.fit.fields) != ("logic",):
            return None
        from hillflow.symbolic import read_laws  # SymPy is imported for runs that have laws

        return read_laws(self.fit, self.data)

    @property
    def knockouts(self) -> KnockoutTables | None:
        """The tables of ``hillflow.knockout``; None before they are computed."""
        return self.kept("knockouts")

    @property
    def scm(self) -> ScmResult | None:
        """The stable states of ``hillflow.scm``; None before they are computed."""
        return self.kept("scm")

    @property
    def validation(self) -> dict[str, Any] | None:
        """Scores of ``hillflow.validate``, as plain JSON values; None before they are computed."""
        return self.kept("validation")

    @cached_property
    def fates(self) -> pd.DataFrame | None:
        """Fates measured and simulated (`simulated_fates`); None without labels or control."""
        return simulated_fates(self.fit, self.data) if has_fates(self.data) else None

    def keep(self, name: str, value: Any) -> tuple[Path, ...]:
        """Keep a result under the name of its artifact; returns the files written."""
        if self.path is None:
            self._memory[name] = value
            return ()
        return ARTIFACTS[name].save(value, self.path)

    def kept(self, name: str) -> Any:
        """Return the result kept under the name of its artifact; None before it is computed."""
        if self.path is None:
            return self._memory.get(name)
        return ARTIFACTS[name].load(self.path, self.manifest["genes"])

    def _file(self, name: str) -> Path:
        """Return the path of a file of a run in a folder, if it is as it was written."""
        assert self.path is not None
        return check_file(self.path, name, self.manifest["files"])

    def command(self, name: str, *options: str) -> str:
        """Return the command that adds a result, to be called from the folder that has the run."""
        folder = "RUN" if self.path is None else self.path.absolute().name
        return shlex.join(["hillflow", name, folder, *options])

    @property
    def name(self) -> str:
        """Name of the folder; "run" for a run in memory."""
        return "run" if self.path is None else self.path.absolute().name

    # Writing -----------------------------------------------------------------------------

    def save(self, path: str | Path, *, overwrite: bool = False) -> Run:
        """Write the run with its results into a folder; later results go there too.

        Parameters
        ----------
        path
            A new folder.
        overwrite
            Whether a run in this folder is replaced.

        Returns
        -------
        Run
            The run itself, or, if it was in a folder already, its copy in the new one.
        """
        path = Path(path)
        inputs = self.manifest["asked"]
        with unfinished_run(path, inputs, resume=False, overwrite=overwrite) as unfinished:
            if unfinished is None:
                raise InputError("a new folder for the run", f"a run in {path}", "name another")
            self.fit.save(unfinished.model)
            self.write(unfinished.folder)
            unfinished.publish()
        saved = Run.open(path)
        for name in ARTIFACTS:
            result = self.kept(name)
            if result is not None:
                saved.keep(name, result)
        if self.path is not None:
            return saved
        self.path, self.manifest = saved.path, saved.manifest
        self._memory.clear()
        return self

    def write(self, folder: Path) -> None:
        """Write everything except the members into a folder, the manifest last."""
        with replacing(folder / DATA) as draft:
            _with_basis(self.data, self.fit).to_anndata().write_h5ad(draft)
        with replacing(folder / HISTORY) as draft:
            self.history.to_csv(draft, index=False)
        write_record(folder / METRICS, self.metrics, MetricsRecord)
        write_manifest(folder, self.manifest)

    # Display -----------------------------------------------------------------------------

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Caveats of the fit, of the scores of left-out populations, and of the cells."""
        of_cells = (Finding(**values) for values in self.metrics.get("findings", ()))
        return unique_findings([*self.fit.findings, *run_findings(self), *of_cells])

    def blocks(self) -> Iterable[Block]:
        """Return the facts of the run: field, method, data, losses, scores, versions, command."""
        return run_blocks(self)

    def summary(self) -> str:
        """Return the facts and findings of the run as text."""
        return str(self)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else repr(str(self.path))
        return f"Run({where}: {self.fit!r})"


def _with_basis(data: Cells, fit: Fit) -> Cells:
    """The cells with the basis that the fit coupled them in."""
    if isinstance(data, Snapshots) and fit.basis is not None:
        return replace(data, basis=fit.basis)
    return data


def _metrics(fit: Fit) -> dict[str, Any]:
    return {**fit.metrics, "members": [dict(member.metrics) for member in fit.members]}
