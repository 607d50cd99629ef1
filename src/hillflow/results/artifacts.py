"""The results that a run can have beside its fit: how each is read from and written to a folder.

A command on a run (``hillflow graph``, …) adds one of them; each is an attribute of `Run`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hillflow.causal import ScmResult
from hillflow.causal.readouts import READOUTS
from hillflow.interventions import Intervention
from hillflow.networks import Network
from hillflow.records import damaged, difference, read_record, reading, write_record
from hillflow.results.knockout_tables import KnockoutTables
from hillflow.results.numbers import check_numbers
from hillflow.run_files import EDGES, EFFECTS, LAWS, SCM, VALIDATION
from hillflow.schemas import ValidationRecord

if TYPE_CHECKING:
    from hillflow.symbolic import Laws

_EDGE_NUMBERS = ("weight", "sign", "confidence", "selection", "agreement", "turns", "parameter")


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
    if not path.is_file():
        return None
    with reading(path, _again("graph")):
        network = Network.load(path, genes)
        for name in (*_EDGE_NUMBERS, *READOUTS):
            if name in network.edges:
                check_numbers(network.edges, name)
        confidence = network.edges["confidence"].dropna()
        if not confidence.between(0, 1).all():
            raise ValueError("a confidence outside 0 to 1")
    return network


def _load_laws(folder: Path, genes: Sequence[str]) -> Laws | None:
    path = folder / LAWS
    if not path.is_file():
        return None
    from hillflow.symbolic import Laws  # SymPy is imported for runs that have laws

    laws, known = Laws.load(path), set(genes)
    named = {name for law in laws.best.values() for name in (law.gene, *law.parents)}
    if not named <= known:
        raise damaged(
            path, f"the gene {min(named - known)!r}, which is not in the run", _again("laws")
        )
    return laws


def _load_knockouts(folder: Path, genes: Sequence[str]) -> KnockoutTables | None:
    return KnockoutTables.load(folder, genes)


def _load_scm(folder: Path, genes: Sequence[str]) -> ScmResult | None:
    path = folder / SCM
    if not path.is_file():
        return None
    result = ScmResult.load(path)
    differs = difference(genes, result.genes)
    if differs:
        raise damaged(path, differs, _again("scm"))
    with reading(path, _again("scm")):
        for name in (*result.interventions["intervention"], *result.switches["intervention"]):
            Intervention.parse(name).check(genes)
    return result


def _load_validation(folder: Path, genes: Sequence[str]) -> dict[str, Any] | None:
    path = folder / VALIDATION
    if not path.is_file():
        return None
    return read_record(path, ValidationRecord, fix=_again("validate"))


def _again(command: str) -> str:
    return f"write it again with `hillflow {command}`"


def _save_graph(value: Network, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / EDGES),)


def _save_laws(value: Laws, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / LAWS),)


def _save_knockouts(value: KnockoutTables, folder: Path) -> tuple[Path, ...]:
    return value.save(folder / EFFECTS)


def _save_scm(value: ScmResult, folder: Path) -> tuple[Path, ...]:
    return (value.save(folder / SCM),)


def _save_validation(value: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    write_record(folder / VALIDATION, value, ValidationRecord)
    return (folder / VALIDATION,)


# By attribute of `Run`.
ARTIFACTS = {
    "graph": Artifact(_load_graph, _save_graph),
    "laws": Artifact(_load_laws, _save_laws),
    "knockouts": Artifact(_load_knockouts, _save_knockouts),
    "scm": Artifact(_load_scm, _save_scm),
    "validation": Artifact(_load_validation, _save_validation),
}
