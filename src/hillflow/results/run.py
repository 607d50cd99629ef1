"""The run directory: a fit that stands for itself on another machine.

``manifest.json`` says what it is (versions, command, seed, data, method) and whether it was
finished; ``model/`` holds the model, or ``member-0`` and so on of an ensemble; ``data.h5ad``
the cells and genes used; ``history.csv`` and ``metrics.json`` how it went. Each is written
under a temporary name and renamed. While training runs, ``checkpoint.safetensors`` lies there.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.data import Snapshots, Trajectories
from hillflow.errors import FileFormatError, InputError, MissingFileError, listing
from hillflow.files import check_output_folder, read_json, replacing, write_json
from hillflow.model.describe import command, versions

if TYPE_CHECKING:
    import pandas as pd

    from hillflow.model.model import Model

FORMAT = "hillflow-run-1"
MANIFEST, DATA, HISTORY, METRICS = "manifest.json", "data.h5ad", "history.csv", "metrics.json"
MODEL, PLANS, CHECKPOINT = "model", "plans", "checkpoint"
# What a run and the commands on it write, and so what a new run in its place must not keep.
_OURS = (
    MODEL, PLANS, DATA, HISTORY, METRICS, f"{CHECKPOINT}*", "edges.csv", "laws.json",
    "validation.json", "knockouts.csv", "ranking.csv", "report.html",
    "edges.about.json", "ranking.about.json",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Run:
    """A run directory; get one with `Run.open`.

    Attributes
    ----------
    path, manifest
        The folder, and what its manifest says.
    """

    path: Path
    manifest: dict[str, Any] = field(repr=False)

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """Open a finished run, or say what is there instead."""
        path = Path(path)
        if not path.is_dir():
            raise MissingFileError(
                "a run directory",
                f"the file {path}" if path.exists() else f"nothing at {path}",
                "name the folder that `hillflow fit --out` wrote",
            )
        if not (path / MANIFEST).is_file():
            there = sorted(entry.name for entry in path.iterdir())
            inside = [name for name in there if (path / name / MANIFEST).is_file()]
            raise MissingFileError(
                f"a run directory, with a {MANIFEST}",
                f"{path} with {listing(there) or 'nothing in it'}",
                f"did you mean {path / inside[0]}?" if inside else
                "name the folder that `hillflow fit --out` wrote",
            )  # fmt: skip
        run = cls(path, read_manifest(path))
        if not run.manifest["finished"]:
            raise InputError(
                "a finished run",
                f"one in {path} that was interrupted",
                "finish it with the same command and resume=True (--resume)",
            )
        return run

    @property
    def members(self) -> int:
        """How many models it holds; 1 where it is no ensemble."""
        return int(self.manifest["request"].get("members", 1))

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """Every model: one, or the members of the ensemble."""
        from hillflow.model.model import Model

        if "members" not in self.manifest["request"]:
            return (Model.load(self.path / MODEL),)
        return tuple(Model.load(member_folder(self.path, k)) for k in range(self.members))

    @property
    def model(self) -> Model:
        """The model; of an ensemble, its first member."""
        return self.models[0]

    @cached_property
    def data(self) -> Snapshots | Trajectories:
        """The cells that were fitted, as they were given."""
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
        """Loss terms and landing error by member, stage and step."""
        import pandas as pd

        return pd.read_csv(self.path / HISTORY, float_precision="round_trip")

    @property
    def metrics(self) -> dict[str, Any]:
        """How well it fits, and what was scored since."""
        return read_json(self.path / METRICS, "the metrics of a run")

    def add_metrics(self, **scores: Any) -> dict[str, Any]:
        """Put scores (plain JSON values) beside those there; the same name is replaced."""
        both = {**self.metrics, **scores}
        write_json(self.path / METRICS, both)
        return both


def member_folder(path: Path, member: int) -> Path:
    """Where an ensemble's member lies in a run."""
    return path / MODEL / f"member-{member}"


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest in a folder, of this format."""
    manifest = read_json(path / MANIFEST, "the manifest of a run")
    if manifest.get("format") != FORMAT:
        raise FileFormatError(
            f"a run of the format {FORMAT!r} in {path}",
            f"{manifest.get('format')!r}",
            "open it with the version of hillflow that wrote it "
            f"({manifest.get('versions', {}).get('hillflow', 'unknown')}), or fit again",
        )
    return manifest


def check_target(
    path: Path, request: dict[str, Any], *, resume: bool, overwrite: bool
) -> dict[str, Any] | None:
    """Whether a fit may be written to `path`; nothing is changed yet.

    Returns
    -------
    dict or None
        The manifest of the run to go on with; None to begin a new one.
    """
    if resume and overwrite:
        raise InputError("either resume or overwrite", "both", "leave one out")
    check_output_folder(path)
    if not path.exists():
        if resume:
            raise MissingFileError(
                "a run to resume",
                f"nothing at {path}",
                "correct the path, or leave resume=True (--resume) out",
            )
        _check_parent(path)
        return None
    if not path.is_dir():
        raise InputError("a folder to write the run into", f"the file {path}", "name another")
    there = sorted(entry.name for entry in path.iterdir())
    if not there and not resume:
        return None
    if MANIFEST not in there:
        raise InputError(
            "a run to resume" if resume else "a new or empty folder for the run",
            f"{path} with {listing(there) or 'nothing in it'}, which is no run",
            "correct the path, or leave resume=True (--resume) out"
            if resume
            else "name a folder of its own",
        )
    manifest = read_manifest(path)
    if overwrite:
        return None
    if not resume:
        state = "a finished run" if manifest["finished"] else "a run that was interrupted"
        go_on = "" if manifest["finished"] else "go on with resume=True (--resume), "
        raise InputError(
            "a new folder for the run",
            f"{state} in {path}",
            f"{go_on}name another folder, or replace it with overwrite=True (--overwrite)",
        )
    different = differing(manifest["request"], request)
    if different:
        raise InputError(
            f"what the run in {path} was begun with",
            f"another {', '.join(different)}",
            "give the same data, field, method, seed and setting, or begin a run in another folder",
        )
    return manifest


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """In which parts two requests differ."""
    return [key for key in {**one, **other} if one.get(key) != other.get(key)]


def begin(path: Path, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Claim the folder: the manifest of an unfinished run, which is returned, and no old parts."""
    manifest = {
        "format": FORMAT,
        "finished": False,
        "versions": versions(),
        "command": command(),
        "request": request,
        **more,
    }
    path.mkdir(exist_ok=True)
    write_json(path / MANIFEST, manifest)
    for old in (entry for pattern in _OURS for entry in path.glob(pattern)):
        if old.is_dir():
            shutil.rmtree(old)
        else:
            old.unlink()
    return manifest


def finish(
    path: Path, manifest: dict[str, Any], models: Sequence[Model], data: Snapshots | Trajectories
) -> None:
    """Write what a finished run holds; models of an ensemble are already there."""
    import pandas as pd

    ensemble = "members" in manifest["request"]
    if not ensemble:
        with replacing(path / MODEL) as draft:
            models[0].save(draft)
    if isinstance(data, Snapshots) and models[0].basis is not None:
        data = replace(data, basis=models[0].basis)
    with replacing(path / DATA) as draft:
        data.to_anndata().write_h5ad(draft)
    histories = [
        model.history.assign(member=number) if ensemble else model.history
        for number, model in enumerate(models)
    ]
    with replacing(path / HISTORY) as draft:
        pd.concat(histories).to_csv(draft, index=False)
    metrics: dict[str, Any] = dict(models[0].metrics)
    if ensemble:
        metrics = {"members": [model.metrics for model in models]}
    write_json(path / METRICS, metrics)
    write_json(path / MANIFEST, {**manifest, "finished": True, "genes": list(data.genes)})
    for leftover in path.glob(f"{CHECKPOINT}*"):
        leftover.unlink()


def _check_parent(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise MissingFileError(
            "a folder to put the run in",
            f"no folder {str(path.parent)!r}",
            f"make it first: mkdir -p {path.parent}",
        )
