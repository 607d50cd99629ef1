"""The results that a run can have beside its fit: how each is read from and written to a folder.

A command on a run (``hillflow graph``, …) adds one of them; each is an attribute of `Run`.
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
from hillflow.run_files import EDGES, EFFECTS, LAWS, VALIDATION
from hillflow.symbolic import Laws


@dataclass(frozen=True)
class Artifact:
    """How one result of a run is read and written.

    Attributes
    ----------
    load
        Function of the run's folder and genes; returns None if the folder does not have the result.
    save
        Function of the result and the folder; returns the paths written.
    """

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
    validation = read_json(path, "a validation")
    missing = [key for key in ("subject", "reference", "scores", "edges") if key not in validation]
    if missing:
        raise FileFormatError(
            "a validation as hillflow writes it", f"one without {missing[0]!r}",
            "write it again with `hillflow validate`",
        )  # fmt: skip
    return validation


def _save_graph(value: Network, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / EDGES),)


def _save_laws(value: Laws, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / LAWS),)


def _save_knockouts(value: KnockoutTables, folder: Path) -> tuple[Path, ...]:
    return value.save(folder / EFFECTS)


def _save_validation(value: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    write_json(folder / VALIDATION, value)
    return (folder / VALIDATION,)


# By attribute of `Run`.
ARTIFACTS = {
    "graph": Artifact(_load_graph, _save_graph),
    "laws": Artifact(_load_laws, _save_laws),
    "knockouts": Artifact(_load_knockouts, _save_knockouts),
    "validation": Artifact(_load_validation, _save_validation),
}
