"""What the commands on a fit add to its run: one table, read by `Run`, the page and the docs.

An artifact has a name (``run.graph``), the files it is kept in, the command that makes it, and
two functions, to read it from a run's folder and to write it there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hillflow.errors import FileFormatError
from hillflow.files import read_json, write_json
from hillflow.networks import Network
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.run_files import EDGES, EFFECTS, LAWS, RANKING, VALIDATION
from hillflow.symbolic import Laws


@dataclass(frozen=True)
class Artifact:
    """One result that a run can hold.

    Attributes
    ----------
    name, files, command
        Attribute of `Run`; what it is kept in, the main file first; what makes it.
    load
        From a folder and the run's genes; None where it is not there.
    save
        Into a folder; returns the paths written.
    """

    name: str
    files: tuple[str, ...]
    command: str
    load: Callable[[Path, Sequence[str]], Any]
    save: Callable[[Any, Path], tuple[Path, ...]]


def _load_graph(folder: Path, genes: Sequence[str]) -> Network | None:
    path = folder / EDGES
    return Network.load(path, genes) if path.is_file() else None


def _load_laws(folder: Path, genes: Sequence[str]) -> Laws | None:
    path = folder / LAWS
    return Laws.load(path) if path.is_file() else None


def _load_knockouts(folder: Path, genes: Sequence[str]) -> KnockoutTables | None:
    return KnockoutTables.load(folder)


def _load_validation(folder: Path, genes: Sequence[str]) -> dict[str, Any] | None:
    path = folder / VALIDATION
    if not path.is_file():
        return None
    read = read_json(path, "a validation")
    absent = [key for key in ("subject", "reference", "scores", "edges") if key not in read]
    if absent:
        raise FileFormatError(
            "a validation as hillflow writes it", f"one without {absent[0]!r}",
            "write it anew with `hillflow validate`",
        )  # fmt: skip
    return read


def _save_graph(value: Network, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / EDGES),)


def _save_laws(value: Laws, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / LAWS),)


def _save_knockouts(value: KnockoutTables, folder: Path) -> tuple[Path, ...]:
    return value.save(folder / EFFECTS)


def _save_validation(value: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    write_json(folder / VALIDATION, value)
    return (folder / VALIDATION,)


ARTIFACTS = {
    one.name: one
    for one in (
        Artifact("graph", (EDGES, "edges.about.json"), "graph", _load_graph, _save_graph),
        Artifact("laws", (LAWS,), "laws", _load_laws, _save_laws),
        Artifact(
            "knockouts", (EFFECTS, RANKING, "ranking.about.json"), "knockout", _load_knockouts,
            _save_knockouts,
        ),
        Artifact("validation", (VALIDATION,), "validate", _load_validation, _save_validation),
    )
}  # fmt: skip
