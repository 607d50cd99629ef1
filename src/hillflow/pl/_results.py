"""What figures are given: a result, or the run or table that holds it.

A figure of a result draws it from a run too, if the run has it. Whatever else is given is refused
with what is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd

from hillflow.causal import KnockoutResult
from hillflow.data import Snapshots
from hillflow.errors import InputError, listing
from hillflow.networks import Network
from hillflow.networks.as_network import as_network
from hillflow.results import KnockoutTables, Run
from hillflow.results.knockout_tables import TEXT_COLUMNS
from hillflow.results.laws_of_run import laws_of_run
from hillflow.results.prediction import Prediction
from hillflow.symbolic import Laws, ParetoFront

NetworkLike: TypeAlias = Network | Run | pd.DataFrame
KnockoutsLike: TypeAlias = pd.DataFrame | KnockoutResult | KnockoutTables | Run
CellsLike: TypeAlias = Snapshots | Run

RANKING = ("perturbation", "effect", "low", "high", "in_support")
COLUMNS = ("source", "target", "weight", "sign", "confidence")
FATES = ("perturbation", "label", "control", "predicted")
EFFECTS = ("perturbation", "gene", "time", "delta", "low", "high")


def network_of(given: NetworkLike) -> Network:
    """The network itself, that of a run, or that of a table of edges."""
    if isinstance(given, Run):
        if given.graph is None:
            raise absent(given, "a network", "graph")
        return given.graph
    if isinstance(given, Network):
        return given
    if isinstance(given, pd.DataFrame):
        if set(COLUMNS) <= set(given):  # as edges.csv has them, with confidences
            return Network(tuple(dict.fromkeys([*given["source"], *given["target"]])), given)
        return as_network(given)
    raise refused(given, "a network, a run with one, or a table of edges", "hf.graph(run)")


def ranking_of(given: KnockoutsLike) -> pd.DataFrame:
    """A row for each perturbation."""
    return _of_knockouts(given, "ranking", RANKING)


def effects_of(given: KnockoutsLike) -> pd.DataFrame:
    """A row for each perturbation, gene and time."""
    return _of_knockouts(given, "effects", EFFECTS)


def fates_of(given: KnockoutsLike | None) -> pd.DataFrame:
    """A row for each perturbation and label."""
    held = given.knockouts if isinstance(given, Run) else given
    without = isinstance(held, KnockoutResult | KnockoutTables) and held.fates is None
    if given is None or without:
        raise InputError(
            "shares of fates", "none", "fates need cells with labels: name them with label=…, then "
            "predict the perturbations (hf.knockout)",
        )  # fmt: skip
    return _of_knockouts(given, "fates", FATES)


def snapshots_of(given: CellsLike) -> Snapshots:
    """Snapshots, or those of a run."""
    cells = given.data if isinstance(given, Run) else given
    if isinstance(cells, Snapshots):
        return cells
    raise refused(
        cells, "snapshots, or a run on snapshots", "run.data, or Snapshots.from_anndata(adata)"
    )


def predicted_of(given: Snapshots | Prediction) -> Snapshots:
    """Predicted cells, or those of a result of ``hillflow.predict``."""
    cells = given.cells if isinstance(given, Prediction) else given
    if isinstance(cells, Snapshots):
        return cells
    raise refused(given, "predicted cells", "hf.predict(run, 'GENE=ko')")


def laws_of(given: Mapping[str, ParetoFront] | Run) -> Any:
    """Laws, or those of a run."""
    if isinstance(given, Run):
        return laws_of_run(given)
    if isinstance(given, Laws):
        return given
    if isinstance(given, Mapping) and all(isinstance(one, ParetoFront) for one in given.values()):
        return given
    raise refused(given, "laws, or a run with laws", "hf.laws(run)")


def check_table(table: Any, columns: Sequence[str], what: str, fix: str) -> pd.DataFrame:
    """Refuse what is no table, and a table without these columns."""
    if not isinstance(table, pd.DataFrame):
        raise refused(table, what, fix)
    missing = [name for name in columns if name not in table]
    if missing:
        raise InputError(
            f"{what}, with the columns {', '.join(columns)}",
            f"a table without {listing(missing)}", f"pass {fix}",
        )  # fmt: skip
    return table


def refused(given: object, expected: str, fix: str) -> InputError:
    """An error for what cannot be drawn; `fix` is what could be passed."""
    return InputError(expected, _named(given), f"pass {fix}")


def _of_knockouts(given: KnockoutsLike, name: str, columns: Sequence[str]) -> pd.DataFrame:
    if isinstance(given, Run):
        if given.knockouts is None:
            raise absent(given, "predicted perturbations", "knockout", "--all")
        given = given.knockouts
    table = getattr(given, name) if isinstance(given, KnockoutResult | KnockoutTables) else given
    what = f"the {name} of predicted perturbations, or a result or a run with them"
    check_table(table, columns, what, "hf.knockout(run, 'GENE')")
    # Without pandas' own words for missing values (a gene may be called NA), empty cells are text.
    numbers = [name for name in (*columns, "measured_effect") if name not in TEXT_COLUMNS]
    known = {name: pd.to_numeric(table[name], errors="coerce") for name in numbers if name in table}
    return table.assign(**known)


def absent(run: Run, what: str, command: str, *options: str) -> InputError:
    """An error for a run without the result that is to be drawn."""
    return InputError(
        f"a run with {what}", "none in this one",
        f"call hf.{command}(run) first (`{run.command(command, *options)}`)",
    )  # fmt: skip


def _named(given: object) -> str:
    return "none" if given is None else f"a {type(given).__name__}"
