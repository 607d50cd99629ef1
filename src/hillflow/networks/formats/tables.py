"""Tables for the tools that infer, score or simulate networks, each under its own column names.

Rows are the edges of non-zero weight, strongest first; select first what should go out
(:meth:`Network.select`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hillflow.files import check_output_file, replacing
from hillflow.networks.checks import check_graph
from hillflow.networks.network import Network

if TYPE_CHECKING:
    import pandas as pd


def decoupler_network(graph: Network) -> pd.DataFrame:
    """``source, target, weight`` for decoupler's methods: each pair once, weights signed."""
    edges = check_graph(graph).edges
    edges = edges[edges["weight"] != 0]
    ranked = edges["weight"].abs().sort_values(ascending=False, kind="stable").index
    return edges.loc[ranked, ["source", "target", "weight"]].reset_index(drop=True)


def write_decoupler(graph: Network, path: str | Path) -> tuple[Path, ...]:
    """Write :func:`decoupler_network` as a comma-separated table."""
    path = check_output_file(path, ".csv")
    return _write(decoupler_network(graph), path, ",")


def write_pyscenic(graph: Network, path: str | Path) -> tuple[Path, ...]:
    """Write adjacencies (``TF, target, importance``) and, beside them, ``NAME.tfs.txt``.

    Importance is |weight|, as GRNBoost2 and GENIE3 give it; pySCENIC finds signs by correlation
    itself. It reads ``.csv`` files at commas and others at TABs.
    """
    commas = Path(path).suffix == ".csv"
    path = check_output_file(path, ".csv" if commas else ".tsv")
    table = decoupler_network(graph)
    table.columns = ["TF", "target", "importance"]
    table["importance"] = table["importance"].abs()
    regulators = path.with_suffix(".tfs.txt")
    with replacing(regulators) as draft:
        names = dict.fromkeys(table["TF"])
        draft.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    return *_write(table, path, "," if commas else "\t"), regulators


def write_celloracle(graph: Network, path: str | Path) -> tuple[Path, ...]:
    """Write CellOracle's ``TFdict``, target → its regulators, strongest first, as JSON.

    There: ``oracle.addTFinfo_dictionary(json.load(open(path)))``.
    """
    path = check_output_file(path, ".json")
    regulators: dict[str, list[str]] = {}
    table = decoupler_network(graph)
    for source, target in zip(table["source"], table["target"], strict=True):
        regulators.setdefault(str(target), []).append(str(source))
    with replacing(path) as draft:
        text = json.dumps(regulators, ensure_ascii=False, indent=1)
        draft.write_text(text + "\n", encoding="utf-8")
    return (path,)


def write_beeline(graph: Network, path: str | Path) -> tuple[Path, ...]:
    """Write BEELINE's ``rankedEdges.csv``: ``Gene1, Gene2, EdgeWeight``, TABs despite its name.

    Gene1 regulates Gene2. Weights keep their sign; BEELINE takes the absolute value itself.
    """
    path = check_output_file(path)
    table = decoupler_network(graph)
    table.columns = ["Gene1", "Gene2", "EdgeWeight"]
    return _write(table, path, "\t")


def regvelo_skeleton(graph: Network, genes: Sequence[str] | None = None) -> pd.DataFrame:
    """Who may regulate whom, 0 or 1, [regulator, target], as RegVelo's ``uns["skeleton"]``.

    Parameters
    ----------
    genes
        Rows and columns: ``adata.var_names``. RegVelo goes by position. All genes of the graph
        unless given; edges of other genes are left out.
    """
    present = (check_graph(graph).matrix() != 0).astype(float)
    names = list(graph.genes if genes is None else genes)
    return present.reindex(index=names, columns=names, fill_value=0.0)


def _write(table: pd.DataFrame, path: Path, separator: str) -> tuple[Path, ...]:
    with replacing(path) as draft:
        table.to_csv(draft, sep=separator, index=False, lineterminator="\n")
    return (path,)
